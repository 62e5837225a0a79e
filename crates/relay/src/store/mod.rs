//! The embedded store: one redb file, one writer at a time, readers that see the last commit.
//!
//! A batch of writes runs in one transaction ([`Store::write`]): each gets its reply and the events that subscribers are
//! to hear, and none of it may leave before the call has returned, for only then is it on disk. A write that is refused has
//! changed nothing. Rows hold ciphertext and random addresses; nothing in here may ever be logged.

mod account;
#[cfg(feature = "server")]
mod backup;
mod blob;
mod cell;
#[cfg(test)]
mod crashes;
#[cfg(test)]
mod crowded;
#[cfg(test)]
pub(crate) mod damage;
mod expire;
mod hold;
mod idle;
mod inbox;
mod journal;
mod log;
mod open;
mod owner;
mod pool;
mod read;
pub(crate) mod rows;
mod tables;
#[cfg(feature = "nats")]
mod view;
mod write;

use std::path::PathBuf;

use redb::{Database, Durability, ReadableDatabase, ReadableTable};
use subtle::ConstantTimeEq;
use thiserror::Error;
use xchat_wire::{Address, Kind, PublicKey, Refusal, Reply, Seq};

#[cfg(feature = "server")]
pub(crate) use account::Need;
pub(crate) use blob::Shelved;
pub(crate) use idle::{Kept, day_of};
pub(crate) use inbox::Delivery;
pub(crate) use journal::Published;
pub(crate) use log::Commit;
pub use open::{FILE, OpenError};
pub(crate) use pool::Filling;
pub(crate) use read::{Found, Snapshot};
pub(crate) use rows::LogRow;
#[cfg(feature = "nats")]
pub(crate) use view::{Entry, FollowError, Followed, Place};
pub(crate) use write::{Outcome, Write};

use blob::Hold;
use journal::Draft;
use tables::Tables;

/// What went wrong inside; the requester is answered `Internal`.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    /// The disk, or redb.
    #[error("storage: {0}")]
    Storage(redb::Error),
    /// A row that is not CBOR of its type.
    #[error("a row cannot be read: {0}")]
    Row(minicbor::decode::Error),
    /// A row of a later version.
    #[error("a row has version {0}")]
    Version(u8),
    /// Rows that contradict each other.
    #[error("{0}")]
    Corrupt(&'static str),
}

impl StoreError {
    /// Only what this write touched is unreadable; the store itself goes on.
    pub(crate) fn is_one_rows(&self) -> bool {
        !matches!(self, Self::Storage(_))
    }

    /// The disk has no room. Nothing can be read or written any more before the store is opened again.
    #[cfg(any(test, feature = "server"))]
    pub(crate) fn is_full(&self) -> bool {
        matches!(self, Self::Storage(redb::Error::Io(error)) if crate::disk::is_full(error.kind()))
    }
}

macro_rules! storage_errors {
    ($($name:ident),*) => {
        $(impl From<redb::$name> for StoreError {
            fn from(error: redb::$name) -> Self {
                Self::Storage(error.into())
            }
        })*
    };
}
storage_errors!(StorageError, TableError, TransactionError, CommitError, SetDurabilityError);

/// What subscribers of an address are to hear.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    Record { address: Address, record: Published },
    Pool { address: Address, packages: u32 },
}

impl Event {
    /// The log or inbox that it is about.
    pub(crate) fn address(&self) -> &Address {
        match self {
            Self::Record { address, .. } | Self::Pool { address, .. } => address,
        }
    }
}

/// The outcome of one write, and what subscribers are to hear of it.
pub(crate) struct Applied {
    pub(crate) outcome: Outcome,
    pub(crate) events: Vec<Event>,
    /// Rows that could not be read and were passed over.
    pub(crate) damaged: u32,
}

/// The store.
pub(crate) struct Store {
    database: Database,
    /// On disk: each commit leaves a file that opens at once after a crash.
    quick_repair: bool,
    /// Whoever had it open before never said [`Store::close`].
    cut_off: bool,
    /// None in memory.
    file: Option<PathBuf>,
}

impl Store {
    fn begin(&self) -> Result<redb::WriteTransaction, StoreError> {
        let mut transaction = self.database.begin_write()?;
        transaction.set_durability(Durability::Immediate)?;
        transaction.set_quick_repair(self.quick_repair);
        Ok(transaction)
    }

    /// Applies a batch in order, in one transaction. When this returns, it is durable; when it fails, the outcome is
    /// unknown and nothing may be published.
    pub(crate) fn write<'w>(
        &self,
        batch: impl IntoIterator<Item = &'w Write>,
        now: u64,
    ) -> Result<Vec<Applied>, StoreError> {
        let transaction = self.begin()?;
        let applied = {
            let mut tables = Tables::open(&transaction)?;
            let applied =
                batch.into_iter().map(|write| apply(&mut tables, write, now)).collect::<Result<Vec<_>, _>>()?;
            tables.close()?;
            applied
        };
        transaction.commit()?;
        Ok(applied)
    }

    /// The store as the last commit left it.
    pub(crate) fn snapshot(&self) -> Result<Snapshot, StoreError> {
        Ok(Snapshot::new(self.database.begin_read()?))
    }
}

/// One write: its outcome, and what subscribers are to hear once it is durable. Decided by the rows and `now` alone.
fn apply(tables: &mut Tables<'_>, write: &Write, now: u64) -> Result<Applied, StoreError> {
    let mut events = Vec::new();
    let outcome = match write {
        Write::Expire { keep, limit } => {
            // A clock that has not come so far leaves nothing to remove.
            let before = now.checked_sub(*keep).map_or(0, |last| last.saturating_add(1));
            Outcome::Expired(expire::expire(tables, before, *limit as usize)? as u32)
        }
        Write::End { limit } => Outcome::Expired(expire::end(tables, now, *limit as usize)? as u32),
        Write::Unused { keep, limit } => {
            Outcome::Expired(idle::sweep(tables, now.saturating_sub(*keep), *limit as usize)? as u32)
        }
        Write::Use { kept, address } => {
            idle::note(tables, *kept, address, now)?;
            Outcome::Noted
        }
        Write::PutBlob { hash, size, expires, now, most, tag } => {
            let hold = Hold { tag: *tag, until: *expires, now: *now };
            Outcome::Shelved(blob::put(tables, hash, *size, hold, *most)?)
        }
        Write::ClaimBlob { hash, size, tag, expires, now } => {
            let hold = Hold { tag: Some(*tag), until: *expires, now: *now };
            Outcome::Shelved(blob::claim(tables, hash, *size, hold)?)
        }
        Write::RemoveBlobs { hashes, ended } => {
            blob::remove(tables, hashes, *ended)?;
            Outcome::Removed
        }
        Write::Bound { bytes } => {
            tables.bound(*bytes);
            Outcome::Noted
        }
        asked => Outcome::Reply(answer(tables, asked, now, &mut events)?),
    };
    Ok(Applied { outcome, events, damaged: std::mem::take(&mut tables.damaged) })
}

/// What a client asked for.
fn answer(tables: &mut Tables<'_>, write: &Write, now: u64, events: &mut Vec<Event>) -> Result<Reply, StoreError> {
    match write {
        Write::CreateLog { log, key } => log::create(tables, log, key, now),
        Write::CreateInbox { inbox, owner, writer } => inbox::create(tables, inbox, owner, writer, now),
        Write::Append { log, run, epoch, post, body, ttl } => {
            let draft = Draft { epoch: *epoch, kind: Kind::Message, post: *post, body, next_key: None, ttl: *ttl };
            log::append(tables, log, *run, draft, now, events)
        }
        Write::Commit { log, run, commit } => log::commit(tables, log, *run, commit, now, events),
        Write::Deliver(delivery) => inbox::deliver(tables, delivery, now, events),
        Write::Acknowledge { inbox, upto } => inbox::acknowledge(tables, inbox, *upto, now),
        Write::FillPool { inbox, filling } => pool::fill(tables, inbox, filling, now),
        Write::TakePackage { inbox, writer } => pool::take(tables, inbox, writer, now, events),
        Write::PutCell { cell, owner, version, body } => cell::put(tables, cell, owner, *version, body, now),
        Write::ReleaseBlob { hash, tag } => blob::release(tables, hash, tag, now),
        Write::Expire { .. }
        | Write::PutBlob { .. }
        | Write::ClaimBlob { .. }
        | Write::RemoveBlobs { .. }
        | Write::Bound { .. }
        | Write::Unused { .. }
        | Write::Use { .. }
        | Write::End { .. } => Err(StoreError::Corrupt("the relay's own changes are nobody's request")),
    }
}

impl Tables<'_> {
    fn logs_has(&self, address: &Address) -> Result<bool, StoreError> {
        Ok(self.logs.get(address.as_bytes())?.is_some())
    }

    fn inboxes_has(&self, address: &Address) -> Result<bool, StoreError> {
        Ok(self.inboxes.get(address.as_bytes())?.is_some())
    }
}

/// Whether a key is the registered one, in the same time whether or not there is one.
pub(crate) fn same_key(key: &PublicKey, registered: Option<&PublicKey>) -> bool {
    const NOBODY: PublicKey = PublicKey::new([0; 32]);
    let same = key.as_bytes().ct_eq(registered.unwrap_or(&NOBODY).as_bytes());
    bool::from(same) & registered.is_some()
}

pub(crate) fn refused(reason: Refusal) -> Reply {
    Reply::Refused { reason }
}

pub(crate) fn denied() -> Reply {
    refused(Refusal::Denied)
}

fn full() -> Reply {
    refused(Refusal::Full)
}

fn accepted(seq: Seq) -> Reply {
    Reply::Accepted { seq }
}
