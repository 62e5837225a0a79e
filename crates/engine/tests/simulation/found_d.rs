//! Still more histories that broke a promise once, as short as they become.

use crate::{
    event::{Event as E, History, Place},
    found::{link, met},
    shrink::replay,
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
