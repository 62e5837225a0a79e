//! Use is noted once a day, and an owner has so much and no more.

use redb::{ReadableDatabase, ReadableTable};
use xchat_wire::{Epoch, PostId, PublicKey, Refusal, Reply, Seq};

use super::*;
use crate::limits::{CELLS_AN_OWNER, INBOXES_AN_OWNER};
use crate::rights::Run;
use crate::store::{Store, Write};

const LOG: Address = Address::new([1; 32]);
const START: u64 = 1_700_000_000_000;

fn key(n: u8) -> PublicKey {
    PublicKey::new([n; 32])
}

fn days(store: &Store) -> Vec<u64> {
    let read = store.database.begin_read().unwrap();
    let idle = read.open_table(IDLE).unwrap();
    idle.iter().unwrap().map(|entry| idle_of(entry.unwrap().0.value()).unwrap().0).collect()
}

fn append(n: u8) -> Write {
    let (run, epoch, post) = (Run::new(Epoch(0), Seq(1)), Epoch(0), PostId::new([n; 16]));
    Write::Append { log: LOG, run, epoch, post, body: vec![n].into(), ttl: None }
}

#[test]
fn writes_of_one_day_leave_the_day_where_it_is_and_the_next_day_moves_it() {
    let store = Store::in_memory().unwrap();
    let noon = day_of(START) + DAY_MS / 2;
    store.write([&Write::CreateLog { log: LOG, key: key(1) }], noon).unwrap();
    assert_eq!(days(&store), [day_of(START)]);
    store.write(&[append(1), append(2)], noon + DAY_MS / 2 - 1).unwrap();
    assert_eq!(days(&store), [day_of(START)]);
    store.write([&append(3)], noon + DAY_MS / 2).unwrap();
    assert_eq!(days(&store), [day_of(START) + DAY_MS]);
    store.write(&[append(4), Write::Use { kept: Kept::Log, address: LOG }], START - 3 * DAY_MS).unwrap();
    assert_eq!(days(&store), [day_of(START) + DAY_MS], "a clock that steps back takes nothing back");
}

#[test]
fn a_use_of_what_is_not_there_leaves_nothing() {
    let store = Store::in_memory().unwrap();
    for kept in [Kept::Log, Kept::Inbox, Kept::Cell] {
        store.write([&Write::Use { kept, address: LOG }], START).unwrap();
    }
    assert!(days(&store).is_empty());
}

#[test]
fn an_owner_has_so_many_cells_and_inboxes_and_what_goes_makes_room() {
    let store = Store::in_memory().unwrap();
    let write = |write: Write, now| store.write([&write], now).unwrap().remove(0).outcome.into_reply();
    let address = |n: u64| {
        let mut address = [7; 32];
        address[..8].copy_from_slice(&n.to_be_bytes());
        Address::new(address)
    };
    let full = Reply::Refused { reason: Refusal::Full };
    let cell =
        |n, owner, version| Write::PutCell { cell: address(n), owner: key(owner), version, body: vec![1].into() };
    assert!((0..CELLS_AN_OWNER).all(|n| write(cell(n, 1, 1), START) == Reply::Ok));
    assert_eq!(write(cell(CELLS_AN_OWNER, 1, 1), START), full);
    assert_eq!(write(cell(CELLS_AN_OWNER, 2, 1), START), Reply::Ok, "another owner has its own");
    assert_eq!(write(cell(0, 1, 2), START), Reply::Ok, "what is there can be written");
    let inbox = |n, owner| Write::CreateInbox { inbox: address(1000 + n), owner: key(owner), writer: key(9) };
    assert!((0..INBOXES_AN_OWNER).all(|n| matches!(write(inbox(n, 1), START), Reply::Proved { .. })));
    assert_eq!(write(inbox(INBOXES_AN_OWNER, 1), START), full);
    assert!(matches!(write(inbox(INBOXES_AN_OWNER, 2), START), Reply::Proved { .. }));
    assert!(matches!(write(inbox(0, 1), START), Reply::Proved { .. }), "what is there is told");

    store.write([&Write::Unused { keep: 0, limit: 1000 }], START + 3 * DAY_MS).unwrap();
    assert_eq!(write(cell(CELLS_AN_OWNER, 1, 1), START), Reply::Ok);
    assert!(matches!(write(inbox(INBOXES_AN_OWNER, 1), START), Reply::Proved { .. }));
}
