//! Groups over the real relay: made, grown, changed, left; two commits at once; members who break the rules.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::World;
use xchat_engine::api::{
    Body, Change, ChatId, ChatState, ChatView, Command, Event, GroupChange, MemberView, OutView, PersonId, Problem,
    Role, Who,
};

/// Ada has met everybody, and each of them has accepted her.
fn friends(names: &[&str], seed: u64) -> World {
    let mut world = World::with_people(names, seed);
    for who in 1..names.len() {
        let chat = world.open_link(0, who);
        world.send(0, chat, "hello");
        world.settle();
        let request = world.chats(who)[0].id;
        world.command(who, Command::Accept { chat: request });
        world.settle();
    }
    world
}

/// Ada's group with all of them: its conversation, the same on every device.
fn hiking(names: &[&str], seed: u64) -> (World, ChatId) {
    let mut world = friends(names, seed);
    let people = (1..names.len()).map(|who| world.person(who)).collect();
    world.command(0, Command::CreateGroup { name: "Hiking".to_owned(), people });
    world.settle();
    let group = world.group(0).id;
    (world, group)
}

const THREE: [&str; 3] = ["Ada", "Ben", "Cleo"];

trait Groups {
    fn person(&mut self, who: usize) -> PersonId;
    fn group(&mut self, who: usize) -> ChatView;
    fn change(&mut self, who: usize, group: ChatId, change: GroupChange);
    fn members(&mut self, who: usize, group: ChatId) -> Vec<(String, Role)>;
    fn changes(&mut self, who: usize, group: ChatId) -> Vec<Change>;
    fn said(&mut self, who: usize, group: ChatId) -> Vec<String>;
}

impl Groups for World {
    fn person(&mut self, who: usize) -> PersonId {
        let address = self.account(who).address;
        PersonId(*xchat_engine::identity::parse_address(&address).unwrap().as_bytes())
    }

    fn group(&mut self, who: usize) -> ChatView {
        let groups: Vec<ChatView> = self.chats(who).into_iter().filter(|chat| chat.group.is_some()).collect();
        assert_eq!(groups.len(), 1, "{groups:?}");
        groups[0].clone()
    }

    fn change(&mut self, who: usize, chat: ChatId, change: GroupChange) {
        self.command(who, Command::ChangeGroup { chat, change });
    }

    fn members(&mut self, who: usize, chat: ChatId) -> Vec<(String, Role)> {
        self.command(who, Command::Members { chat });
        let members = self.devices[who].events.iter().rev().find_map(|event| match event {
            Event::Members { members, .. } => Some(members.clone()),
            _ => None,
        });
        let mut members: Vec<_> =
            members.unwrap().into_iter().map(|MemberView { name, role, .. }| (name, role)).collect();
        members.sort();
        members
    }

    fn changes(&mut self, who: usize, group: ChatId) -> Vec<Change> {
        let messages = self.messages(who, group).into_iter();
        let changes = messages.filter_map(|message| match message.body {
            Body::Changed { changes } => Some(changes),
            _ => None,
        });
        changes.flatten().collect()
    }

    /// "Name: text" for each text of others, "> text" for own ones.
    fn said(&mut self, who: usize, group: ChatId) -> Vec<String> {
        let messages = self.messages(who, group).into_iter();
        let texts = messages.filter_map(|message| match (message.body, message.author) {
            (Body::Text { text, .. }, Some(author)) => Some(format!("{}: {text}", author.name)),
            (Body::Text { text, .. }, None) => Some(format!("> {text}")),
            _ => None,
        });
        texts.collect()
    }
}

fn roles(names: &[(&str, Role)]) -> Vec<(String, Role)> {
    names.iter().map(|(name, role)| ((*name).to_owned(), *role)).collect()
}

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
fn a_member_who_leaves_is_out_at_once_and_taken_out_by_the_others() {
    let (mut world, group) = hiking(&THREE, 4);
    world.command(1, Command::LeaveGroup { chat: group });
    assert_eq!(world.group(1).group.unwrap().out, Some(OutView::Left));
    world.settle();
    assert_eq!(world.group(1).group.unwrap().out, Some(OutView::Left));
    for who in [0, 2] {
        assert_eq!(world.members(who, group), roles(&[("Ada", Role::Owner), ("Cleo", Role::Member)]));
        assert!(matches!(world.changes(who, group).last(), Some(Change::Left { who }) if who.name == "Ben"), "{who}");
    }
    world.send(0, group, "after");
    world.settle();
    assert_eq!(world.said(2, group), ["Ada: after"]);
    assert_eq!(world.said(1, group), [""; 0]);
}

#[test]
fn when_the_owner_leaves_the_group_goes_on_under_another_one() {
    let (mut world, group) = hiking(&THREE, 5);
    world.command(0, Command::LeaveGroup { chat: group });
    world.settle();
    assert_eq!(world.group(0).group.unwrap().out, Some(OutView::Left));
    let members = world.members(1, group);
    assert_eq!(members.len(), 2);
    assert_eq!(members.iter().filter(|(_, role)| *role == Role::Owner).count(), 1);
    assert_eq!(members, world.members(2, group));
}

#[test]
fn when_all_who_are_left_leave_nobody_waits_for_the_others() {
    for leavers in [&[0, 1, 2][..], &[1, 2, 0]] {
        let (mut world, group) = hiking(&THREE, 18);
        for who in leavers {
            world.command(*who, Command::LeaveGroup { chat: group });
        }
        world.settle();
        for who in 0..3 {
            assert_eq!(world.group(who).group.unwrap().out, Some(OutView::Left), "{who}");
            let mut rows = world.devices[who].database.0.keys();
            let waits = rows.any(|(scope, _, key)| *scope == group.0 && key.starts_with(b"intent/"));
            assert!(!waits, "{who} waits for somebody to take their leaving up");
        }
    }
}

#[test]
fn somebody_who_left_can_be_brought_in_again() {
    let (mut world, group) = hiking(&THREE, 6);
    world.command(1, Command::LeaveGroup { chat: group });
    world.settle();
    let ben = world.person(1);
    world.change(0, group, GroupChange::Add { people: vec![ben] });
    world.settle();
    let view = world.group(1);
    assert_eq!((view.id, view.group.unwrap().out), (group, None));
    world.send(0, group, "again");
    world.settle();
    assert_eq!(world.said(1, group), ["Ada: again"]);
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
fn a_member_who_takes_out_whom_they_may_not_is_taken_out_and_everybody_else_goes_on() {
    let (mut world, group) = hiking(&["Ada", "Ben", "Cleo", "Dan"], 11);
    world.devices[1].engine.turn_hostile();
    let ada = world.person(0);
    world.change(1, group, GroupChange::Remove { person: ada });
    for who in [0, 2, 3] {
        world.send(who, group, &format!("from {who}"));
    }
    world.settle();
    for who in [0, 2, 3] {
        let view = world.group(who).group.unwrap();
        assert_eq!((view.out, view.people), (None, 3), "{who}");
        assert!(world.changes(who, group).iter().any(|c| matches!(c, Change::Breach { who } if who.name == "Ben")));
        let names: Vec<String> = world.members(who, group).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["Ada", "Cleo", "Dan"]);
    }
    let said = world.said(0, group);
    assert!(said.contains(&"> from 0".to_owned()) && said.contains(&"Cleo: from 2".to_owned()), "{said:?}");
    assert_eq!(said.len(), 3, "{said:?}");
    world.send(1, group, "from outside");
    world.send(0, group, "from inside");
    world.settle();
    assert!(world.said(2, group).contains(&"Ada: from inside".to_owned()));
    assert!(
        (0..4).filter(|who| *who != 1).all(|who| !world.said(who, group).contains(&"Ben: from outside".to_owned()))
    );
    assert!(!world.said(1, group).contains(&"Ada: from inside".to_owned()), "the offender reads nothing after");
}

#[test]
fn whoever_was_away_while_the_rules_were_broken_comes_to_the_same_place_later() {
    let (mut world, group) = hiking(&["Ada", "Ben", "Cleo", "Dan"], 12);
    world.devices[1].engine.turn_hostile();
    world.disconnect(3);
    let ben = world.person(1);
    world.change(1, group, GroupChange::Role { person: ben, role: Role::Owner });
    world.flow();
    world.now += 60_000;
    for who in [0, 2] {
        world.input(who, xchat_engine::Input::Tick);
    }
    world.flow();
    world.send(0, group, "in the new place");
    world.flow();
    world.settle();
    assert_eq!(world.said(3, group), ["Ada: in the new place"]);
    let expected = roles(&[("Ada", Role::Owner), ("Cleo", Role::Member), ("Dan", Role::Member)]);
    assert_eq!(world.members(3, group), expected);
    world.send(3, group, "here too");
    world.settle();
    assert!(world.said(2, group).contains(&"Dan: here too".to_owned()));
}

/// The first `times` commits of Ben's reach the relay as something else.
fn spoil(world: &mut World, times: usize, spoiled: fn(&mut minicbor::bytes::ByteVec, &mut xchat_wire::PublicKey)) {
    let mut left = times;
    world.tamper = Some(Box::new(move |who, mut frame| {
        if let xchat_wire::ClientFrame::Commit { body, next_key, .. } = &mut frame
            && who == 1
            && left > 0
        {
            left -= 1;
            spoiled(body, next_key);
        }
        frame
    }));
}

/// A key that the members cannot derive.
fn lock_out(_: &mut minicbor::bytes::ByteVec, next_key: &mut xchat_wire::PublicKey) {
    *next_key = xchat_wire::PublicKey::new([1; 32]);
}

fn all_go_on_and_nobody_is_accused(world: &mut World, group: ChatId) {
    for who in 0..3 {
        let view = world.group(who);
        let shown = view.group.unwrap();
        assert_eq!((view.name.as_str(), shown.people, shown.out), ("Mine", 3, None), "{who}");
        assert!(!world.changes(who, group).iter().any(|change| matches!(change, Change::Breach { .. })), "{who}");
    }
    world.send(0, group, "still here");
    world.settle();
    assert!(world.said(1, group).contains(&"Ada: still here".to_owned()));
    assert_eq!(world.said(2, group), ["Ada: still here"]);
}

#[test]
fn a_commit_under_a_key_that_nobody_can_derive_moves_the_group_and_accuses_nobody() {
    let (mut world, group) = hiking(&THREE, 13);
    spoil(&mut world, 1, lock_out);
    world.change(1, group, GroupChange::Rename { name: "Mine".to_owned() });
    world.settle();
    all_go_on_and_nobody_is_accused(&mut world, group);
}

#[test]
fn a_commit_that_nobody_can_open_moves_the_group_and_accuses_nobody() {
    let spoiled: [fn(&mut minicbor::bytes::ByteVec, &mut xchat_wire::PublicKey); 2] =
        [|body, _| *body = vec![1, 2, 3].into(), |body, _| *body.last_mut().unwrap() ^= 1];
    for (seed, spoiled) in spoiled.into_iter().enumerate() {
        let (mut world, group) = hiking(&THREE, 14 + seed as u64);
        spoil(&mut world, 1, spoiled);
        world.change(1, group, GroupChange::Rename { name: "Mine".to_owned() });
        world.settle();
        all_go_on_and_nobody_is_accused(&mut world, group);
    }
}

#[test]
fn a_group_whose_every_commit_is_spoiled_moves_four_times_and_is_then_lost() {
    let (mut world, group) = hiking(&THREE, 16);
    spoil(&mut world, usize::MAX, lock_out);
    world.change(1, group, GroupChange::Rename { name: "Mine".to_owned() });
    world.settle();
    assert!((0..3).all(|who| world.group(who).group.unwrap().out == Some(OutView::Lost)));
    let (mut world, group) = hiking(&THREE, 16);
    spoil(&mut world, 4, lock_out);
    world.change(1, group, GroupChange::Rename { name: "Mine".to_owned() });
    world.settle();
    all_go_on_and_nobody_is_accused(&mut world, group);
}

#[test]
fn a_renewal_that_is_due_and_a_wish_wait_until_the_offender_is_out() {
    // Who takes the offender out first is another one with each seed.
    for seed in 17..21 {
        let (mut world, group) = hiking(&["Ada", "Ben", "Cleo", "Dan"], seed);
        world.devices[1].engine.turn_hostile();
        let ada = world.person(0);
        world.change(1, group, GroupChange::Remove { person: ada });
        while world.deliver_up(1) {}
        world.now += 7 * 24 * 3_600_000 + 1_000;
        for (who, text) in [(0, "by Ada"), (2, "by Cleo"), (3, "by Dan")] {
            world.change(who, group, GroupChange::Describe { text: text.to_owned() });
        }
        world.settle();
        for who in [0, 2, 3] {
            let shown = world.group(who).group.unwrap();
            assert_eq!((shown.out, shown.people), (None, 3), "{who}");
            let lines = world.messages(who, group);
            assert!(!lines.iter().any(|line| matches!(line.body, Body::Gap { .. })), "{who} was lost");
            let described = world.changes(who, group).iter().filter(|change| **change == Change::Described).count();
            assert_eq!(described, 3, "{who}");
        }
    }
}

#[test]
fn a_commit_under_the_post_id_of_ones_own_is_not_taken_for_it() {
    let (mut world, group) = hiking(&THREE, 22);
    world.change(0, group, GroupChange::Describe { text: "by Ada".to_owned() });
    let own = world.under_way(0).into_iter().find_map(|frame| match frame {
        xchat_wire::ClientFrame::Commit { post, .. } => Some(post),
        _ => None,
    });
    world.change(1, group, GroupChange::Rename { name: "Mine".to_owned() });
    world.tamper = Some(Box::new(move |who, mut frame| {
        if let xchat_wire::ClientFrame::Commit { post, .. } = &mut frame
            && who == 1
        {
            *post = own.unwrap();
        }
        frame
    }));
    while world.deliver_up(1) {}
    world.tamper = None;
    world.settle();
    for who in [0, 2] {
        let view = world.group(who);
        assert_eq!((view.name.as_str(), view.group.unwrap().description.as_str()), ("Mine", "by Ada"), "{who}");
    }
    world.send(0, group, "in step");
    world.settle();
    assert_eq!(world.said(2, group), ["Ada: in step"]);
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
