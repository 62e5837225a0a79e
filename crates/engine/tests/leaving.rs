//! Leaving a group: out at once for who leaves, taken out by the others.
#![allow(clippy::unwrap_used)]

mod sim;

use sim::{Groups, THREE, World, hiking, roles};
use xchat_engine::api::{Change, ChatId, Command, GroupChange, OutView, Role};

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
fn who_leaves_while_a_change_of_theirs_is_under_way_is_out_all_the_same() {
    let (mut world, group) = hiking(&THREE, 19);
    world.change(1, group, GroupChange::Rename { name: "Climbing".to_owned() });
    assert!(world.under_way(1).iter().any(|frame| matches!(frame, xchat_wire::ClientFrame::Commit { .. })));
    world.command(1, Command::LeaveGroup { chat: group });
    world.settle();
    assert_eq!(world.group(1).group.unwrap().out, Some(OutView::Left));
    for who in [0, 2] {
        assert_eq!(world.group(who).name, "Climbing");
        assert_eq!(world.members(who, group), roles(&[("Ada", Role::Owner), ("Cleo", Role::Member)]), "{who}");
    }
}

/// Ada and Ben, who has proposed to leave. Whose turn it is to take it up goes by a hash: here it is not Ada's at once.
fn left_and_not_at_once() -> (World, ChatId) {
    let left = |seed| {
        let (mut world, group) = hiking(&["Ada", "Ben"], seed);
        world.command(1, Command::LeaveGroup { chat: group });
        world.flow();
        (world.members(0, group).len() == 2).then_some((world, group))
    };
    (19..40).find_map(left).unwrap()
}

#[test]
fn a_member_who_leaves_is_taken_out_also_when_something_else_happens_at_that_moment() {
    let (mut world, group) = left_and_not_at_once();
    // A page is opened after it became due and before the tick for it.
    world.now += 60_000;
    world.snapshot(0);
    world.now += 10;
    assert!(world.tick(0));
    world.flow();
    assert_eq!(world.members(0, group), roles(&[("Ada", Role::Owner)]));
}

#[test]
fn a_member_who_leaves_is_taken_out_also_when_the_clock_is_set_back_meanwhile() {
    let (mut world, group) = left_and_not_at_once();
    world.set_clock(0, -3 * 3600 * 1000);
    world.settle();
    assert_eq!(world.members(0, group), roles(&[("Ada", Role::Owner)]));
}
