//! The one thread that writes: group commit without a timer.
//!
//! It takes what has queued up while the last commit was under way, applies it in one durable transaction, and only then
//! answers and publishes, in the order of the log. The queue is bounded: a write that finds it full was not done.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Instant;

use tokio::sync::mpsc::{self, error::TrySendError};
use xchat_wire::Refusal;

use crate::hub::{Hub, Note, Sender};
use crate::limits::{BATCH_BYTES, BATCH_WRITES, QUEUE_BYTES, QUEUE_WRITES};
use crate::metrics::Metrics;
use crate::session::{Job, Pending};
use crate::store::{Applied, Store, StoreError, Write, refused};

struct Queued {
    job: Job,
    back: Sender,
    size: usize,
    since: Instant,
}

/// None: nothing comes after this.
type Order = Option<Queued>;

/// Where sessions leave their jobs. The thread ends when it is told to stop, or the last one is dropped.
#[derive(Clone)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Order>,
    bytes: Arc<AtomicUsize>,
}

impl Writer {
    /// Starts the thread. It returns early only with an error after which the store is of no use.
    pub(crate) fn start(
        store: Arc<Store>,
        hub: Arc<Hub>,
        metrics: Arc<Metrics>,
        clock: fn() -> u64,
    ) -> std::io::Result<(Self, JoinHandle<Result<(), StoreError>>)> {
        let (queue, jobs) = mpsc::channel(QUEUE_WRITES);
        let bytes = Arc::new(AtomicUsize::new(0));
        let thread = Thread { store, hub, metrics, clock, bytes: bytes.clone() };
        let handle = std::thread::Builder::new().name("writer".into()).spawn(move || thread.run(jobs))?;
        Ok((Self { queue, bytes }, handle))
    }

    /// Queues a job whose outcome goes to `back`; gives it back when there is no room.
    pub(crate) fn submit(&self, job: Job, back: &Sender) -> Result<(), Pending> {
        let size = job.write.size();
        if self.bytes.fetch_add(size, Ordering::Relaxed) + size > QUEUE_BYTES {
            self.bytes.fetch_sub(size, Ordering::Relaxed);
            return Err(job.pending);
        }
        let queued = Queued { job, back: back.clone(), size, since: Instant::now() };
        match self.queue.try_send(Some(queued)) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(order) | TrySendError::Closed(order)) => {
                self.bytes.fetch_sub(size, Ordering::Relaxed);
                // What comes back is what was sent.
                order.map_or(Ok(()), |queued| Err(queued.job.pending))
            }
        }
    }

    /// Bytes of jobs that wait.
    pub(crate) fn waiting_bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed) as u64
    }

    /// Lets the thread finish what is queued, and then end.
    pub(crate) async fn stop(&self) {
        // A thread that has ended already needs not be told.
        _ = self.queue.send(None).await;
    }
}

struct Thread {
    store: Arc<Store>,
    hub: Arc<Hub>,
    metrics: Arc<Metrics>,
    clock: fn() -> u64,
    bytes: Arc<AtomicUsize>,
}

impl Thread {
    fn run(self, mut orders: mpsc::Receiver<Order>) -> Result<(), StoreError> {
        let mut stopping = false;
        while !stopping && let Some(Some(first)) = orders.blocking_recv() {
            let batch;
            (batch, stopping) = take_batch(first, &mut orders);
            self.bytes.fetch_sub(batch.iter().map(|queued| queued.size).sum(), Ordering::Relaxed);
            self.write(batch)?;
        }
        Ok(())
    }

    fn write(&self, batch: Vec<Queued>) -> Result<(), StoreError> {
        let now = (self.clock)();
        self.metrics.batch(batch.len());
        match self.store.write(batch.iter().map(|queued| &queued.job.write), now) {
            Ok(applied) => batch.into_iter().zip(applied).for_each(|(queued, applied)| self.publish(queued, applied)),
            Err(error) if !error.is_one_rows() => {
                batch.into_iter().for_each(|queued| self.fail(queued, &error));
                return Err(error);
            }
            // One row that cannot be read must not hold up the rest: each write on its own.
            Err(_) => {
                for queued in batch {
                    match self.store.write([&queued.job.write], now) {
                        Ok(mut applied) => self.publish(queued, applied.remove(0)),
                        Err(error) if error.is_one_rows() => self.fail(queued, &error),
                        Err(error) => {
                            self.fail(queued, &error);
                            return Err(error);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn publish(&self, queued: Queued, applied: Applied) {
        self.metrics.writes.add(1);
        if let Write::Append { .. } | Write::Commit { .. } = queued.job.write {
            self.metrics.appended(queued.since.elapsed());
        }
        for event in applied.events {
            self.hub.publish(event);
        }
        queued.back.send(Note::Done(queued.job.pending, applied.reply));
    }

    fn fail(&self, queued: Queued, error: &StoreError) {
        tracing::error!(%error, "a write failed");
        self.metrics.failed.add(1);
        queued.back.send(Note::Done(queued.job.pending, refused(Refusal::Internal)));
    }
}

/// The first job and what is queued behind it, up to the bounds of one transaction; and whether it is the last.
fn take_batch(first: Queued, orders: &mut mpsc::Receiver<Order>) -> (Vec<Queued>, bool) {
    let mut size = first.size;
    let mut batch = vec![first];
    while batch.len() < BATCH_WRITES && size < BATCH_BYTES {
        match orders.try_recv() {
            Ok(Some(next)) => {
                size += next.size;
                batch.push(next);
            }
            Ok(None) => return (batch, true),
            Err(_) => break,
        }
    }
    (batch, false)
}

impl Write {
    /// About how many bytes this holds in memory.
    fn size(&self) -> usize {
        const HEAD: usize = 256;
        HEAD + match self {
            Self::Append { body, .. } | Self::PutCell { body, .. } => body.len(),
            Self::Commit { commit, .. } => {
                commit.body.len() + commit.welcomes.iter().map(|welcome| HEAD + welcome.body.len()).sum::<usize>()
            }
            Self::Deliver(delivery) => delivery.body.len(),
            Self::FillPool { filling, .. } => {
                filling.packages.iter().chain(&filling.last_resort).map(|package| package.len()).sum()
            }
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xchat_wire::{Address, Request, Seq};

    /// A queue that nobody empties.
    fn stuck() -> (Writer, mpsc::Receiver<Order>) {
        let (queue, jobs) = mpsc::channel(QUEUE_WRITES);
        (Writer { queue, bytes: Arc::default() }, jobs)
    }

    fn job(body: usize) -> Job {
        let cell = Address::new([1; 32]);
        let owner = xchat_wire::PublicKey::new([2; 32]);
        let write = match body {
            0 => Write::Acknowledge { inbox: cell, upto: Seq(1) },
            _ => Write::PutCell { cell, owner, version: 1, body: vec![0; body].into() },
        };
        Job { pending: Pending::new(Request(1)), write }
    }

    #[test]
    fn a_queue_full_of_writes_gives_the_next_one_back() {
        let (writer, _jobs) = stuck();
        let (back, _notes) = Sender::new(1);
        assert!((0..QUEUE_WRITES).all(|_| writer.submit(job(0), &back).is_ok()));
        assert!(writer.submit(job(0), &back).is_err());
    }

    #[test]
    fn a_queue_full_of_bytes_gives_the_next_one_back_and_takes_smaller_ones() {
        let (writer, mut jobs) = stuck();
        let (back, _notes) = Sender::new(1);
        let size = QUEUE_BYTES / 8;
        assert!((0..7).all(|_| writer.submit(job(size), &back).is_ok()));
        assert!(writer.submit(job(size), &back).is_err());
        assert!(writer.submit(job(100), &back).is_ok());
        let Ok(Some(first)) = jobs.try_recv() else { panic!("a write was queued") };
        let (batch, last) = take_batch(first, &mut jobs);
        assert_eq!((batch.len(), last), (2, false), "a batch ends where it is over its bytes");
    }
}
