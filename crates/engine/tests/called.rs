//! Who is called something else now, or what somebody else is called, says so in the conversation: names are what people go by, and
//! nobody slips into another's.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::World;
use xchat_engine::api::{Body, Change, ChatId, ChatState, Command};

/// What lines of a conversation say, on a device: oldest first.
fn lines(world: &mut World, who: usize, chat: ChatId) -> Vec<Change> {
    let messages = world.messages(who, chat).into_iter();
    messages
        .flat_map(|message| match message.body {
            Body::Changed { changes } => changes,
            _ => Vec::new(),
        })
        .collect()
}

fn called(was: &str, name: &str) -> Change {
    Change::Called { was: was.to_owned(), name: name.to_owned() }
}

fn alike(name: &str) -> Change {
    Change::Alike { name: name.to_owned() }
}

fn rename(world: &mut World, who: usize, name: &str) {
    world.command(who, Command::Rename { name: name.to_owned() });
    world.settle();
}

/// The conversation of `who` with the only other person of that name.
fn named(world: &mut World, who: usize, name: &str) -> ChatId {
    world.chats(who).into_iter().find(|chat| chat.name == name).unwrap().id
}

#[test]
fn a_new_name_is_said_where_the_old_one_stands_once_and_is_no_news() {
    let (mut world, ada, ben) = World::acquainted(1);
    let before = world.chats(0).remove(0);
    rename(&mut world, 1, "Benedict");
    rename(&mut world, 1, "Benedict");
    rename(&mut world, 1, "Ben");
    assert_eq!(lines(&mut world, 0, ada), [called("Ben", "Benedict"), called("Benedict", "Ben")]);
    assert_eq!(lines(&mut world, 1, ben), [], "it is their own");
    let after = world.chats(0).remove(0);
    assert_eq!((after.last, after.time, after.unread), (before.last, before.time, before.unread));
    // What comes then stands below.
    world.send(1, ben, "it is me");
    world.settle();
    assert_eq!(world.texts(0, ada).last().unwrap(), "it is me");
}

#[test]
fn each_of_a_persons_devices_says_it_whether_or_not_it_was_there() {
    let (mut world, ada, _) = World::acquainted(2);
    world.add_device();
    world.connect(2);
    world.flow();
    world.link_device(0, 2);
    world.disconnect(2);
    world.crash(2);
    rename(&mut world, 1, "Benedict");
    for device in [0, 2] {
        assert_eq!(lines(&mut world, device, ada), [called("Ben", "Benedict")], "device {device}");
    }
}

#[test]
fn who_brings_a_name_that_somebody_else_has_is_told_from_them() {
    let mut world = World::with_people(&["Ada", "Ben", "BÉN", "Cleo"], 3);
    for who in [1, 2, 3] {
        let chat = world.open_link(who, 0);
        world.send(who, chat, "do you know me?");
        world.settle();
    }
    let [ben, other, cleo] = ["Ben", "BÉN", "Cleo"].map(|name| named(&mut world, 0, name));
    assert_eq!(lines(&mut world, 0, ben), []);
    assert_eq!(lines(&mut world, 0, other), [alike("BÉN")]);
    assert_eq!(lines(&mut world, 0, cleo), []);
    // Whoever takes a name of another later says both.
    rename(&mut world, 3, "ben");
    assert_eq!(lines(&mut world, 0, cleo), [called("Cleo", "ben"), alike("ben")]);
}

#[test]
fn whose_link_is_opened_is_told_from_another_before_anything_is_written() {
    let mut world = World::with_people(&["Ada", "Ben", "Ben"], 4);
    let first = world.open_link(0, 1);
    let second = world.open_link(0, 2);
    assert_eq!(lines(&mut world, 0, first), []);
    assert_eq!(lines(&mut world, 0, second), [alike("Ben")]);
    assert_eq!(world.chats(0).into_iter().find(|chat| chat.id == second).unwrap().last, None);
    // It is opened once more: that is said already.
    world.open_link(0, 2);
    assert_eq!(lines(&mut world, 0, second), [alike("Ben")]);
}

#[test]
fn nothing_is_said_where_nothing_stands() {
    let (mut world, ada, _) = World::acquainted(5);
    world.command(0, Command::Delete { chat: ada });
    world.settle();
    rename(&mut world, 1, "Benedict");
    assert_eq!(world.messages(0, ada).len(), 0);
    let mut world = World::with_people(&["Ada", "Ben"], 6);
    world.open_link(0, 1);
    rename(&mut world, 1, "Benedict");
    let fresh = world.open_link(0, 1);
    assert_eq!((lines(&mut world, 0, fresh), world.chats(0)[0].state), (Vec::new(), ChatState::New));
}

#[test]
fn a_new_name_is_said_by_a_device_that_had_died_and_in_no_group() {
    let (mut world, group) = sim::hiking(&sim::THREE, 7);
    let ben = named(&mut world, 0, "Ben");
    world.disconnect(0);
    world.crash(0);
    rename(&mut world, 1, "Benedict");
    assert_eq!(lines(&mut world, 0, ben), [called("Ben", "Benedict")]);
    assert!(lines(&mut world, 0, group).iter().all(|line| !matches!(line, Change::Called { .. })));
}
