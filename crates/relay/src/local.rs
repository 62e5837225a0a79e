//! The relay in one process and one thread: no socket, no async code, no clock of its own.
//!
//! A simulation gives it bytes and the time and takes bytes back; sessions and store are those of the server. A write is
//! applied at once, in a batch of one, and what it publishes is queued for every connection before `receive` returns. It has
//! no HTTP, hence no TURN, and blobs only when it is told to keep them: else requests are answered as not offered.

#[cfg(feature = "server")]
mod blobs;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use xchat_wire::{Challenge, Refusal, Reply, Request};

use crate::limits::EXPIRE_STEP;
use crate::session::{Errand, Job, Session, Wanted};
use crate::store::{OpenError, Outcome, Store, Write, day_of, refused};
use crate::tally::Tally;

/// One connection to a [`Relay`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(u64);

/// A relay that is driven by calls. See the module for what it is for.
pub struct Relay {
    store: Store,
    sessions: BTreeMap<ConnectionId, Session>,
    /// A simulation bounds itself.
    proved: Arc<Tally>,
    next: u64,
    #[cfg(feature = "server")]
    blobs: Option<blobs::Blobs>,
}

impl Relay {
    /// A relay whose store lives in memory.
    pub fn in_memory() -> Self {
        let store = Store::in_memory().expect("memory takes a new store");
        Self::over(store)
    }

    /// A relay over the store in this folder, which is created when there is none.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        Ok(Self::over(Store::open(folder)?))
    }

    fn over(store: Store) -> Self {
        Self {
            store,
            sessions: BTreeMap::new(),
            proved: Tally::new(usize::MAX),
            next: 0,
            #[cfg(feature = "server")]
            blobs: None,
        }
    }

    /// Time that is passed in is Unix time and never runs backwards: records are dated with it, and limits go by it.
    ///
    /// A client connects; [`ServerFrame::Welcome`](xchat_wire::ServerFrame::Welcome) is its first output. `origin` is what
    /// proofs on this connection must name, `challenge` must be fresh random bytes.
    pub fn connect(&mut self, now_ms: u64, origin: &str, challenge: [u8; 32]) -> ConnectionId {
        let id = ConnectionId(self.next);
        self.next += 1;
        let (challenge, proved) = (Challenge::new(challenge), self.proved.clone());
        self.sessions.insert(id, Session::new(Arc::from(origin), challenge, proved, now_ms, now_ms));
        id
    }

    /// One message from a client. Bytes for a connection that has ended are dropped, as by a socket.
    pub fn receive(&mut self, connection: ConnectionId, bytes: &[u8], now_ms: u64) {
        let Some(session) = self.sessions.get_mut(&connection) else { return };
        // Every session hears every event here, so that nobody need register.
        session.take_interest();
        let job = session.receive(bytes, now_ms, &self.store);
        self.work(connection, job, now_ms);
        self.run_errands(connection, now_ms);
    }

    /// Applies a job, and those that its outcome releases.
    fn work(&mut self, connection: ConnectionId, mut job: Option<Job>, now_ms: u64) {
        while let Some(Job { pending, write }) = job {
            let (reply, events) = match self.store.write([&write], now_ms) {
                Ok(applied) => applied.into_iter().next().map(|applied| (applied.outcome.into_reply(), applied.events)),
                Err(error) => {
                    tracing::error!(%error, "a write failed");
                    None
                }
            }
            .unwrap_or((refused(Refusal::Internal), Vec::new()));
            for event in &events {
                self.sessions.values_mut().for_each(|session| session.published(event));
            }
            let Some(session) = self.sessions.get_mut(&connection) else { return };
            job = session.complete(pending, reply, &self.store);
        }
    }

    /// Notes what is used, and passes signals on to every other session: each knows whether it listens.
    fn run_errands(&mut self, connection: ConnectionId, now_ms: u64) {
        let errands = self.sessions.get_mut(&connection).map(Session::take_errands).unwrap_or_default();
        for errand in errands {
            match errand {
                Errand::Signal(signal) => {
                    let others = self.sessions.iter_mut().filter(|(id, _)| **id != connection);
                    others.for_each(|(_, session)| session.signalled(&signal));
                }
                Errand::Use(kept, address, day) if day_of(now_ms) > day => {
                    if let Err(error) = self.store.write([&Write::Use { kept, address }], now_ms) {
                        tracing::error!(%error, "a use could not be noted");
                    }
                }
                Errand::Use(..) => {}
                Errand::Grant(request, wanted) => {
                    let reply = self.grant(&wanted, now_ms).unwrap_or(refused(Refusal::NotOffered));
                    let session = self.sessions.get_mut(&connection);
                    let job = session.and_then(|session| session.granted(request, reply, &self.store));
                    self.work(connection, job, now_ms);
                }
                Errand::Turn(request) => self.answer(connection, request, refused(Refusal::NotOffered)),
            }
        }
    }

    /// None: it keeps no blobs.
    #[cfg(feature = "server")]
    fn grant(&mut self, wanted: &Wanted, now_ms: u64) -> Option<Reply> {
        self.blobs.as_mut().map(|blobs| blobs.grant(&self.store, wanted, now_ms))
    }

    #[cfg(not(feature = "server"))]
    fn grant(&self, _: &Wanted, _: u64) -> Option<Reply> {
        None
    }

    fn answer(&mut self, connection: ConnectionId, request: Request, reply: Reply) {
        if let Some(session) = self.sessions.get_mut(&connection) {
            session.answered(request, reply);
        }
    }

    /// Everything that waits for this client, each an encoded `ServerFrame`, in order.
    pub fn take_output(&mut self, connection: ConnectionId) -> Vec<Vec<u8>> {
        let Some(session) = self.sessions.get_mut(&connection) else { return Vec::new() };
        let mut frames = Vec::new();
        loop {
            session.pump(&self.store);
            frames.extend(std::iter::from_fn(|| session.pop_output()).map(Vec::from));
            if !session.wants_pump() {
                return frames;
            }
        }
    }

    /// Whether the relay still listens to this client. When not, its last output has the goodbye.
    pub fn is_connected(&self, connection: ConnectionId) -> bool {
        self.sessions.get(&connection).is_some_and(|session| !session.is_closed())
    }

    /// The connection breaks: what was not taken is lost.
    pub fn disconnect(&mut self, connection: ConnectionId) {
        self.sessions.remove(&connection);
    }

    /// Time passes: ends connections that have been silent for too long.
    pub fn tick(&mut self, now_ms: u64) {
        self.sessions.values_mut().for_each(|session| session.tick(now_ms));
    }

    /// The relay says goodbye to everyone, as it does before it stops.
    pub fn shut_down(&mut self) {
        self.sessions.values_mut().for_each(Session::stop);
    }

    /// Bounds what is stored, in bytes as they are counted; 0 is no bound.
    pub fn bound(&mut self, bytes: u64) {
        if let Err(error) = self.store.write([&Write::Bound { bytes }], 0) {
            tracing::error!(%error, "the store could not be bounded");
        }
    }

    /// Removes records accepted before `before_ms`; how many entries went.
    pub fn expire(&mut self, before_ms: u64) -> usize {
        // The moment before: what was accepted then is the last that goes.
        let Some(last) = before_ms.checked_sub(1) else { return 0 };
        self.sweep(&Write::Expire { keep: 0, limit: EXPIRE_STEP }, last)
    }

    /// Removes records whose own time is over; how many went.
    pub fn end(&mut self, now_ms: u64) -> usize {
        self.sweep(&Write::End { limit: EXPIRE_STEP }, now_ms)
    }

    /// Removes logs, inboxes and cells that nobody has used since `before_ms`; how many were looked at.
    pub fn remove_unused(&mut self, before_ms: u64) -> usize {
        self.sweep(&Write::Unused { keep: 0, limit: EXPIRE_STEP }, before_ms)
    }

    /// One kind of sweep, in steps, until there is nothing left for it.
    fn sweep(&mut self, step: &Write, now_ms: u64) -> usize {
        let mut removed = 0;
        loop {
            match self.store.write([step], now_ms).map(|mut applied| applied.remove(0).outcome) {
                Ok(Outcome::Expired(EXPIRE_STEP)) => removed += EXPIRE_STEP as usize,
                Ok(Outcome::Expired(last)) => return removed + last as usize,
                Ok(_) => return removed,
                Err(error) => {
                    tracing::error!(%error, "records could not be expired");
                    return removed;
                }
            }
        }
    }
}
