//! Still more histories that broke a promise once, as short as they become.

use crate::{
    event::{Event as E, History, Place, Trick},
    found::{link, met},
    shrink::replay,
    sim::Crash,
};

#[test]
fn a_device_that_was_taken_off_does_not_come_back_by_cards_that_it_puts_before_it_has_heard_of_it() {
    let then = [
        (32, E::Settle),
        (52, E::Revoke { who: 0, device: 2 }),
        (54, E::Rename { who: 2 }),
        (55, E::Rename { who: 2 }),
    ];
    let events = met(0).chain(link(6, 2, 0)).chain(then).collect();
    assert_eq!(replay(&History { seed: 91130, people: 2, devices: 3, events }), Ok(()));
}

#[test]
fn what_was_read_in_a_group_that_ones_other_device_leaves_at_that_moment_is_read_on_both() {
    let group = || met(1).chain([(6, E::MakeGroup { who: 0, people: 2 })]).chain(link(8, 2, 0));
    let left = [
        (38, E::Settle),
        (39, E::Name { who: 5, group: 0 }),
        (48, E::Leave { who: 2, group: 0 }),
        (52, E::Write { who: 0, place: Place::Group(0) }),
        (77, E::Flow),
        (80, E::Leave { who: 1, group: 0 }),
        (87, E::Read { who: 5, place: Place::Group(0) }),
        (90, E::Disconnect { who: 5 }),
    ];
    let events = group().chain(link(29, 5, 1)).chain(left).collect();
    assert_eq!(replay(&History { seed: 96730, people: 2, devices: 3, events }), Ok(()));
    let deleted = [
        (18, E::Settle),
        (46, E::Write { who: 1, place: Place::Group(0) }),
        (75, E::Flow),
        (81, E::Leave { who: 0, group: 0 }),
        (84, E::Delete { who: 1, place: Place::Group(0) }),
        (90, E::Read { who: 2, place: Place::Group(0) }),
        (92, E::Disconnect { who: 2 }),
    ];
    let events = group().chain(deleted).collect();
    assert_eq!(replay(&History { seed: 88459, people: 2, devices: 2, events }), Ok(()));
}

#[test]
fn who_knows_somebody_who_broke_the_rules_may_be_lured_without_a_question_into_a_log_that_all_others_have_left() {
    let group = [
        (5, E::OpenLink { who: 0, whom: 2 }),
        (6, E::Flow),
        (7, E::Write { who: 0, place: Place::With(2) }),
        (8, E::Flow),
        (9, E::Accept { who: 2, place: Place::With(0) }),
        (10, E::MakeGroup { who: 0, people: 6 }),
        (11, E::Flow),
    ];
    let left = [
        (13, E::Role { who: 0, group: 0, whom: 1, role: 1 }),
        (26, E::Trick { who: 2, how: Trick::Garbage }),
        (28, E::MayAdd { who: 2, group: 0, admins: true }),
        (38, E::Add { who: 2, group: 0, whom: 0 }),
        (41, E::Up { who: 0, frames: 3 }),
        (44, E::Down { who: 0, frames: 4 }),
        (47, E::Leave { who: 0, group: 0 }),
    ];
    let events = met(0).chain(group).chain(left).collect();
    assert_eq!(replay(&History { seed: 83967, people: 3, devices: 1, events }), Ok(()));
    let taken_out = [
        (0, E::OpenLink { who: 0, whom: 1 }),
        (4, E::OpenLink { who: 0, whom: 2 }),
        (5, E::Flow),
        (6, E::Write { who: 0, place: Place::With(2) }),
        (7, E::Flow),
        (8, E::Accept { who: 2, place: Place::With(0) }),
        (9, E::MakeGroup { who: 0, people: 6 }),
        (10, E::Flow),
        (14, E::Remove { who: 0, group: 0, whom: 1 }),
        (17, E::TurnHostile { who: 2 }),
        (24, E::MayChange { who: 2, group: 0, admins: true }),
        (25, E::Crash { who: 2, step: 5, when: Crash::BeforeCommit }),
        (28, E::Write { who: 2, place: Place::Group(0) }),
        (30, E::Read { who: 2, place: Place::With(1) }),
        (31, E::Unblock { who: 2, whom: 1 }),
        (34, E::Write { who: 2, place: Place::With(0) }),
        (43, E::Add { who: 2, group: 0, whom: 1 }),
        (45, E::OpenLink { who: 1, whom: 2 }),
        (46, E::Flow),
        (47, E::Write { who: 1, place: Place::With(2) }),
    ];
    assert_eq!(replay(&History { seed: 87647, people: 3, devices: 1, events: taken_out.into() }), Ok(()));
}
