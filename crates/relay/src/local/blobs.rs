//! The blobs of a simulated relay: their bytes in memory, without HTTP. Grants, their keys and the rows are the server's; what an upload
//! or a fetch comes to is the status that the server would answer.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use xchat_wire::{Address, BlobHash, Refusal, Reply};

use super::Relay;
use crate::allowance::Ledger;
use crate::blob::{Key, Leave};
use crate::limits::{BLOB_ADDRESSES_A_DAY, BLOB_BYTES_ADDRESS_A_DAY, CLAIM_MARGIN_MS};
use crate::session::Wanted;
use crate::store::{Outcome, Shelved, Store, Write, refused};

/// Records of a server are kept as long, in milliseconds: 30 days.
const RETENTION_MS: u64 = 30 * 24 * 3600 * 1000;

pub(super) struct Blobs {
    key: Key,
    ledger: Ledger<Address>,
    /// Their rows are in the store.
    kept: BTreeMap<BlobHash, Vec<u8>>,
    /// Bytes of all of them together, at most.
    most: u64,
}

impl Blobs {
    pub(super) fn grant(&mut self, store: &Store, wanted: &Wanted, now: u64) -> Reply {
        let (most, addresses) = (BLOB_BYTES_ADDRESS_A_DAY, BLOB_ADDRESSES_A_DAY);
        if self.ledger.take(&wanted.address, wanted.size, most, addresses, now) != Some(true) {
            return refused(Refusal::Full);
        }
        if let Some(tag) = wanted.tag.filter(|_| self.kept.contains_key(&wanted.hash)) {
            let (hash, size, expires) = (wanted.hash, wanted.size, wanted.expires(RETENTION_MS, now));
            let claim = Write::ClaimBlob { hash, size, tag, expires, now: now.saturating_add(CLAIM_MARGIN_MS) };
            match shelve(store, &claim, now) {
                Shelved::New | Shelved::Known => return Reply::Kept { expires },
                Shelved::Full => return self.full(wanted),
                Shelved::Absent => {}
            }
        }
        let used = store.snapshot().and_then(|snapshot| snapshot.blob_bytes()).unwrap_or(u64::MAX);
        match used.saturating_add(wanted.size) <= self.most {
            true => self.key.grant(wanted, RETENTION_MS, now),
            false => self.full(wanted),
        }
    }

    fn full(&mut self, wanted: &Wanted) -> Reply {
        self.ledger.give_back(&wanted.address, wanted.size);
        refused(Refusal::Full)
    }

    fn put(&mut self, store: &Store, hash: BlobHash, leave: Leave, bytes: Vec<u8>, now: u64) -> u16 {
        match (bytes.len() as u64).cmp(&leave.size) {
            std::cmp::Ordering::Less => return 400,
            std::cmp::Ordering::Greater => return 413,
            std::cmp::Ordering::Equal => {}
        }
        if Sha256::digest(&bytes)[..] != hash.as_bytes()[..] {
            return 422;
        }
        let Leave { size, expires, tag, .. } = leave;
        let shelved = shelve(store, &Write::PutBlob { hash, size, expires, now, most: self.most, tag }, now);
        if matches!(shelved, Shelved::New | Shelved::Known) {
            self.kept.entry(hash).or_insert(bytes);
        }
        match shelved {
            Shelved::New => 201,
            Shelved::Known => 200,
            Shelved::Full | Shelved::Absent => 507,
        }
    }
}

/// A store in memory does not fail; one that did has no room.
fn shelve(store: &Store, write: &Write, now: u64) -> Shelved {
    match store.write([write], now).map(|mut applied| applied.remove(0).outcome) {
        Ok(Outcome::Shelved(shelved)) => shelved,
        _ => Shelved::Full,
    }
}

impl Relay {
    /// From now on blobs are kept, at most so many bytes of them.
    pub fn keep_blobs(&mut self, most: u64) {
        match &mut self.blobs {
            Some(blobs) => blobs.most = most,
            None => {
                let (ledger, kept) = (Ledger::default(), BTreeMap::new());
                self.blobs = Some(Blobs { key: Key::of(1), ledger, kept, most });
            }
        }
    }

    /// An upload with this token; the status of the answer.
    pub fn put_blob(&mut self, hash: BlobHash, token: &[u8], bytes: Vec<u8>, now_ms: u64) -> u16 {
        let Some(blobs) = &mut self.blobs else { return 404 };
        match blobs.key.open(&hash, token).filter(|leave| now_ms < leave.until) {
            Some(leave) => blobs.put(&self.store, hash, leave, bytes, now_ms),
            None => 403,
        }
    }

    /// The bytes at this hash, if there are any and their time is not over.
    pub fn blob(&self, hash: &BlobHash, now_ms: u64) -> Option<&[u8]> {
        let bytes = self.blobs.as_ref()?.kept.get(hash)?;
        let row = self.store.snapshot().ok()?.blob(hash).ok()??;
        (now_ms < row.expires).then_some(bytes)
    }

    /// All blobs that are kept, to be looked at or changed by a test.
    pub fn blobs_mut(&mut self) -> impl Iterator<Item = (&BlobHash, &mut Vec<u8>)> {
        self.blobs.iter_mut().flat_map(|blobs| &mut blobs.kept)
    }

    /// Takes away the bytes of blobs whose time is over; how many.
    pub fn sweep_blobs(&mut self, now_ms: u64) -> usize {
        let over = self.store.expired_blobs(now_ms, usize::MAX).unwrap_or_default();
        self.remove_blobs(over, now_ms)
    }

    /// Blobs go, as when their time is over.
    pub fn lose_blobs(&mut self) {
        let all = self.blobs.iter().flat_map(|blobs| blobs.kept.keys().copied()).collect();
        self.remove_blobs(all, u64::MAX);
    }

    fn remove_blobs(&mut self, hashes: Vec<BlobHash>, ended: u64) -> usize {
        let Some(blobs) = &mut self.blobs else { return 0 };
        hashes.iter().for_each(|hash| _ = blobs.kept.remove(hash));
        let removed = hashes.len();
        if let Err(error) = self.store.write([&Write::RemoveBlobs { hashes, ended }], 0) {
            tracing::error!(%error, "rows of blobs could not be removed");
        }
        removed
    }
}
