//! Groups that move to a fresh one: who comes along, what is read, two moves at once, crashes, moves by those who may not.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::{Crash, Groups, THREE, World, hiking, roles};
use xchat_engine::api::{Change, ChatId, Event, GroupChange, OutView, PersonId, Problem, Role, Who};
use xchat_wire::{Address, ClientFrame};

const FOUR: [&str; 4] = ["Ada", "Ben", "Cleo", "Dan"];
const MINUTE: u64 = 60_000;

fn move_to_fresh(world: &mut World, who: usize, group: ChatId, without: Vec<PersonId>) {
    world.change(who, group, GroupChange::Move { without });
}

/// The log in which a device's next message goes.
fn log_of(world: &mut World, who: usize, group: ChatId) -> Address {
    world.settle();
    world.send(who, group, "where?");
    let log = world.under_way(who).into_iter().find_map(|frame| match frame {
        ClientFrame::Append { log, .. } => Some(log),
        _ => None,
    });
    world.settle();
    log.unwrap()
}

fn all_in_one(world: &mut World, who: &[usize], group: ChatId) {
    let logs: Vec<Address> = who.iter().map(|who| log_of(world, *who, group)).collect();
    assert!(logs.windows(2).all(|pair| pair[0] == pair[1]), "{logs:?}");
}

/// What everybody said, sorted, with own lines under the own name.
fn heard(world: &mut World, who: usize, group: ChatId) -> Vec<String> {
    let name = world.account(who).name;
    let said = world.said(who, group).into_iter().map(|line| line.replace("> ", &format!("{name}: ")));
    let mut said: Vec<String> = said.filter(|line| !line.ends_with("where?")).collect();
    said.sort();
    said
}

#[test]
fn everybody_follows_into_a_fresh_room_with_the_same_name_roles_rules_and_timer() {
    let (mut world, group) = hiking(&FOUR, 301);
    let ben = world.person(1);
    world.change(0, group, GroupChange::Role { person: ben, role: Role::Admin });
    world.change(0, group, GroupChange::Describe { text: "Every Sunday".to_owned() });
    world.change(0, group, GroupChange::MayAdd { who: Who::Admins });
    world.change(0, group, GroupChange::Timer { seconds: Some(3600) });
    let before = log_of(&mut world, 3, group);
    move_to_fresh(&mut world, 1, group, Vec::new());
    world.settle();
    assert_ne!(log_of(&mut world, 3, group), before);
    all_in_one(&mut world, &[0, 1, 2, 3], group);
    for who in 0..4 {
        let view = world.group(who);
        let shown = view.group.unwrap();
        assert_eq!((view.id, view.name.as_str(), shown.description.as_str()), (group, "Hiking", "Every Sunday"));
        assert_eq!((shown.people, shown.out, shown.may_add, shown.timer), (4, None, Who::Admins, Some(3600)));
        let expected = [("Ada", Role::Owner), ("Ben", Role::Admin), ("Cleo", Role::Member), ("Dan", Role::Member)];
        assert_eq!(world.members(who, group), roles(&expected), "{who}");
        let changes = world.changes(who, group);
        assert_eq!(changes.iter().filter(|change| **change == Change::Moved).count(), 1, "{who}");
        let added = changes.iter().filter(|change| matches!(change, Change::Added { .. })).count();
        assert!(added <= 3 && changes.last() == Some(&Change::Moved), "{who}: who has followed was not added");
    }
}

#[test]
fn what_was_written_around_a_move_is_read_once_by_everybody() {
    let (mut world, group) = hiking(&FOUR, 302);
    world.disconnect(3);
    for who in 0..3 {
        world.send(who, group, &format!("before, {who}"));
    }
    world.flow();
    world.send(3, group, "offline, 3");
    world.disconnect(2);
    world.send(2, group, "offline, 2");
    world.send(0, group, "queued, 0");
    move_to_fresh(&mut world, 0, group, Vec::new());
    world.send(0, group, "after, 0");
    world.send(1, group, "meanwhile, 1");
    world.flow();
    world.send(1, group, "after, 1");
    world.flow();
    // Cleo and Dan were away over all of it: what was written in the old room comes first.
    world.settle();
    all_in_one(&mut world, &[0, 1, 2, 3], group);
    let expected = heard(&mut world, 0, group);
    assert_eq!(expected.len(), 9, "{expected:?}");
    for who in 1..4 {
        assert_eq!(heard(&mut world, who, group), expected, "{who}");
    }
    let said = world.said(3, group);
    let place = |text: &str| said.iter().position(|line| line.ends_with(text)).unwrap();
    assert!(place("before, 0") < place("after, 1"));
}

#[test]
fn who_is_not_brought_along_hears_nothing_more_and_is_heard_no_more() {
    let (mut world, group) = hiking(&FOUR, 303);
    let dan = world.person(3);
    move_to_fresh(&mut world, 0, group, vec![dan]);
    world.settle();
    world.send(0, group, "without Dan");
    world.settle();
    for who in 0..3 {
        let names: Vec<String> = world.members(who, group).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["Ada", "Ben", "Cleo"], "{who}");
    }
    assert_eq!(world.said(3, group), [""; 0]);
    world.now += 11 * MINUTE;
    world.settle();
    world.send(3, group, "hello?");
    world.settle();
    for who in 0..3 {
        assert!(!world.said(who, group).contains(&"Dan: hello?".to_owned()), "{who}");
    }
}

#[test]
fn a_member_moves_nothing_and_an_admin_leaves_nobody_behind_who_stands_as_high() {
    let (mut world, group) = hiking(&FOUR, 304);
    let (ada, ben) = (world.person(0), world.person(1));
    world.change(0, group, GroupChange::Role { person: ben, role: Role::Admin });
    world.settle();
    let before = log_of(&mut world, 0, group);
    move_to_fresh(&mut world, 2, group, Vec::new());
    move_to_fresh(&mut world, 1, group, vec![ada]);
    move_to_fresh(&mut world, 1, group, vec![ben]);
    world.settle();
    let refused = Event::Refused { problem: Problem::NotAllowed };
    let count = |world: &World, who: usize| world.devices[who].events.iter().filter(|e| **e == refused).count();
    assert_eq!((count(&world, 2), count(&world, 1)), (1, 2));
    assert_eq!(log_of(&mut world, 0, group), before);
}

#[test]
fn nobody_follows_a_member_who_may_not_move_the_group() {
    let (mut world, group) = hiking(&FOUR, 305);
    let before = log_of(&mut world, 0, group);
    world.devices[2].engine.turn_hostile();
    move_to_fresh(&mut world, 2, group, Vec::new());
    world.settle();
    for who in [0, 1, 3] {
        assert_eq!(log_of(&mut world, who, group), before);
    }
    world.send(0, group, "here");
    world.settle();
    assert!(world.said(3, group).contains(&"Ada: here".to_owned()));
}

#[test]
fn two_moves_at_once_end_in_one_room_and_neither_loses_anything() {
    for seed in 310..318 {
        let (mut world, group) = hiking(&["Ada", "Ben", "Cleo", "Dan", "Eve"], seed);
        let people: Vec<PersonId> = (0..5).map(|who| world.person(who)).collect();
        world.change(0, group, GroupChange::Role { person: people[1], role: Role::Admin });
        world.settle();
        world.disconnect(2);
        move_to_fresh(&mut world, 0, group, vec![]);
        move_to_fresh(&mut world, 1, group, vec![people[4]]);
        for who in 0..4 {
            world.send(who, group, &format!("from {who}"));
        }
        world.flow();
        for who in 0..2 {
            world.send(who, group, &format!("more from {who}"));
        }
        world.settle();
        world.settle();
        all_in_one(&mut world, &[0, 1, 2, 3], group);
        let expected = heard(&mut world, 0, group);
        assert_eq!(expected.len(), 6, "{seed}: {expected:?}");
        for who in 0..4 {
            assert_eq!(heard(&mut world, who, group), expected, "{seed}: {who}");
            let names: Vec<String> = world.members(who, group).into_iter().map(|(name, _)| name).collect();
            assert_eq!(names, ["Ada", "Ben", "Cleo", "Dan"], "{seed}: {who}");
        }
    }
}

#[test]
fn who_cannot_be_reached_is_named_and_comes_when_they_can() {
    let (mut world, group) = hiking(&THREE, 320);
    world.disconnect(2);
    world.connect(2);
    world.deliver_down(2, 1);
    let inbox = world.under_way(2).into_iter().find_map(|frame| match frame {
        ClientFrame::CreateInbox { inbox, .. } => Some(inbox),
        _ => None,
    });
    world.settle();
    world.tamper = Some(Box::new(move |who, mut frame| {
        if let ClientFrame::TakePackage { inbox: asked, .. } = &mut frame
            && who == 0
            && Some(*asked) == inbox
        {
            *asked = Address::new([7; 32]);
        }
        frame
    }));
    move_to_fresh(&mut world, 0, group, Vec::new());
    // Far longer than anybody is tried who is only added.
    for _ in 0..4 {
        world.settle();
    }
    assert_eq!(world.members(0, group), roles(&[("Ada", Role::Owner), ("Ben", Role::Member)]));
    let named = world.changes(0, group);
    let named: Vec<&Change> = named.iter().filter(|change| matches!(change, Change::NotReached { .. })).collect();
    assert!(matches!(&named[..], [Change::NotReached { who }] if who.name == "Cleo"), "{named:?}");
    world.send(0, group, "without Cleo");
    world.change(0, group, GroupChange::Rename { name: "Climbing".to_owned() });
    world.settle();
    assert_eq!(world.group(1).name, "Climbing", "nothing else waits for her");
    world.tamper = None;
    world.crash(0);
    world.settle();
    all_in_one(&mut world, &[0, 1, 2], group);
    assert_eq!(world.group(2).name, "Climbing");
    assert_eq!(world.members(2, group).len(), 3);
}

#[test]
fn whenever_the_mover_dies_the_group_is_in_one_room_with_everything_that_was_written() {
    for crash in [Crash::BeforeCommit, Crash::AfterCommit] {
        for step in 1.. {
            let (mut world, group) = hiking(&THREE, 330);
            world.send(0, group, "first");
            let at = world.devices[0].steps + step;
            world.devices[0].crash_at = Some((at, crash));
            move_to_fresh(&mut world, 0, group, Vec::new());
            let done = world.devices[0].crashes > 0;
            world.flow();
            if done && crash == Crash::BeforeCommit {
                move_to_fresh(&mut world, 0, group, Vec::new());
            }
            world.send_surely(0, group, "second");
            world.settle();
            world.devices[0].crash_at = None;
            let died = world.devices[0].crashes > 0;
            all_in_one(&mut world, &[0, 1, 2], group);
            for who in 1..3 {
                assert_eq!(heard(&mut world, who, group), ["Ada: first", "Ada: second"], "{crash:?} {step}");
                assert_eq!(world.changes(who, group).last(), Some(&Change::Moved), "{crash:?} {step}");
            }
            if !died {
                break;
            }
        }
    }
}

#[test]
fn whenever_one_who_follows_dies_they_are_in_the_room_with_everything_that_was_written() {
    for crash in [Crash::BeforeCommit, Crash::AfterCommit] {
        for step in 1.. {
            let (mut world, group) = hiking(&THREE, 331);
            world.disconnect(1);
            world.send(0, group, "first");
            world.flow();
            move_to_fresh(&mut world, 0, group, Vec::new());
            world.send(0, group, "second");
            world.flow();
            let at = world.devices[1].steps + step;
            world.devices[1].crash_at = Some((at, crash));
            world.settle();
            let died = world.devices[1].crashes > 0;
            world.devices[1].crash_at = None;
            all_in_one(&mut world, &[0, 1, 2], group);
            assert_eq!(heard(&mut world, 1, group), ["Ada: first", "Ada: second"], "{crash:?} {step}");
            if !died {
                break;
            }
        }
    }
}

#[test]
fn a_group_that_all_have_lost_is_moved_by_its_owner_and_what_waits_arrives() {
    let (mut world, group) = hiking(&THREE, 340);
    world.lose_store();
    for who in 0..3 {
        world.connect(who);
    }
    world.flow();
    assert!((0..3).all(|who| world.group(who).group.unwrap().out == Some(OutView::Lost)));
    move_to_fresh(&mut world, 1, group, Vec::new());
    assert!(world.devices[1].events.contains(&Event::Refused { problem: Problem::NotAllowed }));
    move_to_fresh(&mut world, 0, group, Vec::new());
    world.settle();
    all_in_one(&mut world, &[0, 1, 2], group);
    assert_eq!(world.members(1, group), roles(&[("Ada", Role::Owner), ("Ben", Role::Member), ("Cleo", Role::Member)]));
}

#[test]
fn who_was_taken_out_does_not_come_back_with_a_move_of_a_lost_group() {
    let (mut world, group) = hiking(&FOUR, 341);
    let dan = world.person(3);
    world.change(0, group, GroupChange::Remove { person: dan });
    world.settle();
    world.lose_store();
    world.settle();
    move_to_fresh(&mut world, 0, group, Vec::new());
    world.settle();
    assert_eq!(world.members(0, group), roles(&[("Ada", Role::Owner), ("Ben", Role::Member), ("Cleo", Role::Member)]));
}

#[test]
fn a_group_with_more_devices_than_one_commit_takes_moves_in_several_and_all_are_there() {
    let names: Vec<String> = (0..12).map(|n| format!("P{n:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (mut world, group) = hiking(&names, 350);
    let last = world.person(11);
    world.change(0, group, GroupChange::Role { person: last, role: Role::Admin });
    world.settle();
    move_to_fresh(&mut world, 11, group, Vec::new());
    let (mut commits, mut waits) = (0, 0);
    while commits < 2 {
        commits += usize::from(matches!(world.under_way(11).first(), Some(ClientFrame::Commit { .. })));
        if world.deliver_up(11) | world.deliver_down(11, 64) | world.deliver_blob(11) {
            continue;
        }
        // This relay keeps no blobs and has said so: what a frame holds is tried after a while.
        waits += 1;
        assert!(waits < 5, "one commit brought all of them");
        world.now += 31_000;
        world.tick(11);
    }
    world.settle();
    all_in_one(&mut world, &[0, 5, 11], group);
    for (who, role) in [(0, Role::Owner), (5, Role::Member), (11, Role::Admin)] {
        let shown = world.group(who).group.unwrap();
        assert_eq!((shown.people, shown.role), (12, role), "{who}");
        let changes = world.changes(who, group);
        let mut since = changes.iter().rev().take_while(|change| **change != Change::Moved);
        assert!(!since.any(|change| matches!(change, Change::Added { .. })), "{who}");
    }
}
