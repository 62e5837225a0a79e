//! Reads: a snapshot that no writer waits for.

use std::ops::Bound;

use minicbor::{Decoder, decode};
use redb::{ReadOnlyTable, ReadTransaction};
#[cfg(feature = "server")]
use xchat_wire::PostId;
use xchat_wire::{Address, Epoch, PublicKey, Right, Seq};

use super::StoreError;
use super::journal::{Published, frame_of};
use super::rows::{CellRow, EpochRow, InboxRow, LogRow, RecordRow, unpack};
use super::tables::{BLOB_ENDS, CELLS, COUNTS, ENDS, EPOCHS, INBOXES, LOGS, RECORDS, at, epoch_at, get, number_of};
#[cfg(feature = "server")]
use super::tables::{POSTS, post_at};

/// One consistent view of the store.
pub(crate) struct Snapshot {
    transaction: ReadTransaction,
}

/// What a reader finds at a place.
pub(crate) enum Found {
    Record(Published),
    /// A record that cannot be read.
    Damaged(Seq),
}

#[cfg(test)]
impl Found {
    /// The frame of a record that can be read.
    pub(crate) fn frame(self) -> bytes::Bytes {
        match self {
            Self::Record(record) => record.frame,
            Self::Damaged(seq) => panic!("the record at {} is damaged", seq.0),
        }
    }
}

/// How far a reader of an address may go.
pub(crate) struct Reach {
    /// Last record of all.
    pub(crate) head: Seq,
    /// The commit that closed the last proved epoch, when that epoch is over.
    pub(crate) fence: Option<Seq>,
}

impl Snapshot {
    pub(super) fn new(transaction: ReadTransaction) -> Self {
        Self { transaction }
    }

    pub(super) fn table<const N: usize>(
        &self,
        table: redb::TableDefinition<'static, &'static [u8; N], &'static [u8]>,
    ) -> Result<ReadOnlyTable<&'static [u8; N], &'static [u8]>, StoreError> {
        Ok(self.transaction.open_table(table)?)
    }

    pub(super) fn blob_ends(&self) -> Result<ReadOnlyTable<&'static [u8; 40], ()>, StoreError> {
        Ok(self.transaction.open_table(BLOB_ENDS)?)
    }

    /// Whether the own time of any record is over at `now`.
    pub(crate) fn has_ended(&self, now: u64) -> Result<bool, StoreError> {
        let mut last = [0xff; 48];
        last[..8].copy_from_slice(&now.to_be_bytes());
        let ends = self.transaction.open_table(ENDS)?;
        Ok(ends.range::<&[u8; 48]>(&[0; 48]..=&last)?.next().transpose()?.is_some())
    }

    pub(super) fn idle(
        &self,
        table: redb::TableDefinition<'static, &'static [u8; 41], ()>,
    ) -> Result<ReadOnlyTable<&'static [u8; 41], ()>, StoreError> {
        Ok(self.transaction.open_table(table)?)
    }

    pub(super) fn counts(&self) -> Result<ReadOnlyTable<&'static str, u64>, StoreError> {
        Ok(self.transaction.open_table(COUNTS)?)
    }

    #[cfg(feature = "nats")]
    pub(super) fn view(&self) -> Result<ReadOnlyTable<&'static str, &'static [u8]>, StoreError> {
        Ok(self.transaction.open_table(super::tables::VIEW)?)
    }

    /// Whether there is nothing that anybody made.
    #[cfg(feature = "nats")]
    pub(crate) fn is_empty(&self) -> Result<bool, StoreError> {
        use redb::ReadableTableMetadata;
        Ok(self.table(LOGS)?.is_empty()? && self.table(INBOXES)?.is_empty()? && self.table(CELLS)?.is_empty()?)
    }

    /// A log's row.
    pub(crate) fn log(&self, log: &Address) -> Result<Option<LogRow>, StoreError> {
        get(&self.table(LOGS)?, log.as_bytes())
    }

    /// An epoch of a log that is over.
    pub(crate) fn closed_epoch(&self, log: &Address, epoch: Epoch) -> Result<Option<EpochRow>, StoreError> {
        get(&self.table(EPOCHS)?, &epoch_at(log, epoch))
    }

    /// An inbox's row.
    pub(crate) fn inbox(&self, inbox: &Address) -> Result<Option<InboxRow>, StoreError> {
        get(&self.table(INBOXES)?, inbox.as_bytes())
    }

    /// Whether a post id is known at an address.
    #[cfg(feature = "server")]
    pub(crate) fn is_landed(&self, address: &Address, post: &PostId) -> Result<bool, StoreError> {
        Ok(self.table(POSTS)?.get(&post_at(address, post))?.is_some())
    }

    /// A cell.
    pub(crate) fn cell(&self, cell: &Address) -> Result<Option<CellRow>, StoreError> {
        get(&self.table(CELLS)?, cell.as_bytes())
    }

    /// The key that holds a right, and the place of a log's epoch's first record (0 for other rights).
    pub(crate) fn holder(
        &self,
        right: Right,
        address: &Address,
        epoch: Epoch,
    ) -> Result<Option<(PublicKey, Seq)>, StoreError> {
        Ok(match right {
            Right::Log => {
                let closed = self.closed_epoch(address, epoch)?.map(|row| (row.key, row.start));
                let current = self.log(address)?.filter(|row| row.epoch == epoch).map(|row| (row.key, row.start));
                current.or(closed)
            }
            Right::InboxOwner => self.inbox(address)?.map(|row| (row.owner, Seq(0))),
            Right::InboxWriter => self.inbox(address)?.map(|row| (row.writer, Seq(0))),
            Right::CellOwner => self.cell(address)?.map(|row| (row.owner, Seq(0))),
        })
    }

    /// How far a reader who has proved a log up to `epoch` may go. An epoch whose commit has expired has nothing left to read.
    pub(crate) fn log_reach(&self, log: &Address, epoch: Epoch) -> Result<Reach, StoreError> {
        let row = self.log(log)?.ok_or(StoreError::Corrupt("a proved log is gone"))?;
        let fence = match row.epoch > epoch {
            true => Some(self.closed_epoch(log, epoch)?.map_or(Seq(0), |closed| closed.end)),
            false => None,
        };
        Ok(Reach { head: row.journal.head, fence })
    }

    /// How far an inbox's owner may go.
    pub(crate) fn inbox_reach(&self, inbox: &Address) -> Result<Reach, StoreError> {
        let row = self.inbox(inbox)?.ok_or(StoreError::Corrupt("a proved inbox is gone"))?;
        Ok(Reach { head: row.journal.head, fence: None })
    }

    /// Records behind `after` up to and including `last`, in order, ready to be sent.
    pub(crate) fn records(
        &self,
        address: &Address,
        after: Seq,
        last: Seq,
    ) -> Result<impl Iterator<Item = Result<Found, StoreError>>, StoreError> {
        let (from, to) = (at(address, after.0), at(address, last.0.max(after.0)));
        let range = (Bound::Excluded(&from), Bound::Included(&to));
        let rows = self.table(RECORDS)?.range::<&[u8; 40]>(range)?;
        let address = *address;
        Ok(rows.map(move |entry| {
            let (key, row) = entry?;
            let seq = Seq(number_of(key.value()));
            Ok(match unpack::<RecordRow<'_>>(row.value()) {
                Ok(row) if is_record(row.record, seq) => {
                    let frame = frame_of(&address, row.record);
                    Found::Record(Published { seq, epoch: row.epoch, kind: row.kind, frame })
                }
                _ => Found::Damaged(seq),
            })
        }))
    }
}

/// Whether these bytes still have the shape of the record at this place. A client that is sent others ends its connection,
/// and comes to the same place again. What is in the fields is for the chain to tell.
fn is_record(bytes: &[u8], seq: Seq) -> bool {
    let mut decoder = Decoder::new(bytes);
    let mut whole = || -> Result<bool, decode::Error> {
        let fields = decoder.map()?.unwrap_or(0);
        let first = (decoder.u32()?, decoder.u64()?);
        for _ in 1..fields {
            decoder.u32()?;
            decoder.skip()?;
        }
        Ok(first == (0, seq.0) && decoder.position() == bytes.len())
    };
    whole().unwrap_or(false)
}
