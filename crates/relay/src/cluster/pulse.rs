//! Knows whether the relay has everything that the cluster has: asked by clients at the door, and by itself every second.

use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::stream::Stream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout};

use super::applier::Reached;
use super::connect::check_server;
use super::error::ClusterError;
use super::stream::born;

/// How often the relay asks without being asked.
const EVERY: Duration = Duration::from_secs(1);
/// How long the stream's leader may take to answer.
const ANSWER: Duration = Duration::from_secs(2);
/// Clients that wait at the door together.
pub(super) const AT_THE_DOOR: usize = 4096;

/// What the task works on.
pub(super) struct Pulse {
    pub(super) client: Client,
    pub(super) stream: Stream,
    /// When the stream was made that this relay follows.
    pub(super) born: u64,
    pub(super) asked: mpsc::Receiver<oneshot::Sender<()>>,
    pub(super) reached: watch::Receiver<Reached>,
    pub(super) fresh_at: watch::Sender<Option<Instant>>,
}

impl Pulse {
    /// Until nobody can ask any more, or a server turns out to be one that may not be relied on.
    pub(super) async fn run(mut self) -> Result<(), ClusterError> {
        let mut waiting: Vec<oneshot::Sender<()>> = Vec::new();
        loop {
            match timeout(EVERY, self.asked.recv()).await {
                Ok(Some(first)) => waiting.push(first),
                Ok(None) => return Ok(()),
                Err(_) => {}
            }
            // One question answers everyone who came before it was put.
            waiting.extend(std::iter::from_fn(|| self.asked.try_recv().ok()));
            check_server(&self.client)?;
            let asked_at = Instant::now();
            // In an election nobody answers: whoever waits goes on waiting, for as long as it likes.
            let Ok(Ok(info)) = timeout(ANSWER, self.stream.get_info()).await else {
                waiting.retain(|back| !back.is_closed());
                continue;
            };
            if born(&info) != self.born {
                return Err(ClusterError::Nats("the stream was made anew while the relay followed it".into()));
            }
            let (reached, fresh_at, last) = (self.reached.clone(), self.fresh_at.clone(), info.state.last_sequence);
            tokio::spawn(settle(reached, last, std::mem::take(&mut waiting), fresh_at, asked_at));
        }
    }
}

/// Answers as soon as the view has come so far.
async fn settle(
    mut reached: watch::Receiver<Reached>,
    last: u64,
    waiting: Vec<oneshot::Sender<()>>,
    fresh_at: watch::Sender<Option<Instant>>,
    asked_at: Instant,
) {
    if reached.wait_for(|(seq, _)| *seq >= last).await.is_err() {
        return;
    }
    fresh_at.send_if_modified(|at| {
        let later = at.is_none_or(|at| at < asked_at);
        *at = (*at).max(Some(asked_at));
        later
    });
    for back in waiting {
        // A client that has gone waits no more.
        _ = back.send(());
    }
}
