//! What a disk that runs out of room still takes.

use std::sync::atomic::{AtomicU64, Ordering};

use xchat_wire::{Address, Epoch, PostId, PublicKey, Reply, Seq};

use super::*;
use crate::hub::Hub;
use crate::rights::Run;
use crate::storage::Embedded;
use crate::store::{Commit, Delivery, Filling};

const LOG: Address = Address::new([1; 32]);
const INBOX: Address = Address::new([2; 32]);
const CELL: Address = Address::new([3; 32]);
const KEY: PublicKey = PublicKey::new([9; 32]);

struct Bench {
    storage: Roomy,
    free: Arc<AtomicU64>,
}

/// A log with one record, an inbox with one delivery, a cell; on a disk that has room.
fn begun() -> Bench {
    let (store, free) = (Arc::new(Store::in_memory().unwrap()), Arc::new(AtomicU64::new(u64::MAX)));
    let inner = Embedded {
        store: store.clone(),
        hub: Arc::new(Hub::default()),
        metrics: Arc::default(),
        clock: || 1_700_000_000_000,
    };
    let asked = free.clone();
    let storage = Roomy::new(Box::new(inner), store, Box::new(move || Some(asked.load(Ordering::Relaxed))));
    let bench = Bench { storage, free };
    bench.all(&[create_log(LOG), create_inbox(INBOX), append(1), deliver(2), cell(CELL, 1, 10)]);
    bench
}

impl Bench {
    fn all(&self, writes: &[Write]) -> Vec<Reply> {
        let outcomes = self.storage.commit(&writes.iter().collect::<Vec<_>>()).unwrap();
        outcomes.into_iter().map(Outcome::into_reply).collect()
    }

    fn one(&self, write: Write) -> Reply {
        self.all(&[write]).remove(0)
    }

    fn left(&self, bytes: u64) {
        self.free.store(bytes, Ordering::Relaxed);
    }
}

fn full() -> Reply {
    Reply::Refused { reason: Refusal::Full }
}

fn accepted(seq: u64) -> Reply {
    Reply::Accepted { seq: Seq(seq) }
}

fn create_log(log: Address) -> Write {
    Write::CreateLog { log, key: KEY }
}

fn create_inbox(inbox: Address) -> Write {
    Write::CreateInbox { inbox, owner: KEY, writer: KEY }
}

fn append(id: u8) -> Write {
    let (run, epoch, post) = (Run::new(Epoch(0), Seq(1)), Epoch(0), PostId::new([id; 16]));
    Write::Append { log: LOG, run, epoch, post, body: vec![id].into(), ttl: None }
}

fn delivery(id: u8) -> Delivery {
    Delivery { inbox: INBOX, writer: Some(KEY), post: PostId::new([id; 16]), body: vec![id].into(), ttl: None }
}

fn deliver(id: u8) -> Write {
    Write::Deliver(delivery(id))
}

fn fill(id: u8) -> Write {
    let filling = Filling { post: PostId::new([id; 16]), packages: vec![vec![id].into()], last_resort: None };
    Write::FillPool { inbox: INBOX, filling }
}

fn cell(cell: Address, version: u64, size: usize) -> Write {
    Write::PutCell { cell, owner: KEY, version, body: vec![1; size].into() }
}

fn commit(epoch: u64, id: u8, welcomes: Vec<Delivery>) -> Write {
    let (run, epoch, post) = (Run::new(Epoch(epoch), Seq(1)), Epoch(epoch), PostId::new([id; 16]));
    Write::Commit { log: LOG, run, commit: Commit { epoch, post, body: vec![1].into(), next_key: KEY, welcomes } }
}

#[test]
fn what_adds_is_refused_step_by_step_and_what_removes_never() {
    let bench = begun();
    bench.left(DISK_CREATIONS - 1);
    let other = Address::new([8; 32]);
    assert_eq!(bench.all(&[create_log(other), create_inbox(other), cell(other, 1, 1)]), [full(), full(), full()]);
    assert_eq!(bench.one(append(3)), accepted(2));
    bench.left(DISK_MESSAGES - 1);
    let more = [append(4), deliver(5), fill(6), cell(CELL, 2, 11)];
    assert_eq!(bench.all(&more), [full(), full(), full(), full()]);
    assert_eq!(bench.one(cell(CELL, 2, 10)), Reply::Ok, "no longer than before");
    assert_eq!(bench.one(commit(0, 7, vec![delivery(8)])), accepted(3));
    bench.left(DISK_COMMITS - 1);
    assert_eq!(bench.one(commit(1, 9, vec![delivery(10)])), full());
    assert_eq!(bench.one(commit(1, 11, Vec::new())), accepted(4), "a member is removed");
    bench.left(DISK_REMOVALS - 1);
    assert_eq!(bench.one(commit(2, 12, Vec::new())), full());
    assert_eq!(bench.one(Write::Acknowledge { inbox: INBOX, upto: Seq(9) }), Reply::Ok);
    let expire = Write::Expire { keep: 0, limit: 100 };
    assert!(matches!(bench.storage.commit(&[&expire]).unwrap()[..], [Outcome::Expired(6)]));
    bench.left(DISK_CREATIONS);
    assert!(matches!(bench.one(create_log(other)), Reply::Proved { .. }), "and room comes again");
}

#[test]
fn what_is_known_is_answered_as_the_first_time_and_each_reply_is_for_its_own_write() {
    let bench = begun();
    bench.left(0);
    let batch = [append(3), append(1), create_log(LOG), deliver(4), deliver(2), cell(CELL, 1, 10)];
    let replies = bench.all(&batch);
    assert!(matches!(replies[2], Reply::Proved { .. }), "{replies:?}");
    let rest = [&replies[0], &replies[1], &replies[3], &replies[4], &replies[5]];
    assert_eq!(rest, [&full(), &accepted(1), &full(), &accepted(1), &Reply::Ok]);
    let blob =
        Write::PutBlob { hash: xchat_wire::BlobHash::new([1; 32]), size: 1, expires: 9, now: 0, most: 9, tag: None };
    assert_eq!(bench.storage.commit(&[&blob]).unwrap(), [Outcome::Shelved(Shelved::Full)]);
}
