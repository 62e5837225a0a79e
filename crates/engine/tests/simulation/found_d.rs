//! Still more histories that broke a promise once, as short as they become.

use crate::{
    event::{Event as E, History},
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
