//! The total is what the rows add up to, whatever was written, and is no less than what they take.

use proptest::{collection::vec, prelude::*};
use redb::{ReadableDatabase, ReadableTable, ReadableTableMetadata};
use xchat_wire::{Address, Epoch, PostId, PublicKey, Refusal, Reply, Seq};

use super::*;
use crate::rights::Run;
use crate::store::idle::Kept;
use crate::store::rows::{BlobRow, CellRow, RecordRow, unpack};
use crate::store::tables::{
    AGES, BLOBS, CELLS, EPOCHS, IDLE, INBOXES, LAST_RESORTS, LOGS, OWNED, PACKAGES, POSTS, RECORDS,
};
use crate::store::{Commit, Store};

const START: u64 = 1_700_000_000_000;
const DAY: u64 = crate::limits::DAY_MS;

fn key(n: u8) -> PublicKey {
    PublicKey::new([n; 32])
}

fn log(n: u8) -> Address {
    Address::new([n; 32])
}

fn inbox(n: u8) -> Address {
    Address::new([100 + n; 32])
}

fn tag(n: u8) -> xchat_wire::ClaimTag {
    xchat_wire::ClaimTag::new([n; 32])
}

/// What the rows add up to.
fn audit(store: &Store) -> u64 {
    let read = store.database.begin_read().unwrap();
    let records = read.open_table(RECORDS).unwrap();
    let records = records
        .iter()
        .unwrap()
        .map(|entry| RECORD_BYTES + unpack::<RecordRow<'_>>(entry.unwrap().1.value()).unwrap().size);
    let cells = read.open_table(CELLS).unwrap();
    let cells =
        cells.iter().unwrap().map(|entry| cell_bytes(&unpack::<CellRow>(entry.unwrap().1.value()).unwrap().body));
    let packages = read.open_table(PACKAGES).unwrap();
    let packages = packages.iter().unwrap().map(|entry| package_bytes(entry.unwrap().1.value()));
    let last_resorts = read.open_table(LAST_RESORTS).unwrap();
    let last_resorts = last_resorts.iter().unwrap().map(|entry| package_bytes(entry.unwrap().1.value()));
    let ages = read.open_table(AGES).unwrap().len().unwrap();
    assert_eq!(read.open_table(POSTS).unwrap().len().unwrap(), ages);
    // Each has its place among the days, and each owner's count is that of what it owns.
    let logs = read.open_table(LOGS).unwrap().len().unwrap();
    let owned = read.open_table(INBOXES).unwrap().len().unwrap() + read.open_table(CELLS).unwrap().len().unwrap();
    assert_eq!(read.open_table(IDLE).unwrap().len().unwrap(), logs + owned);
    let counts = read.open_table(OWNED).unwrap();
    assert_eq!(counts.iter().unwrap().map(|entry| entry.unwrap().1.value()).sum::<u64>(), owned);
    let blobs = read.open_table(BLOBS).unwrap();
    let blobs = blobs.iter().unwrap().map(|entry| unpack::<BlobRow>(entry.unwrap().1.value()).unwrap().counted());
    let rows = ages * POST_BYTES
        + read.open_table(LOGS).unwrap().len().unwrap() * LOG_ROW_BYTES
        + read.open_table(INBOXES).unwrap().len().unwrap() * INBOX_ROW_BYTES
        + read.open_table(EPOCHS).unwrap().len().unwrap() * EPOCH_BYTES;
    rows + blobs.sum::<u64>()
        + records.sum::<u64>()
        + cells.sum::<u64>()
        + packages.sum::<u64>()
        + last_resorts.sum::<u64>()
}

/// What the rows take on the disk: what is in them, and what the trees around them need.
fn taken(store: &Store) -> u64 {
    let read = store.database.begin_read().unwrap();
    let stats = |stats: redb::TableStats| stats.stored_bytes() + stats.metadata_bytes();
    stats(read.open_table(RECORDS).unwrap().stats().unwrap())
        + stats(read.open_table(POSTS).unwrap().stats().unwrap())
        + stats(read.open_table(AGES).unwrap().stats().unwrap())
        + stats(read.open_table(CELLS).unwrap().stats().unwrap())
        + stats(read.open_table(PACKAGES).unwrap().stats().unwrap())
        + stats(read.open_table(LAST_RESORTS).unwrap().stats().unwrap())
        + stats(read.open_table(LOGS).unwrap().stats().unwrap())
        + stats(read.open_table(INBOXES).unwrap().stats().unwrap())
        + stats(read.open_table(IDLE).unwrap().stats().unwrap())
        + stats(read.open_table(OWNED).unwrap().stats().unwrap())
        + stats(read.open_table(EPOCHS).unwrap().stats().unwrap())
}

fn stored(store: &Store) -> u64 {
    store.snapshot().unwrap().stored_bytes().unwrap()
}

/// What is written: of which kind, where, with which id, how large.
type Act = (u8, u8, u8, u16);

/// Some for ever, some for days.
fn ttl_of(id: u8) -> Option<u32> {
    id.is_multiple_of(3).then_some(u32::from(id) * 40_000)
}

fn delivery(n: u8, id: u8, size: u16) -> Delivery {
    Delivery {
        inbox: inbox(n),
        writer: Some(key(2)),
        post: PostId::new([id; 16]),
        body: vec![id; size.into()].into(),
        ttl: ttl_of(id),
    }
}

fn write(store: &Store, (kind, n, id, size): Act, now: u64) -> Write {
    let (post, body) = (PostId::new([id; 16]), vec![id; size.into()]);
    let epoch = store.snapshot().unwrap().log(&log(n)).unwrap().map_or(Epoch(0), |row| row.epoch);
    let run = Run::new(epoch, Seq(1));
    match kind {
        0 => Write::CreateLog { log: log(n), key: key(1) },
        1 => Write::CreateInbox { inbox: inbox(n), owner: key(n), writer: key(2) },
        2..=4 => Write::Append { log: log(n), run, epoch, post, body: body.into(), ttl: ttl_of(id) },
        5 | 6 => {
            let welcomes = (0..id % 3).map(|more| delivery(n, id.wrapping_add(more), size)).collect();
            Write::Commit {
                log: log(n),
                run,
                commit: Commit { epoch, post, body: body.into(), next_key: key(id), welcomes },
            }
        }
        7 | 8 => Write::Deliver(delivery(n, id, size)),
        9 => Write::Acknowledge { inbox: inbox(n), upto: Seq(u64::from(id) / 8) },
        10 => {
            let last_resort = (id % 2 == 0).then(|| vec![9; size.into()].into());
            let packages = vec![body.clone().into(), vec![id].into()];
            Write::FillPool { inbox: inbox(n), filling: Filling { post, packages, last_resort } }
        }
        11 => Write::TakePackage { inbox: inbox(n), writer: key(2) },
        12 => Write::PutCell { cell: log(n), owner: key(n), version: id.into(), body: body.into() },
        13 => Write::End { limit: 1 + u32::from(id) / 8 },
        14 => Write::Unused { keep: 40 * DAY, limit: 1 + u32::from(id) / 32 },
        15 => {
            let kept = [Kept::Log, Kept::Inbox, Kept::Cell][usize::from(id) % 3];
            Write::Use { kept, address: if kept == Kept::Inbox { inbox(n) } else { log(n) } }
        }
        16 => {
            let (hash, end) = (xchat_wire::BlobHash::new([id % 16; 32]), now + u64::from(size) * DAY / 100);
            Write::PutBlob { hash, size: size.into(), expires: end, now, most: 3000, tag: (id < 200).then(|| tag(n)) }
        }
        17 => {
            let hashes = (0..16).filter(|n| n % 3 == id % 3).map(|n| xchat_wire::BlobHash::new([n; 32])).collect();
            Write::RemoveBlobs { hashes, ended: now }
        }
        18 => {
            let (hash, end) = (xchat_wire::BlobHash::new([id % 16; 32]), now + u64::from(size) * DAY / 100);
            let size = store.snapshot().unwrap().blob(&hash).unwrap().map_or(1, |row| row.size);
            Write::ClaimBlob { hash, size, tag: tag(n), expires: end, now }
        }
        19 => Write::ReleaseBlob { hash: xchat_wire::BlobHash::new([id % 16; 32]), tag: tag(n) },
        _ => Write::Expire { keep: 30 * DAY, limit: 1 + u32::from(id) / 4 },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_total_is_what_the_rows_add_up_to(acts in vec((0..21u8, 0..3u8, any::<u8>(), 0..900u16), 1..120)) {
        let store = Store::in_memory().unwrap();
        let mut now = START;
        for act in acts {
            now += DAY * u64::from(act.2) / 200;
            store.write([&write(&store, act, now)], now).unwrap();
            prop_assert_eq!(stored(&store), audit(&store), "{:?}", act);
        }
    }

    #[test]
    fn however_full_it_is_it_stays_within_its_bound(
        bound in 2_000..60_000u64,
        acts in vec((0..21u8, 0..3u8, any::<u8>(), 0..900u16), 1..160),
    ) {
        let store = Store::in_memory().unwrap();
        store.write([&Write::Bound { bytes: bound }], START).unwrap();
        for act in acts {
            store.write([&write(&store, act, START)], START).unwrap();
            prop_assert!(stored(&store) <= bound, "{:?}", act);
            prop_assert_eq!(stored(&store), audit(&store));
        }
    }
}

#[test]
fn what_is_counted_is_no_less_than_what_it_takes() {
    let store = Store::in_memory().unwrap();
    for n in 0..200_u8 {
        let (owner, body) = (key(n), vec![n; 3]);
        let writes = [
            Write::CreateLog { log: Address::new([n; 32]), key: key(1) },
            Write::CreateInbox {
                inbox: Address::new([!n ^ 1; 32].map(|byte: u8| byte.rotate_left(3))),
                owner,
                writer: key(2),
            },
            Write::PutCell { cell: Address::new([n; 32]), owner, version: 1, body: body.into() },
        ];
        store.write(&writes, START).unwrap();
    }
    for n in 0..4000_u32 {
        let (log, run) = (Address::new([(n % 200) as u8; 32]), Run::new(Epoch(0), Seq(1)));
        let post = PostId::new(u128::from(n.wrapping_mul(0x9e37_79b9)).to_le_bytes());
        store
            .write([&Write::Append { log, run, epoch: Epoch(0), post, body: vec![7; 40].into(), ttl: None }], START)
            .unwrap();
    }
    let (counted, taken) = (stored(&store), taken(&store));
    assert!(counted >= taken, "{counted} counted, {taken} taken");
    assert!(counted < 4 * taken, "{counted} counted, {taken} taken");
}

/// A store with two logs and an inbox that holds somewhat more than this.
fn begun(size: usize) -> Store {
    let store = Store::in_memory().unwrap();
    let writes = [
        Write::CreateLog { log: log(1), key: key(1) },
        Write::CreateLog { log: log(2), key: key(1) },
        Write::CreateInbox { inbox: inbox(1), owner: key(3), writer: key(2) },
        Write::PutCell { cell: log(9), owner: key(9), version: 1, body: vec![1; size].into() },
    ];
    store.write(&writes, START).unwrap();
    store
}

fn one(store: &Store, write: Write) -> Reply {
    store.write([&write], START).unwrap().remove(0).outcome.into_reply()
}

fn full() -> Reply {
    Reply::Refused { reason: Refusal::Full }
}

/// Bounds a store so that it is full to so many hundredths.
fn fill_to(store: &Store, hundredths: u64) {
    store.write([&Write::Bound { bytes: stored(store) * 100 / hundredths }], START).unwrap();
}

fn commit(store: &Store, n: u8, id: u32, size: usize, welcomes: Vec<Delivery>) -> Reply {
    let epoch = store.snapshot().unwrap().log(&log(n)).unwrap().unwrap().epoch;
    let post = PostId::new(u128::from(id).to_be_bytes());
    let commit = Commit { epoch, post, body: vec![1; size].into(), next_key: key(4), welcomes };
    one(store, Write::Commit { log: log(n), run: Run::new(epoch, Seq(1)), commit })
}

#[test]
fn a_store_that_fills_up_refuses_creations_first_then_messages_then_welcomes_and_last_everything() {
    let store = begun(1_000_000);
    let append = |id: u8| write(&store, (2, 1, id, 40), START);
    let cell = |version, size: usize| {
        one(&store, Write::PutCell { cell: log(9), owner: key(9), version, body: vec![1; size].into() })
    };
    assert_eq!(one(&store, append(1)), Reply::Accepted { seq: Seq(1) });

    fill_to(&store, 90);
    assert_eq!(one(&store, Write::CreateLog { log: log(3), key: key(1) }), full());
    assert_eq!(one(&store, Write::CreateInbox { inbox: inbox(2), owner: key(1), writer: key(1) }), full());
    assert_eq!(one(&store, Write::PutCell { cell: log(8), owner: key(8), version: 1, body: vec![1].into() }), full());
    assert!(matches!(one(&store, Write::CreateLog { log: log(1), key: key(1) }), Reply::Proved { .. }), "it is there");
    assert_eq!(cell(2, 1_000_001), Reply::Ok, "what is there may grow");
    assert_eq!(one(&store, append(2)), Reply::Accepted { seq: Seq(2) });

    fill_to(&store, 95);
    assert_eq!(one(&store, append(3)), full());
    assert_eq!(one(&store, Write::Deliver(delivery(1, 9, 4))), full());
    assert_eq!(one(&store, write(&store, (10, 1, 9, 4), START)), full(), "key packages");
    assert_eq!(cell(3, 1_000_002), full());
    assert_eq!(cell(3, 1_000_001), Reply::Ok, "no longer than before");
    assert_eq!(one(&store, append(1)), Reply::Accepted { seq: Seq(1) }, "a repeat is answered as the first time");
    assert_eq!(commit(&store, 1, 900, 10, vec![delivery(1, 10, 4)]), Reply::Accepted { seq: Seq(3) });

    fill_to(&store, 98);
    assert_eq!(commit(&store, 1, 901, 10, vec![delivery(1, 11, 4)]), full());
    assert_eq!(commit(&store, 1, 902, 10, Vec::new()), Reply::Accepted { seq: Seq(4) }, "a member can be removed");

    fill_to(&store, 100);
    assert_eq!(commit(&store, 1, 903, 10, Vec::new()), full());
    assert_eq!(one(&store, Write::Acknowledge { inbox: inbox(1), upto: Seq(99) }), Reply::Ok, "it makes room");
    assert_eq!(cell(4, 900_000), Reply::Ok, "and so does this");
    assert_eq!(commit(&store, 1, 903, 10, Vec::new()), Reply::Accepted { seq: Seq(5) });
    assert_eq!(stored(&store), audit(&store));
}

#[test]
fn one_log_does_not_get_what_is_left_for_all() {
    // Its last two hundredths are more than one log's share of them.
    let store = begun(60_000_000);
    fill_to(&store, 98);
    let taken = (0..1000).take_while(|id| commit(&store, 1, *id, 60_000, Vec::new()) != full()).count();
    assert!((1..10).contains(&taken), "{taken} commits of one log");
    assert!(matches!(commit(&store, 2, 2000, 200_000, Vec::new()), Reply::Accepted { .. }), "and another has its own");
}
