//! What people learn of each other: who has a message and has read it, that somebody is writing; and how each keeps it to themselves.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::{World, hiking};
use xchat_engine::{
    api::{ChatId, ChatState, Command, Event, Known, Mark, Privacy, Receipt},
    content::{MessageId, Status, StatusReport},
};
use xchat_wire::{ClientFrame, ServerFrame};

fn mark(world: &mut World, who: usize, chat: ChatId) -> Option<Mark> {
    world.messages(who, chat).last().unwrap().mark
}

fn receipts(world: &mut World, who: usize, chat: ChatId, order: u64) -> Vec<Receipt> {
    world.command(who, Command::Details { chat, order });
    match world.devices[who].events.last() {
        Some(Event::Details { known, .. }) => Known::from_bytes(known).unwrap().receipts,
        other => panic!("{other:?}"),
    }
}

fn keep_quiet(world: &mut World, who: usize, privacy: Privacy) {
    world.command(who, Command::SetPrivacy { privacy });
    assert_eq!(world.account(who).privacy, privacy);
}

fn typing(world: &World, who: usize) -> Vec<(String, u64)> {
    let typing = world.devices[who].events.iter().filter_map(|event| match event {
        Event::Typing { person, until, .. } => Some((person.name.clone(), *until)),
        _ => None,
    });
    typing.collect()
}

fn write(world: &mut World, who: usize, chat: ChatId) {
    world.command(who, Command::Typing { chat });
    world.flow();
}

/// Signals that a device has on its way.
fn signals(world: &World, who: usize) -> Vec<Vec<u8>> {
    let signal = |frame| match frame {
        ClientFrame::Signal { body, .. } => Some(body.to_vec()),
        _ => None,
    };
    world.under_way(who).into_iter().filter_map(signal).collect()
}

#[test]
fn details_say_when_a_message_arrived_and_when_it_was_read_for_good() {
    let (mut world, ada, ben) = World::acquainted(860);
    world.send(0, ada, "are you there?");
    world.flow();
    let arrived = receipts(&mut world, 0, ada, 2);
    let [Receipt { person, delivered: Some(delivered), read: None }] = &arrived[..] else { panic!("{arrived:?}") };
    assert_eq!(person.name, "Ben");
    world.now += 60_000;
    world.command(1, Command::Seen { chat: ben, order: 2 });
    world.flow();
    world.crash(0);
    let [Receipt { delivered: again, read: Some(read), .. }] = &receipts(&mut world, 0, ada, 2)[..] else { panic!() };
    assert_eq!(again, &Some(*delivered));
    assert!(*read >= delivered + 59_000);
    assert!(receipts(&mut world, 1, ben, 2).is_empty(), "of one's own messages alone");
}

#[test]
fn a_report_that_comes_again_or_is_about_another_message_changes_no_receipt() {
    let (mut world, ada, ben) = World::acquainted(870);
    world.send(1, ben, "mine");
    world.settle();
    let before = receipts(&mut world, 0, ada, 1);
    assert_eq!(before.len(), 1);
    world.now += 60_000;
    let (hers, his) = (world.id(0, ada, 1), world.id(0, ada, 2));
    let report = StatusReport::new([hers, his, MessageId::new([9; 32])].map(|id| (id, Status::Delivered)));
    world.say(1, ben, &report.message([1; 16]));
    assert_eq!(receipts(&mut world, 0, ada, 1), before);
    assert!(receipts(&mut world, 0, ada, 2).is_empty(), "nobody reports on their own");
}

#[test]
fn who_switches_reports_off_sends_none_and_is_shown_none() {
    let (mut world, ada, ben) = World::acquainted(861);
    keep_quiet(&mut world, 1, Privacy { read: false, ..Privacy::default() });
    world.send(0, ada, "one");
    world.settle();
    world.command(1, Command::Seen { chat: ben, order: 2 });
    world.settle();
    assert_eq!((mark(&mut world, 0, ada), world.chat(1).unread), (Some(Mark::Delivered), 0));
    world.send(1, ben, "two");
    world.settle();
    world.command(0, Command::Seen { chat: ada, order: 3 });
    world.settle();
    assert_eq!(mark(&mut world, 1, ben), Some(Mark::Delivered), "Ada has read it");
    assert!(receipts(&mut world, 1, ben, 3).iter().all(|receipt| receipt.read.is_none()));
    let told = |world: &World| {
        world.devices[1].events.iter().any(|event| matches!(event, Event::Marked { mark: Mark::Read, .. }))
    };
    assert!(!told(&world));

    keep_quiet(&mut world, 1, Privacy { read: false, delivered: false, ..Privacy::default() });
    world.send(0, ada, "three");
    world.settle();
    assert_eq!(mark(&mut world, 0, ada), Some(Mark::Sent));
    assert_eq!(world.view(1, ben, 2).mark, Some(Mark::Sent));
    assert_eq!(world.chat(0).last.unwrap().mark, Some(Mark::Sent));
    keep_quiet(&mut world, 1, Privacy::default());
    assert_eq!(world.view(1, ben, 2).mark, Some(Mark::Read), "hidden, not forgotten");
    world.crash(1);
    assert_eq!(world.account(1).privacy, Privacy::default());
}

#[test]
fn messages_that_no_report_names_do_not_make_a_conversation_heavy() {
    let (mut world, ada, _) = World::acquainted(862);
    keep_quiet(&mut world, 1, Privacy { read: false, delivered: false, ..Privacy::default() });
    world.disconnect(0);
    for _ in 0..1_100 {
        world.send(0, ada, "x");
    }
    let own = world.devices[0].database.0.keys().filter(|(scope, _, key)| *scope == ada.0 && key.starts_with(b"own/"));
    assert_eq!(own.count(), 1_024);
}

#[test]
fn writing_is_told_at_once_again_after_a_while_and_never_stored() {
    let (mut world, ada, ben) = World::acquainted(863);
    let (before, now) = (world.devices[1].database.0.clone(), world.now);
    for _ in 0..5 {
        write(&mut world, 0, ada);
    }
    assert_eq!(typing(&world, 1), [("Ada".to_owned(), now + 6_000)], "once in a while, however many keys");
    world.now += 4_000;
    write(&mut world, 0, ada);
    assert_eq!(typing(&world, 1).len(), 2);
    assert_eq!(typing(&world, 0), []);
    assert_eq!(world.devices[1].database.0, before);
    world.command(1, Command::Typing { chat: ben });
    let sealed = signals(&world, 1);
    assert_eq!(sealed.len(), 1);
    assert!(sealed[0].len() < 64 && sealed[0][0] == 1);
}

#[test]
fn writing_is_not_told_where_it_was_switched_off_or_nobody_has_accepted_or_there_is_no_connection() {
    let quiet = Privacy { typing: false, ..Privacy::default() };
    let (mut world, ada, ben) = World::acquainted(864);
    keep_quiet(&mut world, 1, quiet);
    write(&mut world, 0, ada);
    world.command(1, Command::Typing { chat: ben });
    assert_eq!(signals(&world, 1), [] as [Vec<u8>; 0], "neither sent");
    assert_eq!(typing(&world, 1), [], "nor shown");

    let mut world = World::with_people(&["Ada", "Ben"], 865);
    let ada = world.open_link(0, 1);
    world.send(0, ada, "hello");
    world.settle();
    let ben = world.chat(1);
    assert_eq!(ben.state, ChatState::Request);
    for (who, chat) in [(0, ada), (1, ben.id)] {
        world.command(who, Command::Typing { chat });
        assert_eq!(signals(&world, who), [] as [Vec<u8>; 0]);
    }
    let (mut world, ada, _) = World::acquainted(866);
    world.disconnect(0);
    world.command(0, Command::Typing { chat: ada });
    world.connect(0);
    world.settle();
    assert_eq!(typing(&world, 1), []);
}

#[test]
fn a_signal_that_was_changed_or_is_of_another_epoch_or_log_is_nothing() {
    for seed in 0..3 {
        let (mut world, ada, _) = World::acquainted(867 + seed);
        world.lie = Some(Box::new(move |who, frame| match frame {
            ServerFrame::Signal { address, mut epoch, mut body } if who == 1 => {
                match seed {
                    0 => body[30] ^= 1,
                    1 => epoch.0 += 1,
                    _ => body.truncate(20),
                }
                Some(ServerFrame::Signal { address, epoch, body })
            }
            frame => Some(frame),
        }));
        write(&mut world, 0, ada);
        assert_eq!(typing(&world, 1), []);
        world.lie = None;
        world.now += 5_000;
        write(&mut world, 0, ada);
        assert_eq!(typing(&world, 1).len(), 1, "and the next one is heard");
    }
}

#[test]
fn what_others_are_told_is_alike_on_both_devices_and_each_switch_is_as_it_was_turned_last() {
    for (offline, online) in [(0, 2), (2, 0)] {
        let (mut world, _, _) = World::acquainted(16);
        world.link_new(0);
        let tells = |delivered, read, typing| Command::SetPrivacy { privacy: Privacy { delivered, read, typing } };
        world.disconnect(offline);
        world.command(offline, tells(true, false, true));
        world.command(online, tells(false, false, true));
        world.command(online, tells(false, true, true));
        world.flow();
        world.settle();
        world.crash(offline);
        let told = Privacy { delivered: false, read: false, typing: true };
        assert_eq!((world.account(0).privacy, world.account(2).privacy), (told, told));
        // And the page that is open hears of it.
        world.connect(offline);
        world.flow();
        world.devices[online].events.clear();
        world.command(offline, tells(false, false, false));
        world.settle();
        let heard = |event: &Event| matches!(event, Event::Account { account } if !account.privacy.typing);
        assert!(world.devices[online].events.iter().any(heard));
        assert!(world.account(1).privacy.read, "nobody else learns it");
    }
}

#[test]
fn what_is_turned_while_a_device_is_being_linked_holds_there_too() {
    let mut world = World::with_people(&["Ada", "Ben"], 17);
    world.add_device();
    world.connect(2);
    world.flow();
    world.begin_link(0, 2);
    world.command(0, Command::ConfirmLink { right: true });
    world.flow();
    // The grant is on its way, and the new device is on no card yet.
    let privacy = Privacy { read: false, ..Privacy::default() };
    world.command(0, Command::SetPrivacy { privacy });
    world.flow();
    world.command(2, Command::ConfirmLink { right: true });
    world.settle();
    assert_eq!(world.account(2).privacy, privacy);
}

#[test]
fn what_is_turned_once_the_device_that_links_has_died_holds_on_the_new_one_too() {
    let (mut world, _) = hiking(&["Ada", "Ben"], 18);
    world.add_device();
    world.connect(2);
    world.flow();
    world.begin_link(0, 2);
    world.confirm_link(0, 2);
    while world.deliver_up(0) {}
    // The new device has its grant, and the old one knows nothing of it any more but what it has stored.
    world.crash(0);
    let privacy = Privacy { read: false, ..Privacy::default() };
    keep_quiet(&mut world, 0, privacy);
    world.settle();
    assert_eq!((world.account(0).privacy, world.account(2).privacy), (privacy, privacy));
}
