//! Retention over a store in which a row of any table is damaged: it goes on, for everybody else and for what is old.

use xchat_wire::{Address, BlobHash, Epoch, PostId, PublicKey, Reply, Seq};

use super::*;
use crate::rights::Run;
use crate::store::damage::Victim;
use crate::store::{Commit, Delivery, Filling};

const LOG: Address = Address::new([1; 32]);
const OTHER: Address = Address::new([9; 32]);
const INBOX: Address = Address::new([2; 32]);
const CELL: Address = Address::new([3; 32]);
const BLOB: BlobHash = BlobHash::new([4; 32]);
const NOW: u64 = 1_700_000_000_000;
/// The day of what was used at `NOW` is over, and more.
const LATER: u64 = NOW + 3 * crate::limits::DAY_MS;

fn post(n: u8) -> PostId {
    PostId::new([n; 16])
}

fn append(log: Address, epoch: u64, id: u8) -> Write {
    let run = Run::new(Epoch(epoch), Seq(1));
    Write::Append { log, run, epoch: Epoch(epoch), post: post(id), body: vec![id; 40].into(), ttl: None }
}

/// A store with something in every table.
fn full() -> Embedded {
    let store = Arc::new(Store::in_memory().unwrap());
    let storage = Embedded { store, hub: Arc::default(), metrics: Arc::default(), clock: || NOW };
    let key = PublicKey::new([7; 32]);
    let deliver = |id| {
        Write::Deliver(Delivery { inbox: INBOX, writer: Some(key), post: post(id), body: vec![id].into(), ttl: None })
    };
    let (run, epoch, welcomes) = (Run::new(Epoch(0), Seq(1)), Epoch(0), Vec::new());
    let commit = Commit { epoch, post: post(3), body: vec![3].into(), next_key: key, welcomes };
    let filling = Filling { post: post(8), packages: vec![vec![1].into()], last_resort: Some(vec![2].into()) };
    let writes = [
        Write::CreateLog { log: LOG, key },
        Write::CreateLog { log: OTHER, key },
        Write::CreateInbox { inbox: INBOX, owner: key, writer: key },
        append(LOG, 0, 1),
        append(OTHER, 0, 2),
        Write::Commit { log: LOG, run, commit },
        append(LOG, 1, 4),
        deliver(5),
        deliver(6),
        Write::FillPool { inbox: INBOX, filling },
        Write::PutCell { cell: CELL, owner: key, version: 1, body: vec![1].into() },
        Write::PutBlob { hash: BLOB, size: 9, expires: NOW + 1, now: NOW, most: u64::MAX, tag: None },
    ];
    let outcomes = storage.commit(&writes.iter().collect::<Vec<_>>()).unwrap();
    assert!(!outcomes.iter().any(|outcome| matches!(outcome, Outcome::Reply(Reply::Refused { .. }))), "{outcomes:?}");
    storage
}

/// The sweep as upkeep drives it, in the smallest steps: entries that went.
fn sweep(storage: &Embedded) -> u32 {
    let (step, mut removed) = (Write::Expire { keep: 0, limit: 1 }, 0);
    for _ in 0..100 {
        match storage.commit(&[&step]).unwrap().remove(0) {
            Outcome::Expired(0) => return removed,
            Outcome::Expired(some) => removed += some,
            other => panic!("the sweep stops: {other:?}"),
        }
    }
    panic!("the sweep comes to the same row again and again");
}

#[test]
fn the_sweep_passes_over_a_damaged_row_of_any_table_and_counts_it() {
    // Each victim, and how often a sweep in single steps meets it: a log's row with each record of that log.
    let victims = [
        (Victim::Record(LOG, Seq(2)), 1),
        (Victim::Body(LOG, Seq(2)), 0),
        (Victim::Record(INBOX, Seq(1)), 1),
        (Victim::Log(LOG), 3),
        (Victim::Inbox(INBOX), 2),
        (Victim::Epoch(LOG, Epoch(0)), 0),
        (Victim::Post(LOG, post(1)), 0),
        (Victim::Cell(CELL), 0),
        (Victim::Blob(BLOB), 0),
    ];
    for (victim, met) in victims {
        let storage = full();
        assert_eq!(storage.store.kept(), (6, 7, 7));
        storage.store.damage(victim);
        assert_eq!(sweep(&storage), 7, "{victim:?}");
        assert_eq!(storage.store.kept(), (0, 0, 0), "{victim:?}: what is old is gone, damaged or not");
        let line = format!("xchat_relay_damaged_rows_total {met}\n");
        assert!(storage.metrics.text(Default::default()).contains(&line), "{victim:?}");
        assert_eq!(sweep(&storage), 0);
        let accepted = Outcome::Reply(Reply::Accepted { seq: Seq(2) });
        assert_eq!(storage.commit(&[&append(OTHER, 0, 20)]).unwrap(), [accepted], "{victim:?}: others go on");
    }
}

#[test]
fn the_sweep_of_what_nobody_uses_takes_damaged_rows_too_and_leaves_nothing_of_them() {
    for victim in [Victim::Log(LOG), Victim::Epoch(LOG, Epoch(0)), Victim::Inbox(INBOX), Victim::Cell(CELL)] {
        let storage = full();
        let store = &storage.store;
        store.damage(victim);
        let step = |write: Write| store.write([&write], LATER).unwrap().remove(0);
        step(Write::Expire { keep: 0, limit: 100 });
        let swept = step(Write::Unused { keep: 0, limit: 100 });
        assert_eq!(swept.outcome, Outcome::Expired(4), "{victim:?}");
        assert_eq!(swept.damaged, u32::from(!matches!(victim, Victim::Epoch(..))), "{victim:?}");
        step(Write::RemoveBlobs { hashes: vec![BLOB], ended: LATER });
        let snapshot = store.snapshot().unwrap();
        assert!(snapshot.log(&LOG).unwrap().is_none() && snapshot.cell(&CELL).unwrap().is_none(), "{victim:?}");
        assert!(snapshot.inbox(&INBOX).unwrap().is_none(), "{victim:?}");
        assert!(snapshot.closed_epoch(&LOG, Epoch(0)).unwrap().is_none(), "{victim:?}");
        assert!(!snapshot.has_idle(u64::MAX).unwrap(), "{victim:?}");
        // A cell that cannot be read does not say how long its body was.
        let left = u64::from(matches!(victim, Victim::Cell(_)));
        assert_eq!(snapshot.stored_bytes().unwrap(), left, "{victim:?}");
    }
}

#[test]
fn a_damaged_commit_leaves_no_epoch_behind_when_its_log_goes() {
    let storage = full();
    storage.store.damage(Victim::Record(LOG, Seq(2)));
    for write in [Write::Expire { keep: 0, limit: 100 }, Write::Unused { keep: 0, limit: 100 }] {
        storage.store.write([&write], LATER).unwrap();
    }
    assert!(storage.store.snapshot().unwrap().closed_epoch(&LOG, Epoch(0)).unwrap().is_none());
}

#[test]
fn a_damaged_record_whose_own_time_is_over_goes() {
    let storage = full();
    let Write::Append { log, run, epoch, post, body, .. } = append(OTHER, 0, 30) else { unreachable!() };
    let brief = Write::Append { log, run, epoch, post, body, ttl: Some(0) };
    assert_eq!(storage.commit(&[&brief]).unwrap(), [Outcome::Reply(Reply::Accepted { seq: Seq(2) })]);
    storage.store.damage(Victim::Record(OTHER, Seq(2)));
    let end = Write::End { limit: 100 };
    assert_eq!(storage.commit(&[&end, &end]).unwrap(), [Outcome::Expired(1), Outcome::Expired(0)]);
    assert_eq!(storage.store.kept().0, 6);
}

#[test]
fn a_log_that_has_lost_a_damaged_record_to_the_sweep_has_all_its_room_again() {
    let storage = full();
    storage.store.damage(Victim::Record(LOG, Seq(1)));
    sweep(&storage);
    let row = storage.store.snapshot().unwrap().log(&LOG).unwrap().unwrap();
    assert_eq!((row.journal.records, row.journal.bytes, row.journal.first), (0, 0, Seq(0)));
}

#[test]
fn a_damaged_delivery_is_acknowledged_like_any_other() {
    let storage = full();
    storage.store.damage(Victim::Record(INBOX, Seq(1)));
    let all = Write::Acknowledge { inbox: INBOX, upto: Seq(2) };
    assert_eq!(storage.commit(&[&all]).unwrap(), [Outcome::Reply(Reply::Ok)]);
    assert_eq!(storage.store.kept().0, 4);
    let row = storage.store.snapshot().unwrap().inbox(&INBOX).unwrap().unwrap();
    assert_eq!((row.journal.records, row.journal.bytes), (0, 0));
}
