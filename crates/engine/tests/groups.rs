//! Groups over the real relay: made, grown, changed, read; two commits at once; crashes in between.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::{Groups, THREE, friends, hiking, roles};
use xchat_engine::api::{Body, Change, ChatState, Command, Event, GroupChange, OutView, PersonId, Problem, Role, Who};

#[test]
fn a_group_is_made_and_everybody_reads_what_everybody_writes() {
    let (mut world, group) = hiking(&THREE, 1);
    for who in 0..3 {
        let view = world.group(who);
        assert_eq!((view.id, view.name.as_str(), view.state), (group, "Hiking", ChatState::Open), "{who}");
        assert_eq!(view.group.unwrap().people, 3);
        let expected = roles(&[("Ada", Role::Owner), ("Ben", Role::Member), ("Cleo", Role::Member)]);
        assert_eq!(world.members(who, group), expected);
    }
    for who in 0..3 {
        world.send(who, group, &format!("from {who}"));
        world.settle();
    }
    assert_eq!(world.said(0, group), ["> from 0", "Ben: from 1", "Cleo: from 2"]);
    assert_eq!(world.said(1, group), ["Ada: from 0", "> from 1", "Cleo: from 2"]);
    assert_eq!(world.said(2, group), ["Ada: from 0", "Ben: from 1", "> from 2"]);
    assert!(world.devices.iter().all(|device| device.damage.is_empty()));
}

#[test]
fn who_is_brought_in_by_a_stranger_is_asked_first() {
    let mut world = friends(&THREE, 2);
    let ben = world.person(1);
    world.command(0, Command::CreateGroup { name: "Hiking".to_owned(), people: vec![ben] });
    world.settle();
    let group = world.group(0).id;
    // Ben knows Cleo by her link; she knows nothing of him.
    world.open_link(1, 2);
    let cleo = world.person(2);
    world.change(1, group, GroupChange::Add { people: vec![cleo] });
    world.settle();
    let view = world.group(2);
    assert_eq!((view.state, view.group.unwrap().inviter.unwrap().name.as_str()), (ChatState::Request, "Ben"));
    world.command(2, Command::Accept { chat: group });
    world.send(2, group, "thanks");
    world.settle();
    assert_eq!(world.said(0, group), ["Cleo: thanks"]);
}

#[test]
fn a_request_names_who_brings_in_and_a_removal_who_did_it_also_after_a_start() {
    let mut world = friends(&THREE, 14);
    let ben = world.person(1);
    world.command(0, Command::CreateGroup { name: "Hiking".to_owned(), people: vec![ben] });
    world.settle();
    let group = world.group(0).id;
    world.open_link(1, 2);
    let cleo = world.person(2);
    world.change(1, group, GroupChange::Add { people: vec![cleo] });
    world.settle();
    // Cleo knows Ben from this group alone.
    world.crash(2);
    assert_eq!(world.group(2).group.unwrap().inviter.unwrap().name, "Ben");
    world.command(2, Command::Accept { chat: group });
    world.change(0, group, GroupChange::Role { person: ben, role: Role::Admin });
    world.settle();
    world.change(1, group, GroupChange::Remove { person: cleo });
    world.settle();
    world.crash(2);
    assert!(matches!(world.group(2).group.unwrap().out, Some(OutView::Removed { by }) if by.name == "Ben"));
}

#[test]
fn the_timer_of_a_group_shows_where_that_of_any_conversation_does() {
    let (mut world, group) = hiking(&THREE, 31);
    for seconds in [Some(3600), None] {
        world.command(0, Command::SetTimer { chat: group, seconds });
        world.settle();
        for who in 0..3 {
            let view = world.group(who);
            assert_eq!((view.timer, view.group.unwrap().timer), (seconds, seconds), "at {who}");
        }
    }
}

#[test]
fn a_removed_member_sees_it_and_reads_nothing_after() {
    let (mut world, group) = hiking(&THREE, 3);
    let ben = world.person(1);
    world.change(0, group, GroupChange::Remove { person: ben });
    world.settle();
    world.send(0, group, "without Ben");
    world.settle();
    let out = world.group(1).group.unwrap().out;
    assert!(matches!(out, Some(OutView::Removed { by }) if by.name == "Ada"));
    assert_eq!(world.said(1, group), [""; 0]);
    assert_eq!(world.said(2, group), ["Ada: without Ben"]);
    assert!(matches!(world.changes(2, group).last(), Some(Change::Removed { who }) if who.name == "Ben"));
    world.send(1, group, "hello?");
    world.settle();
    assert!(world.devices[1].events.contains(&Event::NotWritten { tag: 0, problem: Some(Problem::NotAMember) }));
    assert_eq!(world.members(0, group), roles(&[("Ada", Role::Owner), ("Cleo", Role::Member)]));
}

#[test]
fn what_a_member_may_not_do_is_refused_here_and_what_they_may_is_seen_by_all() {
    let (mut world, group) = hiking(&THREE, 7);
    let cleo = world.person(2);
    world.change(1, group, GroupChange::Remove { person: cleo });
    world.change(1, group, GroupChange::MayAdd { who: Who::Admins });
    world.change(1, group, GroupChange::Role { person: cleo, role: Role::Admin });
    let refused = Event::Refused { problem: Problem::NotAllowed };
    assert_eq!(world.devices[1].events.iter().filter(|event| **event == refused).count(), 3);

    world.change(1, group, GroupChange::Rename { name: "Climbing".to_owned() });
    world.settle();
    world.change(0, group, GroupChange::Role { person: cleo, role: Role::Admin });
    world.change(0, group, GroupChange::MayChange { who: Who::Admins });
    world.change(0, group, GroupChange::Describe { text: "Every Sunday".to_owned() });
    world.settle();
    for who in 0..3 {
        let view = world.group(who);
        let shown = view.group.unwrap();
        assert_eq!((view.name.as_str(), shown.description.as_str()), ("Climbing", "Every Sunday"), "{who}");
        assert_eq!((shown.may_change, shown.may_add), (Who::Admins, Who::Everyone));
    }
    assert_eq!(world.group(2).group.unwrap().role, Role::Admin);
    world.change(1, group, GroupChange::Rename { name: "Mine".to_owned() });
    assert_eq!(world.devices[1].events.iter().filter(|event| **event == refused).count(), 4);
}

#[test]
fn of_two_commits_at_once_one_wins_and_the_other_is_done_on_top_of_it() {
    for seed in 0..6 {
        let (mut world, group) = hiking(&["Ada", "Ben", "Cleo", "Dan"], 100 + seed);
        world.change(0, group, GroupChange::Rename { name: "Climbing".to_owned() });
        world.change(1, group, GroupChange::Describe { text: "by Ben".to_owned() });
        world.change(2, group, GroupChange::Timer { seconds: Some(3600) });
        let dan = world.person(3);
        world.change(0, group, GroupChange::Remove { person: dan });
        for who in 0..4 {
            world.send(who, group, &format!("from {who}"));
        }
        world.settle();
        for who in 0..3 {
            let view = world.group(who);
            let shown = view.group.unwrap();
            assert_eq!((view.name.as_str(), shown.description.as_str()), ("Climbing", "by Ben"), "{who}");
            assert_eq!((shown.timer, shown.people), (Some(3600), 3));
        }
        let mut said: Vec<Vec<String>> = (0..3).map(|who| world.said(who, group)).collect();
        for (who, name) in ["Ada", "Ben", "Cleo"].into_iter().enumerate() {
            for text in &mut said[who] {
                *text = text.replace("> ", &format!("{name}: "));
            }
            said[who].sort();
        }
        assert!(said[0].contains(&"Ada: from 0".to_owned()) && said[0].contains(&"Cleo: from 2".to_owned()));
        assert_eq!(said[0], said[1]);
        assert_eq!(said[0], said[2]);
    }
}

#[test]
fn a_new_name_of_a_member_is_seen_in_the_group() {
    let (mut world, group) = hiking(&THREE, 8);
    world.command(1, Command::Rename { name: "Benjamin".to_owned() });
    world.settle();
    let names: Vec<String> = world.members(2, group).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Ada", "Benjamin", "Cleo"]);
}

#[test]
fn a_group_that_was_made_offline_is_there_when_the_connection_is() {
    let mut world = friends(&THREE, 9);
    world.disconnect(0);
    let people = vec![world.person(1), world.person(2)];
    world.command(0, Command::CreateGroup { name: "Hiking".to_owned(), people });
    let group = world.group(0).id;
    world.send(0, group, "written offline");
    world.crash(0);
    world.settle();
    assert_eq!(world.said(1, group), ["Ada: written offline"]);
    assert_eq!(world.said(2, group), ["Ada: written offline"]);
}

#[test]
fn who_is_taken_out_and_brought_in_again_while_away_is_in() {
    let (mut world, group) = hiking(&THREE, 23);
    let cleo = world.person(2);
    world.disconnect(2);
    world.change(0, group, GroupChange::Remove { person: cleo });
    world.flow();
    world.send(0, group, "not for Cleo");
    world.flow();
    world.change(0, group, GroupChange::Add { people: vec![cleo] });
    world.flow();
    world.connect(2);
    // The inbox is read first: the welcome is there before the removal is.
    let late = |world: &sim::World| world.devices[2].database.0.keys().any(|(_, _, key)| key.starts_with(b"late/"));
    while !late(&world) {
        assert!(world.deliver_up(2) || world.deliver_down(2, 1), "the removal was read first");
    }
    world.crash(2);
    world.connect(2);
    world.settle();
    assert!(!late(&world));
    assert_eq!(world.members(0, group).len(), 3);
    world.send(2, group, "back");
    world.settle();
    world.send(0, group, "welcome back");
    world.settle();
    assert_eq!(world.said(2, group), ["> back", "Ada: welcome back"]);
    assert_eq!(world.said(1, group), ["Ada: not for Cleo", "Cleo: back", "Ada: welcome back"]);
    let changes = world.changes(2, group);
    assert!(matches!(changes.last_chunk(), Some([Change::Removed { .. }, Change::Added { .. }])), "{changes:?}");
}

#[test]
fn a_device_that_was_away_for_too_long_is_let_in_anew_and_says_what_it_lacks() {
    let (mut world, group) = hiking(&THREE, 10);
    world.disconnect(2);
    world.now += 600_000;
    world.send(0, group, "never seen by Cleo");
    world.change(0, group, GroupChange::Rename { name: "Climbing".to_owned() });
    world.flow();
    world.relay.expire(world.now + 1);
    world.send(2, group, "written while away");
    world.settle();
    let view = world.group(2);
    assert_eq!((view.name.as_str(), view.group.unwrap().out), ("Climbing", None));
    assert!(world.messages(2, group).iter().any(|message| matches!(message.body, Body::Gap { from, to } if from < to)));
    world.send(0, group, "welcome back");
    world.settle();
    assert_eq!(world.said(2, group), ["> written while away", "Ada: welcome back"]);
    assert_eq!(world.said(1, group), ["Ada: never seen by Cleo", "Cleo: written while away", "Ada: welcome back"]);
    assert_eq!(world.members(0, group).len(), 3);
    assert!(!world.changes(1, group).iter().any(|change| matches!(change, Change::Removed { .. })), "nobody left");
}

#[test]
fn a_crash_in_any_step_of_making_and_changing_a_group_loses_and_doubles_nothing() {
    for (who, crash) in [(0, sim::Crash::BeforeCommit), (0, sim::Crash::AfterCommit), (1, sim::Crash::AfterCommit)] {
        for at in 1.. {
            let mut world = friends(&THREE, at);
            world.devices[who].crash_at = Some((world.devices[who].steps + at, crash));
            let people: Vec<PersonId> = vec![world.person(1), world.person(2)];
            while world.chats(0).iter().all(|chat| chat.group.is_none()) {
                world.command(0, Command::CreateGroup { name: "Hiking".to_owned(), people: people.clone() });
            }
            world.settle();
            let group = world.group(0).id;
            while world.group(0).name != "Climbing" {
                world.change(0, group, GroupChange::Rename { name: "Climbing".to_owned() });
                world.settle();
            }
            world.send_surely(0, group, "from Ada");
            world.send_surely(1, group, "from Ben");
            world.settle();
            let crashed = world.devices[who].crashes > 0;
            assert_eq!(world.said(2, group).len(), 2, "{crash:?} of {who} in step {at}");
            for other in 0..3 {
                let view = world.group(other);
                assert_eq!((view.name.as_str(), view.group.unwrap().people), ("Climbing", 3), "{crash:?} {who} {at}");
            }
            if !crashed {
                assert!(at > 8, "the script is shorter than it was: {at}");
                break;
            }
        }
    }
}
