//! More histories that broke a promise once, as short as they become.

use crate::{
    event::{Event as E, History, Keep, Lie, Place},
    found::{link, met},
    shrink::replay,
    sim::Crash,
};

#[test]
fn a_device_whose_clock_was_set_back_waits_no_longer_before_it_brings_another_in() {
    let then = [
        (36, E::Flow),
        (37, E::LoseStore),
        (44, E::Connect { who: 0 }),
        (48, E::Skew { who: 4, minutes: 280 }),
        (55, E::Connect { who: 4 }),
        (61, E::Flow),
        (62, E::Skew { who: 4, minutes: -283 }),
    ];
    let events = met(0).chain(link(11, 4, 1)).chain(then).collect();
    assert_eq!(replay(&History { seed: 86725, people: 3, devices: 2, events }), Ok(()));
}

#[test]
fn who_goes_into_a_room_that_a_device_begins_after_it_was_taken_off_is_heard_by_the_others() {
    let then = [
        (17, E::Settle),
        (32, E::Revoke { who: 4, device: 0 }),
        (38, E::Rename { who: 0 }),
        (42, E::Crash { who: 4, step: 5, when: Crash::AfterCommit }),
        (46, E::Write { who: 4, place: Place::With(1) }),
        (58, E::Flow),
        (60, E::Lie { who: 1, how: Lie::FalseHead }),
        (71, E::Wait { seconds: 68 }),
        (74, E::Write { who: 0, place: Place::With(1) }),
        (76, E::Flow),
    ];
    let events = met(0).chain(link(8, 4, 0)).chain(then).collect();
    assert_eq!(replay(&History { seed: 75870, people: 2, devices: 3, events }), Ok(()));
}

#[test]
fn two_who_were_away_in_turns_until_the_welcome_into_their_next_room_had_expired_hear_each_other() {
    let begun = [
        (11, E::OpenLink { who: 0, whom: 3 }),
        (12, E::Flow),
        (13, E::Write { who: 0, place: Place::With(3) }),
        (14, E::Flow),
        (15, E::Accept { who: 3, place: Place::With(0) }),
    ];
    let then = [
        (17, E::Crash { who: 0, step: 1, when: Crash::BeforeCommit }),
        (18, E::Flow),
        (19, E::Wait { seconds: 64_800 }),
        (20, E::Expire { hours: 14 }),
        (47, E::Disconnect { who: 3 }),
        (49, E::Connect { who: 0 }),
        (57, E::Flow),
        (64, E::Wait { seconds: 86_400 }),
        (69, E::Expire { hours: 7 }),
    ];
    let events = begun.into_iter().chain(then).collect();
    assert_eq!(replay(&History { seed: 90940, people: 4, devices: 1, events }), Ok(()));
}

#[test]
fn a_room_that_was_begun_while_its_maker_was_blocked_is_come_into_by_the_device_that_hears_late_of_the_end_of_it() {
    let then = [
        (37, E::Block { who: 0, whom: 1 }),
        (43, E::Flow),
        (56, E::Block { who: 3, whom: 0 }),
        (61, E::Unblock { who: 0, whom: 1 }),
        (69, E::LoseStore),
    ];
    let events = met(0).chain(link(6, 3, 1)).chain(link(17, 4, 0)).chain(then).collect();
    assert_eq!(replay(&History { seed: 70805, people: 2, devices: 3, events }), Ok(()));
}

#[test]
fn who_was_met_is_told_to_a_device_that_could_not_be_reached_when_the_card_had_it() {
    let met = [(0, E::OpenLink { who: 0, whom: 1 })];
    let crash = [(49, E::Crash { who: 2, step: 2, when: Crash::BeforeCommit })];
    let events =
        met.into_iter().chain(link(8, 2, 0)).chain(crash).chain(link(64, 4, 0)).chain([(71, E::Flow)]).collect();
    assert_eq!(replay(&History { seed: 108479, people: 2, devices: 3, events }), Ok(()));
}

#[test]
fn what_is_set_by_who_has_taken_off_their_only_other_device_reaches_one_that_this_had_just_linked() {
    let begun = [
        (0, E::OpenLink { who: 0, whom: 1 }),
        (1, E::Flow),
        (2, E::Write { who: 0, place: Place::With(1) }),
        (5, E::MakeGroup { who: 0, people: 2 }),
    ];
    let revoked = [
        (26, E::Settle),
        (49, E::Crash { who: 2, step: 2, when: Crash::BeforeCommit }),
        (51, E::Keep { who: 2, place: Place::Group(0), what: Keep::Quiet(false) }),
        (58, E::Revoke { who: 2, device: 0 }),
    ];
    let then = [(71, E::Flow), (94, E::Keep { who: 2, place: Place::With(1), what: Keep::Pinned(true) })];
    let events = begun.into_iter().chain(link(8, 2, 0)).chain(revoked).chain(link(64, 4, 0).skip(1)).chain(then);
    assert_eq!(replay(&History { seed: 108479, people: 2, devices: 3, events: events.collect() }), Ok(()));
}

#[test]
fn who_was_met_on_a_new_device_before_it_was_brought_into_their_conversation_is_kept_there_as_on_the_others() {
    let then = [
        (39, E::Keep { who: 1, place: Place::With(0), what: Keep::Pinned(true) }),
        (41, E::Connect { who: 5 }),
        (42, E::Offer { who: 5 }),
        (43, E::Flow),
        (44, E::Scan { who: 1, new: 5 }),
        (45, E::Crash { who: 5, step: 6, when: Crash::AfterCommit }),
        (46, E::Flow),
        (47, E::Confirm { who: 1, other: 5 }),
        (48, E::Confirm { who: 5, other: 1 }),
        (49, E::Flow),
        (54, E::OpenLink { who: 5, whom: 0 }),
    ];
    let events = met(0).chain(then).collect();
    assert_eq!(replay(&History { seed: 171280, people: 2, devices: 3, events }), Ok(()));
}
