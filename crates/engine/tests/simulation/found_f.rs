//! Histories of people with several devices: of a relay that lost its store, so that two cards of one number are about, of deletions, and of
//! lines that nobody wrote.

use crate::{
    event::{Event as E, History, Place},
    found::{link, met},
    shrink::replay,
};

#[test]
fn devices_that_were_linked_on_both_sides_of_two_losses_hear_each_other() {
    let lost = [
        (27, E::Settle),
        (30, E::LoseStore),
        (39, E::Connect { who: 0 }),
        (47, E::Flow),
        (52, E::Settle),
        (54, E::LoseStore),
        (98, E::Connect { who: 1 }),
    ];
    let events = met(0).chain(link(8, 3, 1)).chain(lost).chain(link(99, 5, 1)).collect();
    assert_eq!(replay(&History { seed: 31133, people: 2, devices: 3, events }), Ok(()));
}

#[test]
fn a_device_that_was_linked_by_one_that_was_then_revoked_hears_the_one_that_revoked_it() {
    let begun = [(0, E::OpenLink { who: 0, whom: 1 }), (1, E::Flow), (2, E::Write { who: 0, place: Place::With(1) })];
    let lost = [(14, E::Settle), (51, E::LoseStore), (67, E::Connect { who: 2 })];
    let then = [(75, E::Flow), (78, E::LoseStore), (84, E::Revoke { who: 0, device: 2 })];
    let events = begun.into_iter().chain(link(6, 2, 0)).chain(lost).chain(link(68, 4, 2)).chain(then).collect();
    assert_eq!(replay(&History { seed: 48157, people: 2, devices: 3, events }), Ok(()));
}

#[test]
fn a_device_is_not_taken_off_by_another_that_knows_a_card_of_the_same_number() {
    let apart = [
        (10, E::Settle),
        (11, E::Disconnect { who: 0 }),
        (12, E::Connect { who: 2 }),
        (13, E::Rename { who: 2 }),
        (14, E::Flow),
        (15, E::Disconnect { who: 2 }),
        (16, E::LoseStore),
        (17, E::Connect { who: 0 }),
        (18, E::Flow),
    ];
    let then = [(27, E::Flow), (28, E::Connect { who: 2 }), (29, E::Flow)];
    let events = met(0).chain(link(5, 2, 0)).chain(apart).chain(link(20, 4, 0)).chain(then).collect();
    assert_eq!(replay(&History { seed: 1, people: 2, devices: 3, events }), Ok(()));
}

// A deletion for all that only one of a person's devices hears of: the message is unread where it stands, and nowhere else.

#[test]
fn what_is_deleted_for_all_while_one_device_blocks_its_author_is_unread_on_none_that_has_heard_it() {
    let file = [(28, E::Flow), (29, E::SendFile { who: 0, place: Place::With(1) }), (32, E::Flow)];
    let then = [(34, E::TakeBack { who: 0 }), (35, E::Block { who: 1, whom: 0 })];
    let met = [(0, E::OpenLink { who: 0, whom: 1 })];
    let events = met.into_iter().chain(link(8, 3, 1)).chain(file).chain(then).collect();
    assert_eq!(replay(&History { seed: 711_361, people: 2, devices: 2, events }), Ok(()));
}

#[test]
fn what_is_deleted_for_all_after_one_device_has_left_the_group_is_unread_on_none_that_has_heard_it() {
    let group = [
        (1, E::OpenLink { who: 0, whom: 1 }),
        (6, E::OpenLink { who: 0, whom: 2 }),
        (7, E::Flow),
        (8, E::Write { who: 0, place: Place::With(2) }),
        (9, E::Flow),
        (10, E::Accept { who: 2, place: Place::With(0) }),
        (11, E::MakeGroup { who: 0, people: 6 }),
    ];
    let file = [(44, E::Settle), (45, E::SendFile { who: 2, place: Place::Group(0) }), (49, E::Flow)];
    let then = [(54, E::Leave { who: 3, group: 0 }), (56, E::TakeBack { who: 5 }), (73, E::Up { who: 5, frames: 1 })];
    let linked = link(13, 3, 0).chain([(21, E::Settle)]).chain(link(36, 5, 2));
    let events = group.into_iter().chain(linked).chain(file).chain(then).collect();
    assert_eq!(replay(&History { seed: 720_200, people: 3, devices: 2, events }), Ok(()));
}

// A line of a conversation's own that a device has made itself, and that another has made and gives it as history.

#[test]
fn what_is_done_to_a_group_before_its_history_comes_stands_there_once() {
    let group = [
        (0, E::OpenLink { who: 0, whom: 1 }),
        (5, E::OpenLink { who: 0, whom: 2 }),
        (8, E::Flow),
        (10, E::MakeGroup { who: 0, people: 6 }),
    ];
    let then = [(19, E::Flow), (52, E::Name { who: 0, group: 0 })];
    let events = group.into_iter().chain(link(12, 3, 0)).chain(then).collect();
    assert_eq!(replay(&History { seed: 730_006, people: 3, devices: 2, events }), Ok(()));
}

#[test]
fn what_somebody_is_called_before_the_history_comes_stands_there_once() {
    let then = [(55, E::Flow), (56, E::Rename { who: 0 })];
    let events = met(0).chain(link(6, 3, 1)).chain(then).collect();
    assert_eq!(replay(&History { seed: 730_007, people: 2, devices: 2, events }), Ok(()));
}

#[test]
fn what_a_new_device_has_made_before_the_history_comes_stands_there_once() {
    let group = [(4, E::MakeGroup { who: 0, people: 2 })];
    let met = [(0, E::OpenLink { who: 0, whom: 1 }), (1, E::Flow)];
    let then = [(33, E::Flow), (62, E::MakeGroup { who: 5, people: 0 })];
    let events = met.into_iter().chain(group).chain(link(6, 3, 1)).chain(link(26, 5, 1)).chain(then).collect();
    assert_eq!(replay(&History { seed: 4253, people: 2, devices: 3, events }), Ok(()));
}

#[test]
fn what_a_device_says_in_the_step_in_which_the_conversation_is_deleted_is_deleted_with_it() {
    let then = [
        (25, E::Settle),
        (34, E::Disconnect { who: 3 }),
        (41, E::Delete { who: 1, place: Place::With(0) }),
        (51, E::Rename { who: 2 }),
    ];
    let events = met(0).chain(link(6, 2, 0)).chain(link(17, 3, 1)).chain(then).collect();
    assert_eq!(replay(&History { seed: 1575, people: 2, devices: 3, events }), Ok(()));
}
