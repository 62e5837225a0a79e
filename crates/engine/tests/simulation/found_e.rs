//! More histories that broke a promise once, as short as they become.

use crate::{
    event::{Event as E, History},
    found::{link, met},
    shrink::replay,
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
