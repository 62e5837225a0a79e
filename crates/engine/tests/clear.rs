//! The messages of a conversation are deleted on one device, and the conversation goes on.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::World;
use xchat_engine::api::{ChatId, Command, Event, Problem};

fn clear(world: &mut World, who: usize, chat: ChatId) {
    world.command(who, Command::Clear { chat });
    assert!(world.devices[who].events.contains(&Event::Cleared { chat }));
}

#[test]
fn nothing_of_the_messages_is_left_and_new_ones_come_as_before() {
    let (mut world, ada, ben) = World::acquainted(910);
    world.send(0, ada, "a word of hers");
    world.send(1, ben, "a word of his");
    world.settle();
    clear(&mut world, 0, ada);
    assert_eq!(world.texts(0, ada), Vec::<String>::new());
    assert_eq!((world.rows_with(0, "a word of hers"), world.rows_with(0, "a word of his")), (0, 0));
    let chat = world.chat(0);
    assert_eq!((chat.id, chat.last, chat.unread), (ada, None, 0));
    world.crash(0);
    world.connect(0);
    world.send(1, ben, "still there?");
    world.send(0, ada, "still here");
    world.settle();
    assert_eq!(world.texts(0, ada).len(), 2);
    assert_eq!(world.texts(1, ben).iter().filter(|text| text.contains("a word of")).count(), 2, "he keeps his");
}

#[test]
fn what_is_said_about_a_message_that_was_cleared_changes_nothing() {
    let (mut world, ada, ben) = World::acquainted(911);
    world.send(1, ben, "with a slip");
    world.settle();
    let last = world.messages(1, ben).len() - 1;
    let order = world.order(1, ben, last);
    clear(&mut world, 0, ada);
    world.command(1, Command::Edit { chat: ben, order, text: "without one".to_owned() });
    world.settle();
    world.command(1, Command::DeleteForAll { chat: ben, order });
    world.settle();
    assert_eq!(world.texts(0, ada), Vec::<String>::new());
    world.send(1, ben, "next");
    world.settle();
    assert_eq!(world.texts(0, ada), ["next"]);
}

#[test]
fn another_device_keeps_its_own() {
    let (mut world, ada, _) = World::acquainted(912);
    world.link_new(0);
    world.settle();
    world.send(0, ada, "on both");
    world.settle();
    clear(&mut world, 0, ada);
    world.settle();
    assert_eq!((world.rows_with(0, "on both"), world.texts(2, ada).contains(&"> on both".to_owned())), (0, true));
}

#[test]
fn what_is_not_there_is_not_cleared() {
    let (mut world, ada, _) = World::acquainted(913);
    world.command(0, Command::Delete { chat: ada });
    world.command(0, Command::Clear { chat: ada });
    assert!(matches!(world.devices[0].events.last(), Some(Event::Refused { problem: Problem::NoChat })));
}
