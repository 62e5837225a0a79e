//! One connection, without its socket: frames in, writes and frames out.
//!
//! A frame that only reads is answered here. One that writes becomes a [`Job`], which whoever drives the session applies to
//! the store and brings back by [`Session::complete`]. Jobs may be under way together, in order; a frame that must see
//! their outcome is held until they are done. Time and randomness are parameters, so that a simulation drives this very code.

use std::sync::Arc;

use bytes::Bytes;
use xchat_wire::{
    Address, Challenge, ClientFrame, Goodbye, MAX_FRAME, Refusal, Reply, Request, SILENCE_MS, ServerFrame,
};

use crate::allowance::Allowance;
use crate::bucket::Bucket;
use crate::limits::{
    FRAMES, GRANTS, PIPELINE, PIPELINE_BYTES, RELEASES, RESTART_SPREAD_MS, RETRY_AFTER_MS, SIGNALS, TURN, TURNS,
};
use crate::output::Output;
use crate::rights::Rights;
use crate::signal::Signal;
use crate::store::{Event, Kept, Store, StoreError, Write, refused};
use crate::subscription::{Subscriptions, Turn};
use crate::tally::Tally;

mod asides;
mod requests;
#[cfg(test)]
mod tests;

pub(crate) use asides::Wanted;

/// A write that a frame asks for.
pub(crate) struct Job {
    pub(crate) pending: Pending,
    pub(crate) write: Write,
}

/// What a session must know about a job to answer its request.
pub(crate) struct Pending {
    pub(crate) request: Request,
    grant: Grant,
    /// Bytes that its write holds.
    size: usize,
}

impl Pending {
    /// A request that grants nothing.
    #[cfg(test)]
    pub(crate) fn new(request: Request) -> Self {
        Self { request, grant: Grant::Nothing, size: 0 }
    }
}

/// The right that comes with a write's success.
enum Grant {
    Nothing,
    Log(Address),
    Inbox(Address),
}

/// What a frame asks of another part of the relay than the store; the driver sees to it.
pub(crate) enum Errand {
    /// To be handed to everyone else who listens to its log. Its sender has its answer.
    Signal(Signal),
    /// A grant whose right is proved: to be answered by [`Session::granted`].
    Grant(Request, Wanted),
    /// Something was used, for the last time before on this day (its first millisecond of Unix time): to be noted once a day, when
    /// there is time. Nobody waits for it.
    Use(Kept, Address, u64),
    /// Credentials of TURN servers: to be answered by [`Session::answered`].
    Turn(Request),
}

/// One connection's state.
pub(crate) struct Session {
    origin: Arc<str>,
    challenge: Challenge,
    rights: Rights,
    subscriptions: Subscriptions,
    /// Subscriptions that began (true) or ended since the driver last asked.
    interest: Vec<(Address, bool)>,
    /// What the driver has not taken yet.
    errands: Vec<Errand>,
    output: Output,
    frames: Bucket,
    signals: Bucket,
    grants: Bucket,
    releases: Bucket,
    turns: Bucket,
    /// Bytes of blobs that it was granted.
    granted: Allowance,
    /// Grants that are not answered: what they claim may not be claimed yet.
    asked: usize,
    heard_at: u64,
    /// Jobs that have not come back.
    under_way: usize,
    /// Bytes that they hold.
    under_way_bytes: usize,
    /// One of them grants a right that the next frame may need.
    granting: bool,
    /// A frame that waits for them.
    held: Option<Box<ClientFrame>>,
    closed: bool,
}

impl Session {
    /// A connection to `origin`; its first output is the welcome. `now`, here and in every call, is milliseconds of a clock that
    /// nobody moves; `time` is Unix time, which the client is told. `proved` counts the addresses that it proves.
    pub(crate) fn new(origin: Arc<str>, challenge: Challenge, proved: Arc<Tally>, now: u64, time: u64) -> Self {
        let mut output = Output::default();
        output.push(&ServerFrame::Welcome { challenge, time });
        Self {
            origin,
            challenge,
            rights: Rights::new(proved),
            subscriptions: Subscriptions::default(),
            interest: Vec::new(),
            errands: Vec::new(),
            output,
            frames: Bucket::new(FRAMES, now),
            signals: Bucket::new(SIGNALS, now),
            grants: Bucket::new(GRANTS, now),
            releases: Bucket::new(RELEASES, now),
            turns: Bucket::new(TURN, now),
            granted: Allowance::default(),
            asked: 0,
            heard_at: now,
            under_way: 0,
            under_way_bytes: 0,
            granting: false,
            held: None,
            closed: false,
        }
    }

    /// Whether the next frame may be handed in. While not, the driver leaves it in the socket. What is under way has room for
    /// one more of any size.
    pub(crate) fn may_receive(&self) -> bool {
        let room = self.under_way < PIPELINE && self.under_way_bytes + MAX_FRAME <= PIPELINE_BYTES;
        !self.closed && self.held.is_none() && room
    }

    /// Takes one message, of bytes as they came.
    pub(crate) fn receive(&mut self, bytes: &[u8], now: u64, store: &Store) -> Option<Job> {
        if self.closed {
            return None;
        }
        self.heard_at = now;
        if self.frames.take(FRAMES, 1, now).is_err() {
            self.goodbye(Goodbye::Flood);
            return None;
        }
        match xchat_wire::decode(bytes) {
            Ok(frame) if self.must_wait(&frame) => {
                self.held = Some(Box::new(frame));
                None
            }
            Ok(frame) => self.handle(frame, store),
            Err(_) => {
                self.goodbye(Goodbye::BadFrame);
                None
            }
        }
    }

    /// A message that is no frame at all: text, or larger than any frame.
    pub(crate) fn receive_garbage(&mut self) {
        self.goodbye(Goodbye::BadFrame);
    }

    /// The outcome of a job; releases the frame that waited for it.
    pub(crate) fn complete(&mut self, pending: Pending, reply: Reply, store: &Store) -> Option<Job> {
        self.under_way = self.under_way.saturating_sub(1);
        self.under_way_bytes = self.under_way_bytes.saturating_sub(pending.size);
        if let Reply::Proved { .. } = &reply {
            self.grant(pending.grant);
        }
        if self.under_way == 0 {
            self.granting = false;
        }
        self.reply(pending.request, reply);
        self.next(store)
    }

    /// The frame that is held, if it need not wait any more.
    fn next(&mut self, store: &Store) -> Option<Job> {
        match self.held.take() {
            Some(frame) if self.must_wait(&frame) => {
                self.held = Some(frame);
                None
            }
            Some(frame) if !self.closed => self.handle(*frame, store),
            _ => None,
        }
    }

    /// A job found no room: its request was not done, and no later one may overtake it.
    pub(crate) fn busy(&mut self, pending: &Pending) {
        self.turn_away(pending, Goodbye::Restart, RETRY_AFTER_MS);
    }

    /// A job is more than its sender may ask for now: the same end, and when to come back.
    pub(crate) fn too_much(&mut self, pending: &Pending, retry_after_ms: u32) {
        self.turn_away(pending, Goodbye::Flood, retry_after_ms);
    }

    fn turn_away(&mut self, pending: &Pending, reason: Goodbye, retry_after_ms: u32) {
        self.reply(pending.request, refused(Refusal::Busy { retry_after_ms }));
        self.end(reason, retry_after_ms);
    }

    /// Something was stored.
    pub(crate) fn published(&mut self, event: &Event) {
        if self.closed {
            return;
        }
        match event {
            Event::Record { address, record } => {
                self.subscriptions.published(address, record, &self.rights, &mut self.output);
            }
            Event::Pool { address, packages } if self.subscriptions.has(address) => {
                self.output.push(&ServerFrame::Pool { inbox: *address, packages: *packages });
            }
            Event::Pool { .. } => {}
        }
        self.check_output();
    }

    /// Another member signals. It is the first thing to be dropped when the reader is slow, and is for those alone who have
    /// proved its epoch: a removed member still listens, and hears no more than the records that it may read.
    pub(crate) fn signalled(&mut self, signal: &Signal) {
        let proved = self.rights.log(&signal.log).is_some_and(|run| run.holds(signal.epoch));
        if !self.closed && proved && self.subscriptions.has(&signal.log) && self.output.has_room_for_signals() {
            self.output.push_encoded(signal.frame.clone());
        }
    }

    /// Lets subscriptions that are behind read from the store, as far as there is room. The driver has registered
    /// [`Session::take_interest`] before, so that nothing stored after the snapshot is missed. How many rows were found
    /// damaged: each costs one subscription one record, or that subscription itself.
    pub(crate) fn pump(&mut self, store: &Store) -> u32 {
        if self.closed || !self.wants_pump() {
            return 0;
        }
        let mut damaged = 0;
        if let Err(error) = self.read_turns(store, &mut damaged) {
            tracing::error!(%error, "a subscription could not be read");
            self.goodbye(Goodbye::Restart);
        }
        if damaged > 0 {
            tracing::error!(rows = damaged, "a subscription met damaged rows of the store");
        }
        damaged
    }

    fn read_turns(&mut self, store: &Store, damaged: &mut u32) -> Result<(), StoreError> {
        let snapshot = store.snapshot()?;
        for _ in 0..TURNS {
            if !self.wants_pump() {
                break;
            }
            match self.subscriptions.turn(&self.rights, &snapshot, &mut self.output)? {
                Turn::Read { damaged: met } => *damaged += met,
                Turn::Ended(address) => {
                    *damaged += 1;
                    self.interest.push((address, false));
                }
            }
        }
        Ok(())
    }

    /// Whether [`Session::pump`] has something to do.
    pub(crate) fn wants_pump(&self) -> bool {
        !self.closed && self.output.has_room() && self.subscriptions.any_behind()
    }

    /// Subscriptions that began (true) or ended (false) since the last call, in order.
    pub(crate) fn take_interest(&mut self) -> Vec<(Address, bool)> {
        std::mem::take(&mut self.interest)
    }

    /// Every address that it subscribes to.
    #[cfg_attr(not(feature = "server"), allow(dead_code, reason = "only a server has a hub"))]
    pub(crate) fn listens_to(&self) -> impl Iterator<Item = &Address> {
        self.subscriptions.addresses()
    }

    /// What frames have asked of other parts since the last call, in order.
    pub(crate) fn take_errands(&mut self) -> Vec<Errand> {
        std::mem::take(&mut self.errands)
    }

    /// The answer to a request that the driver saw to.
    pub(crate) fn answered(&mut self, request: Request, reply: Reply) {
        self.reply(request, reply);
    }

    /// The answer to a grant; releases the frame that waited for it.
    pub(crate) fn granted(&mut self, request: Request, reply: Reply, store: &Store) -> Option<Job> {
        self.asked = self.asked.saturating_sub(1);
        self.reply(request, reply);
        self.next(store)
    }

    /// A grant of so many bytes was refused after all: they do not count.
    #[cfg_attr(not(feature = "server"), allow(dead_code, reason = "only a server has blobs"))]
    pub(crate) fn not_granted(&mut self, bytes: u64) {
        self.granted.give_back(bytes);
    }

    /// The next frame for the client.
    pub(crate) fn pop_output(&mut self) -> Option<Bytes> {
        self.output.pop()
    }

    /// Whether a frame waits for the client.
    pub(crate) fn has_output(&self) -> bool {
        !self.output.is_empty()
    }

    /// Nothing further is received; what is queued is still to be sent, then the connection ends.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Jobs that have not come back.
    pub(crate) fn under_way(&self) -> usize {
        self.under_way
    }

    /// Ends a connection that has been silent for too long.
    pub(crate) fn tick(&mut self, now: u64) {
        if now.saturating_sub(self.heard_at) > SILENCE_MS {
            self.closed = true;
        }
    }

    /// Says why, and ends. What the client asked and has no answer to, it asks again.
    pub(crate) fn goodbye(&mut self, reason: Goodbye) {
        if !self.closed {
            self.end(reason, RETRY_AFTER_MS);
        }
    }

    /// The relay stops. Connections come back one after the other: the challenge, random as it is, sets the moment.
    pub(crate) fn stop(&mut self) {
        let [first, second, ..] = *self.challenge.as_bytes();
        let part = u32::from(u16::from_be_bytes([first, second]));
        if !self.closed {
            self.end(Goodbye::Restart, RETRY_AFTER_MS + RESTART_SPREAD_MS * part / u32::from(u16::MAX));
        }
    }

    fn end(&mut self, reason: Goodbye, retry_after_ms: u32) {
        if reason == Goodbye::Slow {
            self.output.clear();
        }
        self.output.push(&ServerFrame::Goodbye { reason, retry_after_ms });
        self.held = None;
        self.closed = true;
    }

    fn reply(&mut self, request: Request, reply: Reply) {
        if !self.closed {
            self.output.push(&ServerFrame::Reply { request, reply });
            self.check_output();
        }
    }

    fn check_output(&mut self) {
        if self.output.is_over() {
            self.goodbye(Goodbye::Slow);
        }
    }

    /// Whether a frame must see the outcome of jobs under way: reads see what was written before them, and nothing goes
    /// ahead of the creation that gives it its right. What is claimed is claimed before it is given up.
    fn must_wait(&self, frame: &ClientFrame) -> bool {
        let reads = matches!(
            frame,
            ClientFrame::Prove { .. }
                | ClientFrame::Subscribe { .. }
                | ClientFrame::GetCell { .. }
                | ClientFrame::GrantBlob { .. }
        );
        let releases = matches!(frame, ClientFrame::ReleaseBlob { .. });
        (self.under_way > 0 && (reads || self.granting)) || (self.asked > 0 && releases)
    }
}
