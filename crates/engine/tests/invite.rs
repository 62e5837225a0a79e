//! Invite links: made, renewed, taken away; people who ask by them, and admins who answer.
#![allow(clippy::unwrap_used)]

mod sim;

use std::{cell::Cell, rc::Rc};

use sim::invites::{approve, ask, group_of_two, has_group, joins, linked, open, requests, shown_link};
use sim::{Crash, Groups, THREE, World, roles};
use xchat_engine::api::{ChatState, Command, Event, GroupChange, OutView, Problem, Role, Standing};
use xchat_engine::card::InviteLink;
use xchat_wire::ClientFrame;

const DAY: u64 = 24 * 3600 * 1000;

const FOUR: [&str; 4] = ["Ada", "Ben", "Cleo", "Dan"];

#[test]
fn who_asks_by_the_link_and_is_approved_is_in_without_a_further_question() {
    let (mut world, group, link) = linked(&THREE, 1);
    world.change(0, group, GroupChange::Describe { text: "Every Sunday".to_owned() });
    world.settle();
    let seen = open(&mut world, 2, &link).unwrap();
    assert_eq!((seen.name.as_str(), seen.description.as_str(), seen.people), ("Hiking", "Every Sunday", 2));
    assert_eq!(seen.standing, Standing::Outside);
    assert!(requests(&mut world, 0, group).is_empty(), "to look is not to ask");

    ask(&mut world, 2, &link);
    assert_eq!(open(&mut world, 2, &link).unwrap().standing, Standing::Asked);
    let asked = joins(&mut world, 2);
    assert!(matches!(&asked[..], [join] if join.name == "Hiking" && join.asked_at.is_some() && join.link == link));
    assert_eq!(requests(&mut world, 0, group), ["Cleo"]);
    assert_eq!(world.group(1).group.unwrap().requests, 0, "a member who is no admin hears nothing");
    assert!(!has_group(&mut world, 2));

    approve(&mut world, 0, group, 2);
    assert_eq!(world.group(2).state, ChatState::Open);
    assert!(requests(&mut world, 0, group).is_empty() && joins(&mut world, 2).is_empty());
    let expected = roles(&[("Ada", Role::Owner), ("Ben", Role::Member), ("Cleo", Role::Member)]);
    assert_eq!(world.members(2, group), expected);
    world.send(2, group, "thanks");
    world.settle();
    assert_eq!(world.said(1, group), ["Cleo: thanks"]);
    assert_eq!(open(&mut world, 2, &link).unwrap().standing, Standing::Inside(group));
    assert_eq!(world.opened(2), group, "the conversation is shown");
}

#[test]
fn what_the_link_says_follows_the_group() {
    let (mut world, group, link) = linked(&THREE, 2);
    // By a member who is no admin, so an admin writes it for them.
    world.change(1, group, GroupChange::Rename { name: "Climbing".to_owned() });
    world.settle();
    assert_eq!(open(&mut world, 2, &link).unwrap().name, "Climbing");
    world.command(1, Command::LeaveGroup { chat: group });
    world.settle();
    assert_eq!(open(&mut world, 2, &link).unwrap().people, 1);
}

#[test]
fn a_cell_that_says_something_else_is_set_right_within_a_day() {
    let (mut world, group, link) = linked(&THREE, 19);
    let cell = InviteLink::parse(&link).unwrap().0.cell();
    let spoiled = Rc::new(Cell::new(0));
    let count = Rc::clone(&spoiled);
    world.tamper = Some(Box::new(move |_, mut frame| {
        if let ClientFrame::PutCell { cell: at, body, .. } = &mut frame
            && *at == cell
            && count.get() == 0
        {
            count.set(1);
            *body = vec![1; 100].into();
        }
        frame
    }));
    world.change(0, group, GroupChange::Describe { text: "Every Sunday".to_owned() });
    world.settle();
    assert_eq!((spoiled.get(), open(&mut world, 2, &link)), (1, Err(Problem::InviteMissing)));
    world.now += DAY;
    world.settle();
    assert_eq!(open(&mut world, 2, &link).unwrap().description, "Every Sunday");
}

#[test]
fn a_renewed_link_is_dead_at_once_and_what_was_asked_by_it_is_gone() {
    let (mut world, group, old) = linked(&FOUR, 3);
    ask(&mut world, 2, &old);
    assert_eq!(requests(&mut world, 0, group), ["Cleo"]);
    world.change(0, group, GroupChange::Invite { on: true });
    world.settle();
    let new = shown_link(&mut world, 0).unwrap();
    assert_ne!(old, new);
    assert!(requests(&mut world, 0, group).is_empty());
    assert_eq!(open(&mut world, 3, &old), Err(Problem::InviteClosed));
    assert_eq!(open(&mut world, 3, &new).unwrap().name, "Hiking");
    // Who had asked by it learns it when they ask again.
    world.now += DAY;
    world.settle();
    assert!(joins(&mut world, 2).is_empty());
    ask(&mut world, 2, &old);
    ask(&mut world, 3, &new);
    assert_eq!(requests(&mut world, 0, group), ["Dan"]);
}

#[test]
fn a_link_that_was_taken_away_says_so_also_when_its_admin_died_over_it() {
    for at in 1..12 {
        let (mut world, group, old) = linked(&THREE, 400 + at);
        world.devices[0].crash_at = Some((world.devices[0].steps + at, Crash::AfterCommit));
        while shown_link(&mut world, 0).is_some() {
            world.change(0, group, GroupChange::Invite { on: false });
            world.settle();
        }
        assert_eq!(open(&mut world, 2, &old), Err(Problem::InviteClosed), "{at}");
        assert_eq!(shown_link(&mut world, 0), None);
    }
}

#[test]
fn only_admins_make_links_and_answer() {
    let (mut world, group, link) = linked(&THREE, 5);
    let refused = |world: &World, who: usize| {
        let refused = Event::Refused { problem: Problem::NotAllowed };
        world.devices[who].events.iter().filter(|event| **event == refused).count()
    };
    world.disconnect(1);
    world.change(1, group, GroupChange::Invite { on: true });
    world.change(1, group, GroupChange::Invite { on: false });
    assert_eq!(refused(&world, 1), 2, "at once, also offline");
    ask(&mut world, 2, &link);
    let cleo = world.person(2);
    world.change(1, group, GroupChange::Approve { person: cleo });
    world.change(1, group, GroupChange::Decline { person: cleo });
    assert_eq!(refused(&world, 1), 4);
    assert_eq!(world.group(1).group.unwrap().invite, None, "it is not for members to hand out");
    world.settle();
    assert_eq!(requests(&mut world, 0, group), ["Cleo"]);
}

#[test]
fn an_invite_link_that_is_broken_or_of_another_server_says_so() {
    let (mut world, _, link) = linked(&THREE, 6);
    let cut = &link[..link.len() - 3];
    let elsewhere = link.replace("relay.example", "other.example");
    let unknown = format!("{}AAAAAAAAAAAAAAAAAAAAAA", &link[..link.len() - 22]);
    let tried = [cut, &elsewhere, &unknown, "https://relay.example"].map(|text| open(&mut world, 2, text).unwrap_err());
    assert_eq!(tried, [Problem::LinkDamaged, Problem::LinkElsewhere, Problem::InviteMissing, Problem::NotALink]);
}

#[test]
fn offline_a_link_waits_and_so_does_what_is_asked() {
    let (mut world, group, link) = linked(&THREE, 7);
    world.disconnect(2);
    world.command(2, Command::OpenInvite { link: link.clone() });
    assert!(world.devices[2].events.contains(&Event::LinkWaiting));
    world.command(2, Command::AskToJoin { link: link.clone() });
    world.crash(2);
    let waits = joins(&mut world, 2);
    assert!(matches!(&waits[..], [join] if join.asked_at.is_none() && join.link == link));
    world.settle();
    assert_eq!(requests(&mut world, 0, group), ["Cleo"]);
    world.disconnect(2);
    world.devices[2].events.clear();
    world.command(2, Command::OpenInvite { link });
    world.connect(2);
    world.flow();
    assert!(world.devices[2].events.iter().any(|event| matches!(event, Event::Invite { .. })));
}

#[test]
fn asking_twice_is_asking_once_and_it_can_be_taken_back() {
    let (mut world, group, link) = linked(&THREE, 8);
    ask(&mut world, 2, &link);
    ask(&mut world, 2, &link);
    world.crash(2);
    ask(&mut world, 2, &link);
    assert_eq!(requests(&mut world, 0, group), ["Cleo"]);
    world.disconnect(2);
    world.command(2, Command::WithdrawJoin { link: link.clone() });
    assert!(joins(&mut world, 2).is_empty());
    world.crash(2);
    world.settle();
    assert!(requests(&mut world, 0, group).is_empty());
    let rows = |world: &World| world.devices[2].database.0.keys().any(|(_, _, key)| key.starts_with(b"join/"));
    assert!(!rows(&world), "nothing is left of it");
    ask(&mut world, 2, &link);
    assert_eq!(requests(&mut world, 0, group), ["Cleo"], "and asked for again");
}

#[test]
fn who_took_a_request_back_is_asked_when_a_welcome_comes_all_the_same() {
    let (mut world, group, link) = linked(&THREE, 9);
    ask(&mut world, 2, &link);
    world.disconnect(0);
    let cleo = world.person(2);
    world.change(0, group, GroupChange::Approve { person: cleo });
    world.disconnect(2);
    world.command(2, Command::WithdrawJoin { link });
    // The welcome is there before she has told anybody.
    world.connect(0);
    world.flow();
    world.settle();
    assert_eq!(world.group(2).state, ChatState::Request);
}

#[test]
fn nobody_is_let_in_without_a_question_by_whom_they_did_not_ask() {
    let (mut world, group, link) = linked(&THREE, 10);
    ask(&mut world, 2, &link);
    // Ben is no admin, and everyone may add: he knows her by her link.
    world.open_link(1, 2);
    let cleo = world.person(2);
    world.change(1, group, GroupChange::Add { people: vec![cleo] });
    world.settle();
    assert_eq!(world.group(2).state, ChatState::Request);
    assert!(requests(&mut world, 0, group).is_empty(), "she is in");
}

#[test]
fn other_admins_are_asked_when_nobody_has_answered_for_a_day() {
    let names = ["Ada", "Ben", "Cleo", "Dan", "Eve", "Finn"];
    let (mut world, group, link) = linked(&names, 11);
    for who in 2..5 {
        ask(&mut world, who, &link);
        approve(&mut world, 0, group, who);
    }
    for who in 1..5 {
        let person = world.person(who);
        world.change(0, group, GroupChange::Role { person, role: Role::Admin });
        world.settle();
    }
    ask(&mut world, 5, &link);
    let heard =
        |world: &mut World| -> Vec<bool> { (0..5).map(|who| world.group(who).group.unwrap().requests > 0).collect() };
    let first = heard(&mut world);
    assert_eq!(first.iter().filter(|heard| **heard).count(), 3);
    world.now += DAY;
    world.settle();
    assert_eq!(heard(&mut world), [true; 5]);
    // And not for ever.
    let frames = |world: &mut World| {
        let before = world.devices[5].frames;
        world.now += DAY;
        world.settle();
        world.devices[5].frames - before
    };
    let asking = frames(&mut world);
    for _ in 0..14 {
        frames(&mut world);
    }
    assert!(frames(&mut world) < asking);
    assert_eq!(joins(&mut world, 5).len(), 1, "it still waits");
}

#[test]
fn a_declined_request_is_gone_for_good_and_its_author_hears_nothing() {
    let (mut world, group, link) = linked(&THREE, 12);
    ask(&mut world, 2, &link);
    let before = joins(&mut world, 2);
    let cleo = world.person(2);
    world.change(0, group, GroupChange::Decline { person: cleo });
    world.settle();
    assert!(requests(&mut world, 0, group).is_empty());
    assert_eq!(joins(&mut world, 2), before);
    world.now += DAY;
    world.settle();
    world.command(2, Command::WithdrawJoin { link: link.clone() });
    world.settle();
    ask(&mut world, 2, &link);
    world.crash(0);
    world.settle();
    assert!(requests(&mut world, 0, group).is_empty());
    // Under another link they may ask again.
    world.change(0, group, GroupChange::Invite { on: true });
    world.settle();
    let fresh = shown_link(&mut world, 0).unwrap();
    ask(&mut world, 2, &fresh);
    assert_eq!(requests(&mut world, 0, group), ["Cleo"]);
}

#[test]
fn of_two_admins_who_approve_at_once_one_does_it_and_nothing_is_left_for_the_other() {
    for seed in 0..4 {
        let (mut world, group, link) = linked(&THREE, 500 + seed);
        let (ben, cleo) = (world.person(1), world.person(2));
        world.change(0, group, GroupChange::Role { person: ben, role: Role::Admin });
        world.settle();
        ask(&mut world, 2, &link);
        for who in [0, 1] {
            assert_eq!(requests(&mut world, who, group), ["Cleo"]);
            world.change(who, group, GroupChange::Approve { person: cleo });
        }
        world.settle();
        assert_eq!(world.group(2).state, ChatState::Open);
        assert_eq!(world.members(0, group).len(), 3);
        for who in [0, 1] {
            assert!(requests(&mut world, who, group).is_empty());
            assert!(!world.devices[who].events.iter().any(|event| matches!(event, Event::Refused { .. })));
        }
    }
}

#[test]
fn when_another_admin_approved_first_the_request_vanishes_here() {
    let (mut world, group, link) = linked(&THREE, 13);
    let ben = world.person(1);
    world.change(0, group, GroupChange::Role { person: ben, role: Role::Admin });
    world.settle();
    ask(&mut world, 2, &link);
    assert_eq!(requests(&mut world, 0, group), ["Cleo"]);
    approve(&mut world, 1, group, 2);
    assert_eq!(world.group(0).group.unwrap().requests, 0);
    assert!(requests(&mut world, 0, group).is_empty());
}

#[test]
fn who_is_no_admin_any_more_when_it_is_done_lets_nobody_in() {
    let (mut world, group, link) = linked(&THREE, 14);
    let (ben, cleo) = (world.person(1), world.person(2));
    world.change(0, group, GroupChange::Role { person: ben, role: Role::Admin });
    world.change(0, group, GroupChange::MayAdd { who: xchat_engine::api::Who::Admins });
    world.settle();
    ask(&mut world, 2, &link);
    world.change(0, group, GroupChange::Role { person: ben, role: Role::Member });
    world.change(1, group, GroupChange::Approve { person: cleo });
    // Ada's commit is first.
    while world.deliver_up(0) {}
    world.settle();
    assert_eq!(world.group(1).group.unwrap().role, Role::Member);
    assert!(world.devices[1].events.contains(&Event::Refused { problem: Problem::NotAllowed }));
    assert!(!has_group(&mut world, 2));
    assert_eq!(world.group(1).group.unwrap().requests, 0);
    let rows = world.devices[1].database.0.keys().filter(|(_, _, key)| key.starts_with(b"ask/")).count();
    assert_eq!(rows, 0, "who answers no requests keeps none");
    // Ada still can.
    assert_eq!(requests(&mut world, 0, group), ["Cleo"]);
    approve(&mut world, 0, group, 2);
    assert_eq!(world.group(2).state, ChatState::Open);
}

#[test]
fn of_two_links_made_at_once_one_stays_and_both_admins_show_it() {
    let (mut world, group) = group_of_two(&THREE, 15);
    let ben = world.person(1);
    world.change(0, group, GroupChange::Role { person: ben, role: Role::Admin });
    world.settle();
    world.change(0, group, GroupChange::Invite { on: true });
    world.change(1, group, GroupChange::Invite { on: true });
    // Ada's commit is first: Ben's link, in the place of none, has lost its place.
    while world.deliver_up(0) || world.deliver_down(0, 64) {}
    let first = shown_link(&mut world, 0).unwrap();
    world.settle();
    let (ours, theirs) = (shown_link(&mut world, 0).unwrap(), shown_link(&mut world, 1).unwrap());
    assert_eq!([&ours, &theirs], [&first; 2]);
    assert_eq!(open(&mut world, 2, &ours).unwrap().name, "Hiking");
}

#[test]
fn what_somebody_who_is_blocked_asks_vanishes_and_does_not_come() {
    let (mut world, group, link) = linked(&FOUR, 16);
    for who in [2, 3] {
        ask(&mut world, who, &link);
        let chat = world.open_link(who, 0);
        world.send(who, chat, "let me in");
        world.settle();
    }
    assert_eq!(requests(&mut world, 0, group), ["Cleo", "Dan"]);
    let of = |world: &mut World, name: &str| world.chats(0).into_iter().find(|chat| chat.name == name).unwrap().id;
    let (cleo, dan) = (of(&mut world, "Cleo"), of(&mut world, "Dan"));
    world.crash(0);
    world.command(0, Command::Block { chat: cleo });
    assert_eq!(world.group(0).group.unwrap().requests, 1);
    assert_eq!(requests(&mut world, 0, group), ["Dan"]);
    world.command(0, Command::Block { chat: dan });
    world.now += DAY;
    world.settle();
    assert!(requests(&mut world, 0, group).is_empty());
}

#[test]
fn who_was_taken_out_can_ask_again_and_is_in_again() {
    let (mut world, group, link) = linked(&THREE, 17);
    ask(&mut world, 2, &link);
    approve(&mut world, 0, group, 2);
    let cleo = world.person(2);
    world.change(0, group, GroupChange::Remove { person: cleo });
    world.settle();
    assert!(matches!(world.group(2).group.unwrap().out, Some(OutView::Removed { .. })));
    world.now += 60_000;
    ask(&mut world, 2, &link);
    assert_eq!(requests(&mut world, 0, group), ["Cleo"]);
    approve(&mut world, 0, group, 2);
    assert_eq!(world.group(2).group.unwrap().out, None);
    assert_eq!(world.group(2).state, ChatState::Open);
}
