//! The one thread that applies: messages of the stream into the view, outcomes to whoever waits for them, events to whoever
//! listens. Nothing is told before it is applied, and everything is told in the order of the stream.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout};

use super::error::ClusterError;
use super::follow::Incoming;
use super::message::{self, Unreadable};
use crate::hub::Hub;
use crate::store::{Entry, Followed, Outcome, Store};

/// Messages applied in one transaction, when so many wait.
const TOGETHER: usize = 64;
/// Bytes of messages applied in one transaction.
const BYTES: usize = 4 * 1024 * 1024;
/// Transactions that may follow each other before one is synced.
const UNSYNCED: usize = 256;
/// How long a transaction may wait to be synced. The stream has it: a crash costs reading it again.
const SYNC_EVERY: Duration = Duration::from_secs(1);
/// Places whose hash is kept, to compare with what other relays say.
const HASHES: usize = 4096;

/// The batch of this relay that is under way, and who waits for it.
#[derive(Default)]
pub(super) struct UnderWay(Mutex<Option<(u64, oneshot::Sender<Vec<Outcome>>)>>);

impl UnderWay {
    /// From now on the outcomes of this batch go there.
    pub(super) fn expect(&self, batch: u64, back: oneshot::Sender<Vec<Outcome>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((batch, back));
    }

    fn take(&self, batch: u64) -> Option<oneshot::Sender<Vec<Outcome>>> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.take_if(|(expected, _)| *expected == batch).map(|(_, back)| back)
    }

    fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Place and hash of a view.
pub(super) type Reached = (u64, [u8; 32]);

/// The last pulse of this relay that was applied, and the view's clock behind it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Returned {
    pub(super) number: u64,
    pub(super) clock: u64,
}

/// What the thread works on.
pub(super) struct Applier {
    pub(super) store: Arc<Store>,
    pub(super) hub: Arc<Hub>,
    pub(super) me: [u8; 16],
    pub(super) under_way: Arc<UnderWay>,
    pub(super) reached: watch::Sender<Reached>,
    pub(super) returned: watch::Sender<Returned>,
    pub(super) from: mpsc::Receiver<Incoming>,
    pub(super) runtime: Handle,
}

/// A message, and what it says of its sender's view.
pub(super) struct Read {
    pub(super) entry: Entry,
    pub(super) seen: Option<Reached>,
}

impl Applier {
    /// Until nothing comes any more, or the view cannot go on.
    pub(super) fn run(mut self) -> Result<(), ClusterError> {
        let outcome = self.apply_all();
        // Whoever waits for a batch hears that it will not come.
        self.under_way.clear();
        outcome
    }

    fn apply_all(&mut self) -> Result<(), ClusterError> {
        let mut hashes = VecDeque::from([*self.reached.borrow()]);
        let (mut synced, mut unsynced) = (Instant::now(), 0);
        loop {
            let due =
                if unsynced > 0 { SYNC_EVERY.saturating_sub(synced.elapsed()) } else { Duration::from_secs(3600) };
            let first = match self.runtime.block_on(async { timeout(due, self.from.recv()).await }) {
                Ok(Some(first)) => Some(first),
                Ok(None) => {
                    self.store.follow(&[], true)?;
                    return Ok(());
                }
                Err(_) => None,
            };
            let batch = first.map(|first| self.take(first)).transpose()?.unwrap_or_default();
            let durable = unsynced >= UNSYNCED || (unsynced > 0 && synced.elapsed() >= SYNC_EVERY);
            (synced, unsynced) = match durable {
                true => (Instant::now(), 0),
                false if batch.is_empty() => (synced, unsynced),
                false if unsynced == 0 => (Instant::now(), 1),
                false => (synced, unsynced + 1),
            };
            self.apply(batch, durable, &mut hashes)?;
        }
    }

    /// The first message and what waits behind it.
    fn take(&mut self, first: Incoming) -> Result<Vec<Read>, ClusterError> {
        let mut bytes = first.payload.len();
        let mut batch = vec![read(first)?];
        while batch.len() < TOGETHER
            && bytes < BYTES
            && let Ok(next) = self.from.try_recv()
        {
            bytes += next.payload.len();
            batch.push(read(next)?);
        }
        Ok(batch)
    }

    fn apply(&self, batch: Vec<Read>, durable: bool, hashes: &mut VecDeque<Reached>) -> Result<(), ClusterError> {
        let (entries, seen): (Vec<Entry>, Vec<_>) = batch.into_iter().map(|read| (read.entry, read.seen)).unzip();
        let results = self.store.follow(&entries, durable)?;
        for ((entry, seen), followed) in entries.iter().zip(seen).zip(results) {
            let Followed { applied, seq, hash, clock } = followed;
            compare(hashes, seen, entry.seq)?;
            hashes.push_back((seq, hash));
            if hashes.len() > HASHES {
                hashes.pop_front();
            }
            let mut outcomes = Vec::with_capacity(applied.len());
            for applied in applied {
                applied.events.into_iter().for_each(|event| self.hub.publish(event));
                outcomes.push(applied.outcome);
            }
            self.reached.send_replace((seq, hash));
            if entry.publisher != self.me {
                continue;
            }
            if entry.writes.is_empty() {
                self.returned.send_replace(Returned { number: entry.batch, clock });
            } else if let Some(back) = self.under_way.take(entry.batch) {
                // A relay that stops has ceased to wait.
                _ = back.send(outcomes);
            }
        }
        Ok(())
    }
}

/// Whether another relay's view had the same hash as this one, as far as this one remembers.
fn compare(hashes: &VecDeque<Reached>, seen: Option<Reached>, said_in: u64) -> Result<(), ClusterError> {
    let Some((at, hash)) = seen else { return Ok(()) };
    let own = hashes.binary_search_by_key(&at, |(seq, _)| *seq).ok().map(|found| hashes[found].1);
    match own.is_none_or(|own| own == hash) {
        true => Ok(()),
        false => Err(ClusterError::Diverged { at, said_in }),
    }
}

/// The entry of a message. What no relay wrote is one without writes.
pub(super) fn read(incoming: Incoming) -> Result<Read, ClusterError> {
    let Incoming { seq, at: now, payload } = incoming;
    let digest = Sha256::digest(&payload).into();
    match message::decode(&payload) {
        Ok(message) => {
            let (publisher, batch, writes) = (*message.publisher, message.number, message.writes);
            let seen = Some((message.seen, *message.hash));
            Ok(Read { entry: Entry { seq, publisher, batch, now, digest, writes }, seen })
        }
        Err(Unreadable::Newer(format, rules)) => Err(ClusterError::Newer { seq, format, rules }),
        // Every relay passes over it in the same way.
        Err(Unreadable::Garbage(error)) => {
            tracing::error!(%error, seq, "the stream holds a message that no relay wrote; it is passed over");
            let (publisher, batch, writes) = ([0; 16], seq, Vec::new());
            Ok(Read { entry: Entry { seq, publisher, batch, now, digest, writes }, seen: None })
        }
    }
}
