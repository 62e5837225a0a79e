//! The blobs of a simulated relay: in memory, without HTTP. Grants and their keys are the server's; what an upload or a fetch comes
//! to is the status that the server would answer.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use xchat_wire::{Address, BlobHash, Refusal, Reply};

use super::Relay;
use crate::allowance::Ledger;
use crate::blob::{Key, Leave};
use crate::limits::{BLOB_ADDRESSES_A_DAY, BLOB_BYTES_ADDRESS_A_DAY};
use crate::session::Wanted;
use crate::store::refused;

/// Records of a server are kept as long, in milliseconds: 30 days.
const RETENTION_MS: u64 = 30 * 24 * 3600 * 1000;

pub(super) struct Blobs {
    key: Key,
    ledger: Ledger<Address>,
    /// Bytes, and until when they are kept.
    kept: BTreeMap<BlobHash, (Vec<u8>, u64)>,
    /// Bytes of all of them together, at most.
    most: u64,
}

impl Blobs {
    pub(super) fn grant(&mut self, wanted: &Wanted, now: u64) -> Reply {
        let used: u64 = self.kept.values().map(|(bytes, _)| bytes.len() as u64).sum();
        let (most, addresses) = (BLOB_BYTES_ADDRESS_A_DAY, BLOB_ADDRESSES_A_DAY);
        let fits = used.saturating_add(wanted.size) <= self.most;
        if !fits || self.ledger.take(&wanted.address, wanted.size, most, addresses, now) != Some(true) {
            return refused(Refusal::Full);
        }
        self.key.grant(wanted, RETENTION_MS, now)
    }

    fn put(&mut self, hash: BlobHash, leave: Leave, bytes: Vec<u8>) -> u16 {
        match (bytes.len() as u64).cmp(&leave.size) {
            std::cmp::Ordering::Less => return 400,
            std::cmp::Ordering::Greater => return 413,
            std::cmp::Ordering::Equal => {}
        }
        if Sha256::digest(&bytes)[..] != hash.as_bytes()[..] {
            return 422;
        }
        match self.kept.get_mut(&hash) {
            Some((_, until)) => {
                *until = leave.expires.max(*until);
                200
            }
            None => {
                self.kept.insert(hash, (bytes, leave.expires));
                201
            }
        }
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
            Some(leave) => blobs.put(hash, leave, bytes),
            None => 403,
        }
    }

    /// The bytes at this hash, if there are any and their time is not over.
    pub fn blob(&self, hash: &BlobHash, now_ms: u64) -> Option<&[u8]> {
        let (bytes, until) = self.blobs.as_ref()?.kept.get(hash)?;
        (now_ms < *until).then_some(bytes)
    }

    /// All blobs that are kept, to be looked at or changed by a test.
    pub fn blobs_mut(&mut self) -> impl Iterator<Item = (&BlobHash, &mut Vec<u8>)> {
        let kept = self.blobs.iter_mut().flat_map(|blobs| &mut blobs.kept);
        kept.map(|(hash, (bytes, _))| (hash, bytes))
    }

    /// Blobs go, as when their time is over.
    pub fn lose_blobs(&mut self) {
        if let Some(blobs) = &mut self.blobs {
            blobs.kept.clear();
        }
    }
}
