//! What holds for every view of one stream.

use super::*;
use crate::rights::Run;
use crate::store::Outcome;
use xchat_wire::{Address, Epoch, PostId, PublicKey, Reply, Seq};

const LOG: Address = Address::new([1; 32]);
const KEY: PublicKey = PublicKey::new([2; 32]);

impl Store {
    /// Keeps everybody else from writing for as long as the value lives.
    pub(crate) fn hold(&self) -> redb::WriteTransaction {
        self.begin().unwrap()
    }
}

fn view() -> Store {
    let store = Store::in_memory().unwrap();
    store.begin_view(&Place::start(77)).unwrap();
    store
}

fn append(post: u8) -> Write {
    let body = vec![post; 30].into();
    Write::Append {
        log: LOG,
        run: Run::new(Epoch(0), Seq(1)),
        epoch: Epoch(0),
        post: PostId::new([post; 16]),
        body,
        ttl: None,
    }
}

fn entry(seq: u64, publisher: u8, batch: u64, now: u64, writes: Vec<Write>) -> Entry {
    Entry { seq, publisher: [publisher; 16], batch, now, digest: [seq as u8; 32], writes }
}

fn stream() -> Vec<Entry> {
    vec![
        entry(1, 1, 1, 5_000, vec![Write::CreateLog { log: LOG, key: KEY }, append(1)]),
        entry(2, 2, 1, 4_000, vec![append(2)]),
        entry(3, 1, 2, 9_000, vec![append(3), append(1)]),
    ]
}

fn place(store: &Store) -> Place {
    store.place().unwrap().unwrap()
}

#[test]
fn one_by_one_or_together_durable_or_not_the_rows_and_the_hash_are_the_same() {
    let (one, other) = (view(), view());
    let steps: Vec<_> = stream().iter().map(|entry| one.follow(std::slice::from_ref(entry), false).unwrap()).collect();
    let together = other.follow(&stream(), true).unwrap();
    assert_eq!(place(&one), place(&other));
    assert_eq!(steps[1][0].hash, together[1].hash, "also in between");
    assert_eq!((place(&one).seq, place(&one).clock), (3, 9_000));
    let Outcome::Reply(Reply::Accepted { seq }) = &together[2].applied[1].outcome else {
        panic!("a repeat is accepted")
    };
    assert_eq!(*seq, Seq(1));
}

#[test]
fn the_clock_never_runs_backwards() {
    let store = view();
    store.follow(&stream()[..2], false).unwrap();
    assert_eq!(place(&store).clock, 5_000);
}

#[test]
fn what_is_over_and_what_is_out_of_use_goes_by_the_streams_clock() {
    const DAY: u64 = crate::limits::DAY_MS;
    let store = view();
    let Write::Append { log, run, epoch, post, body, .. } = append(1) else { unreachable!() };
    let brief = Write::Append { log, run, epoch, post, body, ttl: Some(60) };
    let (end, unused) = (Write::End { limit: 9 }, Write::Unused { keep: DAY, limit: 9 });
    let removed = |seq: u64, now: u64, write: &Write| {
        let followed = store.follow(&[entry(seq, 1, seq, now, vec![write.clone()])], false).unwrap();
        followed[0].applied[0].outcome.clone()
    };
    store.follow(&[entry(1, 1, 1, 5_000, vec![Write::CreateLog { log: LOG, key: KEY }, brief])], false).unwrap();
    assert_eq!(removed(2, 64_999, &end), Outcome::Expired(0));
    assert_eq!(removed(3, 65_000, &end), Outcome::Expired(1), "a minute later");
    assert_eq!(removed(4, 2 * DAY - 1, &unused), Outcome::Expired(0));
    assert_eq!(removed(5, 2 * DAY, &unused), Outcome::Expired(1), "the day of its use has been over for a day");
    assert!(store.snapshot().unwrap().log(&LOG).unwrap().is_none());
}

#[test]
fn a_batch_that_comes_twice_is_applied_once() {
    let store = view();
    store.follow(&stream(), false).unwrap();
    let again = store.follow(&[entry(4, 1, 2, 9_000, vec![append(9)])], false).unwrap();
    assert!(again[0].applied.is_empty());
    assert_eq!(store.snapshot().unwrap().log(&LOG).unwrap().unwrap().journal.head, Seq(3));
    assert_eq!(place(&store).seq, 4, "but it has its place");
}

#[test]
fn rows_that_differ_show_in_the_hash_at_the_next_write_that_touches_them() {
    let (one, other) = (view(), view());
    one.follow(&stream(), false).unwrap();
    other.follow(&stream(), false).unwrap();
    // By hand: one more record in one of the two.
    other.write([&append(8)], 9_000).unwrap();
    assert_eq!(place(&one), place(&other), "nothing shows yet");
    let next = [entry(4, 1, 3, 9_000, vec![append(4)])];
    assert_ne!(one.follow(&next, false).unwrap()[0].hash, other.follow(&next, false).unwrap()[0].hash);
}

#[test]
fn a_store_that_is_no_view_takes_no_messages() {
    let store = Store::in_memory().unwrap();
    assert!(store.is_empty().unwrap());
    assert!(matches!(store.follow(&stream(), true), Err(FollowError::NoView)));
    store.write([&Write::CreateLog { log: LOG, key: KEY }], 0).unwrap();
    assert!(!store.is_empty().unwrap());
}

#[test]
fn a_place_keeps_its_bytes() {
    let mut place = Place::start(7);
    place.admit(&[9; 16], 3);
    let bytes = "a6000101070200035820000000000000000000000000000000000000000000000000000000000000000004000581a20050090909090909090909090909090909090103";
    assert_eq!(hex::encode(pack(&place)), bytes);
    assert_eq!(unpack::<Place>(&hex::decode(bytes).unwrap()).unwrap(), place);
}
