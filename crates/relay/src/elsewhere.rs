//! What a relay asks of the others that it shares a cluster with: whether it has heard all that they have, whether they agree on
//! what is old, and to pass signals on. A relay by itself has heard everything, decides alone, and has nobody to tell.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout};

/// How long a client at the door waits for the relay to catch up.
const DOOR: Duration = Duration::from_secs(8);
/// A relay that has not known for so long that it has everything is not ready: the longest time for which it says so of a view
/// that is behind.
const STALE: Duration = Duration::from_secs(5);
/// By so many milliseconds a relay's clock may differ from its cluster's. One that differs by more removes nothing that is old.
pub(crate) const CLOCK_BOUND_MS: u64 = 10_000;

/// The way to the others; none for a relay by itself.
#[derive(Default)]
pub(crate) struct Elsewhere(pub(crate) Option<Others>);

/// What the tasks of a cluster are asked through.
pub(crate) struct Others {
    /// Answered once everything is applied that the cluster had when it was asked.
    pub(crate) catch_up: mpsc::Sender<oneshot::Sender<()>>,
    /// Answered by whether this relay's retention still is the cluster's.
    pub(crate) retention: mpsc::Sender<oneshot::Sender<bool>>,
    /// None before the first time.
    pub(crate) fresh: watch::Receiver<Option<Fresh>>,
    /// Signals to be passed on.
    pub(crate) signals: mpsc::Sender<Bytes>,
}

/// The last time that a relay knew that it had everything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fresh {
    /// It has everything that was accepted before this.
    pub(crate) at: Instant,
    /// By how much its clock differed from the cluster's, in milliseconds.
    pub(crate) clock_off_ms: u64,
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
        others.fresh.borrow().is_some_and(|fresh| fresh.at.elapsed() < STALE)
    }

    /// Done as soon as it is so; never, for a relay that has ceased to follow its cluster and is about to end.
    pub(crate) async fn fresh(&self) {
        let Some(others) = &self.0 else { return };
        let mut fresh = others.fresh.clone();
        if fresh.wait_for(|fresh| fresh.is_some_and(|fresh| fresh.at.elapsed() < STALE)).await.is_err() {
            std::future::pending().await
        }
    }

    /// By how much this relay's clock differed from its cluster's when it last looked, in milliseconds.
    pub(crate) fn clock_off_ms(&self) -> u64 {
        let fresh = self.0.as_ref().and_then(|others| *others.fresh.borrow());
        fresh.map_or(0, |fresh| fresh.clock_off_ms)
    }

    /// Whether its clock differs by more than it may.
    pub(crate) fn clock_is_off(&self) -> bool {
        self.clock_off_ms() > CLOCK_BOUND_MS
    }

    /// Whether what is old for this relay is old for the cluster: it knows the cluster's clock and agrees with it, and its
    /// retention is the cluster's.
    pub(crate) async fn agrees_on_age(&self) -> bool {
        let Some(others) = &self.0 else { return true };
        let (back, holds) = oneshot::channel();
        let asked = async { others.retention.send(back).await.is_ok() && holds.await == Ok(true) };
        self.catch_up().await && !self.clock_is_off() && timeout(DOOR, asked).await.unwrap_or(false)
    }

    /// Passes an encoded signal on, or drops it when the way is full.
    pub(crate) fn signal(&self, frame: &Bytes) {
        if let Some(others) = &self.0 {
            // Dropped, as every signal may be.
            _ = others.signals.try_send(frame.clone());
        }
    }
}
