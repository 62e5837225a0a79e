//! The one thread that writes: group commit without a timer.
//!
//! It takes what has queued up while the last commit was under way, hands it to the storage as one batch, and only then
//! answers, in the order of the writes. The queue is bounded: a write that finds it full was not done.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Instant;

use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::sync::oneshot;
use xchat_wire::Refusal;

use crate::hub::{Note, Sender};
use crate::limits::{BATCH_WRITES, QUEUE_BYTES, QUEUE_WRITES};
use crate::metrics::Metrics;
use crate::session::{Job, Pending};
use crate::storage::{Storage, StorageError};
use crate::store::{Outcome, Write, refused};

/// Whose write it is, and the way back.
enum Work {
    Job(Job, Sender),
    /// The relay's own.
    Chore(Write, oneshot::Sender<Outcome>),
}

impl Work {
    fn write(&self) -> &Write {
        match self {
            Self::Job(job, _) => &job.write,
            Self::Chore(write, _) => write,
        }
    }
}

struct Queued {
    work: Work,
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
    /// Starts the thread. It returns early only with an error after which the storage is of no use.
    pub(crate) fn start(
        storage: Box<dyn Storage>,
        metrics: Arc<Metrics>,
    ) -> std::io::Result<(Self, JoinHandle<Result<(), StorageError>>)> {
        let (queue, jobs) = mpsc::channel(QUEUE_WRITES);
        let bytes = Arc::new(AtomicUsize::new(0));
        let thread = Thread { storage, metrics, bytes: bytes.clone() };
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
        let queued = Queued { work: Work::Job(job, back.clone()), size, since: Instant::now() };
        match self.queue.try_send(Some(queued)) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(order) | TrySendError::Closed(order)) => {
                self.bytes.fetch_sub(size, Ordering::Relaxed);
                match order {
                    Some(Queued { work: Work::Job(job, _), .. }) => Err(job.pending),
                    // What comes back is what was sent.
                    _ => Ok(()),
                }
            }
        }
    }

    /// Has a write of the relay's own done, behind whatever is queued; none when the relay stops before.
    pub(crate) async fn chore(&self, write: Write) -> Option<Outcome> {
        let (back, outcome) = oneshot::channel();
        let size = write.size();
        self.bytes.fetch_add(size, Ordering::Relaxed);
        let queued = Queued { work: Work::Chore(write, back), size, since: Instant::now() };
        self.queue.send(Some(queued)).await.ok()?;
        outcome.await.ok()
    }

    /// Has a write of the relay's own done some time, or not at all where there is no room in the queue. Nobody waits for it.
    pub(crate) fn aside(&self, write: Write) {
        let size = write.size();
        let queued = Queued { work: Work::Chore(write, oneshot::channel().0), size, since: Instant::now() };
        self.bytes.fetch_add(size, Ordering::Relaxed);
        if self.queue.try_send(Some(queued)).is_err() {
            self.bytes.fetch_sub(size, Ordering::Relaxed);
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
    storage: Box<dyn Storage>,
    metrics: Arc<Metrics>,
    bytes: Arc<AtomicUsize>,
}

impl Thread {
    fn run(self, mut orders: mpsc::Receiver<Order>) -> Result<(), StorageError> {
        let mut stopping = false;
        while !stopping && let Some(Some(first)) = orders.blocking_recv() {
            let batch;
            (batch, stopping) = take_batch(first, &mut orders, self.storage.batch_bytes());
            self.bytes.fetch_sub(batch.iter().map(|queued| queued.size).sum(), Ordering::Relaxed);
            self.commit(batch)?;
        }
        Ok(())
    }

    fn commit(&self, batch: Vec<Queued>) -> Result<(), StorageError> {
        // The relay's own writes are nobody's load.
        match batch.iter().filter(|queued| matches!(queued.work, Work::Job(..))).count() {
            0 => {}
            jobs => self.metrics.batch(jobs),
        }
        let writes: Vec<&Write> = batch.iter().map(|queued| queued.work.write()).collect();
        let committed = self.storage.commit(&writes);
        match committed {
            Ok(outcomes) => {
                batch.into_iter().zip(outcomes).for_each(|(queued, outcome)| self.answer(queued, outcome));
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, "a write failed");
                batch.into_iter().for_each(|queued| self.fail(queued));
                Err(error)
            }
        }
    }

    fn answer(&self, queued: Queued, outcome: Outcome) {
        match queued.work {
            Work::Job(job, back) => {
                self.metrics.writes.add(1);
                if let Write::Append { .. } | Write::Commit { .. } = job.write {
                    self.metrics.appended(queued.since.elapsed());
                }
                back.send(Note::Done(job.pending, outcome.into_reply()));
            }
            // Whoever asked may have gone.
            Work::Chore(_, back) => _ = back.send(outcome),
        }
    }

    fn fail(&self, queued: Queued) {
        self.metrics.failed.add(1);
        if let Work::Job(job, back) = queued.work {
            back.send(Note::Done(job.pending, refused(Refusal::Internal)));
        }
    }
}

/// The first job and what is queued behind it, up to the bounds of one batch; and whether it is the last.
fn take_batch(first: Queued, orders: &mut mpsc::Receiver<Order>, bytes: usize) -> (Vec<Queued>, bool) {
    let mut size = first.size;
    let mut batch = vec![first];
    while batch.len() < BATCH_WRITES && size < bytes {
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
            Self::RemoveBlobs { hashes, .. } => 32 * hashes.len(),
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::BATCH_BYTES;
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
        let (batch, last) = take_batch(first, &mut jobs, BATCH_BYTES);
        assert_eq!((batch.len(), last), (2, false), "a batch ends where it is over its bytes");
    }
}
