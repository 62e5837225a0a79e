//! Members who break the rules of a group, and commits that nobody can follow.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::{Groups, THREE, World, hiking, roles};
use xchat_engine::api::{Body, Change, ChatId, GroupChange, Notice, OutView, Role};
use xchat_wire::{Kind, ServerFrame};

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

/// A relay that shows a device the next commits otherwise than they are.
fn alters_commits_for(world: &mut World, whom: usize, mut commits: usize) {
    world.lie = Some(Box::new(move |who, frame| match frame {
        ServerFrame::Record { address, mut record } if who == whom && record.kind == Kind::Commit && commits > 0 => {
            commits -= 1;
            record.body[0] ^= 1;
            Some(ServerFrame::Record { address, record })
        }
        frame => Some(frame),
    }));
}

#[test]
fn whoever_is_shown_a_commit_otherwise_than_all_others_is_let_in_anew_and_says_so() {
    let (mut world, group) = hiking(&THREE, 17);
    alters_commits_for(&mut world, 2, 2);
    world.change(0, group, GroupChange::Rename { name: "Climbing".to_owned() });
    world.settle();
    world.send(0, group, "to all");
    world.settle();
    world.send(2, group, "from all");
    world.settle();
    assert_eq!((world.group(2).name.as_str(), world.group(2).group.unwrap().out), ("Climbing", None));
    assert_eq!(world.said(2, group), ["Ada: to all", "> from all"]);
    assert_eq!(world.said(1, group), ["Ada: to all", "Cleo: from all"]);
    let differs = |body: &Body| matches!(body, Body::Notice { notice: Notice::HistoryDiffers });
    assert!(world.messages(2, group).iter().any(|message| differs(&message.body)));
}
