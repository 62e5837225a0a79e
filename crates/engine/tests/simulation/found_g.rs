//! Histories of what was turned, written or done where somebody lost what they had: a device that links and dies, a room, a log that
//! expired.

use crate::{
    event::{Event as E, History, Keep, Lie, Place},
    found::{link, met},
    shrink::replay,
    sim::Crash,
};

#[test]
fn what_is_turned_after_the_device_that_links_has_died_is_alike_on_the_new_one() {
    let crash = (13, E::Crash { who: 1, step: 4, when: Crash::AfterCommit });
    let linking = link(8, 3, 1).take(5).chain([crash]).chain((14..).zip(link(0, 3, 1).skip(5).map(|(_, event)| event)));
    let then = [(19, E::Flow), (21, E::Keep { who: 1, place: Place::Group(0), what: Keep::Quiet(true) })];
    let events = met(0).chain([(5, E::MakeGroup { who: 0, people: 2 })]).chain(linking).chain(then).collect();
    assert_eq!(replay(&History { seed: 27_345, people: 2, devices: 2, events }), Ok(()));
}

#[test]
fn what_is_turned_elsewhere_is_alike_on_a_device_whose_giver_was_taken_off() {
    let then = [
        (36, E::Up { who: 1, frames: 9 }),
        (37, E::Disconnect { who: 1 }),
        (38, E::Keep { who: 3, place: Place::Group(0), what: Keep::Quiet(true) }),
        (39, E::Revoke { who: 3, device: 1 }),
        (40, E::Flow),
        (41, E::Confirm { who: 5, other: 1 }),
    ];
    let group = [(5, E::MakeGroup { who: 0, people: 2 })];
    let events = met(0).chain(group).chain(link(10, 3, 1)).chain([(29, E::Settle)]);
    let events = events.chain(link(30, 5, 1).take(6)).chain(then).collect();
    assert_eq!(replay(&History { seed: 0, people: 2, devices: 3, events }), Ok(()));
}

// A room of two that one device has lost, and into whose next one nobody comes who blocks its person.

#[test]
fn a_device_that_has_lost_a_room_goes_on_apart_from_its_person_s_other_one_while_the_other_side_blocks_them() {
    let lost = [(36, E::Flow), (39, E::Crash { who: 5, step: 1, when: Crash::AfterCommit })];
    let then = [(61, E::Flow), (77, E::Expire { hours: 0 }), (81, E::Block { who: 0, whom: 1 })];
    let back = [(90, E::Settle), (91, E::Unblock { who: 0, whom: 1 })];
    let linked = (29..).zip(link(0, 5, 1).skip(1).map(|(_, event)| event));
    let events = met(0).chain([(26, E::Settle)]).chain(linked).chain(lost);
    let events: Vec<_> = events.chain(link(54, 4, 0).skip(1)).chain(then).collect();
    // Once they are not blocked any more all come to one room.
    for events in [events.clone(), events.into_iter().chain(back).collect()] {
        assert_eq!(replay(&History { seed: 27_844, people: 2, devices: 3, events }), Ok(()));
    }
}

// A commit that was taken, and expired before its author read it back.

#[test]
fn what_was_done_to_a_group_and_expired_unread_by_its_author_is_done_once_more() {
    let begun = [
        (5, E::OpenLink { who: 0, whom: 2 }),
        (8, E::Flow),
        (10, E::MakeGroup { who: 0, people: 6 }),
        (15, E::Flow),
        (41, E::Name { who: 1, group: 0 }),
        (44, E::Up { who: 1, frames: 2 }),
        (46, E::Name { who: 0, group: 0 }),
    ];
    let away = [
        (54, E::Wait { seconds: 86_400 }),
        (57, E::Wait { seconds: 86_400 }),
        (60, E::Disconnect { who: 1 }),
        (62, E::Expire { hours: 26 }),
    ];
    let events = met(0).chain(begun).chain(away).collect();
    assert_eq!(replay(&History { seed: 39_228, people: 3, devices: 1, events }), Ok(()));
}

// A request whose room is lost by a lie, and history that two devices give.

#[test]
fn what_a_second_giver_has_heard_of_a_request_beyond_the_first_has_no_place_among_what_a_device_has() {
    let begun = [
        (1, E::OpenLink { who: 0, whom: 1 }),
        (2, E::Flow),
        (3, E::Write { who: 0, place: Place::With(1) }),
        (5, E::MakeGroup { who: 0, people: 2 }),
    ];
    let another =
        [(18, E::Connect { who: 4 }), (19, E::Offer { who: 4 }), (21, E::Flow), (22, E::Scan { who: 0, new: 4 })];
    let lied = [
        (40, E::Lie { who: 0, how: Lie::FalseHead }),
        (56, E::Write { who: 0, place: Place::With(1) }),
        (67, E::Crash { who: 0, step: 1, when: Crash::AfterCommit }),
        (74, E::Settle),
        (80, E::Write { who: 0, place: Place::With(1) }),
    ];
    let events = begun.into_iter().chain(link(8, 3, 1)).chain(another).chain([(28, E::Settle)]);
    let events = events.chain(link(30, 5, 1).skip(1)).chain(lied).collect();
    assert_eq!(replay(&History { seed: 41_630, people: 2, devices: 3, events }), Ok(()));
}

// A device that is let in and does not come, and another one.

#[test]
fn a_device_has_the_history_of_who_it_writes_to_though_another_one_was_let_in_before_it_and_has_not_come() {
    let begun = [
        (0, E::OpenLink { who: 0, whom: 1 }),
        (1, E::Flow),
        (2, E::Write { who: 0, place: Place::With(1) }),
        (4, E::MakeGroup { who: 0, people: 2 }),
    ];
    let then = [
        (67, E::OpenLink { who: 5, whom: 0 }),
        (71, E::Flow),
        (81, E::MakeGroup { who: 5, people: 1 }),
        (90, E::MakeGroup { who: 4, people: 2 }),
    ];
    let events = begun.into_iter().chain(link(18, 3, 1).take(6)).chain(link(27, 4, 0)).chain(link(36, 5, 1));
    let events = events.chain([(44, E::Settle)]).chain(then).collect();
    assert_eq!(replay(&History { seed: 85_406, people: 2, devices: 3, events }), Ok(()));
}

// A request on a device that nobody brings into it.

#[test]
fn a_device_that_hears_nothing_of_a_request_need_not_know_that_a_message_of_it_was_deleted() {
    let begun = met(0).take(1).chain(link(6, 2, 0)).chain(link(27, 4, 0)).chain(link(36, 5, 1));
    let then = [(55, E::SendFile { who: 2, place: Place::With(1) }), (60, E::Settle), (92, E::TakeBack { who: 4 })];
    assert_eq!(replay(&History { seed: 57_481, people: 2, devices: 3, events: begun.chain(then).collect() }), Ok(()));
}

#[test]
fn what_a_second_giver_has_heard_of_a_request_has_no_place_once_a_device_that_accepted_it_has_written() {
    let begun = [
        (0, E::OpenLink { who: 0, whom: 1 }),
        (1, E::Flow),
        (2, E::Write { who: 0, place: Place::With(1) }),
        (4, E::MakeGroup { who: 0, people: 2 }),
    ];
    let then = [
        (69, E::Write { who: 0, place: Place::With(1) }),
        (92, E::Accept { who: 5, place: Place::With(0) }),
        (101, E::SendFile { who: 5, place: Place::With(0) }),
    ];
    let events = begun.into_iter().chain(link(26, 5, 1)).chain([(34, E::Settle)]).chain(link(54, 3, 1).skip(1));
    assert_eq!(replay(&History { seed: 65_684, people: 2, devices: 3, events: events.chain(then).collect() }), Ok(()));
}
