//! How a person stands to a conversation (blocked, deleted) and what they are called is alike on all their devices, whoever was
//! offline when it changed.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::World;
use xchat_engine::api::{Arrange, ChatId, ChatState, ChatView, Command, Draft, Event, OutView, PersonId, Privacy};
use xchat_wire::ClientFrame;

/// Ada has the devices 0 and 2, Ben device 1: (world, chat of Ada, chat of Ben).
fn two_devices(seed: u64) -> (World, ChatId, ChatId) {
    let (mut world, ada, ben) = World::acquainted(seed);
    link(&mut world);
    (world, ada, ben)
}

/// Device 2 becomes one of Ada's.
fn link(world: &mut World) {
    world.link_new(0);
}

fn chat(world: &mut World, who: usize, id: ChatId) -> Option<ChatView> {
    world.chats(who).into_iter().find(|chat| chat.id == id)
}

fn state(world: &mut World, who: usize, id: ChatId) -> ChatState {
    chat(world, who, id).unwrap().state
}

fn group_of(world: &mut World, name: &str, people: Vec<PersonId>) -> ChatId {
    world.command(0, Command::CreateGroup { name: name.to_owned(), people });
    world.settle();
    world.chats(0).into_iter().find(|chat| chat.name == name).unwrap().id
}

fn out(world: &mut World, who: usize, id: ChatId) -> Option<OutView> {
    chat(world, who, id).unwrap().group.unwrap().out
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
fn what_comes_to_a_device_together_with_the_deletion_is_deleted_with_the_rest() {
    let (mut world, ada, ben) = two_devices(3);
    world.disconnect(2);
    world.send(1, ben, "gone with it");
    world.flow();
    world.command(0, Command::Delete { chat: ada });
    world.flow();
    world.connect(2);
    world.settle();
    for device in [0, 2] {
        assert_eq!(world.messages(device, ada), [], "device {device}");
        assert_eq!(world.rows_with(device, "gone with it"), 0, "device {device}");
        assert_eq!(chat(&mut world, device, ada), None, "device {device}");
    }
    // What comes later brings it back, alone.
    world.send(1, ben, "later");
    world.settle();
    for device in [0, 2] {
        assert_eq!(world.texts(device, ada), ["later"], "device {device}");
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

#[test]
fn who_leaves_a_group_leaves_it_with_all_devices_also_when_nobody_else_stays() {
    let (mut world, _, _) = two_devices(14);
    let ben = world.account(1).person;
    let hiking = group_of(&mut world, "Hiking", vec![ben]);
    let alone = group_of(&mut world, "Alone", vec![]);
    world.disconnect(2);
    world.command(1, Command::LeaveGroup { chat: hiking });
    world.command(0, Command::LeaveGroup { chat: hiking });
    world.command(0, Command::LeaveGroup { chat: alone });
    world.flow();
    world.settle();
    assert_eq!((out(&mut world, 0, hiking), out(&mut world, 2, hiking)), (Some(OutView::Left), Some(OutView::Left)));
    assert_eq!((out(&mut world, 0, alone), out(&mut world, 2, alone)), (Some(OutView::Left), Some(OutView::Left)));
}

#[test]
fn what_is_read_on_one_device_is_read_on_the_other_also_when_nobody_else_is_told() {
    let (mut world, ada, ben) = two_devices(15);
    let privacy = Privacy { read: false, ..Privacy::default() };
    world.command(0, Command::SetPrivacy { privacy });
    world.send(1, ben, "read me");
    world.settle();
    let order = chat(&mut world, 0, ada).unwrap().last.unwrap().order;
    world.command(0, Command::Seen { chat: ada, order });
    world.settle();
    assert_eq!(chat(&mut world, 2, ada).unwrap().unread, 0);
}

#[test]
fn what_came_before_an_own_change_is_not_done_after_it_because_the_conversation_was_not_loaded() {
    let mut world = World::with_people(&["Ada", "Ben"], 11);
    let ada = world.open_link(0, 1);
    link(&mut world);
    world.disconnect(0);
    world.command(0, Command::Block { chat: ada });
    world.command(2, Command::Block { chat: ada });
    world.command(2, Command::Unblock { chat: ada });
    world.flow();
    // It has no room, so that nothing loads it before the own change is read back.
    world.crash(0);
    world.settle();
    assert_eq!((state(&mut world, 0, ada), state(&mut world, 2, ada)), (ChatState::Blocked, ChatState::Blocked));
}

#[test]
fn who_is_blocked_out_of_a_request_of_one_device_is_so_on_the_other() {
    let mut world = World::with_people(&["Ada", "Ben"], 12);
    let ben = world.open_link(1, 0);
    world.send(1, ben, "hello");
    world.settle();
    let ada = world.chats(0)[0].id;
    world.command(0, Command::Arrange { chat: ada, change: Arrange::Pin(Some(0)) });
    link(&mut world);
    assert_eq!(chat(&mut world, 2, ada), None);
    world.command(0, Command::Block { chat: ada });
    world.settle();
    assert_eq!(state(&mut world, 2, ada), ChatState::Blocked);
    let arranged = |world: &mut World, who| chat(world, who, ada).unwrap().arranged;
    assert_eq!(arranged(&mut world, 2), arranged(&mut world, 0));
}

#[test]
fn a_deleted_conversation_that_comes_back_is_kept_alike() {
    // What one device sets while the other deletes.
    let (mut world, ada, ben) = two_devices(13);
    world.disconnect(2);
    world.command(2, Command::Arrange { chat: ada, change: Arrange::Unread(true) });
    world.command(0, Command::Delete { chat: ada });
    world.settle();
    world.send(1, ben, "back");
    world.settle();
    let arranged = |world: &mut World, who| chat(world, who, ada).unwrap().arranged;
    assert_eq!(arranged(&mut world, 2), arranged(&mut world, 0));
    // What had been set before, where own words keep it from being hidden.
    world.command(0, Command::Arrange { chat: ada, change: Arrange::Pin(Some(0)) });
    world.settle();
    world.disconnect(2);
    world.send(2, ada, "wait");
    world.command(0, Command::Delete { chat: ada });
    world.settle();
    assert_eq!(arranged(&mut world, 2), arranged(&mut world, 0));
}

#[test]
fn what_is_read_while_this_person_is_put_out_of_a_group_is_read_on_the_other_device() {
    let (mut world, _, _) = two_devices(16);
    let ben = world.account(1).person;
    let group = group_of(&mut world, "Hiking", vec![ben]);
    world.command(1, Command::Accept { chat: group });
    world.settle();
    world.send(1, group, "read me");
    world.flow();
    let order = chat(&mut world, 0, group).unwrap().last.unwrap().order;
    world.disconnect(0);
    world.command(0, Command::Seen { chat: group, order });
    // Its person leaves with all devices, and what it was to report stays behind.
    world.command(2, Command::LeaveGroup { chat: group });
    world.settle();
    assert_eq!(out(&mut world, 0, group), Some(OutView::Left));
    assert_eq!(chat(&mut world, 2, group).unwrap().unread, 0);
}

#[test]
fn of_two_drafts_at_once_the_last_by_the_relay_is_on_both_devices() {
    let (mut world, ada, _) = two_devices(17);
    for (first, last) in [(0, 2), (2, 0)] {
        for who in [first, last] {
            let draft = Some(Draft { text: format!("on {who} before {last}"), reply: None });
            world.command(who, Command::Draft { chat: ada, draft });
        }
        world.now += 3_000;
        // Each is told before the other is read: then both are read in one step.
        for who in [first, last] {
            assert!(world.tick(who));
            while world.deliver_up(who) {}
        }
        world.flow();
        let drafts = [0, 2].map(|who| chat(&mut world, who, ada).unwrap().draft.unwrap().text);
        assert_eq!(drafts, [0, 2].map(|_| format!("on {last} before {last}")));
    }
}

#[test]
fn what_was_arranged_before_the_other_device_had_deleted_the_conversation_goes_with_it() {
    let (mut world, ada, ben) = two_devices(18);
    world.disconnect(0);
    world.command(0, Command::Delete { chat: ada });
    world.command(2, Command::Arrange { chat: ada, change: Arrange::Pin(Some(0)) });
    world.command(2, Command::Draft { chat: ada, draft: Some(Draft { text: "begun".to_owned(), reply: None }) });
    world.now += 3_000;
    world.tick(2);
    world.flow();
    world.settle();
    world.send(1, ben, "back");
    world.settle();
    let kept = [0, 2].map(|who| chat(&mut world, who, ada).map(|chat| (chat.arranged.pinned, chat.draft)));
    assert_eq!(kept, [Some((None, None)), Some((None, None))]);
}

#[test]
fn what_is_begun_after_a_deletion_is_on_a_device_that_shows_the_conversation_later() {
    // Which of the two logs is read first goes by a hash.
    for seed in 21..25 {
        let (mut world, ada, ben) = two_devices(seed);
        world.disconnect(2);
        world.command(0, Command::Delete { chat: ada });
        world.send(1, ben, "back");
        world.flow();
        world.command(0, Command::Draft { chat: ada, draft: Some(Draft { text: "begun".to_owned(), reply: None }) });
        world.now += 3_000;
        world.tick(0);
        world.flow();
        world.settle();
        world.send(1, ben, "again");
        world.settle();
        let drafts = [0, 2].map(|who| chat(&mut world, who, ada).map(|chat| chat.draft.unwrap().text));
        assert_eq!(drafts, [Some("begun".to_owned()), Some("begun".to_owned())]);
    }
}

#[test]
fn what_a_device_writes_first_in_a_new_group_waits_for_its_persons_others() {
    let (mut world, _, _) = two_devices(20);
    world.command(0, Command::CreateGroup { name: "Hiking".to_owned(), people: vec![] });
    let group = world.chats(0).into_iter().find(|chat| chat.name == "Hiking").unwrap().id;
    world.send(0, group, "first");
    world.settle();
    assert_eq!(world.texts(2, group).last(), world.texts(0, group).last());
}

#[test]
fn what_is_begun_is_on_a_device_also_when_it_has_not_loaded_the_conversation() {
    let mut world = World::with_people(&["Ada", "Ben"], 25);
    let ada = world.open_link(0, 1);
    link(&mut world);
    world.disconnect(2);
    world.command(0, Command::Draft { chat: ada, draft: Some(Draft { text: "begun".to_owned(), reply: None }) });
    world.now += 3_000;
    world.tick(0);
    world.flow();
    // It has no room, so that nothing loads it when the device connects.
    world.crash(2);
    world.settle();
    assert_eq!(chat(&mut world, 2, ada).unwrap().draft.unwrap().text, "begun");
}

#[test]
fn nobody_takes_a_conversation_from_a_device_that_they_know_was_taken_off() {
    let mut world = World::with_people(&["Ada", "Ben"], 26);
    let ben = world.open_link(1, 0);
    let ada = world.open_link(0, 1);
    link(&mut world);
    world.send(2, ada, "taken off");
    // Its room is made and has not reached the relay when it is taken off.
    let makes = |world: &World| world.under_way(2).iter().any(|frame| matches!(frame, ClientFrame::Commit { .. }));
    while !makes(&world) {
        assert!(world.deliver_up(2) | world.deliver_down(2, 64));
    }
    world.command(0, Command::Devices);
    let listed = world.devices[0].events.iter().rev().find_map(|event| match event {
        Event::Devices { devices } => devices.iter().find(|device| !device.here),
        _ => None,
    });
    let device = listed.unwrap().device;
    world.command(0, Command::RevokeDevice { device });
    let others = |world: &mut World| while (0..2).any(|who| world.deliver_up(who) | world.deliver_down(who, 64)) {};
    others(&mut world);
    // Ben reads the card for another reason.
    let person = world.account(0).person;
    world.command(1, Command::CreateGroup { name: "Hiking".to_owned(), people: vec![person] });
    others(&mut world);
    while world.deliver_up(2) {}
    others(&mut world);
    assert_eq!(state(&mut world, 1, ben), ChatState::New);
}
