//! Rows made unreadable, as a disk does it, for tests of what still works then.

use xchat_wire::{Address, BlobHash, Epoch, PostId, Seq};

use super::Store;
use super::rows::{RecordRow, pack, unpack};
use super::tables::*;

/// Bytes that are no row of any table.
const NO_ROW: &[u8] = &[0xff; 9];

/// One row of a table whose rows are decoded.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Victim {
    Log(Address),
    Epoch(Address, Epoch),
    Inbox(Address),
    Record(Address, Seq),
    /// The record within the row, which is sent as it is.
    Body(Address, Seq),
    Post(Address, PostId),
    Cell(Address),
    Blob(BlobHash),
}

impl Store {
    /// Makes one row unreadable; it must be there.
    pub(crate) fn damage(&self, victim: Victim) {
        match victim {
            Victim::Log(log) => self.put_raw(LOGS, log.as_bytes(), NO_ROW),
            Victim::Epoch(log, epoch) => self.put_raw(EPOCHS, &epoch_at(&log, epoch), NO_ROW),
            Victim::Inbox(inbox) => self.put_raw(INBOXES, inbox.as_bytes(), NO_ROW),
            Victim::Record(address, seq) => self.put_raw(RECORDS, &at(&address, seq.0), NO_ROW),
            Victim::Body(address, seq) => self.cut_record(&at(&address, seq.0)),
            Victim::Post(address, post) => self.put_raw(POSTS, &post_at(&address, &post), NO_ROW),
            Victim::Cell(cell) => self.put_raw(CELLS, cell.as_bytes(), NO_ROW),
            Victim::Blob(hash) => self.put_raw(BLOBS, hash.as_bytes(), NO_ROW),
        }
    }

    fn put_raw<const N: usize>(
        &self,
        table: redb::TableDefinition<'static, &'static [u8; N], &'static [u8]>,
        key: &[u8; N],
        bytes: &[u8],
    ) {
        let transaction = self.begin().unwrap();
        assert!(transaction.open_table(table).unwrap().insert(key, bytes).unwrap().is_some(), "there was no such row");
        transaction.commit().unwrap();
    }

    /// The row stays readable; the record in it loses its last byte.
    fn cut_record(&self, key: &[u8; 40]) {
        let whole = self.snapshot().unwrap().table(RECORDS).unwrap().get(key).unwrap().unwrap().value().to_vec();
        let row: RecordRow<'_> = unpack(&whole).unwrap();
        let cut = RecordRow { record: row.record[..row.record.len() - 1].into(), ..row.clone() };
        self.put_raw(RECORDS, key, &pack(&cut));
    }

    /// Records, memories of posts and ages that are kept.
    pub(crate) fn kept(&self) -> (u64, u64, u64) {
        use redb::{ReadableDatabase, ReadableTableMetadata};
        let read = self.database.begin_read().unwrap();
        let ages = read.open_table(AGES).unwrap().len().unwrap();
        (read.open_table(RECORDS).unwrap().len().unwrap(), read.open_table(POSTS).unwrap().len().unwrap(), ages)
    }
}
