//! What an address may do, and that others are not meant.

use super::*;
use crate::rights::Run;
use xchat_wire::{Address, Epoch, PostId, PublicKey, Seq};

const NOW: u64 = 1_700_000_000_000;

fn guard(capacity: usize) -> Arc<Guard> {
    let limits = Limits {
        max_connections: 6,
        max_connections_per_address: 3,
        connections_per_minute: 5,
        creations_per_minute: 2,
        deliveries_per_minute: 4,
        stored_kib_per_minute: 60,
        stored_mib_per_day: 1,
        blob_mib_per_day: 2,
        grants_per_minute: 2,
        blobs_per_minute: 3,
        files_per_minute: 3,
        max_proved: 3,
        max_proved_per_address: 2,
        first_frame_seconds: 10,
    };
    Arc::new(Guard::with_capacity(&limits, capacity))
}

fn enter(guard: &Arc<Guard>, address: &str, now: u64) -> Result<Seat, Refused> {
    guard.enter(address.parse().unwrap(), now)
}

fn creation() -> Write {
    Write::CreateLog { log: Address::new([1; 32]), key: PublicKey::new([2; 32]) }
}

fn append(bytes: usize) -> Write {
    let (log, run, post) = (Address::new([1; 32]), Run::new(Epoch(0), Seq(1)), PostId::new([3; 16]));
    Write::Append { log, run, epoch: Epoch(0), post, body: vec![0; bytes].into(), ttl: None }
}

fn taking() -> Write {
    Write::TakePackage { inbox: Address::new([1; 32]), writer: PublicKey::new([2; 32]) }
}

#[test]
fn an_address_may_have_so_many_open_and_a_closed_one_makes_room() {
    let guard = guard(10);
    let seats: Vec<Seat> = (0..3).map(|_| enter(&guard, "192.0.2.1", NOW).unwrap()).collect();
    assert_eq!(enter(&guard, "192.0.2.1", NOW).err(), Some(Refused::TooMany));
    assert!(enter(&guard, "192.0.2.2", NOW).is_ok(), "another one is not meant");
    drop(seats);
    assert!(enter(&guard, "192.0.2.1", NOW).is_ok());
}

#[test]
fn an_address_may_store_so_much_a_day_and_others_are_not_meant() {
    let guard = guard(10);
    let (one, two) = (enter(&guard, "2001:db8::1", NOW).unwrap(), enter(&guard, "2001:db8::2", NOW).unwrap());
    let around = append(0).counted();
    let half = append(usize::try_from(MIB / 2 - around).unwrap());
    assert!(one.may_store(&half, NOW) && two.may_store(&half, NOW));
    assert!(!one.may_store(&append(0), NOW), "both are one network");
    assert!(one.may_store(&Write::Acknowledge { inbox: Address::new([1; 32]), upto: Seq(9) }, NOW));
    assert!(
        one.may_upload(MIB, NOW) && two.may_upload(MIB, NOW) && !one.may_upload(1, NOW),
        "blobs have a day of their own"
    );
    one.not_uploaded(MIB);
    assert!(two.may_upload(MIB, NOW), "what was not granted is there again");
    let other = enter(&guard, "2001:db8:0:1::1", NOW).unwrap();
    assert!(other.may_store(&half, NOW) && other.may_upload(MIB, NOW));
    drop((one, two, other));
    let later = enter(&guard, "2001:db8::1", NOW + 3_600_000).unwrap();
    assert!(!later.may_store(&append(0), NOW + 3_600_000), "and an account that was forgotten changes nothing");
    assert!(later.may_store(&half, NOW + 86_400_000));
}

#[test]
fn an_address_may_open_so_many_a_minute() {
    let guard = guard(10);
    assert!((0..5).all(|_| enter(&guard, "192.0.2.1", NOW).is_ok()));
    assert_eq!(enter(&guard, "192.0.2.1", NOW).err(), Some(Refused::TooMany));
    assert!(enter(&guard, "192.0.2.1", NOW + 12_000).is_ok(), "a fifth of a minute is one more");
}

#[test]
fn all_together_are_bounded_too() {
    let guard = guard(10);
    let seats: Vec<Seat> = (1..=6).map(|n| enter(&guard, &format!("192.0.2.{n}"), NOW).unwrap()).collect();
    assert_eq!(enter(&guard, "192.0.2.9", NOW).err(), Some(Refused::Full));
    drop(seats);
    assert!(enter(&guard, "192.0.2.9", NOW).is_ok());
}

#[test]
fn a_network_of_64_bits_is_one_address_and_a_mapped_one_is_its_ipv4() {
    let of = |text: &str| Net::of(text.parse().unwrap());
    assert!(of("2001:db8:1:2::1") == of("2001:db8:1:2:ffff::9"));
    assert!(of("2001:db8:1:2::1") != of("2001:db8:1:3::1"));
    assert!(of("::ffff:192.0.2.1") == of("192.0.2.1"));
    assert!(of("192.0.2.1") != of("192.0.2.2"));
}

#[test]
fn creations_and_deliveries_are_paid_for_by_the_address_whatever_the_connection() {
    let guard = guard(10);
    let (one, two) = (enter(&guard, "192.0.2.1", NOW).unwrap(), enter(&guard, "192.0.2.1", NOW).unwrap());
    assert_eq!((one.pay(&creation(), NOW), two.pay(&creation(), NOW)), (Ok(()), Ok(())));
    assert_eq!(one.pay(&creation(), NOW), Err(30_000));
    assert!((0..4).all(|_| two.pay(&taking(), NOW).is_ok()), "another kind");
    assert_eq!(one.pay(&taking(), NOW), Err(15_000));
    let other = enter(&guard, "192.0.2.2", NOW).unwrap();
    assert_eq!(other.pay(&creation(), NOW), Ok(()));
}

#[test]
fn bytes_that_stay_are_paid_for_by_the_address_and_what_adds_nothing_is_free() {
    let guard = guard(10);
    let (one, two) = (enter(&guard, "192.0.2.1", NOW).unwrap(), enter(&guard, "192.0.2.1", NOW).unwrap());
    let around = append(0).counted() as usize;
    assert_eq!(one.pay(&append(50 * 1024 - around), NOW), Ok(()));
    assert_eq!(two.pay(&append(10 * 1024 - around), NOW), Ok(()));
    assert_eq!(one.pay(&append(1024 - around), NOW), Err(1_000), "60 KiB a minute are one a second");
    assert_eq!(one.pay(&Write::Acknowledge { inbox: Address::new([1; 32]), upto: Seq(9) }, NOW), Ok(()));
    assert_eq!(one.pay(&taking(), NOW), Ok(()));
    assert_eq!(one.pay(&append(1024 - around), NOW + 1_000), Ok(()));
    let other = enter(&guard, "192.0.2.2", NOW).unwrap();
    assert_eq!(other.pay(&append(50 * 1024), NOW), Ok(()));
}

#[test]
fn grants_and_requests_for_blobs_are_counted_by_address_too() {
    let guard = guard(10);
    let (one, two) = (enter(&guard, "192.0.2.1", NOW).unwrap(), enter(&guard, "192.0.2.1", NOW).unwrap());
    assert_eq!((one.pay_grant(NOW), two.pay_grant(NOW), one.pay_grant(NOW)), (Ok(()), Ok(()), Err(30_000)));
    let ask = |address: &str| guard.pay_blob(address.parse().unwrap(), NOW);
    assert!((0..3).all(|_| ask("192.0.2.1").is_ok()));
    assert_eq!(ask("192.0.2.1"), Err(20_000));
    assert_eq!(ask("192.0.2.2"), Ok(()), "without a connection of its own");
}

#[test]
fn proofs_are_counted_by_address_and_over_all() {
    let guard = guard(10);
    let seats = ["192.0.2.1", "192.0.2.1", "192.0.2.2"].map(|address| enter(&guard, address, NOW).unwrap());
    seats[0].proved().add();
    seats[1].proved().add();
    assert!(!seats[0].proved().has_room() && seats[2].proved().has_room());
    seats[2].proved().add();
    assert!(!seats[2].proved().has_room(), "all together have three");
    seats[1].proved().subtract(1);
    assert!(seats[0].proved().has_room() && seats[2].proved().has_room());
}

#[test]
fn requests_for_files_are_counted_by_address_and_apart_from_those_for_blobs() {
    let guard = guard(10);
    let ask = |address: &str| guard.pay_file(address.parse().unwrap(), NOW);
    assert!((0..3).all(|_| ask("192.0.2.1").is_ok()));
    assert_eq!((ask("192.0.2.1"), ask("192.0.2.2")), (Err(20_000), Ok(())));
    assert_eq!(guard.pay_blob("192.0.2.1".parse().unwrap(), NOW), Ok(()));
}

#[test]
fn an_address_has_so_many_transfers_under_way_and_one_that_ends_makes_room() {
    let guard = guard(10);
    let begin = |address: &str, transfer, now| guard.begin(address.parse().unwrap(), transfer, 2, now);
    let taken = [(); 2].map(|()| begin("192.0.2.1", Transfer::Upload, NOW).unwrap());
    assert!(begin("192.0.2.1", Transfer::Upload, NOW).is_none());
    assert!(begin("192.0.2.1", Transfer::Upload, NOW + 120_000).is_none(), "they are not forgotten");
    assert!(begin("192.0.2.1", Transfer::Download, NOW).is_some(), "another kind");
    assert!(begin("192.0.2.2", Transfer::Upload, NOW).is_some(), "another address");
    drop(taken);
    assert!(begin("192.0.2.1", Transfer::Upload, NOW).is_some());
}

#[test]
fn a_full_table_counts_newcomers_together_and_forgets_who_says_nothing() {
    let guard = guard(2);
    let here: Vec<Seat> = (1..=2).map(|n| enter(&guard, &format!("192.0.2.{n}"), NOW).unwrap()).collect();
    let crowd: Vec<Seat> = (3..=5).map(|n| enter(&guard, &format!("192.0.2.{n}"), NOW).unwrap()).collect();
    assert!(crowd.iter().all(|seat| seat.net == Net::Crowd));
    assert_eq!(enter(&guard, "192.0.2.6", NOW).err(), Some(Refused::TooMany), "the crowd is one address");
    assert_eq!(guard.lock().accounts.len(), 3);
    drop((here, crowd));
    let later = enter(&guard, "192.0.2.6", NOW + 120_000).unwrap();
    assert!(later.net != Net::Crowd);
    assert_eq!(guard.lock().accounts.len(), 1, "the others are forgotten");
}

#[test]
fn claims_of_blobs_are_given_up_at_the_rate_of_grants() {
    let guard = guard(10);
    let (one, two) = (enter(&guard, "192.0.2.1", NOW).unwrap(), enter(&guard, "192.0.2.1", NOW).unwrap());
    let (hash, tag) = (xchat_wire::BlobHash::new([1; 32]), xchat_wire::ClaimTag::new([2; 32]));
    let release = Write::ReleaseBlob { hash, tag };
    assert_eq!((one.pay(&release, NOW), two.pay_grant(NOW)), (Ok(()), Ok(())));
    assert_eq!(one.pay(&release, NOW), Err(30_000));
    assert_eq!(enter(&guard, "192.0.2.2", NOW).unwrap().pay(&release, NOW), Ok(()));
}
