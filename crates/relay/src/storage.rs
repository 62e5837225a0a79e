//! Where a batch of writes becomes durable and takes its place in the one order of everything: the seam between the writer
//! thread and what is below it. Reads need no seam; they go to the same [`Store`] in both.

use std::sync::Arc;

use thiserror::Error;
use xchat_wire::Refusal;

use crate::hub::Hub;
use crate::limits::BATCH_BYTES;
use crate::metrics::Metrics;
use crate::store::{Applied, Outcome, Store, StoreError, Write, refused};

/// Why nothing more can be written. The relay stops; nothing that was answered is lost.
#[derive(Debug, Error)]
pub(crate) enum StorageError {
    /// The disk failed.
    #[error(transparent)]
    Store(StoreError),
    /// The disk has no room for a transaction.
    #[error("the disk is full")]
    NoRoom,
    /// The relay has ceased to follow its cluster; it has said why.
    #[cfg(feature = "nats")]
    #[error("the relay no longer follows its cluster")]
    Left,
}

impl From<StoreError> for StorageError {
    fn from(error: StoreError) -> Self {
        match error.is_full() {
            true => Self::NoRoom,
            false => Self::Store(error),
        }
    }
}

/// Two of them: one relay's own file, and many relays over one stream; and [`Roomy`] around either.
pub(crate) trait Storage: Send {
    /// Orders a batch and applies it. When this returns the batch is durable, its outcomes are in the order of the writes, and
    /// whoever listens here has been told. Takes as long as it takes.
    fn commit(&self, batch: &[&Write]) -> Result<Vec<Outcome>, StorageError>;

    /// A batch is taken no further once its writes have more bytes than this; its last one may go beyond.
    fn batch_bytes(&self) -> usize;
}

/// One relay, one file: a batch is a transaction that is synced.
pub(crate) struct Embedded {
    pub(crate) store: Arc<Store>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: fn() -> u64,
}

impl Storage for Embedded {
    fn commit(&self, batch: &[&Write]) -> Result<Vec<Outcome>, StorageError> {
        let now = (self.clock)();
        match self.store.write(batch.iter().copied(), now) {
            Ok(applied) => Ok(applied.into_iter().map(|applied| self.told(applied)).collect()),
            Err(error) if !error.is_one_rows() => Err(error.into()),
            // One row that cannot be read must not hold up the rest: each write on its own.
            Err(_) => batch.iter().map(|write| self.alone(write, now)).collect(),
        }
    }

    fn batch_bytes(&self) -> usize {
        BATCH_BYTES
    }
}

impl Embedded {
    fn alone(&self, write: &Write, now: u64) -> Result<Outcome, StorageError> {
        match self.store.write([write], now) {
            Ok(mut applied) => Ok(self.told(applied.remove(0))),
            Err(error) if error.is_one_rows() => {
                tracing::error!(%error, "a write failed");
                self.metrics.failed.add(1);
                Ok(Outcome::Reply(refused(Refusal::Internal)))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn told(&self, applied: Applied) -> Outcome {
        if applied.damaged > 0 {
            self.metrics.damaged.add(applied.damaged.into());
            tracing::error!(rows = applied.damaged, "rows that were to be removed could not be read");
        }
        applied.events.into_iter().for_each(|event| self.hub.publish(event));
        applied.outcome
    }
}

mod room;

pub(crate) use room::Roomy;

#[cfg(test)]
mod damaged;
#[cfg(test)]
pub(crate) mod tests;
