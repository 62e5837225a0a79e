//! More histories that broke a promise once, of groups and of people with several devices, as short as they become.

use crate::{
    event::{Event as E, History, Keep, Place, Trick},
    found::{link, met},
    run::Simulation,
    shrink::replay,
    sim::Crash,
};

#[test]
fn a_deletion_undoes_what_came_before_it_also_where_a_line_has_brought_the_conversation_back() {
    let then = [
        (21, E::Flow),
        (56, E::Disconnect { who: 0 }),
        (69, E::Keep { who: 2, place: Place::Group(0), what: Keep::Unread(true) }),
        (76, E::Timer { who: 1, group: 0 }),
        (77, E::Delete { who: 0, place: Place::Group(0) }),
    ];
    let grouped = [(5, E::MakeGroup { who: 0, people: 2 })];
    let events = met(0).chain(grouped).chain(link(8, 2, 0)).chain(then).collect();
    assert_eq!(replay(&History { seed: 8209, people: 2, devices: 2, events }), Ok(()));
}

#[test]
fn a_device_that_nobody_brings_into_a_conversation_any_more_is_told_that_it_is_blocked() {
    let then = [
        (24, E::Crash { who: 1, step: 6, when: Crash::AfterCommit }),
        (25, E::Flow),
        (59, E::Block { who: 1, whom: 0 }),
    ];
    let events = met(0).chain(link(17, 3, 1)).chain(then).collect();
    assert_eq!(replay(&History { seed: 8257, people: 2, devices: 3, events }), Ok(()));
}

#[test]
fn what_was_read_on_one_device_is_read_on_another_to_which_it_comes_later() {
    let then = [
        (39, E::Keep { who: 3, place: Place::With(0), what: Keep::Quiet(true) }),
        (46, E::Crash { who: 1, step: 1, when: Crash::BeforeCommit }),
        (53, E::Name { who: 0, group: 0 }),
        (54, E::Write { who: 0, place: Place::Group(0) }),
        (55, E::Flow),
        (62, E::Read { who: 3, place: Place::Group(0) }),
    ];
    let grouped = [(5, E::MakeGroup { who: 0, people: 2 })];
    let events = met(0).chain(grouped).chain(link(7, 3, 1)).chain([(15, E::Settle)]).chain(then).collect();
    assert_eq!(replay(&History { seed: 243, people: 2, devices: 2, events }), Ok(()));
}

#[test]
fn what_is_said_of_a_group_just_before_its_welcome_comes_waits_for_it() {
    let events = [(0, E::OpenLink { who: 0, whom: 1 }), (1, E::Flow), (5, E::MakeGroup { who: 0, people: 2 })];
    let then = [
        (56, E::Settle),
        (58, E::MakeGroup { who: 4, people: 2 }),
        (59, E::Disconnect { who: 0 }),
        (66, E::Flow),
        (92, E::Keep { who: 2, place: Place::Group(1), what: Keep::Unread(true) }),
    ];
    let events = events.into_iter().chain(link(7, 2, 0)).chain(link(27, 4, 0)).chain(then).collect();
    assert_eq!(replay(&History { seed: 8707, people: 2, devices: 3, events }), Ok(()));
}

#[test]
fn who_made_a_group_and_left_it_reads_on_once_somebody_who_had_not_heard_of_it_has_added_them() {
    let events = vec![
        (1, E::OpenLink { who: 0, whom: 1 }),
        (6, E::OpenLink { who: 0, whom: 2 }),
        (10, E::OpenLink { who: 0, whom: 3 }),
        (11, E::Flow),
        (12, E::Write { who: 0, place: Place::With(3) }),
        (13, E::Flow),
        (14, E::Accept { who: 3, place: Place::With(0) }),
        (15, E::MakeGroup { who: 0, people: 14 }),
        (16, E::Flow),
        (39, E::Disconnect { who: 3 }),
        (40, E::Add { who: 3, group: 0, whom: 0 }),
        (46, E::Leave { who: 0, group: 0 }),
        (52, E::Write { who: 3, place: Place::Group(0) }),
        (53, E::Connect { who: 3 }),
        (54, E::Crash { who: 3, step: 4, when: Crash::BeforeCommit }),
        (58, E::Flow),
        (72, E::Write { who: 3, place: Place::Group(0) }),
    ];
    assert_eq!(replay(&History { seed: 3794, people: 4, devices: 1, events }), Ok(()));
}

#[test]
fn a_device_that_was_taken_off_before_it_heard_of_a_block_shows_what_the_blocked_write() {
    let then = [
        (28, E::Settle),
        (60, E::Block { who: 5, whom: 0 }),
        (65, E::Revoke { who: 5, device: 1 }),
        (75, E::Write { who: 4, place: Place::With(1) }),
    ];
    let events = met(0).chain(link(9, 4, 0)).chain(link(19, 5, 1));
    let events = events.chain(then).collect();
    assert_eq!(replay(&History { seed: 9979, people: 2, devices: 3, events }), Ok(()));
}

#[test]
fn a_room_that_was_begun_by_an_old_card_gives_way_to_that_of_a_device_that_is_not_in_it() {
    let events = [
        (5, E::OpenLink { who: 0, whom: 2 }),
        (6, E::Flow),
        (7, E::Write { who: 0, place: Place::With(2) }),
        (8, E::Flow),
        (9, E::Accept { who: 2, place: Place::With(0) }),
    ];
    let then = [(30, E::Settle), (34, E::Revoke { who: 3, device: 0 }), (60, E::Flow), (61, E::LoseStore)];
    let events = events.into_iter().chain(link(13, 3, 0)).chain(then).collect();
    assert_eq!(replay(&History { seed: 7645, people: 3, devices: 2, events }), Ok(()));
}

#[test]
fn a_device_that_writes_to_whom_its_person_has_not_accepted_elsewhere_has_what_they_wrote_from_then_on() {
    let then = [
        (33, E::Settle),
        (43, E::OpenLink { who: 3, whom: 0 }),
        (49, E::Offer { who: 2 }),
        (51, E::Flow),
        (52, E::Scan { who: 0, new: 2 }),
        (53, E::Flow),
        (54, E::Confirm { who: 0, other: 2 }),
        (55, E::Confirm { who: 2, other: 0 }),
        (57, E::Flow),
        (63, E::Write { who: 3, place: Place::With(0) }),
        (69, E::Write { who: 2, place: Place::With(1) }),
    ];
    let events = met(0).take(3).chain(link(16, 3, 1)).chain(then).collect();
    assert_eq!(replay(&History { seed: 8323, people: 2, devices: 2, events }), Ok(()));
}

#[test]
fn who_is_blocked_on_a_device_that_a_new_room_is_begun_with_is_heard_by_the_other_that_begins_one_too() {
    let events = [
        (1, E::OpenLink { who: 0, whom: 1 }),
        (2, E::Flow),
        (3, E::Write { who: 0, place: Place::With(1) }),
        (4, E::Flow),
        (5, E::Accept { who: 1, place: Place::With(0) }),
        (6, E::OpenLink { who: 0, whom: 2 }),
        (7, E::Flow),
        (11, E::MakeGroup { who: 0, people: 6 }),
    ];
    let then = [
        (20, E::Flow),
        (21, E::Crash { who: 4, step: 4, when: Crash::BeforeCommit }),
        (22, E::Settle),
        (26, E::Block { who: 1, whom: 0 }),
        (30, E::Keep { who: 4, place: Place::Group(0), what: Keep::Draft(true) }),
        (31, E::Write { who: 2, place: Place::Group(0) }),
        (41, E::Write { who: 2, place: Place::Group(0) }),
        (43, E::Flow),
        (47, E::LoseStore),
    ];
    let events = events.into_iter().chain(link(13, 4, 1)).chain(then).collect();
    assert_eq!(replay(&History { seed: 3989, people: 3, devices: 2, events }), Ok(()));
}

#[test]
fn who_makes_a_group_has_their_other_devices_in_it_before_anybody_else() {
    for rounds in 0..24 {
        let making = (0..rounds).flat_map(|_| [E::Up { who: 0, frames: 9 }, E::Down { who: 0, frames: 9 }]);
        let made = [E::Settle, E::MakeGroup { who: 0, people: 2 }].into_iter().chain(making);
        let then = [E::Disconnect { who: 0 }, E::Flow, E::Revoke { who: 2, device: 0 }, E::Settle];
        let then = (20..).zip(made.chain(then));
        let events = met(0).chain(link(8, 2, 0)).chain(then).collect();
        let history = History { seed: 360, people: 2, devices: 2, events };
        let mut world = Simulation::new(&history);
        history.events.iter().for_each(|(number, event)| world.apply(*number, *event));
        // The device that made it is in it for nobody: the other one has taken it out.
        let members = world.members(1, 0).unwrap_or_default();
        let maker = members.iter().find(|member| world.number_of(&member.person) == Some(0)).map(|maker| maker.devices);
        let other = world.chat(2, Place::Group(0)).and_then(|chat| chat.group).is_some_and(|group| group.out.is_none());
        assert!(maker.is_none() || (maker == Some(1) && other), "taken off after {rounds} rounds: {maker:?}, {other}");
    }
}

#[test]
fn a_room_that_was_begun_while_one_was_blocked_is_replaced_once_they_are_not() {
    let then = [
        (25, E::Settle),
        (29, E::Block { who: 5, whom: 0 }),
        (31, E::Flow),
        (50, E::Unblock { who: 5, whom: 0 }),
        (57, E::LoseStore),
    ];
    let events = met(0).chain(link(8, 2, 0)).chain(link(17, 5, 1)).chain(then).collect();
    assert_eq!(replay(&History { seed: 18429, people: 2, devices: 3, events }), Ok(()));
}

#[test]
fn who_leaves_and_is_left_with_somebody_who_broke_the_rules_takes_them_out_and_goes() {
    let then = [
        (52, E::Write { who: 3, place: Place::Group(0) }),
        (53, E::Flow),
        (57, E::Trick { who: 1, how: Trick::Garbage }),
        (58, E::Leave { who: 0, group: 0 }),
        (61, E::Read { who: 0, place: Place::Group(0) }),
        (73, E::Remove { who: 5, group: 0, whom: 0 }),
    ];
    let grouped = [(5, E::MakeGroup { who: 0, people: 2 })];
    let events =
        met(0).chain(grouped).chain(link(19, 3, 1)).chain(link(29, 4, 0)).chain(link(39, 5, 1)).chain(then).collect();
    assert_eq!(replay(&History { seed: 15935, people: 2, devices: 3, events }), Ok(()));
}

#[test]
fn who_is_left_as_the_only_device_by_another_that_was_about_to_bring_it_in_is_heard_all_the_same() {
    let begun = [(0, E::OpenLink { who: 0, whom: 1 }), (1, E::Flow), (2, E::Write { who: 0, place: Place::With(1) })];
    let then = [
        (27, E::Settle),
        (28, E::Revoke { who: 3, device: 1 }),
        (61, E::Accept { who: 1, place: Place::With(0) }),
        (62, E::Flow),
        (88, E::Write { who: 2, place: Place::With(1) }),
    ];
    let events = begun.into_iter().chain(link(7, 2, 0)).chain(link(18, 3, 1)).chain(then).collect();
    assert_eq!(replay(&History { seed: 798, people: 2, devices: 2, events }), Ok(()));
}

#[test]
fn what_a_device_dropped_since_it_blocked_the_author_does_not_come_by_history_below_what_it_heard_before() {
    for unblocked in [false, true] {
        let then = [
            (25, E::Flow),
            (30, E::Write { who: 0, place: Place::With(1) }),
            (34, E::Flow),
            (47, E::Block { who: 3, whom: 0 }),
            (63, E::Flow),
            (79, E::Write { who: 0, place: Place::With(1) }),
        ];
        let last = unblocked.then_some((83, E::Unblock { who: 1, whom: 0 }));
        let begun = std::iter::once((0, E::OpenLink { who: 0, whom: 1 }));
        let events = begun.chain(link(18, 3, 1)).chain(then).chain(last).collect();
        assert_eq!(replay(&History { seed: 328, people: 2, devices: 2, events }), Ok(()));
    }
}

#[test]
fn what_came_after_a_group_was_left_does_not_come_by_history_below_what_was_heard_before() {
    let second = [
        (5, E::OpenLink { who: 0, whom: 2 }),
        (6, E::Flow),
        (7, E::Write { who: 0, place: Place::With(2) }),
        (8, E::Flow),
        (9, E::Accept { who: 2, place: Place::With(0) }),
        (10, E::MakeGroup { who: 0, people: 6 }),
    ];
    let then = [
        (20, E::Flow),
        (27, E::Write { who: 1, place: Place::Group(0) }),
        (37, E::Flow),
        (62, E::Leave { who: 3, group: 0 }),
        (75, E::Write { who: 2, place: Place::Group(0) }),
    ];
    let events = met(0).chain(second).chain(link(13, 3, 0)).chain(then).collect();
    assert_eq!(replay(&History { seed: 326, people: 3, devices: 2, events }), Ok(()));
}

#[test]
fn what_was_read_on_another_device_before_it_came_by_history_is_read() {
    let then = [
        (35, E::Flow),
        (39, E::Tick { who: 1 }),
        (41, E::Disconnect { who: 3 }),
        (42, E::Tick { who: 1 }),
        (53, E::Read { who: 1, place: Place::With(0) }),
    ];
    let events = met(0).chain(link(28, 3, 1)).chain(then).collect();
    assert_eq!(replay(&History { seed: 221, people: 2, devices: 2, events }), Ok(()));
}

#[test]
fn what_a_second_giver_heard_of_a_request_since_the_first_gave_it_stands_behind_that() {
    let begun = [
        (0, E::OpenLink { who: 0, whom: 1 }),
        (1, E::Flow),
        (2, E::Write { who: 0, place: Place::With(1) }),
        (4, E::MakeGroup { who: 0, people: 2 }),
    ];
    let linked = [17, 19, 20, 21, 23, 24, 25].into_iter().zip(link(0, 5, 1)).map(|(at, (_, event))| (at, event));
    let then = [(27, E::Settle), (55, E::Write { who: 0, place: Place::With(1) })];
    let again = [67, 68, 70, 71, 72, 73].into_iter().zip(link(0, 3, 1).skip(1)).map(|(at, (_, event))| (at, event));
    let events = begun.into_iter().chain(linked).chain(then).chain(again).collect();
    assert_eq!(replay(&History { seed: 4673, people: 2, devices: 3, events }), Ok(()));
}

#[test]
fn a_draft_is_told_also_when_the_clock_was_set_back_meanwhile() {
    let then = [
        (30, E::Flow),
        (38, E::Keep { who: 2, place: Place::With(1), what: Keep::Draft(true) }),
        (64, E::Skew { who: 2, minutes: -271 }),
    ];
    let begun = std::iter::once((0, E::OpenLink { who: 0, whom: 1 }));
    let events = begun.chain(link(7, 2, 0)).chain(then).collect();
    assert_eq!(replay(&History { seed: 5151, people: 2, devices: 2, events }), Ok(()));
}

#[test]
fn what_was_lost_with_a_store_or_expired_does_not_come_by_history_below_what_was_heard_before() {
    let group = [(5, E::OpenLink { who: 0, whom: 2 }), (8, E::Flow), (10, E::MakeGroup { who: 0, people: 6 })];
    let expired = [
        (20, E::Flow),
        (25, E::Write { who: 1, place: Place::Group(0) }),
        (26, E::Crash { who: 3, step: 4, when: Crash::BeforeCommit }),
        (31, E::Flow),
        (37, E::Write { who: 1, place: Place::Group(0) }),
        (38, E::Write { who: 3, place: Place::Group(0) }),
        (42, E::Flow),
        (44, E::Expire { hours: 0 }),
        (45, E::Write { who: 3, place: Place::Group(0) }),
    ];
    let events = met(0).chain(group).chain(link(13, 3, 0)).chain(expired).collect();
    assert_eq!(replay(&History { seed: 17356, people: 3, devices: 2, events }), Ok(()));
    let begun = [
        (5, E::OpenLink { who: 0, whom: 2 }),
        (6, E::Flow),
        (7, E::Write { who: 0, place: Place::With(2) }),
        (8, E::Flow),
        (9, E::Accept { who: 2, place: Place::With(0) }),
    ];
    let lost = [
        (30, E::Flow),
        (31, E::Write { who: 0, place: Place::With(2) }),
        (32, E::Flow),
        (49, E::Write { who: 0, place: Place::With(2) }),
        (60, E::LoseStore),
    ];
    let events = begun.into_iter().chain(link(22, 5, 2)).chain(lost).collect();
    assert_eq!(replay(&History { seed: 19077, people: 3, devices: 2, events }), Ok(()));
}
