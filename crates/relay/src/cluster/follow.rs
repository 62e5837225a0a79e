//! Reads the stream, message after message, and hands each to the view. Whatever breaks meanwhile (a server, the consumer, the
//! connection), it goes on behind the last message that it handed over.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::stream::Stream;
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

use super::error::{ClusterError, nats};

/// How long making a consumer may take.
const BEGIN: Duration = Duration::from_secs(3);
/// A server that leads a consumer says so this often; without it the consumer is made anew.
const HEARTBEAT: Duration = Duration::from_millis(500);
/// How long a message that was acknowledged may take to come. Then the consumer is made anew.
const OVERDUE: Duration = Duration::from_secs(1);
/// The wait before the next try.
const PAUSE: Duration = Duration::from_millis(100);
/// Bytes that the server sends ahead.
const AHEAD: usize = 8 * 1024 * 1024;

/// A message and its place in the stream.
pub(super) struct Incoming {
    pub(super) seq: u64,
    /// When the servers took it, in Unix milliseconds; the same for every relay.
    pub(super) at: u64,
    pub(super) payload: Bytes,
}

/// Where the reading is.
pub(super) struct Follower {
    pub(super) stream: Stream,
    /// Next message that is wanted.
    pub(super) next: u64,
    pub(super) to: mpsc::Sender<Incoming>,
    /// Highest message that the servers have acknowledged to this relay.
    pub(super) acknowledged: watch::Receiver<u64>,
}

/// Why one consumer came to its end.
enum End {
    /// The view wants no more.
    Done,
    Broken,
    /// The message after the last one is another than expected.
    Gap(u64),
}

impl Follower {
    /// Until the view wants no more, or cannot be given what it needs.
    pub(super) async fn run(mut self) -> Result<(), ClusterError> {
        let mut gap = None;
        loop {
            match self.consume().await {
                Ok(End::Done) => return Ok(()),
                Ok(End::Gap(found)) if gap == Some(found) => return Err(ClusterError::Gap(self.next - 1, found)),
                Ok(End::Gap(found)) => gap = Some(found),
                Ok(End::Broken) | Err(_) => {}
            }
            sleep(PAUSE).await;
        }
    }

    async fn consume(&mut self) -> Result<End, ClusterError> {
        let config = pull::Config {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: self.next },
            ack_policy: AckPolicy::None,
            inactive_threshold: Duration::from_secs(30),
            num_replicas: 1,
            memory_storage: true,
            ..pull::Config::default()
        };
        let consumer = timeout(BEGIN, self.stream.create_consumer(config)).await.map_err(nats)?.map_err(nats)?;
        let pulling =
            consumer.stream().max_bytes_per_batch(AHEAD).heartbeat(HEARTBEAT).expires(Duration::from_secs(20));
        let mut messages = timeout(BEGIN, pulling.messages()).await.map_err(nats)?.map_err(nats)?;
        loop {
            let message = tokio::select! {
                message = messages.next() => message,
                () = overdue(&mut self.acknowledged, self.next) => return Ok(End::Broken),
                () = self.to.closed() => return Ok(End::Done),
            };
            let Some(Ok(message)) = message else { return Ok(End::Broken) };
            let info = message.info().map_err(nats)?;
            let (seq, at) = (info.stream_sequence, milliseconds(info.published.unix_timestamp_nanos()));
            if seq < self.next {
                continue;
            }
            if seq > self.next {
                return Ok(End::Gap(seq));
            }
            let payload = message.message.payload;
            if self.to.send(Incoming { seq, at, payload }).await.is_err() {
                return Ok(End::Done);
            }
            self.next = seq + 1;
        }
    }
}

/// Of a time before 1970, none.
fn milliseconds(nanoseconds: i128) -> u64 {
    u64::try_from(nanoseconds / 1_000_000).unwrap_or(0)
}

/// Done when a message at or behind `next` was acknowledged a while ago.
async fn overdue(acknowledged: &mut watch::Receiver<u64>, next: u64) {
    // Whoever acknowledges is gone only when the relay is.
    if acknowledged.wait_for(|seq| *seq >= next).await.is_err() {
        std::future::pending::<()>().await;
    }
    sleep(OVERDUE).await;
}
