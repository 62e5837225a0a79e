//! A copy of the whole store while it is in use: one read transaction sees one moment, and no writer waits for it.

use std::borrow::Borrow;
use std::path::{Path, PathBuf};

use redb::{
    Database, Durability, Key, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, TableHandle, Value,
};
use thiserror::Error;

use super::tables::{
    self, AGES, BLOB_ENDS, BLOBS, CELLS, COUNTS, ENDS, EPOCHS, IDLE, INBOXES, LAST_RESORTS, LOGS, META, OWNED,
    PACKAGES, POSTS, RECORDS, VIEW,
};
use super::{Store, StoreError};

/// Rows that are copied in one transaction, so that a large store does not need as much memory.
const STEP: usize = 4096;

/// Why there is no backup. What was written of it is left under its unfinished name.
#[derive(Debug, Error)]
pub(crate) enum BackupError {
    #[error("{0} cannot be written: {1}")]
    File(PathBuf, #[source] std::io::Error),
    #[error("the copy cannot be made: {0}")]
    Create(#[source] redb::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A table that this file does not name: a copy without it would be worse than none.
    #[error("the store has a table `{0}` that a backup does not know")]
    UnknownTable(String),
}

impl Store {
    /// Writes a copy to `folder` as `relay-MILLISECONDS.redb`, whole and synced before it has that name; the number of records in it.
    pub(crate) fn back_up(&self, folder: &Path, now: u64) -> Result<u64, BackupError> {
        let failed = |error| BackupError::File(folder.to_owned(), error);
        std::fs::create_dir_all(folder).map_err(failed)?;
        let (unfinished, finished) =
            (folder.join(format!("relay-{now}.redb.part")), folder.join(format!("relay-{now}.redb")));
        let copy = Database::create(&unfinished).map_err(|error| BackupError::Create(error.into()))?;
        let records = copy_all(&self.database.begin_read().map_err(StoreError::from)?, &copy)?;
        drop(copy);
        std::fs::rename(&unfinished, &finished).map_err(failed)?;
        // The new name is only safe when the folder is.
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(records)
    }
}

#[cfg(feature = "nats")]
impl Store {
    /// Writes a copy of a view beside its own file: where, and how far it had come. The caller removes it.
    pub(crate) fn back_up_beside(&self, now: u64) -> Result<(PathBuf, super::Place), BackupError> {
        let path = match &self.file {
            Some(own) => Self::copy_beside(own),
            None => std::env::temp_dir().join(format!("view-{}-{now}.copy", std::process::id())),
        };
        // One that another try left, whole or not, serves nobody and takes room.
        discard(&path)?;
        match self.copy_view(&path) {
            Ok(place) => Ok((path, place)),
            Err(error) => {
                discard(&path)?;
                Err(error)
            }
        }
    }

    /// Where the copy of the store in this file is made.
    pub(crate) fn copy_beside(file: &Path) -> PathBuf {
        file.with_extension("copy")
    }

    /// The folder that its file is in; none in memory.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.file.as_deref().and_then(Path::parent)
    }

    fn copy_view(&self, path: &Path) -> Result<super::Place, BackupError> {
        let snapshot = self.database.begin_read().map_err(StoreError::from)?;
        let copy = Database::create(path).map_err(|error| BackupError::Create(error.into()))?;
        copy_all(&snapshot, &copy)?;
        let place = super::Snapshot::new(snapshot).place()?;
        place.ok_or(BackupError::Store(StoreError::Corrupt("it is no view of a stream")))
    }
}

/// Removes a file that may be there.
#[cfg(feature = "nats")]
fn discard(path: &Path) -> Result<(), BackupError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(BackupError::File(path.to_owned(), error)),
        _ => Ok(()),
    }
}

fn copy_all(from: &ReadTransaction, to: &Database) -> Result<u64, BackupError> {
    let known = [
        META.name(),
        LOGS.name(),
        EPOCHS.name(),
        INBOXES.name(),
        RECORDS.name(),
        POSTS.name(),
        AGES.name(),
        ENDS.name(),
        PACKAGES.name(),
        LAST_RESORTS.name(),
        CELLS.name(),
        IDLE.name(),
        OWNED.name(),
        BLOBS.name(),
        BLOB_ENDS.name(),
        COUNTS.name(),
        VIEW.name(),
    ];
    for table in from.list_tables().map_err(StoreError::from)? {
        if !known.contains(&table.name()) {
            return Err(BackupError::UnknownTable(table.name().to_owned()));
        }
    }
    copy(from, to, LOGS)?;
    copy(from, to, EPOCHS)?;
    copy(from, to, INBOXES)?;
    let records = copy(from, to, RECORDS)?;
    copy(from, to, POSTS)?;
    copy(from, to, AGES)?;
    copy(from, to, ENDS)?;
    copy(from, to, PACKAGES)?;
    copy(from, to, LAST_RESORTS)?;
    copy(from, to, CELLS)?;
    copy(from, to, IDLE)?;
    copy(from, to, OWNED)?;
    copy(from, to, BLOBS)?;
    copy(from, to, BLOB_ENDS)?;
    copy(from, to, COUNTS)?;
    copy(from, to, VIEW)?;
    // Last, and without the mark of a store in use: a copy has its layout only when it has all the rest.
    copy(from, to, META)?;
    let mut last = to.begin_write().map_err(StoreError::from)?;
    last.set_durability(Durability::Immediate).map_err(StoreError::from)?;
    last.open_table(META).map_err(StoreError::from)?.remove(tables::IN_USE).map_err(StoreError::from)?;
    last.commit().map_err(StoreError::from)?;
    Ok(records)
}

fn copy<K: Key + 'static, V: Value + 'static>(
    from: &ReadTransaction,
    to: &Database,
    definition: TableDefinition<'static, K, V>,
) -> Result<u64, StoreError>
where
    for<'k> K::SelfType<'k>: Borrow<K::SelfType<'k>>,
    for<'v> V::SelfType<'v>: Borrow<V::SelfType<'v>>,
{
    let table = from.open_table(definition)?;
    let mut rows = table.iter()?.peekable();
    let mut count = 0;
    loop {
        let mut write = to.begin_write()?;
        write.set_durability(Durability::None)?;
        {
            let mut copied = write.open_table(definition)?;
            for row in rows.by_ref().take(STEP) {
                let (key, value) = row?;
                copied.insert(key.value(), value.value())?;
                count += 1;
            }
        }
        write.commit()?;
        if rows.peek().is_none() {
            return Ok(count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{FILE, Write};
    use xchat_wire::{Address, BlobHash, PublicKey, Seq};

    #[test]
    fn a_backup_of_a_store_in_use_opens_as_a_store_of_its_own() {
        let folder = std::env::temp_dir().join(format!("xchat-backup-{}", std::process::id()));
        _ = std::fs::remove_dir_all(&folder);
        let store = Store::open(&folder.join("live")).unwrap();
        let (log, key, cell) = (Address::new([1; 32]), PublicKey::new([2; 32]), Address::new([3; 32]));
        let put = Write::PutCell { cell, owner: key, version: 1, body: b"card".to_vec().into() };
        store.write([&Write::CreateLog { log, key }, &put], 1000).unwrap();
        let hash = BlobHash::new([4; 32]);
        store
            .write([&Write::PutBlob { hash, size: 900, expires: 5000, now: 1000, most: u64::MAX, tag: None }], 1000)
            .unwrap();

        assert_eq!(store.back_up(&folder.join("copies"), 77).unwrap(), 0);
        let copy = folder.join("copies").join("relay-77.redb");
        assert!(copy.is_file());
        std::fs::create_dir_all(folder.join("restored")).unwrap();
        std::fs::copy(&copy, folder.join("restored").join(FILE)).unwrap();
        let restored = Store::open(&folder.join("restored")).unwrap();
        assert!(!restored.was_cut_off());
        let snapshot = restored.snapshot().unwrap();
        assert_eq!(snapshot.log(&log).unwrap().unwrap().journal.head, Seq(0));
        assert_eq!(snapshot.cell(&cell).unwrap().unwrap().body.as_slice(), b"card");
        assert_eq!(snapshot.blob(&hash).unwrap().unwrap().size, 900);
        assert_eq!(snapshot.blob_bytes().unwrap(), 900);
        assert_eq!(restored.expired_blobs(5000, 9).unwrap(), [hash]);
        drop((store, restored, snapshot));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
