//! Power that fails in the middle of a commit: of what was not synced, any part may be on the disk, down to half a page.

use std::sync::{Arc, Mutex};

use redb::StorageBackend;
use xchat_wire::{Address, Epoch, Kind, PostId, PublicKey, Reply, Seq, chain_start};

use super::*;
use crate::rights::Run;

pub(super) const LOG: Address = Address::new([1; 32]);
pub(super) const KEY: PublicKey = PublicKey::new([2; 32]);
/// Batches after which the power goes if it has not before: a store that never touched the disk would not see it go.
const BATCHES: usize = 60;
/// What a disk writes at once.
const SECTOR: usize = 512;

/// A disk: what is safe, and what is only in its cache.
#[derive(Debug, Default)]
struct Disk {
    safe: Vec<u8>,
    cache: Vec<u8>,
    /// Parts of the cache that may or may not be written when the power fails: offset and length.
    loose: Vec<(usize, usize)>,
    /// Operations that are still done; none: for ever.
    left: Option<u64>,
}

/// The power, shared by the disk and whoever cuts it.
#[derive(Debug, Clone, Default)]
struct Power(Arc<Mutex<Disk>>);

impl Power {
    fn on(&self, act: impl FnOnce(&mut Disk)) -> Result<(), std::io::Error> {
        let mut disk = self.0.lock().unwrap();
        match &mut disk.left {
            Some(0) => return Err(std::io::Error::other("no power")),
            Some(left) => *left -= 1,
            None => {}
        }
        act(&mut disk);
        Ok(())
    }

    fn cut_after(&self, operations: u64) {
        self.0.lock().unwrap().left = Some(operations);
    }

    /// The disk after the power came back: each sector that was not synced is the old one or the new one.
    fn back(&self, dice: &mut Dice) -> Self {
        let disk = self.0.lock().unwrap();
        let length = if dice.below(2) == 0 { disk.safe.len() } else { disk.cache.len() };
        let mut image = disk.safe.clone();
        image.resize(length, 0);
        for (offset, size) in &disk.loose {
            let keeps = dice.below(4);
            let (mut at, end) = (*offset, (offset + size).min(length));
            while at < end {
                let next = ((at / SECTOR + 1) * SECTOR).min(end);
                let written = match keeps {
                    0 => false,
                    1 => true,
                    _ => dice.below(2) == 0,
                };
                if written {
                    image[at..next].copy_from_slice(&disk.cache[at..next]);
                }
                at = next;
            }
        }
        Self(Arc::new(Mutex::new(Disk { safe: image.clone(), cache: image, ..Disk::default() })))
    }
}

impl StorageBackend for Power {
    fn len(&self) -> Result<u64, std::io::Error> {
        Ok(self.0.lock().unwrap().cache.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), std::io::Error> {
        let disk = self.0.lock().unwrap();
        let from = offset as usize;
        out.copy_from_slice(&disk.cache[from..from + out.len()]);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<(), std::io::Error> {
        self.on(|disk| disk.cache.resize(len as usize, 0))
    }

    fn sync_data(&self) -> Result<(), std::io::Error> {
        self.on(|disk| {
            disk.safe.resize(disk.cache.len(), 0);
            for (from, size) in std::mem::take(&mut disk.loose) {
                let to = (from + size).min(disk.cache.len());
                disk.safe[from..to].copy_from_slice(&disk.cache[from..to]);
            }
        })
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), std::io::Error> {
        self.on(|disk| {
            let from = offset as usize;
            disk.cache[from..from + data.len()].copy_from_slice(data);
            disk.loose.push((from, data.len()));
        })
    }
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

pub(super) fn post_id(n: u64) -> PostId {
    PostId::new(u128::from(n).to_be_bytes())
}

fn body_of(n: u64) -> Vec<u8> {
    n.to_be_bytes().repeat(1 + n as usize % 90)
}

pub(super) fn append(n: u64) -> Write {
    let run = Run::new(Epoch(0), Seq(1));
    Write::Append { log: LOG, run, epoch: Epoch(0), post: post_id(n), body: body_of(n).into(), ttl: None }
}

/// How many records the log has; all of them are the posts from the first on, and their chain is whole.
pub(super) fn length(store: &Store) -> u64 {
    let snapshot = store.snapshot().unwrap();
    let head = snapshot.log(&LOG).unwrap().map_or(Seq(0), |row| row.journal.head);
    let mut chain = chain_start(&LOG);
    let mut count = 0;
    for record in snapshot.records(&LOG, Seq(0), head).unwrap() {
        let frame = record.unwrap().frame();
        let xchat_wire::ServerFrame::Record { record, .. } = xchat_wire::decode(&frame).unwrap() else {
            panic!("a record is a record's frame")
        };
        count += 1;
        assert_eq!((record.seq, record.post), (Seq(count), post_id(count)));
        chain = chain.extend(record.seq, Epoch(0), Kind::Message, &record.post, None, &body_of(count));
        assert_eq!(record.chain, chain);
    }
    assert_eq!(count, head.0);
    count
}

/// Batches of appends until the power goes, at the latest between two of them; how many records were accepted, and how many were ever tried.
fn write_until_dark(store: &Store, first: u64, dice: &mut Dice) -> (u64, u64) {
    let mut done = first;
    for _ in 0..BATCHES {
        let batch: Vec<Write> = (1..=1 + dice.below(6)).map(|n| append(done + n)).collect();
        let tried = done + batch.len() as u64;
        match store.write(&batch, 1_700_000_000_000) {
            Ok(applied) => {
                let places = applied.iter().map(|applied| applied.outcome.clone().into_reply()).collect::<Vec<_>>();
                assert_eq!(places, (done + 1..=tried).map(|seq| Reply::Accepted { seq: Seq(seq) }).collect::<Vec<_>>());
                done = tried;
            }
            Err(_) => return (done, tried),
        }
    }
    (done, done)
}

#[test]
fn whenever_the_power_fails_what_was_accepted_is_there_and_a_batch_is_whole_or_not_there() {
    let mut dice = Dice(0x5eed);
    let (mut whole, mut none) = (0, 0);
    for _ in 0..6 {
        let mut power = Power::default();
        let store = Store::over(power.clone(), true).unwrap();
        store.write([&Write::CreateLog { log: LOG, key: KEY }], 0).unwrap();
        drop(store);
        let mut length_before = 0;
        for _ in 0..16 {
            let store = Store::over(power.clone(), true).unwrap();
            assert_eq!(length(&store), length_before);
            power.cut_after(dice.below(400));
            let (accepted, tried) = write_until_dark(&store, length_before, &mut dice);
            // Whoever closes the store now finds no power to do it with.
            power.cut_after(0);
            drop(store);
            power = power.back(&mut dice);
            let after = length(&Store::over(power.clone(), true).unwrap());
            assert!(after == accepted || after == tried, "{after} records after {accepted} accepted of {tried}");
            *(if after == tried { &mut whole } else { &mut none }) += 1;
            length_before = after;
        }
    }
    assert!(whole > 0 && none > 0, "both ends of a commit were seen: {whole}, {none}");
}
