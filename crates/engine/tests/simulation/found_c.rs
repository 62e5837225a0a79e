//! More histories that broke a promise once, as short as they become.

use crate::{
    event::{Event as E, History, Place},
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
