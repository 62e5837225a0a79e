//! Who is called something else now, or what somebody else is called, says so in the conversation: names are what people go by, and
//! nobody slips into another's.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::{Groups as _, World};
use xchat_engine::api::{Body, Change, ChatId, ChatState, Command};

fn called(was: &str, name: &str) -> Change {
    Change::Called { was: was.to_owned(), name: name.to_owned(), alike: false }
}

fn alike(was: &str, name: &str) -> Change {
    Change::Called { was: was.to_owned(), name: name.to_owned(), alike: true }
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
    assert_eq!(world.changes(0, ada), [called("Ben", "Benedict"), called("Benedict", "Ben")]);
    assert_eq!(world.changes(1, ben), [], "it is their own");
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
    world.link_new(0);
    world.disconnect(2);
    world.crash(2);
    rename(&mut world, 1, "Benedict");
    for device in [0, 2] {
        assert_eq!(world.changes(device, ada), [called("Ben", "Benedict")], "device {device}");
    }
}

#[test]
fn who_brings_a_name_that_somebody_else_has_is_told_from_them() {
    let mut world = World::with_people(&["Ada", "Ben", "BÉN", "Cleo"], 3);
    for (who, name) in [(1, "Ben"), (2, "BÉN"), (3, "Cleo")] {
        let chat = world.open_link(who, 0);
        world.send(who, chat, "do you know me?");
        world.settle();
        let chat = named(&mut world, 0, name);
        assert_eq!(world.changes(0, chat), if who == 2 { vec![alike("", "BÉN")] } else { vec![] });
        if who != 2 {
            world.command(0, Command::Accept { chat });
        }
    }
    let [ben, other, cleo] = ["Ben", "BÉN", "Cleo"].map(|name| named(&mut world, 0, name));
    // Whom one has let in is not told from a stranger, and a stranger once more when they are let in.
    assert_eq!(world.changes(0, ben), []);
    world.command(0, Command::Accept { chat: other });
    assert_eq!(world.changes(0, other), [alike("", "BÉN"), alike("", "BÉN")]);
    // Whoever takes a name of another later says both.
    rename(&mut world, 3, "ben");
    assert_eq!(world.changes(0, cleo), [alike("Cleo", "ben")]);
}

#[test]
fn whose_link_is_opened_is_told_from_another_before_anything_is_written() {
    let mut world = World::with_people(&["Ada", "Ben", "Ben"], 4);
    let first = world.open_link(0, 1);
    let second = world.open_link(0, 2);
    assert_eq!(world.changes(0, first), []);
    assert_eq!(world.changes(0, second), [alike("", "Ben")]);
    assert_eq!(world.chats(0).into_iter().find(|chat| chat.id == second).unwrap().last, None);
    // It is opened once more: that is said already.
    world.open_link(0, 2);
    assert_eq!(world.changes(0, second), [alike("", "Ben")]);
}

#[test]
fn all_of_a_persons_devices_tell_whom_they_met_from_another() {
    let mut world = World::with_people(&["Ada", "Ben", "Ben"], 8);
    world.link_new(0);
    let first = world.open_link(0, 1);
    let second = world.open_link(0, 2);
    world.settle();
    world.link_new(0);
    world.settle();
    for device in [0, 3] {
        assert_eq!((world.changes(device, first), world.changes(device, second)), (vec![], vec![alike("", "Ben")]));
    }
    // To one that came later neither was known before the other.
    for chat in [first, second] {
        assert_eq!(world.changes(4, chat), [alike("", "Ben")]);
    }
}

#[test]
fn who_comes_back_after_their_conversation_was_deleted_is_met_anew() {
    let mut world = World::with_people(&["Ada", "Ben", "Zed"], 9);
    let ben = world.open_link(0, 1);
    world.send(0, ben, "hello");
    let zed = world.open_link(2, 0);
    world.send(2, zed, "hello");
    world.settle();
    let (chat, theirs) = (named(&mut world, 0, "Zed"), world.chat(2).id);
    world.command(0, Command::Accept { chat });
    world.settle();
    world.command(0, Command::Delete { chat });
    world.settle();
    rename(&mut world, 2, "Ben");
    assert_eq!(world.messages(0, chat).len(), 0);
    world.send(2, theirs, "it is Ben");
    world.settle();
    assert_eq!(world.changes(0, chat), [alike("", "Ben")]);
}

#[test]
fn a_new_name_stands_above_what_was_written_under_it() {
    let (mut world, ada, ben) = World::acquainted(10);
    world.disconnect(0);
    world.command(1, Command::Rename { name: "Cleo".to_owned() });
    world.send(1, ben, "it is Cleo");
    world.flow();
    world.settle();
    let line = format!("{:?}", Body::Changed { changes: vec![called("Ben", "Cleo")] });
    assert_eq!(world.texts(0, ada)[1..], [line, "it is Cleo".to_owned()]);
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
    assert_eq!((world.changes(0, fresh), world.chats(0)[0].state), (Vec::new(), ChatState::New));
}

#[test]
fn a_new_name_is_said_by_a_device_that_had_died_and_in_no_group() {
    let (mut world, group) = sim::hiking(&sim::THREE, 7);
    let ben = named(&mut world, 0, "Ben");
    world.disconnect(0);
    world.crash(0);
    rename(&mut world, 1, "Benedict");
    assert_eq!(world.changes(0, ben), [called("Ben", "Benedict")]);
    assert!(world.changes(0, group).iter().all(|line| !matches!(line, Change::Called { .. })));
}
