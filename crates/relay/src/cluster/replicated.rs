//! Storage over the stream: a batch is a message, and is done when it was read back and applied, not when it was acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_nats::jetstream::Context;
use async_nats::jetstream::message::PublishMessage;
use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};
use tokio::time::sleep;

use super::applier::{Reached, UnderWay};
use super::message;
use super::stream::{STREAM, SUBJECT};
use crate::storage::{Storage, StorageError};
use crate::store::{Outcome, Write};

/// Bytes of writes after which a message is closed; with the last write it stays below 512 KiB, and below what NATS takes.
const MESSAGE_BYTES: usize = 240 * 1024;
/// The wait after a failure, before the same message is sent again.
const AGAIN: Duration = Duration::from_millis(150);

/// One relay's way into the stream. The writer thread has one batch under way at a time: what queues up meanwhile is the next.
pub(crate) struct Replicated {
    pub(super) context: Context,
    pub(super) me: [u8; 16],
    pub(super) batches: AtomicU64,
    pub(super) under_way: Arc<UnderWay>,
    pub(super) reached: watch::Receiver<Reached>,
    pub(super) acknowledged: watch::Sender<u64>,
    pub(super) runtime: Handle,
}

impl Storage for Replicated {
    fn commit(&self, batch: &[&Write]) -> Result<Vec<Outcome>, StorageError> {
        let number = self.batches.fetch_add(1, Ordering::Relaxed) + 1;
        let seen = *self.reached.borrow();
        let payload: Bytes = message::encode(self.me, number, seen, batch).into();
        let (back, mut outcomes) = oneshot::channel();
        self.under_way.expect(number, back);
        self.runtime.block_on(async {
            // Read back is all that counts: what comes of the sending only says whether to send again.
            tokio::select! {
                biased;
                outcomes = &mut outcomes => outcomes.map_err(|_| StorageError::Left),
                () = self.send(number, payload) => outcomes.await.map_err(|_| StorageError::Left),
            }
        })
    }

    fn batch_bytes(&self) -> usize {
        MESSAGE_BYTES
    }
}

impl Replicated {
    /// Sends a message until the servers have it. They know its name for two minutes, and so does each view for ever.
    async fn send(&self, number: u64, payload: Bytes) {
        let name = format!("{}-{number}", hex::encode(self.me));
        let mut failures = 0_u32;
        loop {
            let message = PublishMessage::build().payload(payload.clone()).message_id(&name).expected_stream(STREAM);
            let sent = match self.context.send_publish(SUBJECT, message).await {
                Ok(acknowledgement) => acknowledgement.await,
                Err(error) => Err(error),
            };
            match sent {
                Ok(acknowledged) => {
                    self.acknowledged.send_if_modified(|seq| {
                        let higher = acknowledged.sequence > *seq;
                        *seq = acknowledged.sequence.max(*seq);
                        higher
                    });
                    return;
                }
                Err(error) => {
                    failures += 1;
                    // An election is such a time; what lasts longer is for the operator.
                    if failures.is_multiple_of(20) {
                        tracing::warn!(%error, "the cluster takes no writes; they wait");
                    }
                    sleep(AGAIN).await;
                }
            }
        }
    }
}
