//! A disk that runs out of room: what adds is refused while what removes can still be written.
//!
//! redb does not recover from a disk without room: whatever fails on the way to the disk, it refuses everything until it is opened
//! again. So each batch is looked at before it comes to that, in a cluster before it is ordered. Every relay looks at its own disk;
//! none of it is part of what relays share.

use std::cell::Cell;
use std::sync::Arc;

use xchat_wire::Refusal;

use super::{Storage, StorageError};
use crate::limits::{DISK_COMMITS, DISK_CREATIONS, DISK_MESSAGES, DISK_REMOVALS};
use crate::store::{Need, Outcome, Shelved, Snapshot, Store, StoreError, Write, refused};

/// Bytes free on the disk of the store; none where that cannot be told.
pub(crate) type Free = Box<dyn Fn() -> Option<u64> + Send>;

/// A storage whose disk has so much and no more.
pub(crate) struct Roomy {
    inner: Box<dyn Storage>,
    store: Arc<Store>,
    free: Free,
    /// What was refused first when the disk was last looked at.
    spared: Cell<Option<Need>>,
}

impl Roomy {
    pub(crate) fn new(inner: Box<dyn Storage>, store: Arc<Store>, free: Free) -> Self {
        Self { inner, store, free, spared: Cell::new(None) }
    }

    /// The need up to which everything that adds is refused now; none while there is room for all.
    fn spares(&self) -> Option<Need> {
        let now = (self.free)().and_then(least);
        if now != self.spared.replace(now) {
            match now {
                Some(need) => tracing::warn!(refused = words(need), "the disk has little room left"),
                None => tracing::info!("the disk has room again"),
            }
        }
        now
    }
}

/// What is refused with so much free: this and whatever comes before it.
fn least(free: u64) -> Option<Need> {
    [
        (DISK_REMOVALS, Need::Removal),
        (DISK_COMMITS, Need::Commit),
        (DISK_MESSAGES, Need::Message),
        (DISK_CREATIONS, Need::Creation),
    ]
    .into_iter()
    .find(|(bytes, _)| free < *bytes)
    .map(|(_, need)| need)
}

/// What is refused as full, for the log.
fn words(need: Need) -> &'static str {
    match need {
        Need::Creation => "what is new",
        Need::Message => "what is new, messages",
        Need::Commit => "what is new, messages, commits with welcomes",
        Need::Removal => "everything that adds",
    }
}

impl Storage for Roomy {
    fn commit(&self, batch: &[&Write]) -> Result<Vec<Outcome>, StorageError> {
        let Some(spared) = self.spares() else { return self.inner.commit(batch) };
        let snapshot = self.store.snapshot()?;
        let refuses = |write: &Write| need(&snapshot, write).is_some_and(|need| need <= spared);
        let refusals: Vec<bool> = batch.iter().map(|write| refuses(write)).collect();
        let rest: Vec<&Write> =
            batch.iter().zip(&refusals).filter(|(_, refused)| !**refused).map(|(write, _)| *write).collect();
        let mut done = match rest.is_empty() {
            true => Vec::new(),
            false => self.inner.commit(&rest)?,
        }
        .into_iter();
        batch
            .iter()
            .zip(refusals)
            .map(|(write, refused)| match refused {
                true => Ok(full(write)),
                false => done.next().ok_or(StorageError::Store(StoreError::Corrupt("a write has no outcome"))),
            })
            .collect()
    }

    fn batch_bytes(&self) -> usize {
        self.inner.batch_bytes()
    }
}

/// What a write needs room for; none when it adds nothing. A row that cannot be read is for whoever applies the write.
fn need(snapshot: &Snapshot, write: &Write) -> Option<Need> {
    snapshot.need(write).unwrap_or(None)
}

fn full(write: &Write) -> Outcome {
    match write {
        Write::PutBlob { .. } | Write::ClaimBlob { .. } => Outcome::Shelved(Shelved::Full),
        _ => Outcome::Reply(refused(Refusal::Full)),
    }
}

#[cfg(test)]
mod tests;
