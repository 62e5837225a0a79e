//! A relay whose disk is full: it says so, it ends, and nothing that it accepted is lost.

mod peers;
mod process;

use peers::{accepted, address};
use process::*;
use xchat_wire::*;

/// Of 512 bytes each: 3 MiB, which a new store fits into and 200 records of 50 KB do not.
const BLOCKS: u32 = 6144;

#[test]
fn a_relay_whose_disk_is_full_says_so_and_ends_and_with_room_it_has_all_that_it_accepted() {
    let mut relay = Running::start_limited("disk-full", BLOCKS, &[]);
    let mut client = relay.connect();
    client.create_log(address(1), 1);
    let body = vec![7; 50_000];
    let mut taken = |id: &u8| client.append(address(1), 0, *id, &body) == accepted(u64::from(*id));
    let kept = (1..=200).take_while(|id| taken(id)).count() as u64;
    assert!((5..200).contains(&kept), "{kept} records");
    assert_eq!(relay.wait().code(), Some(1));
    let log = relay.log();
    assert!(log.contains("the disk of the data folder is full"), "{log}");

    let again = Running::start_over(relay.data(), &[]);
    let mut client = again.connect();
    client.prove(Right::Log, address(1), 0, 1);
    client.ask(|request| ClientFrame::Subscribe { request, address: address(1), after: Seq(0), credit: 1024 });
    let there = client.records_until_caught_up().len() as u64;
    // The write that failed may have been made before it failed.
    assert!(there == kept || there == kept + 1, "{there} records of {kept}");
    assert_eq!(client.append(address(1), 0, 250, b"x"), accepted(there + 1));
}
