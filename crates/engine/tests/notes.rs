//! What a person writes to themselves: for all their devices, and for nobody else.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::World;
use xchat_engine::api::{ChatId, ChatState, ChatView, Command, Event, Mark, Problem};

fn notes(world: &mut World, who: usize) -> Option<ChatView> {
    world.chats(who).into_iter().find(|chat| chat.notes)
}

/// Opens them and gives their conversation.
fn open(world: &mut World, who: usize) -> ChatId {
    world.command(who, Command::OpenNotes);
    world.opened(who)
}

#[test]
fn notes_are_kept_and_sent_like_any_message_and_show_before_anything_is_written() {
    let mut world = World::with_people(&["Ada"], 900);
    assert_eq!(notes(&mut world, 0), None);
    let id = open(&mut world, 0);
    let chat = notes(&mut world, 0).unwrap();
    assert_eq!((chat.id, chat.state, chat.name.as_str(), chat.safety_number.as_str()), (id, ChatState::Open, "", ""));
    world.send(0, id, "buy rope");
    world.settle();
    assert_eq!(world.messages(0, id).last().unwrap().mark, Some(Mark::Sent));
    world.crash(0);
    world.connect(0);
    world.settle();
    assert_eq!(world.texts(0, id), ["> buy rope"]);
    assert!(notes(&mut world, 0).is_some());
    assert_eq!(open(&mut world, 0), id, "they are the same the next time");
}

#[test]
fn offline_notes_are_there_at_once_and_go_out_later() {
    let mut world = World::with_people(&["Ada"], 901);
    world.disconnect(0);
    let id = open(&mut world, 0);
    world.send(0, id, "without a network");
    assert_eq!(world.messages(0, id).last().unwrap().mark, Some(Mark::Pending));
    world.connect(0);
    world.settle();
    assert_eq!(world.messages(0, id).last().unwrap().mark, Some(Mark::Sent));
}

#[test]
fn a_persons_devices_share_their_notes_and_other_people_hear_of_none() {
    let (mut world, _, _) = World::acquainted(902);
    world.link_new(0);
    world.settle();
    assert_eq!(notes(&mut world, 0), None, "what devices tell each other shows nowhere");
    let id = open(&mut world, 0);
    world.send(0, id, "for my eyes");
    world.settle();
    assert_eq!(notes(&mut world, 2).unwrap().id, id);
    world.send(2, id, "for mine as well");
    world.settle();
    for device in [0, 2] {
        assert_eq!(world.texts(device, id), ["> for my eyes", "> for mine as well"]);
        assert!(world.messages(device, id).iter().all(|message| message.mine));
        assert_eq!(notes(&mut world, device).unwrap().unread, 0);
    }
    assert_eq!((notes(&mut world, 1), world.rows_with(1, "for my eyes")), (None, 0));
}

#[test]
fn notes_that_were_deleted_are_gone_on_all_devices_which_go_on_telling_each_other() {
    let (mut world, ada, _) = World::acquainted(903);
    world.link_new(0);
    world.settle();
    let id = open(&mut world, 0);
    world.send(0, id, "to be forgotten");
    world.settle();
    world.command(2, Command::Delete { chat: id });
    world.settle();
    for device in [0, 2] {
        assert_eq!((notes(&mut world, device), world.rows_with(device, "to be forgotten")), (None, 0));
    }
    world.command(0, Command::Block { chat: ada });
    world.settle();
    let there = world.chats(2).into_iter().find(|chat| chat.id == ada).unwrap();
    assert_eq!(there.state, ChatState::Blocked);
}

#[test]
fn nobody_blocks_themselves() {
    let mut world = World::with_people(&["Ada"], 904);
    let id = open(&mut world, 0);
    world.command(0, Command::Block { chat: id });
    assert!(matches!(world.devices[0].events.last(), Some(Event::Refused { problem: Problem::NoChat })));
    assert_eq!(notes(&mut world, 0).unwrap().state, ChatState::Open);
}
