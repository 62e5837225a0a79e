//! Which blobs there are, how large they are and until when they stay. Their bytes are elsewhere (`crate::blob`).
//!
//! A row comes before its bytes and goes after them: there are never bytes without a row that will expire.

use minicbor::CborLen;
use redb::{ReadableTable, Table, WriteTransaction};
use xchat_wire::{
    BlobHash,
    cbor::{Decode, Encode},
};

use super::account::Need;
use super::rows::{BlobRow, ROW, pack, unpack};
use super::tables::{BLOB_ENDS, BLOBS, COUNTS, Tables, get};
use super::{Store, StoreError};
use crate::limits::BLOB_ROW_BYTES;

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
}

/// What became of the row of a blob whose bytes are gone.
enum Removed {
    Row,
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

    /// `most` bounds the bytes of all blobs together.
    fn put(&mut self, hash: &BlobHash, size: u64, expires: u64, now: u64, most: u64) -> Result<Shelved, StoreError> {
        let asked = BlobRow { row: ROW, size, expires };
        let old = get::<32, BlobRow>(&self.blobs, hash.as_bytes())?;
        let outcome = match &old {
            Some(row) if row.expires > now => Shelved::Known,
            _ => Shelved::New,
        };
        let row = match old {
            Some(row) if row.expires >= asked.expires => return Ok(outcome),
            Some(row) => {
                self.ends.remove(&end_at(row.expires, hash))?;
                BlobRow { expires: asked.expires, ..row }
            }
            None => {
                let bytes = self.count()?.saturating_add(asked.size);
                if bytes > most {
                    return Ok(Shelved::Full);
                }
                self.counts.insert(BYTES, bytes)?;
                asked
            }
        };
        self.ends.insert(&end_at(row.expires, hash), ())?;
        self.blobs.insert(hash.as_bytes(), pack(&row).as_slice())?;
        Ok(outcome)
    }

    /// Whether a blob has a row.
    fn has(&self, hash: &BlobHash) -> Result<bool, StoreError> {
        Ok(self.blobs.get(hash.as_bytes())?.is_some())
    }

    /// Removes the row of a blob whose bytes are gone, unless it was prolonged beyond `ended` meanwhile.
    fn remove(&mut self, hash: &BlobHash, ended: u64) -> Result<Removed, StoreError> {
        match get::<32, BlobRow>(&self.blobs, hash.as_bytes()) {
            Ok(Some(row)) if row.expires <= ended => {
                self.blobs.remove(hash.as_bytes())?;
                self.ends.remove(&end_at(row.expires, hash))?;
                let bytes = self.count()?.saturating_sub(row.size);
                self.counts.insert(BYTES, bytes)?;
                Ok(Removed::Row)
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

/// Gives a blob a row, or prolongs the one that it has. A row is counted like all others: tiny blobs do not fill the store.
pub(super) fn put(
    tables: &mut Tables<'_>,
    hash: &BlobHash,
    size: u64,
    expires: u64,
    now: u64,
    most: u64,
) -> Result<Shelved, StoreError> {
    let known = tables.blobs.has(hash)?;
    if !known && !tables.account.has_room(Need::Message, BLOB_ROW_BYTES) {
        return Ok(Shelved::Full);
    }
    let outcome = tables.blobs.put(hash, size, expires, now, most)?;
    if !known && outcome != Shelved::Full {
        tables.account.add(BLOB_ROW_BYTES);
    }
    Ok(outcome)
}

/// Removes rows of blobs whose bytes are gone, but for those that were prolonged beyond `ended` meanwhile. One that cannot be read
/// goes too, and is counted as damaged.
pub(super) fn remove(tables: &mut Tables<'_>, hashes: &[BlobHash], ended: u64) -> Result<(), StoreError> {
    let mut damaged = 0;
    for hash in hashes {
        match tables.blobs.remove(hash, ended)? {
            Removed::Nothing => continue,
            Removed::Row => {}
            Removed::Damaged => damaged += 1,
        }
        tables.account.subtract(BLOB_ROW_BYTES);
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
mod tests {
    use super::*;
    use crate::store::{Outcome, Write};

    const ALL: u64 = u64::MAX;

    fn hash(n: u8) -> BlobHash {
        BlobHash::new([n; 32])
    }

    impl Store {
        fn put_blob(
            &self,
            hash: &BlobHash,
            size: u64,
            expires: u64,
            now: u64,
            most: u64,
        ) -> Result<Shelved, StoreError> {
            let put = Write::PutBlob { hash: *hash, size, expires, now, most };
            match self.write([&put], now)?.remove(0).outcome {
                Outcome::Shelved(shelved) => Ok(shelved),
                other => panic!("{other:?}"),
            }
        }

        fn remove_blobs(&self, hashes: &[BlobHash], ended: u64) {
            let removal = Write::RemoveBlobs { hashes: hashes.to_vec(), ended };
            self.write([&removal], 0).unwrap();
        }
    }

    fn bytes(store: &Store) -> u64 {
        store.snapshot().unwrap().blob_bytes().unwrap()
    }

    #[test]
    fn a_blob_is_counted_once_and_prolonged_but_never_shortened() {
        let store = Store::in_memory().unwrap();
        assert_eq!(store.put_blob(&hash(1), 10, 100, 0, ALL).unwrap(), Shelved::New);
        assert_eq!(store.put_blob(&hash(1), 10, 200, 50, ALL).unwrap(), Shelved::Known);
        assert_eq!(store.put_blob(&hash(1), 10, 60, 50, ALL).unwrap(), Shelved::Known);
        assert_eq!(store.snapshot().unwrap().blob(&hash(1)).unwrap().unwrap().expires, 200);
        assert_eq!(bytes(&store), 10);
        assert_eq!(store.expired_blobs(199, 9).unwrap(), [], "its first end is forgotten");
        assert_eq!(store.expired_blobs(200, 9).unwrap(), [hash(1)]);
    }

    #[test]
    fn a_damaged_row_goes_with_the_sweep_and_the_sum_is_made_anew() {
        use crate::store::damage::Victim;
        let store = Store::in_memory().unwrap();
        (1..=3).for_each(|n| _ = store.put_blob(&hash(n), 10, u64::from(n) * 100, 0, ALL).unwrap());
        store.damage(Victim::Blob(hash(1)));
        let removal = Write::RemoveBlobs { hashes: store.expired_blobs(200, 9).unwrap(), ended: 200 };
        let applied = store.write([&removal], 0).unwrap().remove(0);
        assert_eq!((applied.outcome, applied.damaged), (Outcome::Removed, 1));
        assert_eq!((bytes(&store), store.expired_blobs(200, 9).unwrap()), (10, vec![]), "no sweep comes to it again");
        assert_eq!(store.put_blob(&hash(1), 5, 400, 300, ALL).unwrap(), Shelved::New, "and it can be put again");
        assert_eq!(bytes(&store), 15);
    }

    #[test]
    fn a_blob_that_has_expired_is_new_again() {
        let store = Store::in_memory().unwrap();
        store.put_blob(&hash(1), 10, 100, 0, ALL).unwrap();
        assert_eq!(store.put_blob(&hash(1), 10, 300, 100, ALL).unwrap(), Shelved::New);
        assert_eq!((bytes(&store), store.expired_blobs(299, 9).unwrap()), (10, vec![]));
    }

    #[test]
    fn what_is_over_the_quota_is_not_taken_and_removing_makes_room() {
        let store = Store::in_memory().unwrap();
        store.put_blob(&hash(1), 60, 100, 0, 100).unwrap();
        assert_eq!(store.put_blob(&hash(2), 41, 200, 0, 100).unwrap(), Shelved::Full);
        assert_eq!(store.put_blob(&hash(3), 40, 200, 0, 100).unwrap(), Shelved::New);
        assert_eq!(store.put_blob(&hash(1), 60, 150, 0, 100).unwrap(), Shelved::Known, "it takes no more room");
        store.remove_blobs(&[hash(1)], 149);
        assert_eq!(bytes(&store), 100, "its time was not over");
        store.remove_blobs(&[hash(1), hash(9)], 150);
        assert_eq!(bytes(&store), 40);
        assert_eq!(store.put_blob(&hash(2), 41, 200, 0, 100).unwrap(), Shelved::New);
    }
}
