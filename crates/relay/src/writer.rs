//! The one thread that writes: group commit without a timer.
//!
//! It takes what has queued up while the last commit was under way, by turns of the network addresses that it comes from, hands
//! it to the storage as one batch, and only then answers. Writes of one connection keep their order. The queue is bounded: a write
//! that finds it full was not done.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};
use xchat_wire::Refusal;

use crate::hub::{Note, Sender};
use crate::lanes::Lanes;
use crate::limits::{QUEUE_ASIDES, QUEUE_BYTES, QUEUE_QUARTERS, QUEUE_WRITES};
use crate::metrics::Metrics;
use crate::session::{Job, Pending};
use crate::share::Room;
use crate::storage::{Storage, StorageError};
use crate::store::{Outcome, Write, refused};

/// Whose write it is, and the way back.
enum Work {
    Job(Job, Sender, Room),
    /// The relay's own.
    Chore(Write, oneshot::Sender<Outcome>),
}

impl Work {
    fn write(&self) -> &Write {
        match self {
            Self::Job(job, ..) => &job.write,
            Self::Chore(write, _) => write,
        }
    }
}

impl Work {
    fn lane(&self) -> u64 {
        match self {
            Self::Job(_, _, room) => room.lane,
            Self::Chore(..) => 0,
        }
    }
}

struct Queued {
    work: Work,
    since: Instant,
}

/// How much waits.
#[derive(Default)]
struct Load {
    writes: AtomicUsize,
    bytes: AtomicUsize,
}

impl Load {
    fn add(&self, bytes: usize) -> (usize, usize) {
        let before = (self.writes.fetch_add(1, Ordering::Relaxed), self.bytes.fetch_add(bytes, Ordering::Relaxed));
        (before.0 + 1, before.1 + bytes)
    }

    fn subtract(&self, writes: usize, bytes: usize) {
        self.writes.fetch_sub(writes, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// None: nothing comes after this.
type Order = Option<Queued>;

/// Where sessions leave their jobs. The thread ends when it is told to stop, or the last one is dropped.
#[derive(Clone)]
pub(crate) struct Writer {
    /// Unbounded in itself: [`Load`] bounds it, and counts what the thread has sorted into lanes too.
    queue: mpsc::UnboundedSender<Order>,
    load: Arc<Load>,
}

impl Writer {
    /// Starts the thread. It returns early only with an error after which the storage is of no use.
    pub(crate) fn start(
        storage: Box<dyn Storage>,
        metrics: Arc<Metrics>,
    ) -> std::io::Result<(Self, JoinHandle<Result<(), StorageError>>)> {
        let (queue, jobs) = mpsc::unbounded_channel();
        let load = Arc::new(Load::default());
        let thread = Thread { storage, metrics, load: load.clone() };
        let handle = std::thread::Builder::new().name("writer".into()).spawn(move || thread.run(jobs))?;
        Ok((Self { queue, load }, handle))
    }

    /// Queues a job whose outcome goes to `back`; gives it back when there is no room. The last quarter is for addresses of which
    /// nothing else waits: any number that flood leave it to whoever comes then.
    pub(crate) fn submit(&self, job: Job, back: &Sender, room: Room) -> Result<(), Pending> {
        let size = job.write.size();
        let (writes, bytes) = self.load.add(size);
        let quarters = if room.alone { 4 } else { QUEUE_QUARTERS };
        if writes > QUEUE_WRITES / 4 * quarters || bytes > QUEUE_BYTES / 4 * quarters {
            self.load.subtract(1, size);
            return Err(job.pending);
        }
        let queued = Queued { work: Work::Job(job, back.clone(), room), since: Instant::now() };
        match self.queue.send(Some(queued)) {
            Ok(()) => Ok(()),
            Err(mpsc::error::SendError(order)) => {
                self.load.subtract(1, size);
                match order {
                    Some(Queued { work: Work::Job(job, ..), .. }) => Err(job.pending),
                    // What comes back is what was sent.
                    _ => Ok(()),
                }
            }
        }
    }

    /// Has a write of the relay's own done, in its turn; none when the relay stops before.
    pub(crate) async fn chore(&self, write: Write) -> Option<Outcome> {
        let (back, outcome) = oneshot::channel();
        self.load.add(write.size());
        let queued = Queued { work: Work::Chore(write, back), since: Instant::now() };
        self.queue.send(Some(queued)).ok()?;
        outcome.await.ok()
    }

    /// Has a write of the relay's own done some time, or not at all while much waits: clients go first. Nobody waits for it.
    pub(crate) fn aside(&self, write: Write) {
        let size = write.size();
        let queued = Queued { work: Work::Chore(write, oneshot::channel().0), since: Instant::now() };
        let (writes, bytes) = self.load.add(size);
        if writes > QUEUE_ASIDES || bytes > QUEUE_BYTES / 8 || self.queue.send(Some(queued)).is_err() {
            self.load.subtract(1, size);
        }
    }

    /// Bytes of jobs that wait.
    pub(crate) fn waiting_bytes(&self) -> u64 {
        self.load.bytes.load(Ordering::Relaxed) as u64
    }

    /// Lets the thread finish what is queued, and then end.
    pub(crate) fn stop(&self) {
        // A thread that has ended already needs not be told.
        _ = self.queue.send(None);
    }
}

struct Thread {
    storage: Box<dyn Storage>,
    metrics: Arc<Metrics>,
    load: Arc<Load>,
}

impl Thread {
    fn run(self, mut orders: mpsc::UnboundedReceiver<Order>) -> Result<(), StorageError> {
        let mut lanes = Lanes::default();
        let mut stopping = false;
        loop {
            if lanes.is_empty() {
                let Some(Some(first)) = (if stopping { None } else { orders.blocking_recv() }) else { return Ok(()) };
                sort(first, &mut lanes);
            }
            stopping |= sort_all(&mut orders, &mut lanes);
            let (batch, bytes) = lanes.batch(self.storage.batch_bytes());
            self.load.subtract(batch.len(), bytes);
            self.commit(batch)?;
        }
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
            Work::Job(job, back, _) => {
                self.metrics.writes.add(1);
                if let Write::Append { .. } | Write::Commit { .. } = job.write {
                    self.metrics.appended(queued.since.elapsed());
                }
                back.send(Note::Done(Box::new((job.pending, outcome.into_reply()))));
            }
            // Whoever asked may have gone.
            Work::Chore(_, back) => _ = back.send(outcome),
        }
    }

    fn fail(&self, queued: Queued) {
        self.metrics.failed.add(1);
        if let Work::Job(job, back, _) = queued.work {
            back.send(Note::Done(Box::new((job.pending, refused(Refusal::Internal)))));
        }
    }
}

/// Puts everything that has come into its lane; whether nothing comes after it.
fn sort_all(orders: &mut mpsc::UnboundedReceiver<Order>, lanes: &mut Lanes<Queued>) -> bool {
    loop {
        match orders.try_recv() {
            Ok(Some(next)) => sort(next, lanes),
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

fn sort(queued: Queued, lanes: &mut Lanes<Queued>) {
    let (lane, size) = (queued.work.lane(), queued.work.write().size());
    lanes.push(lane, queued, size);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::BATCH_BYTES;
    use crate::share::Share;
    use xchat_wire::{Address, Request, Seq};

    /// A queue that nobody empties.
    fn stuck() -> (Writer, mpsc::UnboundedReceiver<Order>) {
        let (queue, jobs) = mpsc::unbounded_channel();
        (Writer { queue, load: Arc::default() }, jobs)
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

    /// A job of another network address than all before.
    fn submit(writer: &Writer, body: usize) -> Result<(), Pending> {
        let ((back, _notes), room) = (Sender::new(1), Share::new().try_room(body).unwrap());
        writer.submit(job(body), &back, room)
    }

    #[test]
    fn what_nobody_waits_for_leaves_room_for_clients() {
        let (writer, mut jobs) = stuck();
        let used = || Write::Use { kept: crate::store::Kept::Cell, address: Address::new([1; 32]) };
        (0..2 * QUEUE_WRITES).for_each(|_| writer.aside(used()));
        assert_eq!(jobs.len(), QUEUE_ASIDES);
        for count in 0..QUEUE_WRITES - QUEUE_ASIDES {
            assert!(submit(&writer, 0).is_ok(), "{count}");
        }
        writer.aside(used());
        assert_eq!(jobs.len(), QUEUE_WRITES, "and clients go first");
        while jobs.try_recv().is_ok() {}
    }

    #[test]
    fn a_queue_full_of_writes_gives_the_next_one_back() {
        let (writer, _jobs) = stuck();
        assert!((0..QUEUE_WRITES).all(|_| submit(&writer, 0).is_ok()));
        assert!(submit(&writer, 0).is_err());
    }

    #[test]
    fn a_queue_full_of_bytes_gives_the_next_one_back_and_takes_smaller_ones() {
        let (writer, mut jobs) = stuck();
        let size = QUEUE_BYTES / 8;
        assert!((0..7).all(|_| submit(&writer, size).is_ok()));
        assert!(submit(&writer, size).is_err());
        assert!(submit(&writer, 100).is_ok());
        let mut lanes = Lanes::default();
        assert!(!sort_all(&mut jobs, &mut lanes));
        let (batch, bytes) = lanes.batch(BATCH_BYTES);
        assert_eq!(batch.len(), 3, "a batch ends where it is over its bytes, and the small one is in the first");
        writer.load.subtract(batch.len(), bytes);
        assert!(submit(&writer, size).is_ok(), "what was taken makes room");
    }

    #[test]
    fn many_addresses_that_flood_leave_room_for_one_that_does_not() {
        let (writer, _jobs) = stuck();
        let size = crate::limits::ADDRESS_BYTES / 4;
        let ((back, _notes), flooders) = (Sender::new(1), [(); 16].map(|()| Share::new()));
        let flood = |share: &Share| {
            share.try_room(size).is_some_and(|room| writer.submit(job(size - 1000), &back, room).is_ok())
        };
        let taken: Vec<usize> = flooders.iter().map(|share| (0..4).filter(|_| flood(share)).count()).collect();
        assert_eq!(taken, [4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 1, 1, 1, 1], "three quarters, and then one each");
        assert!(submit(&writer, 1000).is_ok(), "somebody else comes, and is served");
    }

    #[test]
    fn a_write_that_is_taken_gives_its_address_room_for_the_next() {
        let (writer, mut jobs) = stuck();
        let ((back, _notes), share) = (Sender::new(1), Share::new());
        let most = crate::limits::ADDRESS_BYTES;
        writer.submit(job(100), &back, share.try_room(most).unwrap()).ok().unwrap();
        assert!(share.try_room(1).is_none());
        drop(jobs.try_recv());
        assert!(share.try_room(most).is_some());
    }
}
