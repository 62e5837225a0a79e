//! Messages that vanish: after they were read or at their hour, on each side for itself, and with all that is known of them.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::World;
use xchat_engine::{
    Input,
    api::{Body, ChatId, Command, Event, Problem, Vanishes},
    content::{Expiry, Message},
};

/// A conversation in which new messages live for a minute, and one that was written in it.
fn timed(seed: u64) -> (World, ChatId, ChatId) {
    let (mut world, ada, ben) = World::acquainted(seed);
    world.command(0, Command::SetTimer { chat: ada, seconds: Some(60) });
    world.flow();
    world.send(0, ada, "short-lived");
    world.flow();
    (world, ada, ben)
}

/// The clock moves on, and the alarms that ring meanwhile are heard.
fn pass(world: &mut World, seconds: u64) {
    world.now += seconds * 1000;
    for who in 0..world.devices.len() {
        for _ in 0..5 {
            if world.devices[who].timer.is_some_and(|at| at <= world.now) {
                world.devices[who].timer = None;
                world.input(who, Input::Tick);
                world.now += 1;
            }
        }
    }
}

#[test]
fn a_default_timer_holds_for_both_and_shows_as_a_line() {
    let (mut world, ada, ben) = timed(820);
    for (who, chat) in [(0, ada), (1, ben)] {
        assert_eq!(world.chat(who).timer, Some(60));
        assert_eq!(world.view(who, chat, 1).body, Body::Timer { seconds: Some(60) });
    }
    assert_eq!(world.view(1, ben, 0).vanishes, None, "what was there before stays");
    world.command(1, Command::SetTimer { chat: ben, seconds: None });
    world.flow();
    assert_eq!(world.chat(0).timer, None);
    for seconds in [0, u32::MAX] {
        world.command(1, Command::SetTimer { chat: ben, seconds: Some(seconds) });
        assert_eq!(world.devices[1].events.last(), Some(&Event::Refused { problem: Problem::TooMany }));
    }
}

#[test]
fn a_line_of_a_timer_that_somebody_set_is_not_unread() {
    let (mut world, ada, ben) = World::acquainted(822);
    world.command(1, Command::Seen { chat: ben, order: u64::MAX });
    world.command(0, Command::SetTimer { chat: ada, seconds: Some(60) });
    world.flow();
    let chat = world.chat(1);
    assert_eq!(chat.last.as_ref().map(|last| &last.body), Some(&Body::Timer { seconds: Some(60) }));
    assert_eq!((chat.unread, chat.first_unread), (0, None));
    world.send(0, ada, "short-lived");
    world.flow();
    let chat = world.chat(1);
    assert_eq!((chat.unread, chat.first_unread), (1, chat.last.as_ref().map(|last| last.order)));
}

#[test]
fn two_people_who_set_the_timer_at_the_same_moment_end_with_the_same_one() {
    for seed in 0..4 {
        let (mut world, ada, ben) = World::acquainted(830 + seed);
        world.disconnect(0);
        world.disconnect(1);
        world.command(0, Command::SetTimer { chat: ada, seconds: Some(100) });
        world.command(1, Command::SetTimer { chat: ben, seconds: Some(200) });
        world.connect((seed % 2) as usize);
        world.flow();
        world.settle();
        assert_eq!(world.chat(0).timer, world.chat(1).timer);
        assert!(world.chat(0).timer.is_some());
    }
}

#[test]
fn a_message_lives_from_when_it_was_read_and_then_goes_on_both_sides_by_itself() {
    let (mut world, ada, ben) = timed(821);
    assert_eq!(world.view(1, ben, 2).vanishes, Some(Vanishes::After(60)));
    assert!(
        matches!(world.view(0, ada, 2).vanishes, Some(Vanishes::At(at)) if at > world.now),
        "the own one has arrived"
    );
    pass(&mut world, 70);
    assert_eq!(world.messages(0, ada).len(), 2);
    assert_eq!(world.messages(1, ben).len(), 3, "not read yet");

    world.command(1, Command::Seen { chat: ben, order: 3 });
    assert!(world.devices[1].events.iter().rev().any(
        |event| matches!(event, Event::Message { message, .. } if matches!(message.vanishes, Some(Vanishes::At(_))))
    ));
    pass(&mut world, 50);
    assert_eq!(world.messages(1, ben).len(), 3);
    pass(&mut world, 12);
    assert_eq!(world.messages(1, ben).len(), 2);
    assert!(world.devices[1].events.contains(&Event::MessageGone { chat: ben, order: 3 }));
    for who in [0, 1] {
        assert_eq!(world.rows_with(who, "short-lived"), 0);
        assert!(matches!(world.chat(who).last.unwrap().body, Body::Timer { .. }), "the list shows the one before");
    }
}

#[test]
fn a_message_vanishes_without_a_connection_and_after_a_start() {
    let (mut world, _, ben) = timed(822);
    world.command(1, Command::Seen { chat: ben, order: 3 });
    world.disconnect(1);
    world.crash(1);
    assert!(world.devices[1].timer.is_some(), "the alarm is set by the summary alone");
    pass(&mut world, 62);
    assert_eq!(world.rows_with(1, "short-lived"), 0);

    // One whose time came while the device was off goes first thing.
    let (mut world, _, ben) = timed(823);
    world.command(1, Command::Seen { chat: ben, order: 3 });
    world.disconnect(1);
    world.now += 3_600_000;
    world.crash(1);
    pass(&mut world, 1);
    assert_eq!(world.rows_with(1, "short-lived"), 0);
}

#[test]
fn an_own_message_that_has_not_gone_out_does_not_vanish_before_it_has() {
    let (mut world, ada, ben) = timed(824);
    world.disconnect(0);
    world.send(0, ada, "written on the train");
    pass(&mut world, 600);
    world.connect(0);
    world.flow();
    assert_eq!(world.texts(1, ben).last().map(String::as_str), Some("written on the train"));
    pass(&mut world, 62);
    assert_eq!(world.rows_with(0, "written on the train"), 0);
}

#[test]
fn what_a_request_shows_begins_to_vanish_only_when_it_is_accepted_and_read() {
    let mut world = World::with_people(&["Ada", "Ben"], 825);
    let ada = world.open_link(0, 1);
    world.command(0, Command::SetTimer { chat: ada, seconds: Some(60) });
    world.send(0, ada, "hello");
    world.settle();
    let ben = world.chat(1).id;
    world.command(1, Command::Seen { chat: ben, order: 2 });
    pass(&mut world, 600);
    assert_eq!(world.messages(1, ben).len(), 2);
    world.command(1, Command::Accept { chat: ben });
    world.command(1, Command::Seen { chat: ben, order: 2 });
    pass(&mut world, 62);
    assert_eq!(world.messages(1, ben).len(), 1);
}

#[test]
fn a_message_with_an_hour_of_its_own_goes_then_read_or_not_and_does_not_come_after_it() {
    let (mut world, ada, ben) = World::acquainted(826);
    let at = (world.now / 1000) as u32 + 1_000;
    let message = Message { expires: Some(Expiry::Absolute(at)), ..Message::text([3; 16], "until noon") };
    world.say(0, ada, &message);
    assert_eq!(world.view(1, ben, 1).vanishes, Some(Vanishes::At(u64::from(at) * 1000)));
    assert_eq!(world.chat(1).unread, 2);
    pass(&mut world, 1_001);
    assert_eq!((world.messages(1, ben).len(), world.chat(1).unread), (1, 1));
    world.devices[1].events.clear();
    world.say(0, ada, &Message { salt: [4; 16], ..message });
    assert!(
        !world.devices[1].events.iter().any(|event| matches!(event, Event::Message { .. })),
        "not even for a moment"
    );
    assert_eq!(world.messages(1, ben).len(), 1);
}

#[test]
fn many_that_go_at_once_go_and_nothing_is_left_of_them() {
    let (mut world, ada, ben) = timed(827);
    for n in 0..250 {
        world.send(0, ada, &format!("many {n}"));
    }
    world.flow();
    let newest = world.messages(1, ben).last().unwrap().order;
    world.command(1, Command::Seen { chat: ben, order: newest });
    world.flow();
    pass(&mut world, 62);
    for (who, chat) in [(0, ada), (1, ben)] {
        assert_eq!(world.messages(who, chat).len(), 2);
        assert_eq!(world.rows_with(who, "many "), 0);
        // The index, the receipts, the timers: what is left is of the two that stay.
        let left = world.devices[who].database.0.keys().filter(|(scope, table, key)| {
            *scope == chat.0 && (!table.loaded() || key.starts_with(b"vanish/") || key.starts_with(b"timer/"))
        });
        assert!(left.count() <= 7, "message, id and receipts of each, and the words of both");
    }
}

#[test]
fn the_list_shows_what_is_left_below_all_that_went_at_once() {
    let (mut world, ada, ben) = timed(829);
    for text in ["four", "five", "six"] {
        world.send(0, ada, text);
    }
    world.flow();
    // One in between is not there any more.
    world.command(1, Command::DeleteForMe { chat: ben, order: 5 });
    world.command(1, Command::Seen { chat: ben, order: 6 });
    pass(&mut world, 62);
    assert_eq!(world.messages(1, ben).len(), 2);
    assert_eq!(world.chat(1).last.map(|last| last.order), Some(2));
}

#[test]
fn a_deleted_conversation_has_no_alarm_left() {
    let (mut world, _, ben) = timed(828);
    world.command(1, Command::Seen { chat: ben, order: 3 });
    world.command(1, Command::Delete { chat: ben });
    assert!(!world.devices[1].database.0.keys().any(|(scope, table, key)| {
        *scope == ben.0 && (!table.loaded() || key.starts_with(b"vanish/") || key.starts_with(b"timer/"))
    }));
    pass(&mut world, 62);
    assert!(world.messages(1, ben).is_empty());
}
