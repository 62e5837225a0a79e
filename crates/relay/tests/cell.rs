//! A cell: one owner, one version after the other.

mod peers;

use peers::*;
use xchat_wire::*;

fn cell() -> Address {
    address(50)
}

#[test]
fn a_cell_is_written_by_compare_and_swap_on_its_version() {
    let mut world = World::new();
    let mut owner = world.connect();
    assert_eq!(owner.put_cell(&mut world, cell(), 1, 0, b"none"), Reply::Conflict { version: 0 });
    assert_eq!(owner.put_cell(&mut world, cell(), 1, 1, b"one"), Reply::Ok);
    assert_eq!(owner.put_cell(&mut world, cell(), 1, 2, b"two"), Reply::Ok);
    assert_eq!(owner.put_cell(&mut world, cell(), 1, 2, b"two as well"), Reply::Conflict { version: 2 });
    assert_eq!(owner.put_cell(&mut world, cell(), 1, 1, b"one"), Reply::Conflict { version: 2 });
    assert_eq!(owner.get_cell(&mut world, cell()), Reply::Cell { version: 2, body: b"two".to_vec().into() });
}

#[test]
fn an_owner_goes_on_from_its_own_version_where_the_store_was_lost() {
    let mut world = World::new();
    let mut owner = world.connect();
    assert_eq!(owner.put_cell(&mut world, cell(), 1, 7, b"seven"), Reply::Ok);
    assert_eq!(owner.get_cell(&mut world, cell()), Reply::Cell { version: 7, body: b"seven".to_vec().into() });
}

#[test]
fn a_repeat_with_the_same_bytes_is_answered_as_the_first_time() {
    let mut world = World::new();
    let mut owner = world.connect();
    assert_eq!(owner.put_cell(&mut world, cell(), 1, 1, b"one"), Reply::Ok);
    assert_eq!(owner.put_cell(&mut world, cell(), 1, 1, b"one"), Reply::Ok);
    assert_eq!(owner.put_cell(&mut world, cell(), 1, 1, b"other"), Reply::Conflict { version: 1 });
}

#[test]
fn whoever_knows_the_address_reads_and_only_the_first_writer_writes() {
    let mut world = World::new();
    let (mut owner, mut other) = (world.connect(), world.connect());
    owner.put_cell(&mut world, cell(), 1, 1, b"one");
    assert_eq!(other.get_cell(&mut world, cell()), Reply::Cell { version: 1, body: b"one".to_vec().into() });
    assert_eq!(other.put_cell(&mut world, cell(), 2, 2, b"mine"), denied());
    assert_eq!(other.put_cell(&mut world, cell(), 2, 1, b"one"), denied());
}

#[test]
fn a_cell_over_the_limit_is_too_large() {
    let mut world = World::new();
    let mut owner = world.connect();
    let reply = owner.put_cell(&mut world, cell(), 1, 1, &vec![0; MAX_CELL + 1]);
    assert_eq!(reply, Reply::Refused { reason: Refusal::TooLarge });
}
