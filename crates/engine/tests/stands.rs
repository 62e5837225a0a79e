//! How a person stands to a conversation (blocked, deleted) and what they are called is alike on all their devices, whoever was
//! offline when it changed.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::World;
use xchat_engine::api::{ChatId, ChatState, ChatView, Command, Event};

/// Ada has the devices 0 and 2, Ben device 1: (world, chat of Ada, chat of Ben).
fn two_devices(seed: u64) -> (World, ChatId, ChatId) {
    let (mut world, ada, ben) = World::acquainted(seed);
    link(&mut world);
    (world, ada, ben)
}

/// Device 2 becomes one of Ada's.
fn link(world: &mut World) {
    world.add_device();
    world.connect(2);
    world.flow();
    world.link_device(0, 2);
}

fn chat(world: &mut World, who: usize, id: ChatId) -> Option<ChatView> {
    world.chats(who).into_iter().find(|chat| chat.id == id)
}

fn state(world: &mut World, who: usize, id: ChatId) -> ChatState {
    chat(world, who, id).unwrap().state
}

#[test]
fn of_two_devices_that_block_and_unblock_the_last_by_the_relay_is_right_on_both() {
    for (offline, online) in [(0, 2), (2, 0)] {
        let (mut world, ada, _) = two_devices(1);
        world.disconnect(offline);
        world.command(offline, Command::Block { chat: ada });
        world.command(online, Command::Block { chat: ada });
        world.command(online, Command::Unblock { chat: ada });
        world.flow();
        world.settle();
        assert_eq!((state(&mut world, 0, ada), state(&mut world, 2, ada)), (ChatState::Blocked, ChatState::Blocked));
    }
}

#[test]
fn who_deletes_a_conversation_undoes_no_block_of_another_device() {
    for (offline, online) in [(0, 2), (2, 0)] {
        let (mut world, ada, ben) = two_devices(2);
        world.disconnect(offline);
        world.command(offline, Command::Delete { chat: ada });
        world.command(online, Command::Block { chat: ada });
        world.settle();
        assert_eq!((chat(&mut world, 0, ada), chat(&mut world, 2, ada)), (None, None));
        world.send(1, ben, "do you hear me?");
        world.settle();
        assert_eq!((chat(&mut world, 0, ada), chat(&mut world, 2, ada)), (None, None));
    }
}

#[test]
fn a_deleted_conversation_that_is_opened_by_its_link_shows_on_both_devices() {
    let (mut world, ada, _) = two_devices(3);
    world.command(0, Command::Delete { chat: ada });
    world.settle();
    assert_eq!(chat(&mut world, 2, ada), None);
    world.open_link(0, 1);
    world.settle();
    assert!(chat(&mut world, 0, ada).is_some() && chat(&mut world, 2, ada).is_some());
}

#[test]
fn what_was_written_before_the_other_device_had_deleted_the_conversation_is_on_both() {
    let (mut world, ada, ben) = two_devices(4);
    world.disconnect(2);
    world.send(2, ada, "one thing more");
    world.command(0, Command::Delete { chat: ada });
    world.settle();
    for who in [0, 2] {
        assert_eq!(world.texts(who, ada).last().unwrap(), "> one thing more", "{who}");
        assert!(chat(&mut world, who, ada).is_some(), "{who}");
    }
    assert_eq!(world.texts(1, ben).last().unwrap(), "one thing more");
}

#[test]
fn what_was_deleted_on_the_other_device_does_not_count_as_unread() {
    let (mut world, ada, ben) = two_devices(5);
    world.send(1, ben, "old");
    world.settle();
    world.command(0, Command::Delete { chat: ada });
    world.settle();
    world.send(1, ben, "new");
    world.settle();
    let order = chat(&mut world, 0, ada).unwrap().last.unwrap().order;
    world.send(1, ben, "newer");
    world.settle();
    // What is read on one device has the other count anew.
    world.command(0, Command::Seen { chat: ada, order });
    world.settle();
    let unread = |world: &mut World, who| chat(world, who, ada).unwrap().unread;
    assert_eq!((unread(&mut world, 0), unread(&mut world, 2)), (1, 1));
}

#[test]
fn who_is_blocked_is_so_on_a_device_that_comes_later() {
    let (mut world, ada, ben) = World::acquainted(6);
    world.command(0, Command::Block { chat: ada });
    link(&mut world);
    assert_eq!(state(&mut world, 2, ada), ChatState::Blocked);
    world.send(1, ben, "do you hear me?");
    world.settle();
    assert_eq!((world.texts(0, ada).len(), world.texts(2, ada).len()), (1, 0));
}

#[test]
fn who_was_met_and_not_written_to_is_there_on_a_device_that_comes_later() {
    let mut world = World::with_people(&["Ada", "Ben"], 7);
    let ada = world.open_link(0, 1);
    link(&mut world);
    assert_eq!(chat(&mut world, 2, ada).map(|chat| (chat.name, chat.state)), Some(("Ben".to_owned(), ChatState::New)));
}

#[test]
fn a_new_name_is_on_all_devices_and_of_two_the_last_one() {
    let (mut world, _, _) = two_devices(8);
    world.command(0, Command::Rename { name: "Ada Lovelace".to_owned() });
    world.flow();
    assert_eq!(world.account(2).name, "Ada Lovelace");
    world.disconnect(2);
    world.command(2, Command::Rename { name: "Countess".to_owned() });
    world.command(0, Command::Rename { name: "Ada King".to_owned() });
    world.settle();
    assert_eq!((world.account(0).name, world.account(2).name), ("Countess".to_owned(), "Countess".to_owned()));
}

#[test]
fn a_device_that_puts_the_card_for_another_reason_brings_no_old_name_back() {
    let (mut world, _, _) = two_devices(9);
    world.disconnect(2);
    world.command(0, Command::Rename { name: "Ada Lovelace".to_owned() });
    world.flow();
    // The card is to be put here as well, before this device has read the other's.
    let listed = world.devices[2].events.len();
    world.command(2, Command::Devices);
    let other = world.devices[2].events[listed..].iter().find_map(|event| match event {
        Event::Devices { devices } => devices.iter().find(|device| !device.here).map(|device| device.device),
        _ => None,
    });
    world.command(2, Command::RevokeDevice { device: other.unwrap() });
    world.settle();
    assert_eq!(world.account(2).name, "Ada Lovelace");
}

#[test]
fn a_group_that_is_deleted_is_left_also_when_the_device_that_did_it_is_gone_at_once() {
    let (mut world, _, _) = two_devices(10);
    let ben = world.account(1).person;
    world.command(0, Command::CreateGroup { name: "Hiking".to_owned(), people: vec![ben] });
    world.settle();
    let group = world.chats(1).into_iter().find(|chat| chat.group.is_some()).unwrap().id;
    world.disconnect(1);
    world.command(0, Command::Delete { chat: group });
    world.flow();
    let devices = world.devices[0].events.len();
    world.command(0, Command::Devices);
    let old = world.devices[0].events[devices..].iter().find_map(|event| match event {
        Event::Devices { devices } => Some(devices[0].device),
        _ => None,
    });
    world.command(2, Command::RevokeDevice { device: old.unwrap() });
    world.settle();
    world.settle();
    assert_eq!(chat(&mut world, 1, group).unwrap().group.unwrap().people, 1);
}
