//! Histories that broke a promise once, as short as they become.

use crate::{
    event::{Event as E, History, Lie, Place, Trick},
    shrink::replay,
    sim::Crash,
};

/// A browser becomes a device of a person: it shows a link, another device of theirs reads it, and both say that the digits are alike.
pub(crate) fn link(from: u32, new: usize, who: usize) -> impl Iterator<Item = (u32, E)> {
    let events = [
        E::Connect { who: new },
        E::Offer { who: new },
        E::Flow,
        E::Scan { who, new },
        E::Flow,
        E::Confirm { who, other: new },
        E::Confirm { who: new, other: who },
    ];
    (from..).zip(events)
}

/// Two people, the first of whom was accepted by the second.
pub(crate) fn met(from: u32) -> impl Iterator<Item = (u32, E)> {
    let events = [
        E::OpenLink { who: 0, whom: 1 },
        E::Flow,
        E::Write { who: 0, place: Place::With(1) },
        E::Flow,
        E::Accept { who: 1, place: Place::With(0) },
    ];
    (from..).zip(events)
}

#[test]
fn a_room_of_more_devices_than_fit_a_frame_is_begun_anew_in_steps() {
    let lost = [(59, E::Trick { who: 1, how: Trick::FalseKey })];
    let then = [(90, E::Flow), (98, E::Write { who: 3, place: Place::With(0) })];
    let events = met(1).chain(link(10, 2, 0)).chain(link(20, 3, 1)).chain(link(30, 4, 0));
    let events = events.chain(lost).chain(link(83, 5, 1)).chain(then).collect();
    assert_eq!(replay(&History { seed: 711, people: 2, devices: 3, events }), Ok(()));
}

#[test]
fn devices_that_all_begin_rooms_after_a_lost_store_come_to_one() {
    let first = met(1).chain(link(9, 2, 0)).chain(link(19, 3, 1)).chain([(27, E::Settle)]);
    let last = [
        (40, E::Offer { who: 5 }),
        (41, E::Flow),
        (42, E::Scan { who: 1, new: 5 }),
        (44, E::Flow),
        (45, E::Confirm { who: 1, other: 5 }),
        (46, E::Confirm { who: 5, other: 1 }),
        (47, E::Flow),
        (70, E::LoseStore),
    ];
    let events = first.chain(link(29, 4, 0).skip(1)).chain(last).collect();
    assert_eq!(replay(&History { seed: 213, people: 2, devices: 3, events }), Ok(()));
}

#[test]
fn a_device_that_was_taken_off_begins_no_room_before_the_card_can_say_so() {
    let events = [
        (0, E::OpenLink { who: 0, whom: 1 }),
        (1, E::Flow),
        (2, E::Write { who: 0, place: Place::With(1) }),
        (3, E::Flow),
        (4, E::Accept { who: 1, place: Place::With(0) }),
        (18, E::Connect { who: 3 }),
        (19, E::Offer { who: 3 }),
        (20, E::Flow),
        (22, E::Scan { who: 1, new: 3 }),
        (23, E::Flow),
        (24, E::Confirm { who: 1, other: 3 }),
        (25, E::Confirm { who: 3, other: 1 }),
        (26, E::Flow),
        (57, E::LoseStore),
        (63, E::Settle),
        (66, E::Revoke { who: 1, device: 3 }),
        (79, E::Write { who: 3, place: Place::With(0) }),
    ];
    for events in [events[..16].to_vec(), events.to_vec()] {
        assert_eq!(replay(&History { seed: 2397, people: 2, devices: 2, events }), Ok(()));
    }
}

#[test]
fn an_invitation_that_a_relay_altered_once_is_read_again() {
    let events = vec![
        (0, E::OpenLink { who: 0, whom: 1 }),
        (5, E::OpenLink { who: 0, whom: 2 }),
        (10, E::OpenLink { who: 0, whom: 3 }),
        (11, E::Flow),
        (12, E::Write { who: 0, place: Place::With(3) }),
        (13, E::Flow),
        (14, E::Accept { who: 3, place: Place::With(0) }),
        (15, E::MakeGroup { who: 0, people: 14 }),
        (20, E::Lie { who: 2, how: Lie::Alter }),
        (52, E::Flow),
        (57, E::Write { who: 3, place: Place::Group(0) }),
    ];
    assert_eq!(replay(&History { seed: 2470, people: 4, devices: 1, events }), Ok(()));
}

/// A device writes to somebody just as it is taken off; `accepted` is what its person had done about them on another one.
fn written_while_taken_off(accepted: Option<(u32, E)>) -> History {
    let events = [
        (0, E::OpenLink { who: 0, whom: 1 }),
        (1, E::Flow),
        (2, E::Write { who: 0, place: Place::With(1) }),
        (15, E::Connect { who: 3 }),
        (16, E::Offer { who: 3 }),
        (17, E::Flow),
        (18, E::Scan { who: 1, new: 3 }),
        (19, E::Flow),
        (20, E::Confirm { who: 1, other: 3 }),
        (22, E::Confirm { who: 3, other: 1 }),
    ];
    let then = [
        (24, E::Settle),
        (28, E::Offer { who: 4 }),
        (29, E::Flow),
        (30, E::Scan { who: 0, new: 4 }),
        (32, E::Flow),
        (33, E::Confirm { who: 0, other: 4 }),
        (42, E::OpenLink { who: 3, whom: 0 }),
        (48, E::Crash { who: 1, step: 2, when: Crash::BeforeCommit }),
        (77, E::Confirm { who: 4, other: 0 }),
        (78, E::Flow),
        (80, E::Write { who: 3, place: Place::With(0) }),
        (83, E::Revoke { who: 1, device: 3 }),
    ];
    History { seed: 3221, people: 2, devices: 3, events: events.into_iter().chain(accepted).chain(then).collect() }
}

#[test]
fn nobody_takes_a_device_out_of_a_conversation_that_its_person_has_accepted_on_no_other() {
    assert_eq!(replay(&written_while_taken_off(None)), Ok(()));
}

#[test]
fn a_device_that_was_taken_off_while_it_wrote_hears_nothing_more_of_a_conversation_that_is_open() {
    let accepted = (23, E::Accept { who: 1, place: Place::With(0) });
    assert_eq!(replay(&written_while_taken_off(Some(accepted))), Ok(()));
}
