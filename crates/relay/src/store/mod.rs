//! The embedded store: one redb file, one writer at a time, readers that see the last commit.
//!
//! A batch of writes runs in one transaction ([`Store::write`]): each gets its reply and the events that subscribers are
//! to hear, and none of it may leave before the call has returned, for only then is it on disk. A write that is refused has
//! changed nothing. Rows hold ciphertext and random addresses; nothing in here may ever be logged.

mod blob;
mod cell;
mod expire;
mod inbox;
mod journal;
mod log;
mod pool;
mod read;
mod rows;
mod tables;

use std::path::{Path, PathBuf};

use minicbor::bytes::ByteVec;
use redb::{Database, DatabaseError, Durability, ReadableDatabase, ReadableTable, backends::InMemoryBackend};
use subtle::ConstantTimeEq;
use thiserror::Error;
use xchat_wire::{Address, Epoch, Kind, PostId, PublicKey, Refusal, Reply, Seq};

#[cfg(feature = "server")]
pub(crate) use blob::Shelved;
pub(crate) use inbox::Delivery;
pub(crate) use journal::Published;
pub(crate) use log::Commit;
pub(crate) use pool::Filling;
pub(crate) use read::Snapshot;

use crate::rights::Run;
use blob::BlobTables;
use journal::Draft;
use tables::Tables;

/// Name of the store's file in the data folder.
pub const FILE: &str = "relay.redb";

/// Why the store could not be opened: a sentence for the operator.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The folder cannot be made or used.
    #[error("the data folder {0} cannot be used: {1}")]
    Folder(PathBuf, #[source] std::io::Error),
    /// Two relays on one folder would order the same logs twice.
    #[error("{0} is in use: another relay is running on this data folder")]
    InUse(PathBuf),
    /// Not a store, or damaged beyond its own repair.
    #[error(
        "{0} cannot be opened: {1}; nothing in it was changed. Restore it from a backup, or move it away to start empty"
    )]
    Unreadable(PathBuf, #[source] redb::Error),
    /// Written by a relay of another layout.
    #[error("{0} has layout {1}, this relay reads layout {layout}: use the relay that wrote it", layout = tables::LAYOUT)]
    Layout(PathBuf, u64),
}

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

/// A change, with everything that was proved for it.
pub(crate) enum Write {
    CreateLog { log: Address, key: PublicKey },
    CreateInbox { inbox: Address, owner: PublicKey, writer: PublicKey },
    Append { log: Address, run: Run, epoch: Epoch, post: PostId, body: ByteVec },
    Commit { log: Address, run: Run, commit: Commit },
    Deliver(Delivery),
    Acknowledge { inbox: Address, upto: Seq },
    FillPool { inbox: Address, filling: Filling },
    TakePackage { inbox: Address, writer: PublicKey },
    PutCell { cell: Address, owner: PublicKey, version: u64, body: ByteVec },
}

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

/// The outcome of one write.
pub(crate) struct Applied {
    pub(crate) reply: Reply,
    pub(crate) events: Vec<Event>,
}

/// The store.
pub(crate) struct Store {
    database: Database,
    /// On disk: each commit leaves a file that opens at once after a crash.
    quick_repair: bool,
}

impl Store {
    /// A store in memory that lives as long as this value.
    pub(crate) fn in_memory() -> Result<Self, StoreError> {
        let database = Database::builder()
            .create_with_backend(InMemoryBackend::new())
            .map_err(|error| StoreError::Storage(error.into()))?;
        let store = Self { database, quick_repair: false };
        store.layout()?;
        Ok(store)
    }

    /// The store in this folder, created when there is none.
    pub(crate) fn open(folder: &Path) -> Result<Self, OpenError> {
        std::fs::create_dir_all(folder).map_err(|error| OpenError::Folder(folder.to_owned(), error))?;
        let path = folder.join(FILE);
        let unreadable = |error: redb::Error| OpenError::Unreadable(path.clone(), error);
        let database = Database::create(&path).map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => OpenError::InUse(path.clone()),
            other => unreadable(other.into()),
        })?;
        let store = Self { database, quick_repair: true };
        match store.layout() {
            Ok(tables::LAYOUT) => Ok(store),
            Ok(other) => Err(OpenError::Layout(path, other)),
            Err(StoreError::Storage(error)) => Err(unreadable(error)),
            Err(other) => Err(unreadable(redb::Error::Corrupted(other.to_string()))),
        }
    }

    /// The layout of the file; a new file gets this code's. Every table of it exists after this, so that readers find them.
    fn layout(&self) -> Result<u64, StoreError> {
        let transaction = self.begin()?;
        let layout = {
            let mut meta = transaction.open_table(tables::META)?;
            let stored = meta.get("layout")?.map(|value| value.value());
            match stored {
                Some(layout) => layout,
                None => {
                    meta.insert("layout", tables::LAYOUT)?;
                    tables::LAYOUT
                }
            }
        };
        if layout == tables::LAYOUT {
            Tables::open(&transaction)?;
            BlobTables::open(&transaction)?;
        }
        transaction.commit()?;
        Ok(layout)
    }

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
            batch.into_iter().map(|write| apply(&mut tables, write, now)).collect::<Result<Vec<_>, _>>()?
        };
        transaction.commit()?;
        Ok(applied)
    }

    /// One step of the retention sweep: how many entries older than `before` it removed, at most `limit`.
    pub(crate) fn expire(&self, before: u64, limit: usize) -> Result<usize, StoreError> {
        let transaction = self.begin()?;
        let removed = expire::expire(&mut Tables::open(&transaction)?, before, limit)?;
        transaction.commit()?;
        Ok(removed)
    }

    /// The store as the last commit left it.
    pub(crate) fn snapshot(&self) -> Result<Snapshot, StoreError> {
        Ok(Snapshot::new(self.database.begin_read()?))
    }
}

/// One write: the reply, and what subscribers are to hear once it is durable.
fn apply(tables: &mut Tables<'_>, write: &Write, now: u64) -> Result<Applied, StoreError> {
    let mut events = Vec::new();
    let reply = match write {
        Write::CreateLog { log, key } => log::create(tables, log, key),
        Write::CreateInbox { inbox, owner, writer } => inbox::create(tables, inbox, owner, writer),
        Write::Append { log, run, epoch, post, body } => {
            let draft = Draft { epoch: *epoch, kind: Kind::Message, post: *post, body, next_key: None };
            log::append(tables, log, *run, draft, now, &mut events)
        }
        Write::Commit { log, run, commit } => log::commit(tables, log, *run, commit, now, &mut events),
        Write::Deliver(delivery) => inbox::deliver(tables, delivery, now, &mut events),
        Write::Acknowledge { inbox, upto } => inbox::acknowledge(tables, inbox, *upto),
        Write::FillPool { inbox, filling } => pool::fill(tables, inbox, filling, now),
        Write::TakePackage { inbox, writer } => pool::take(tables, inbox, writer, &mut events),
        Write::PutCell { cell, owner, version, body } => cell::put(tables, cell, owner, *version, body),
    }?;
    Ok(Applied { reply, events })
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

fn accepted(seq: Seq) -> Reply {
    Reply::Accepted { seq }
}
