//! What holds for every storage: one suite over the trait, on one relay's file and on a stream.

use std::path::PathBuf;

use tokio::sync::mpsc;
use xchat_wire::{Address, Epoch, Kind, PostId, PublicKey, Reply, Seq};

use super::*;
use crate::hub::{Note, Sender};
use crate::rights::Run;
use crate::store::{Commit, Delivery, Event, Filling, Kept, Shelved};

const LOG: Address = Address::new([1; 32]);
const INBOX: Address = Address::new([2; 32]);
const CELL: Address = Address::new([3; 32]);
const NOW: u64 = 1_700_000_000_000;

fn key(n: u8) -> PublicKey {
    PublicKey::new([n; 32])
}

fn post(n: u8) -> PostId {
    PostId::new([n; 16])
}

fn accepted(seq: u64) -> Outcome {
    Outcome::Reply(Reply::Accepted { seq: Seq(seq) })
}

fn denied() -> Outcome {
    Outcome::Reply(crate::store::denied())
}

/// A place to write to, and to read from.
pub(crate) trait Bench {
    fn storage(&self) -> &dyn Storage;
    fn store(&self) -> Arc<Store>;
    fn hub(&self) -> Arc<Hub>;
    /// Ends in order and begins again on the same data.
    fn restart(&mut self);
}

struct Listener {
    notes: mpsc::UnboundedReceiver<Note>,
}

impl Listener {
    fn to(bench: &dyn Bench, addresses: &[Address]) -> Self {
        let (sender, notes) = Sender::new(1);
        addresses.iter().for_each(|address| bench.hub().listen(*address, &sender));
        Self { notes }
    }

    /// What was heard by now: address, place (0 for a pool's count) and kind.
    fn heard(&mut self) -> Vec<(Address, u64, Option<Kind>)> {
        let notes = std::iter::from_fn(|| self.notes.try_recv().ok());
        notes
            .map(|note| match note {
                Note::Event(event) => match event.as_ref() {
                    Event::Record { address, record } => (*address, record.seq.0, Some(record.kind)),
                    Event::Pool { address, .. } => (*address, 0, None),
                },
                Note::Done(..) | Note::Granted(_) | Note::Signal(_) => panic!("nothing else was asked for"),
            })
            .collect()
    }
}

fn commit(bench: &dyn Bench, writes: &[Write]) -> Vec<Outcome> {
    bench.storage().commit(&writes.iter().collect::<Vec<_>>()).unwrap()
}

fn one(bench: &dyn Bench, write: Write) -> Outcome {
    commit(bench, &[write]).remove(0)
}

fn append(epoch: u64, id: u8) -> Write {
    let run = Run::new(Epoch(epoch), Seq(1));
    Write::Append { log: LOG, run, epoch: Epoch(epoch), post: post(id), body: vec![id; 40].into(), ttl: None }
}

fn delivery(id: u8, writer: u8) -> Delivery {
    Delivery { inbox: INBOX, writer: Some(key(writer)), post: post(id), body: vec![id; 9].into(), ttl: None }
}

fn commitment(epoch: u64, id: u8, welcomes: Vec<Delivery>) -> Write {
    let (run, next_key) = (Run::new(Epoch(epoch), Seq(1)), key(id));
    let commit = Commit { epoch: Epoch(epoch), post: post(id), body: vec![id; 20].into(), next_key, welcomes };
    Write::Commit { log: LOG, run, commit }
}

/// All of it, in this order on one store.
pub(crate) fn conforms(mut bench: impl Bench) {
    let bench = &mut bench;
    appends_and_repeats(bench);
    one_commit_an_epoch_with_its_welcomes(bench);
    inbox_pool_and_cell(bench);
    events_come_in_the_order_of_the_writes(bench);
    a_restart_forgets_nothing(bench);
    what_is_old_goes(bench);
    a_claim_is_made_of_what_is_there_and_given_up(bench);
    what_a_bound_has_no_room_for_is_refused(bench);
    what_is_used_stays(bench);
}

fn appends_and_repeats(bench: &dyn Bench) {
    let made = commit(bench, &[Write::CreateLog { log: LOG, key: key(9) }, append(0, 1), append(0, 2), append(0, 1)]);
    assert!(matches!(made[0], Outcome::Reply(Reply::Proved { .. })), "{:?}", made[0]);
    assert_eq!(made[1..], [accepted(1), accepted(2), accepted(1)]);
    assert_eq!(one(bench, append(0, 2)), accepted(2), "a repeat in a batch of its own");
    assert_eq!(one(bench, Write::CreateLog { log: LOG, key: key(8) }), denied());
    assert_eq!(one(bench, append(1, 3)), Outcome::Reply(Reply::Stale { epoch: Epoch(0) }));
}

fn one_commit_an_epoch_with_its_welcomes(bench: &dyn Bench) {
    let inbox = Write::CreateInbox { inbox: INBOX, owner: key(4), writer: key(5) };
    assert!(matches!(one(bench, inbox), Outcome::Reply(Reply::Proved { .. })));
    let refused = commitment(0, 50, vec![delivery(60, 5), delivery(61, 6)]);
    assert_eq!(one(bench, refused), denied(), "one welcome is not welcome");
    assert_eq!(bench.store().snapshot().unwrap().inbox(&INBOX).unwrap().unwrap().journal.head, Seq(0));
    let race = commit(bench, &[commitment(0, 51, vec![delivery(60, 5)]), commitment(0, 52, vec![delivery(62, 5)])]);
    assert_eq!(race, [accepted(3), Outcome::Reply(Reply::Stale { epoch: Epoch(1) })]);
    assert_eq!(one(bench, commitment(0, 51, vec![delivery(60, 5)])), accepted(3), "the winner's repeat");
    let snapshot = bench.store().snapshot().unwrap();
    assert_eq!(snapshot.log(&LOG).unwrap().unwrap().epoch, Epoch(1));
    assert_eq!(snapshot.inbox(&INBOX).unwrap().unwrap().journal.head, Seq(1), "the loser's welcome is not there");
}

fn inbox_pool_and_cell(bench: &dyn Bench) {
    assert_eq!(one(bench, Write::Deliver(delivery(70, 5))), accepted(2));
    assert_eq!(one(bench, Write::Deliver(delivery(70, 5))), accepted(2));
    assert_eq!(one(bench, Write::Deliver(delivery(71, 6))), denied());
    assert_eq!(one(bench, Write::Acknowledge { inbox: INBOX, upto: Seq(1) }), Outcome::Reply(Reply::Ok));
    let filling =
        Filling { post: post(80), packages: vec![vec![1].into(), vec![2].into()], last_resort: Some(vec![9].into()) };
    let fill = Write::FillPool { inbox: INBOX, filling };
    assert_eq!(one(bench, fill.clone()), Outcome::Reply(Reply::Pool { packages: 2 }));
    assert_eq!(one(bench, fill), Outcome::Reply(Reply::Pool { packages: 2 }));
    let take = || one(bench, Write::TakePackage { inbox: INBOX, writer: key(5) });
    let package = |n: u8, last_resort| Outcome::Reply(Reply::Package { package: vec![n].into(), last_resort });
    assert_eq!([take(), take(), take()], [package(1, false), package(2, false), package(9, true)]);
    let put = |version, body: u8| Write::PutCell { cell: CELL, owner: key(7), version, body: vec![body].into() };
    assert_eq!(one(bench, put(1, 1)), Outcome::Reply(Reply::Ok));
    assert_eq!(one(bench, put(1, 1)), Outcome::Reply(Reply::Ok));
    assert_eq!(one(bench, put(1, 2)), Outcome::Reply(Reply::Conflict { version: 1 }));
}

fn events_come_in_the_order_of_the_writes(bench: &dyn Bench) {
    let mut listener = Listener::to(bench, &[LOG, INBOX]);
    commit(bench, &[append(1, 10), append(1, 10), append(0, 11), Write::Deliver(delivery(72, 5)), append(1, 12)]);
    one(bench, commitment(1, 53, vec![delivery(73, 5)]));
    let message = Some(Kind::Message);
    let expected = [
        (LOG, 4, message),
        (INBOX, 3, Some(Kind::Delivery)),
        (LOG, 5, message),
        (LOG, 6, Some(Kind::Commit)),
        (INBOX, 4, Some(Kind::Delivery)),
    ];
    assert_eq!(listener.heard(), expected, "each once, and told before the commit returns");
}

fn a_restart_forgets_nothing(bench: &mut impl Bench) {
    let frames = |bench: &dyn Bench| {
        let snapshot = bench.store().snapshot().unwrap();
        let records = snapshot.records(&LOG, Seq(0), Seq(100)).unwrap();
        records.map(|record| record.unwrap().frame()).collect::<Vec<_>>()
    };
    let before = frames(bench);
    assert_eq!(before.len(), 6);
    bench.restart();
    assert_eq!(frames(bench), before);
    assert_eq!(one(bench, append(1, 10)), accepted(4), "also what was posted is known");
    assert_eq!(one(bench, append(2, 13)), accepted(7));
}

fn what_is_old_goes(bench: &dyn Bench) {
    let all = Write::Expire { keep: 0, limit: 1000 };
    let Outcome::Expired(removed) = one(bench, all.clone()) else { panic!("a count") };
    assert!(removed >= 11, "{removed}");
    assert_eq!(one(bench, all), Outcome::Expired(0), "again is harmless");
    let row = bench.store().snapshot().unwrap().log(&LOG).unwrap().unwrap();
    assert_eq!((row.journal.head, row.journal.first, row.epoch), (Seq(7), Seq(0), Epoch(2)));
    let Write::Append { log, run, epoch, post, body, .. } = append(2, 91) else { unreachable!() };
    assert_eq!(one(bench, Write::Append { log, run, epoch, post, body, ttl: Some(0) }), accepted(8));
    assert_eq!(one(bench, Write::End { limit: 9 }), Outcome::Expired(1), "its own time is over");
    assert_eq!(one(bench, Write::End { limit: 9 }), Outcome::Expired(0));
    let hash = xchat_wire::BlobHash::new([5; 32]);
    let put = Write::PutBlob { hash, size: 10, expires: 100, now: 0, most: 15, tag: None };
    assert_eq!(one(bench, put), Outcome::Shelved(crate::store::Shelved::New));
    assert_eq!(one(bench, Write::RemoveBlobs { hashes: vec![hash], ended: 100 }), Outcome::Removed);
    assert_eq!(bench.store().snapshot().unwrap().blob_bytes().unwrap(), 0);
}

fn a_claim_is_made_of_what_is_there_and_given_up(bench: &mut impl Bench) {
    let (hash, tags) = (xchat_wire::BlobHash::new([6; 32]), [1, 2].map(|n| xchat_wire::ClaimTag::new([n; 32])));
    // Beyond any clock that a bench goes by.
    let (size, expires, now, most) = (10, u64::MAX / 2, 0, 15);
    let claim = |tag| Write::ClaimBlob { hash, size, tag, expires, now };
    let release = |tag| Write::ReleaseBlob { hash, tag };
    let ok = Outcome::Reply(Reply::Ok);
    assert_eq!(one(bench, claim(tags[0])), Outcome::Shelved(Shelved::Absent));
    assert_eq!(one(bench, release(tags[0])), ok);
    let put = Write::PutBlob { hash, size, expires, now, most, tag: Some(tags[0]) };
    assert_eq!(one(bench, put), Outcome::Shelved(Shelved::New));
    assert_eq!(one(bench, claim(tags[1])), Outcome::Shelved(Shelved::Known));
    assert_eq!(commit(bench, &[release(tags[0]), release(tags[0])]), [ok.clone(), ok.clone()]);
    bench.restart();
    let lasts = |bench: &dyn Bench| bench.store().snapshot().unwrap().blob(&hash).unwrap().unwrap().expires;
    assert_eq!(lasts(bench), expires);
    assert_eq!(one(bench, release(tags[1])), ok);
    assert_eq!(lasts(bench), 0);
    assert_eq!(one(bench, claim(tags[1])), Outcome::Shelved(Shelved::Absent));
    assert_eq!(one(bench, Write::RemoveBlobs { hashes: vec![hash], ended: u64::MAX }), Outcome::Removed);
}

fn what_a_bound_has_no_room_for_is_refused(bench: &mut impl Bench) {
    let full = Outcome::Reply(crate::store::refused(xchat_wire::Refusal::Full));
    assert_eq!(
        one(bench, Write::PutCell { cell: CELL, owner: key(7), version: 2, body: vec![2; 1000].into() }),
        Outcome::Reply(Reply::Ok)
    );
    let stored = bench.store().snapshot().unwrap().stored_bytes().unwrap();
    let bound = stored * 100 / 95;
    assert_eq!(one(bench, Write::Bound { bytes: bound }), Outcome::Noted);
    assert_eq!(one(bench, append(2, 90)), full);
    bench.restart();
    let snapshot = bench.store().snapshot().unwrap();
    assert_eq!((snapshot.stored_bytes().unwrap(), snapshot.store_bound().unwrap()), (stored, bound));
    assert_eq!(one(bench, append(2, 90)), full, "the bound outlives a restart");
    assert_eq!(one(bench, Write::Bound { bytes: 0 }), Outcome::Noted);
    assert_eq!(one(bench, append(2, 90)), accepted(9));
}

fn what_is_used_stays(bench: &mut impl Bench) {
    assert!(matches!(one(bench, Write::Expire { keep: 0, limit: 1000 }), Outcome::Expired(_)));
    let day = |bench: &dyn Bench| bench.store().snapshot().unwrap().log(&LOG).unwrap().unwrap().used;
    let used = day(bench);
    assert_eq!(one(bench, Write::Use { kept: Kept::Log, address: LOG }), Outcome::Noted);
    assert_eq!(day(bench), used, "at most once a day");
    assert_eq!(one(bench, Write::Unused { keep: 0, limit: 9 }), Outcome::Expired(0), "no day is over");
    assert_eq!(one(bench, append(2, 92)), accepted(10));
}

/// One relay's own file.
struct Own {
    folder: PathBuf,
    storage: Option<Embedded>,
}

impl Own {
    fn open(folder: PathBuf) -> Self {
        let (store, hub) = (Arc::new(Store::open(&folder).unwrap()), Arc::new(Hub::default()));
        let storage = Some(Embedded { store, hub, metrics: Arc::default(), clock: || NOW });
        Self { folder, storage }
    }

    fn opened(&self) -> &Embedded {
        self.storage.as_ref().unwrap()
    }
}

impl Bench for Own {
    fn storage(&self) -> &dyn Storage {
        self.opened()
    }

    fn store(&self) -> Arc<Store> {
        self.opened().store.clone()
    }

    fn hub(&self) -> Arc<Hub> {
        self.opened().hub.clone()
    }

    fn restart(&mut self) {
        self.storage = None;
        *self = Self::open(self.folder.clone());
    }
}

#[test]
fn a_relays_own_file_is_a_storage() {
    let folder = std::env::temp_dir().join(format!("xchat-storage-{}", std::process::id()));
    _ = std::fs::remove_dir_all(&folder);
    conforms(Own::open(folder.clone()));
    std::fs::remove_dir_all(&folder).unwrap();
}
