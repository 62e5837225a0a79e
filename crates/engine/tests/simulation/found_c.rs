//! More histories that broke a promise once, as short as they become.

use crate::{
    event::{Event as E, History, Keep, Lie, Place, Trick},
    found::{link, met},
    shrink::replay,
    sim::Crash,
};

#[test]
fn what_was_read_without_a_connection_is_read_on_all_devices_also_where_another_has_blocked_its_author_meanwhile() {
    let then = [
        (62, E::Disconnect { who: 1 }),
        (67, E::Block { who: 3, whom: 0 }),
        (70, E::Read { who: 1, place: Place::With(0) }),
    ];
    let events = met(0).chain(link(6, 3, 1)).chain([(14, E::Settle)]).chain(then).collect();
    assert_eq!(replay(&History { seed: 24344, people: 2, devices: 3, events }), Ok(()));
}

#[test]
fn who_is_brought_in_by_a_device_that_another_takes_off_at_that_moment_is_heard_and_told() {
    let begun = || link(7, 2, 0).chain([(16, E::Settle)]);
    let brought = || link(47, 4, 2).chain([(61, E::Revoke { who: 0, device: 2 })]);
    let heard = begun().chain(brought()).collect();
    assert_eq!(replay(&History { seed: 24827, people: 2, devices: 3, events: heard }), Ok(()));
    let late = [(26, E::Crash { who: 0, step: 1, when: Crash::AfterCommit })];
    let told = begun().chain(late).chain(brought()).chain([(62, E::Flow)]).collect();
    assert_eq!(replay(&History { seed: 24827, people: 2, devices: 3, events: told }), Ok(()));
}

#[test]
fn who_has_just_joined_notices_that_a_record_was_withheld() {
    let then = [
        (5, E::OpenLink { who: 0, whom: 2 }),
        (8, E::Flow),
        (9, E::MakeGroup { who: 0, people: 6 }),
        (10, E::Flow),
        (11, E::Write { who: 0, place: Place::Group(0) }),
        (13, E::Lie { who: 2, how: Lie::Withhold }),
        (30, E::Flow),
    ];
    let events = met(0).chain(then).collect();
    assert_eq!(replay(&History { seed: 29382, people: 3, devices: 1, events }), Ok(()));
}

#[test]
fn a_group_that_a_contact_brings_one_into_is_open_on_all_devices_also_where_one_has_not_heard_of_the_contact() {
    let begun = [(0, E::OpenLink { who: 0, whom: 1 }), (1, E::Flow), (2, E::Write { who: 0, place: Place::With(1) })];
    let then = [
        (25, E::Settle),
        (37, E::MakeGroup { who: 0, people: 2 }),
        (38, E::Crash { who: 3, step: 3, when: Crash::BeforeCommit }),
        (39, E::Write { who: 0, place: Place::Group(0) }),
        (40, E::Write { who: 3, place: Place::With(0) }),
        (71, E::Accept { who: 1, place: Place::With(0) }),
        (72, E::Flow),
    ];
    let events = begun.into_iter().chain(link(16, 3, 1)).chain(then).collect();
    assert_eq!(replay(&History { seed: 31578, people: 2, devices: 2, events }), Ok(()));
}

#[test]
fn who_was_met_on_a_new_device_before_it_was_brought_into_their_conversation_is_as_far_there_as_on_the_others() {
    let begun = [
        (1, E::OpenLink { who: 0, whom: 1 }),
        (2, E::Flow),
        (3, E::Write { who: 0, place: Place::With(1) }),
        (49, E::Connect { who: 3 }),
        (50, E::Offer { who: 3 }),
        (52, E::Flow),
        (53, E::Scan { who: 0, new: 3 }),
        (54, E::Flow),
        (55, E::Crash { who: 0, step: 2, when: Crash::AfterCommit }),
        (56, E::Confirm { who: 0, other: 3 }),
        (57, E::Confirm { who: 3, other: 0 }),
        (58, E::Flow),
        (98, E::OpenLink { who: 3, whom: 1 }),
    ];
    assert_eq!(replay(&History { seed: 31879, people: 3, devices: 2, events: begun.into() }), Ok(()));
}

#[test]
fn what_a_device_gives_of_a_conversation_that_it_had_not_loaded_is_as_unread_as_with_itself() {
    let begun = [
        (1, E::OpenLink { who: 0, whom: 1 }),
        (2, E::Flow),
        (3, E::Write { who: 0, place: Place::With(1) }),
        (5, E::MakeGroup { who: 0, people: 2 }),
    ];
    let then = [(25, E::Flow), (72, E::Crash { who: 5, step: 3, when: Crash::AfterCommit }), (75, E::Settle)];
    let events = begun.into_iter().chain(link(8, 3, 1)).chain(link(18, 5, 1)).chain(then).collect();
    assert_eq!(replay(&History { seed: 34388, people: 2, devices: 3, events }), Ok(()));
}

#[test]
fn what_expired_before_anybody_had_read_it_comes_once_though_behind_what_was_sent_after_it() {
    let write = || E::Write { who: 0, place: Place::With(1) };
    let begun = [(4, E::OpenLink { who: 0, whom: 1 }), (5, E::Flow), (6, write()), (7, E::Flow)];
    let first = [(14, write()), (19, E::Up { who: 0, frames: 1 }), (21, E::Wait { seconds: 86_400 })];
    let second = [(22, write()), (23, E::Up { who: 0, frames: 1 })];
    let then = [(24, E::Disconnect { who: 0 }), (25, E::Disconnect { who: 1 }), (40, E::Expire { hours: 14 })];
    let events = begun.into_iter().chain(first).chain(second).chain(then).collect();
    assert_eq!(replay(&History { seed: 47156, people: 2, devices: 1, events }), Ok(()));
}

#[test]
fn a_device_that_a_relay_shows_a_commit_otherwise_time_and_again_stays_in_no_log_of_its_own() {
    let begun = [(0, E::OpenLink { who: 0, whom: 1 }), (3, E::Flow), (5, E::MakeGroup { who: 0, people: 2 })];
    let then = [
        (14, E::Flow),
        (17, E::Lie { who: 2, how: Lie::Alter }),
        (20, E::MayAdd { who: 0, group: 0, admins: true }),
        (45, E::Lie { who: 2, how: Lie::Alter }),
        (51, E::Settle),
    ];
    let events = begun.into_iter().chain(link(7, 2, 0)).chain(then).collect();
    assert_eq!(replay(&History { seed: 36486, people: 2, devices: 2, events }), Ok(()));
}

#[test]
fn a_commit_that_is_altered_on_its_way_to_who_has_just_joined_is_read_once_more() {
    let begun = [
        (0, E::OpenLink { who: 0, whom: 1 }),
        (5, E::OpenLink { who: 0, whom: 2 }),
        (8, E::Flow),
        (9, E::MakeGroup { who: 0, people: 6 }),
        (17, E::Flow),
    ];
    let then = [(18, E::Timer { who: 0, group: 0 }), (31, E::Lie { who: 2, how: Lie::Alter }), (40, E::Flow)];
    let events = begun.into_iter().chain(then).collect();
    assert_eq!(replay(&History { seed: 48974, people: 3, devices: 1, events }), Ok(()));
}

#[test]
fn an_acceptance_holds_on_all_devices_and_for_no_other_invitation_than_the_one_that_it_answers() {
    let begun = || [(0, E::OpenLink { who: 0, whom: 1 }), (1, E::Flow), (4, E::MakeGroup { who: 0, people: 2 })];
    let devices = || begun().into_iter().chain(link(7, 2, 0)).chain(link(17, 3, 1));
    let overtaken = [
        (35, E::Flow),
        (66, E::Disconnect { who: 4 }),
        (68, E::Remove { who: 2, group: 0, whom: 1 }),
        (69, E::Add { who: 4, group: 0, whom: 1 }),
        (84, E::Accept { who: 1, place: Place::Group(0) }),
    ];
    let events =
        devices().chain([(27, E::Connect { who: 4 })]).chain(link(28, 4, 0).skip(1)).chain(overtaken).collect();
    assert_eq!(replay(&History { seed: 39531, people: 2, devices: 3, events }), Ok(()));
    let accepts = || E::Accept { who: 1, place: Place::Group(0) };
    let elsewhere = [
        (35, E::Settle),
        (36, accepts()),
        (37, E::Settle),
        (38, E::Disconnect { who: 3 }),
        (39, E::Remove { who: 0, group: 0, whom: 1 }),
        (40, E::Flow),
        (41, E::Add { who: 0, group: 0, whom: 1 }),
        (42, E::Flow),
        (43, accepts()),
        (44, E::Flow),
    ];
    let events = devices().chain(elsewhere).collect();
    assert_eq!(replay(&History { seed: 39532, people: 2, devices: 3, events }), Ok(()));
}

#[test]
fn a_room_in_which_only_a_device_that_was_taken_off_is_left_gives_way_to_one_of_another_device() {
    let begun = [
        (6, E::OpenLink { who: 0, whom: 2 }),
        (7, E::Flow),
        (8, E::Write { who: 0, place: Place::With(2) }),
        (9, E::Flow),
        (10, E::Accept { who: 2, place: Place::With(0) }),
    ];
    let then = [
        (34, E::Settle),
        (49, E::LoseStore),
        (59, E::Connect { who: 3 }),
        (64, E::Revoke { who: 5, device: 2 }),
        (81, E::Connect { who: 2 }),
        (83, E::Flow),
    ];
    let events = begun.into_iter().chain(link(15, 3, 0)).chain(link(25, 5, 2)).chain(then).collect();
    assert_eq!(replay(&History { seed: 55397, people: 3, devices: 2, events }), Ok(()));
}

#[test]
fn who_was_taken_out_may_be_lured_into_a_log_that_all_others_have_left_by_who_broke_the_rules() {
    let begun = [
        (0, E::OpenLink { who: 0, whom: 1 }),
        (5, E::OpenLink { who: 0, whom: 2 }),
        (6, E::Flow),
        (7, E::Write { who: 0, place: Place::With(2) }),
        (8, E::Flow),
        (9, E::Accept { who: 2, place: Place::With(0) }),
        (10, E::MakeGroup { who: 0, people: 6 }),
        (12, E::Trick { who: 2, how: Trick::Garbage }),
        (22, E::Flow),
    ];
    let then = [
        (24, E::Remove { who: 0, group: 0, whom: 1 }),
        (37, E::Remove { who: 2, group: 0, whom: 0 }),
        (39, E::Add { who: 2, group: 0, whom: 1 }),
    ];
    let events = begun.into_iter().chain(then).collect();
    assert_eq!(replay(&History { seed: 66047, people: 3, devices: 1, events }), Ok(()));
}

#[test]
fn what_is_turned_before_a_granted_device_is_there_is_told_to_it() {
    let begun = [(0, E::OpenLink { who: 0, whom: 1 }), (1, E::Flow), (5, E::MakeGroup { who: 0, people: 2 })];
    let late = [
        (15, E::Crash { who: 5, step: 3, when: Crash::BeforeCommit }),
        (16, E::Flow),
        (17, E::Rename { who: 5 }),
        (45, E::Keep { who: 1, place: Place::Group(0), what: Keep::Quiet(true) }),
    ];
    let linked = [7, 9, 10, 11, 12, 13, 14].into_iter().zip(link(0, 5, 1)).map(|(at, (_, event))| (at, event));
    let events = begun.into_iter().chain(linked).chain(late).collect();
    assert_eq!(replay(&History { seed: 67529, people: 2, devices: 3, events }), Ok(()));
}
