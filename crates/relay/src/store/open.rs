//! Opening the store and closing it: what is repaired, what is refused, and how an operator hears of it.
//!
//! A commit of redb is whole or was never there, so a relay that was killed or lost its power finds the last one. A mark in
//! the file says that it is in use; whoever finds it there knows that the last stop was none, and says so.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use redb::{Builder, Database, DatabaseError, ReadableTable, StorageBackend, backends::InMemoryBackend};
use thiserror::Error;

use super::tables::{self, Tables};
use super::{Store, StoreError};
use crate::disk::is_full;
use crate::limits::STORE_CACHE;

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
    /// It writes when it is opened: a mark that it is in use, and what a repair mends.
    #[error("{0} cannot be opened: its disk is full. Nothing in it is damaged; make room on the disk and start again")]
    NoRoom(PathBuf),
    /// Not a store, or damaged beyond its own repair.
    #[error(
        "{0} cannot be opened: {1}; nothing in it was changed. Restore it from a backup, or move it away to start empty"
    )]
    Unreadable(PathBuf, #[source] redb::Error),
    /// The view of a cluster's stream: written to by one relay alone it would part from it for ever.
    #[error(
        "{0} is a relay's view of a cluster's stream, and no store of a relay by itself: start with --store nats, or with another --data folder"
    )]
    View(PathBuf),
    /// Written by a relay of another layout.
    #[error("{0} has layout {1}, this relay reads layout {layout}: use the relay that wrote it", layout = tables::LAYOUT)]
    Layout(PathBuf, u64),
}

/// What an opened store was found as.
struct Entered {
    layout: u64,
    cut_off: bool,
}

impl Store {
    /// A store in memory that lives as long as this value.
    pub(crate) fn in_memory() -> Result<Self, StoreError> {
        Self::over(InMemoryBackend::new(), false)
    }

    /// A store over any bytes.
    pub(crate) fn over(backend: impl StorageBackend, quick_repair: bool) -> Result<Self, StoreError> {
        let database = Builder::new().create_with_backend(backend);
        let mut store = Self {
            database: database.map_err(|error| StoreError::Storage(error.into()))?,
            quick_repair,
            cut_off: false,
            file: None,
        };
        store.cut_off = store.enter()?.cut_off;
        Ok(store)
    }

    /// The store in this folder, created when there is none.
    pub(crate) fn open(folder: &Path) -> Result<Self, OpenError> {
        std::fs::create_dir_all(folder).map_err(|error| OpenError::Folder(folder.to_owned(), error))?;
        let path = folder.join(FILE);
        let unreadable = |error: redb::Error| match &error {
            redb::Error::Io(io) if is_full(io.kind()) => OpenError::NoRoom(path.clone()),
            _ => OpenError::Unreadable(path.clone(), error),
        };
        let database = open_file(&path).map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => OpenError::InUse(path.clone()),
            other => unreadable(other.into()),
        })?;
        let mut store = Self { database, quick_repair: true, cut_off: false, file: Some(path.clone()) };
        match store.enter() {
            Ok(Entered { layout: tables::LAYOUT, cut_off }) => {
                store.cut_off = cut_off;
                Ok(store)
            }
            Ok(other) => Err(OpenError::Layout(path, other.layout)),
            Err(StoreError::Storage(error)) => Err(unreadable(error)),
            Err(other) => Err(unreadable(redb::Error::Corrupted(other.to_string()))),
        }
    }

    /// Whether the relay before this one was killed, or lost its power.
    pub(crate) fn was_cut_off(&self) -> bool {
        self.cut_off
    }

    /// Bytes of its file; 0 in memory, and where the file cannot be looked at.
    pub(crate) fn file_bytes(&self) -> u64 {
        let size = self.file.as_ref().and_then(|file| std::fs::metadata(file).ok());
        size.map_or(0, |metadata| metadata.len())
    }

    /// Takes the mark away: nothing is written any more. Without it the next one says that it was cut off, and no more.
    pub(crate) fn close(&self) -> Result<(), StoreError> {
        let transaction = self.begin()?;
        transaction.open_table(tables::META)?.remove(tables::IN_USE)?;
        Ok(transaction.commit()?)
    }

    /// Looks at the layout and leaves the mark; a file of this one has every table after it. A file of another layout is left alone.
    fn enter(&self) -> Result<Entered, StoreError> {
        let transaction = self.begin()?;
        let entered = {
            let mut meta = transaction.open_table(tables::META)?;
            let stored = meta.get("layout")?.map(|value| value.value());
            let layout = match stored {
                Some(layout) => layout,
                None => {
                    meta.insert("layout", tables::LAYOUT)?;
                    tables::LAYOUT
                }
            };
            let cut_off = meta.insert(tables::IN_USE, 1)?.is_some();
            Entered { layout, cut_off }
        };
        match entered.layout {
            tables::LAYOUT => {
                // Every table of the layout is there after this, so that readers find it.
                drop(Tables::open(&transaction)?);
                transaction.commit()?;
            }
            _ => transaction.abort()?,
        }
        Ok(entered)
    }
}

/// Opens or creates the file; a repair, which reads all of it and takes its time, is told of before and after.
fn open_file(path: &Path) -> Result<Database, DatabaseError> {
    let repairing = std::rc::Rc::new(Cell::new(false));
    let begun = repairing.clone();
    let mut builder = Builder::new();
    builder.set_cache_size(STORE_CACHE);
    builder.set_repair_callback(move |_| {
        if !begun.replace(true) {
            tracing::warn!("the store was cut off in the middle of a write and is being repaired");
        }
    });
    let database = builder.create(path)?;
    if repairing.get() {
        tracing::warn!("the store was repaired: it is as its last whole commit left it");
    }
    Ok(database)
}
