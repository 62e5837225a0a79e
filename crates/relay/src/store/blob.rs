//! Which blobs there are, how large they are and until when they stay. Their bytes are elsewhere (`crate::blob`).
//!
//! A row comes before its bytes and goes after them: there are never bytes without a row that will expire.

use minicbor::CborLen;
use redb::{ReadableTable, Table, WriteTransaction};
use xchat_wire::{
    BlobHash, ClaimTag, Reply,
    cbor::{Decode, Encode},
};

use super::account::Need;
use super::expire::readable;
use super::rows::{BlobRow, pack, unpack};
use super::tables::{BLOB_ENDS, BLOBS, COUNTS, Tables, get};
use super::{Store, StoreError};
use crate::limits::{BLOB_ROW_BYTES, CLAIM_MARGIN_MS};

/// Name in COUNTS: bytes of all blobs that have a row.
const BYTES: &str = "blob bytes";

/// What became of a blob's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub(crate) enum Shelved {
    /// Nobody could see it before.
    #[n(0)]
    New,
    /// It was there, and stays at least as long as is asked now.
    #[n(1)]
    Known,
    /// There is no room for it.
    #[n(2)]
    Full,
    /// A blob that was to be claimed is not there, or not for long, or is of another size.
    #[n(3)]
    Absent,
}

/// What holds a blob from now on.
pub(super) struct Hold {
    /// None: nobody can give it up.
    pub(super) tag: Option<ClaimTag>,
    pub(super) until: u64,
    /// When it was asked for.
    pub(super) now: u64,
}

/// What became of the row of a blob whose bytes are gone.
enum Removed {
    /// With what it counted.
    Row(u64),
    /// It was there, and could not be read.
    Damaged,
    /// It is not there, or stays.
    Nothing,
}

/// The blobs' tables, open within one write transaction.
pub(crate) struct BlobTables<'t> {
    blobs: Table<'t, &'static [u8; 32], &'static [u8]>,
    ends: Table<'t, &'static [u8; 40], ()>,
    pub(super) counts: Table<'t, &'static str, u64>,
}

impl<'t> BlobTables<'t> {
    /// Opens them, creating what is not there yet.
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            blobs: transaction.open_table(BLOBS)?,
            ends: transaction.open_table(BLOB_ENDS)?,
            counts: transaction.open_table(COUNTS)?,
        })
    }

    fn count(&self) -> Result<u64, StoreError> {
        Ok(self.counts.get(BYTES)?.map_or(0, |bytes| bytes.value()))
    }

    fn row(&self, hash: &BlobHash) -> Result<Option<BlobRow>, StoreError> {
        get::<32, BlobRow>(&self.blobs, hash.as_bytes())
    }

    /// Puts a row in the place of the one before.
    fn replace(&mut self, hash: &BlobHash, old: Option<&BlobRow>, row: &BlobRow) -> Result<(), StoreError> {
        if let Some(old) = old {
            self.ends.remove(&end_at(old.ends(), hash))?;
        }
        self.ends.insert(&end_at(row.ends(), hash), ())?;
        self.blobs.insert(hash.as_bytes(), pack(row).as_slice())?;
        Ok(())
    }

    /// Removes the row of a blob whose bytes are gone, unless it was prolonged beyond `ended` meanwhile.
    fn remove(&mut self, hash: &BlobHash, ended: u64) -> Result<Removed, StoreError> {
        match self.row(hash) {
            Ok(Some(row)) if row.ends() <= ended => {
                self.blobs.remove(hash.as_bytes())?;
                self.ends.remove(&end_at(row.ends(), hash))?;
                let bytes = self.count()?.saturating_sub(row.size);
                self.counts.insert(BYTES, bytes)?;
                Ok(Removed::Row(row.counted()))
            }
            Ok(Some(_)) => Ok(Removed::Nothing),
            // The end that led here says that its time is over; left, it would lead every sweep here.
            Ok(None) => {
                self.remove_end(hash, ended)?;
                Ok(Removed::Nothing)
            }
            Err(error) if error.is_one_rows() => {
                self.blobs.remove(hash.as_bytes())?;
                self.remove_end(hash, ended)?;
                Ok(Removed::Damaged)
            }
            Err(error) => Err(error),
        }
    }

    /// Removes the end of a blob whose row does not tell it.
    fn remove_end(&mut self, hash: &BlobHash, ended: u64) -> Result<(), StoreError> {
        let last = end_at(ended, &BlobHash::new([0xff; BlobHash::LEN]));
        let ours = |key: &[u8; 40]| key[8..] == *hash.as_bytes();
        let mut keys = self.ends.range::<&[u8; 40]>(&[0; 40]..=&last)?.map(|entry| entry.map(|(key, _)| *key.value()));
        let end = keys.find(|key| key.as_ref().map_or(true, ours)).transpose()?;
        if let Some(end) = end {
            self.ends.remove(&end)?;
        }
        Ok(())
    }

    /// Makes the sum anew: a row that cannot be read does not say what it had added. Reads every row.
    fn recount(&mut self) -> Result<(), StoreError> {
        let mut bytes: u64 = 0;
        for entry in self.blobs.iter()? {
            bytes = bytes.saturating_add(unpack::<BlobRow>(entry?.1.value()).map_or(0, |row| row.size));
        }
        self.counts.insert(BYTES, bytes)?;
        Ok(())
    }
}

/// Gives a blob a row, or has one more hold it. A row is counted like all others: tiny blobs do not fill the store. `most` bounds the
/// bytes of all blobs together.
pub(super) fn put(
    tables: &mut Tables<'_>,
    hash: &BlobHash,
    size: u64,
    hold: Hold,
    most: u64,
) -> Result<Shelved, StoreError> {
    let old = tables.blobs.row(hash)?;
    let mut row = old.clone().unwrap_or_else(|| BlobRow::new(size));
    row.hold(hold.tag, hold.until, hold.now);
    let (before, counted) = (old.as_ref().map_or(0, BlobRow::counted), row.counted());
    if counted > before && !tables.account.has_room(Need::Message, counted - before) {
        return Ok(Shelved::Full);
    }
    if old.is_none() {
        let bytes = tables.blobs.count()?.saturating_add(size);
        if bytes > most {
            return Ok(Shelved::Full);
        }
        tables.blobs.counts.insert(BYTES, bytes)?;
    }
    let outcome = match &old {
        Some(row) if row.expires > hold.now => Shelved::Known,
        _ => Shelved::New,
    };
    if old.as_ref() != Some(&row) {
        tables.account.subtract(before);
        tables.account.add(counted);
        tables.blobs.replace(hash, old.as_ref(), &row)?;
    }
    Ok(outcome)
}

/// Has one more hold a blob that is there.
pub(super) fn claim(tables: &mut Tables<'_>, hash: &BlobHash, size: u64, hold: Hold) -> Result<Shelved, StoreError> {
    match tables.blobs.row(hash)? {
        Some(row) if row.expires > hold.now && row.size == size => {
            // All holds together have to last for a while; of each by itself it counts whether it lasts now.
            let now = hold.now.saturating_sub(CLAIM_MARGIN_MS);
            put(tables, hash, size, Hold { now, ..hold }, u64::MAX)
        }
        _ => Ok(Shelved::Absent),
    }
}

/// Gives a claim up. The answer says nothing of what there was, also when that cannot be read.
pub(super) fn release(tables: &mut Tables<'_>, hash: &BlobHash, tag: &ClaimTag, now: u64) -> Result<Reply, StoreError> {
    let old = tables.blobs.row(hash);
    let Some(old) = readable(old, &mut tables.damaged)? else { return Ok(Reply::Ok) };
    let mut row = old.clone();
    if row.release(tag, now) {
        tables.account.subtract(old.counted());
        tables.account.add(row.counted());
        tables.blobs.replace(hash, Some(&old), &row)?;
    }
    Ok(Reply::Ok)
}

/// Removes rows of blobs whose bytes are gone, but for those that were prolonged beyond `ended` meanwhile. One that cannot be read
/// goes too, and is counted as damaged.
pub(super) fn remove(tables: &mut Tables<'_>, hashes: &[BlobHash], ended: u64) -> Result<(), StoreError> {
    let mut damaged = 0;
    for hash in hashes {
        match tables.blobs.remove(hash, ended)? {
            Removed::Nothing => {}
            Removed::Row(counted) => tables.account.subtract(counted),
            Removed::Damaged => {
                damaged += 1;
                tables.account.subtract(BLOB_ROW_BYTES);
            }
        }
    }
    if damaged > 0 {
        tables.damaged += damaged;
        tables.blobs.recount()?;
    }
    Ok(())
}

impl Store {
    /// At most `limit` blobs whose time is over, the longest gone first.
    pub(crate) fn expired_blobs(&self, now: u64, limit: usize) -> Result<Vec<BlobHash>, StoreError> {
        self.snapshot()?.blobs_until(now, limit)
    }
}

impl super::Snapshot {
    /// A blob's row, also when its time is over and the sweep has not been by.
    pub(crate) fn blob(&self, hash: &BlobHash) -> Result<Option<BlobRow>, StoreError> {
        get(&self.table(BLOBS)?, hash.as_bytes())
    }

    /// Bytes of all blobs.
    pub(crate) fn blob_bytes(&self) -> Result<u64, StoreError> {
        Ok(self.counts()?.get(BYTES)?.map_or(0, |bytes| bytes.value()))
    }

    fn blobs_until(&self, now: u64, limit: usize) -> Result<Vec<BlobHash>, StoreError> {
        let mut last = [0xff; 40];
        last[..8].copy_from_slice(&now.to_be_bytes());
        self.blob_ends()?
            .range::<&[u8; 40]>(&[0; 40]..=&last)?
            .take(limit)
            .map(|entry| {
                let mut hash = [0; 32];
                hash.copy_from_slice(&entry?.0.value()[8..]);
                Ok(BlobHash::new(hash))
            })
            .collect()
    }
}

/// Key of BLOB_ENDS.
fn end_at(expires: u64, hash: &BlobHash) -> [u8; 40] {
    let mut key = [0; 40];
    key[..8].copy_from_slice(&expires.to_be_bytes());
    key[8..].copy_from_slice(hash.as_bytes());
    key
}

#[cfg(test)]
mod tests;
