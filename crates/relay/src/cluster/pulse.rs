//! Knows whether the relay has everything that the cluster has: a message without writes goes through the stream and is read
//! back, for clients at the door and for the relay itself every other second.
//!
//! Nobody is asked. A leader that was deposed and has not noticed answers for 10 to 20 s more, as if nothing came any longer; a
//! message that comes back has a majority behind it, and everything that was accepted before it was sent stands before it.
//! The view's clock comes back with it, and is compared with this machine's.

use std::collections::VecDeque;
use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::stream::Stream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::applier::{Reached, Returned};
use super::connect::check_server;
use super::error::ClusterError;
use super::message;
use super::stream::{SUBJECT, born};
use crate::elsewhere::{CLOCK_BOUND_MS, Fresh};

/// How often the relay sends one without being asked.
const EVERY: Duration = Duration::from_secs(2);
/// A pulse that has not come back by then may be lost: the next is sent.
const LOST: Duration = Duration::from_millis(500);
/// A pulse that has not come back by then is not waited for. Longer than a client waits at the door.
const GIVEN_UP: Duration = Duration::from_secs(10);
/// How often the relay looks whether the stream is still the one that it follows.
const SAME_STREAM: Duration = Duration::from_secs(5);
/// How long the stream's leader may take to say so.
const ANSWER: Duration = Duration::from_secs(2);
/// Clients that wait at the door together.
pub(super) const AT_THE_DOOR: usize = 4096;

/// What the task works on.
pub(super) struct Pulse {
    pub(super) client: Client,
    pub(super) me: [u8; 16],
    pub(super) clock: fn() -> u64,
    pub(super) asked: mpsc::Receiver<oneshot::Sender<()>>,
    pub(super) reached: watch::Receiver<Reached>,
    pub(super) returned: watch::Receiver<Returned>,
    pub(super) fresh: watch::Sender<Option<Fresh>>,
}

/// A pulse that is under way.
struct Sent {
    number: u64,
    at: Instant,
    /// This machine's clock when it was sent.
    clock: u64,
    /// Who came before it was sent.
    waiting: Vec<oneshot::Sender<()>>,
}

impl Pulse {
    /// Until nobody can ask any more, or a server turns out to be one that may not be relied on.
    pub(super) async fn run(mut self) -> Result<(), ClusterError> {
        let mut waiting: Vec<oneshot::Sender<()>> = Vec::new();
        let mut under_way: VecDeque<Sent> = VecDeque::new();
        let (mut number, mut due) = (0, Instant::now());
        loop {
            tokio::select! {
                asked = self.asked.recv() => match asked {
                    Some(back) => waiting.push(back),
                    None => return Ok(()),
                },
                // Whoever applies has ended: then the relay ends.
                changed = self.returned.changed() => match changed {
                    Ok(()) => self.came_back(&mut under_way),
                    Err(_) => return Ok(()),
                },
                () = sleep_until(due) => {}
            }
            // One pulse answers everyone who came before it was sent.
            waiting.extend(std::iter::from_fn(|| self.asked.try_recv().ok()));
            check_server(&self.client)?;
            under_way.retain(|sent| sent.at.elapsed() < GIVEN_UP);
            let at = Instant::now();
            if at >= due || (under_way.is_empty() && !waiting.is_empty()) {
                number += 1;
                let payload = message::encode(self.me, number, *self.reached.borrow(), &[]);
                // In an election nobody takes it; then the next is sent, and whoever waits goes on waiting.
                _ = timeout(LOST, self.client.publish(SUBJECT, payload.into())).await;
                let waiting = std::mem::take(&mut waiting);
                under_way.push_back(Sent { number, at, clock: (self.clock)(), waiting });
            }
            due = under_way.back().map_or(at + EVERY, |last| last.at + LOST);
        }
    }

    /// Answers whoever waited for the pulse that came back last, or for one before it.
    fn came_back(&mut self, under_way: &mut VecDeque<Sent>) {
        let Returned { number, clock } = *self.returned.borrow_and_update();
        while let Some(sent) = under_way.pop_front_if(|sent| sent.number <= number) {
            if sent.number == number {
                let clock_off_ms = apart(clock, sent.clock, (self.clock)());
                self.tell_of_clock(clock_off_ms);
                self.fresh.send_replace(Some(Fresh { at: sent.at, clock_off_ms }));
            }
            for back in sent.waiting {
                // A client that has gone waits no more.
                _ = back.send(());
            }
        }
    }

    /// A line when the clocks begin to differ, and one when they no longer do.
    fn tell_of_clock(&self, off_ms: u64) {
        let was_off = self.fresh.borrow().is_some_and(|fresh| fresh.clock_off_ms > CLOCK_BOUND_MS);
        match (was_off, off_ms > CLOCK_BOUND_MS) {
            (false, true) => tracing::error!(
                off_ms,
                "this machine's clock differs from the cluster's: nothing old is removed from here until they agree; look at NTP on \
                 this machine and on the NATS servers"
            ),
            (true, false) => tracing::info!("this machine's clock agrees with the cluster's again"),
            _ => {}
        }
    }
}

/// By how much the view's clock lies outside the time in which its message was under way, in milliseconds.
fn apart(view: u64, sent: u64, back: u64) -> u64 {
    sent.saturating_sub(view).max(view.saturating_sub(back))
}

/// Ends when the stream was made anew: what came of it under the old numbers would be skipped, or taken for what it is not.
pub(super) async fn same_stream(stream: Stream, of: u64) -> Result<(), ClusterError> {
    loop {
        sleep(SAME_STREAM).await;
        if let Ok(Ok(info)) = timeout(ANSWER, stream.get_info()).await
            && born(&info) != of
        {
            return Err(ClusterError::Nats("the stream was made anew while the relay followed it".into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_apart_by_what_the_way_through_the_stream_does_not_explain() {
        assert_eq!(apart(1500, 1000, 2000), 0, "a slow way is no other clock");
        assert_eq!(apart(400, 1000, 2000), 600);
        assert_eq!(apart(2700, 1000, 2000), 700);
    }
}
