//! What a relay asks of the others that it shares a cluster with: whether it has heard all that they have, and to pass signals
//! on. A relay by itself has heard everything, and nobody to tell.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout};

/// How long a client at the door waits for the relay to catch up.
const DOOR: Duration = Duration::from_secs(8);
/// A relay that has not known for so long that it has everything is not ready.
const STALE: Duration = Duration::from_secs(5);

/// The way to the others; none for a relay by itself.
#[derive(Default)]
pub(crate) struct Elsewhere(pub(crate) Option<Others>);

/// What the tasks of a cluster are asked through.
pub(crate) struct Others {
    /// Answered once everything is applied that the cluster had when it was asked.
    pub(crate) catch_up: mpsc::Sender<oneshot::Sender<()>>,
    /// When the relay last knew that it had everything; none before the first time.
    pub(crate) fresh_at: watch::Receiver<Option<Instant>>,
    /// Signals to be passed on.
    pub(crate) signals: mpsc::Sender<Bytes>,
}

impl Elsewhere {
    /// Done when the relay has applied all that had been accepted anywhere when this was called; false when that takes too
    /// long. A client that comes from another relay would else be told that what it knows is unknown.
    pub(crate) async fn catch_up(&self) -> bool {
        let Some(others) = &self.0 else { return true };
        let (back, caught_up) = oneshot::channel();
        let asked = async { others.catch_up.send(back).await.is_ok() && caught_up.await.is_ok() };
        timeout(DOOR, asked).await.unwrap_or(false)
    }

    /// Whether the relay knew within the last seconds that it had everything.
    pub(crate) fn is_fresh(&self) -> bool {
        let Some(others) = &self.0 else { return true };
        others.fresh_at.borrow().is_some_and(|at| at.elapsed() < STALE)
    }

    /// Passes an encoded signal on, or drops it when the way is full.
    pub(crate) fn signal(&self, frame: &Bytes) {
        if let Some(others) = &self.0 {
            // Dropped, as every signal may be.
            _ = others.signals.try_send(frame.clone());
        }
    }
}
