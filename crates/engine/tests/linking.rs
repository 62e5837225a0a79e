//! How linking a device ends: by either side, in the midst, for somebody who may not.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::World;
use xchat_engine::api::{Command, Event, Privacy, Problem};

/// Ada has device 0, Ben device 1; devices 2 and 3 are new.
fn world(seed: u64) -> World {
    let (mut world, _, _) = World::acquainted(seed);
    for who in [2, 3] {
        world.add_device();
        world.connect(who);
    }
    world.flow();
    world
}

fn refusals(world: &World, who: usize) -> Vec<Problem> {
    let refused = |event: &Event| match event {
        Event::Refused { problem } => Some(*problem),
        _ => None,
    };
    world.devices[who].events.iter().filter_map(refused).collect()
}

#[test]
fn a_device_that_was_taken_off_changes_nothing_of_the_account_and_lets_nobody_in() {
    let mut world = world(1);
    world.link_device(0, 2);
    let (own, other) = (world.list_of_devices(0)[1].device, world.list_of_devices(2)[1].device);
    world.command(0, Command::RevokeDevice { device: own });
    world.settle();
    assert!(world.account(2).removed);
    let link = world.offer(3);
    world.devices[2].events.clear();
    let asked = [
        Command::RevokeDevice { device: other },
        Command::Rename { name: "Somebody".to_owned() },
        Command::SetAbout { text: "else".to_owned() },
        Command::SetPicture { picture: None },
        Command::SetPrivacy { privacy: Privacy { read: false, ..Privacy::default() } },
        Command::NameDevice { device: other, name: "Theirs".to_owned() },
        Command::LinkDevice { link },
        Command::ConfirmLink { right: true },
    ];
    let count = asked.len();
    for command in asked {
        world.command(2, command);
        world.settle();
    }
    assert_eq!(refusals(&world, 2), vec![Problem::Removed; count]);
    assert_eq!(world.code(3), None);
    let account = world.account(0);
    assert_eq!((account.name.as_str(), account.removed), ("Ada", false));
    assert_eq!(world.list_of_devices(0).len(), 1);
}

#[test]
fn a_linking_under_way_ends_with_the_word_that_the_device_was_taken_off() {
    let mut world = world(2);
    world.link_device(0, 2);
    let own = world.list_of_devices(0)[1].device;
    world.begin_link(2, 3);
    assert!(world.code(2).is_some());
    world.command(0, Command::RevokeDevice { device: own });
    world.settle();
    world.command(2, Command::ConfirmLink { right: true });
    world.command(3, Command::ConfirmLink { right: true });
    world.settle();
    assert!(world.chats_and_account(3).is_none());
}

#[test]
fn that_the_digits_differ_is_known_on_the_other_side_too() {
    for (says, hears) in [(2, 0), (0, 2)] {
        let mut world = world(3);
        world.begin_link(0, 2);
        world.command(says, Command::ConfirmLink { right: false });
        world.flow();
        assert_eq!(refusals(&world, hears), [Problem::NoChat], "{says}");
        world.command(hears, Command::ConfirmLink { right: true });
        world.settle();
        assert_eq!(refusals(&world, hears), [Problem::NoChat; 2]);
        assert!(world.chats_and_account(2).is_none());
        assert_eq!(world.list_of_devices(0).len(), 1);
        // And again, on the same connections.
        world.link_device(0, 2);
        assert_eq!(world.list_of_devices(0).len(), 2);
    }
}

#[test]
fn what_comes_late_for_one_offer_does_not_spoil_the_next() {
    let mut world = world(4);
    world.begin_link(0, 2);
    // The other side has confirmed while this one says that the digits differ, and shows a new link.
    world.command(0, Command::ConfirmLink { right: true });
    world.command(2, Command::ConfirmLink { right: false });
    let link = world.offer(2);
    world.settle();
    assert!(world.chats_and_account(2).is_none());
    world.command(0, Command::LinkDevice { link });
    world.flow();
    assert!(world.code(0).is_some() && world.code(0) == world.code(2), "it answers");
    world.confirm_link(0, 2);
    world.settle();
    assert!(world.chats_and_account(2).is_some());
    assert_eq!(world.list_of_devices(0).len(), 2);
}

#[test]
fn both_have_confirmed_and_nobody_ends_it_any_more() {
    let mut world = world(5);
    world.begin_link(0, 2);
    world.confirm_link(0, 2);
    world.command(0, Command::ConfirmLink { right: false });
    world.settle();
    assert!(world.chats_and_account(2).is_some(), "the grant was ahead of that");
    assert_eq!(world.list_of_devices(0).len(), 2);
}

#[test]
fn nothing_is_said_of_history_for_a_device_that_was_let_in_and_has_not_come() {
    let mut world = world(6);
    world.begin_link(0, 2);
    world.command(0, Command::ConfirmLink { right: true });
    world.settle();
    world.devices[0].events.clear();
    world.snapshot(0);
    assert!(!world.devices[0].events.iter().any(|event| matches!(event, Event::History { giving: true, .. })));
}
