//! The one WebSocket to the relay: opened again and again, watched, and read in batches.
//!
//! What happens is queued in the order in which it happened; the loop takes it with [`Socket::take`], all frames that
//! have come by then in one batch. Nothing is sent on a connection whose beginning was not yet taken: frames are for
//! the connection that they answer, and the outbox repeats what matters on the next.

mod live;
mod pieces;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo_timers::callback::Timeout;
use js_sys::{Date, Math};
use web_sys::MessageEvent;
use xchat_wire::ServerFrame;

use self::{
    live::{Live, read},
    pieces::{Piece, Pieces},
};
use crate::backoff::Backoff;

/// Bytes that may wait to be taken. A relay that sends more than its credit allows is cut off.
const WAITING_BYTES: usize = 16 * 1024 * 1024;
/// A connection that lasted this long, in milliseconds, was a good one: the next attempt waits as after a first
/// failure.
const GOOD_MS: f64 = 30_000.0;
/// Longest wait that a relay may ask for, in milliseconds.
const LONGEST_WAIT_MS: u32 = 60_000;

/// What has happened, one thing at a time.
#[derive(Debug, PartialEq)]
pub enum Happened {
    /// A connection is being opened.
    Connecting,
    /// Frames of it, in order.
    Frames(Vec<ServerFrame>),
    /// It has ended, or could not be opened. Another will be tried.
    Ended,
    /// It was ended because something came that is no frame. Another will be tried.
    Garbled,
}

/// The way to the relay.
pub struct Socket(Rc<Inner>);

struct Inner {
    url: String,
    wake: Box<dyn Fn()>,
    /// Whoever takes the pieces was woken and has not taken all.
    woken: Cell<bool>,
    pieces: RefCell<Pieces>,
    state: RefCell<State>,
    backoff: RefCell<Backoff>,
    /// The relay asked not to come back before (Unix milliseconds).
    not_before: Cell<f64>,
}

enum State {
    Stopped,
    Waiting { _timer: Timeout },
    Live(Live),
}

impl Socket {
    /// Stopped at first. `wake` is called when there is something to take; it queues.
    pub fn new(url: String, wake: impl Fn() + 'static) -> Self {
        Self(Rc::new(Inner {
            url,
            wake: Box::new(wake),
            woken: Cell::new(false),
            pieces: RefCell::default(),
            state: RefCell::new(State::Stopped),
            backoff: RefCell::default(),
            not_before: Cell::new(0.0),
        }))
    }

    /// Opens the first connection, if it is stopped.
    pub fn start(&self) {
        if matches!(*self.0.state.borrow(), State::Live(_) | State::Waiting { .. }) {
            return;
        }
        self.0.open();
    }

    /// The next that has happened; None when that was all. While there is more, it wakes again.
    pub fn take(&self) -> Option<Happened> {
        let happened = self.0.pieces.borrow_mut().take();
        self.0.woken.set(false);
        if !self.0.pieces.borrow().is_empty() {
            self.0.wake();
        }
        happened
    }

    /// Sends one frame on the connection whose frames were taken last; on none, or when its end waits to be taken, it
    /// is dropped.
    pub fn send(&self, frame: &[u8]) {
        if !self.0.pieces.borrow().has_turn()
            && let State::Live(live) = &*self.0.state.borrow()
        {
            live.send(frame);
        }
    }

    /// Ends the connection and opens another after so many milliseconds. Frames not yet taken are dropped.
    pub fn reconnect_in(&self, wait_ms: u32) {
        self.0.pieces.borrow_mut().drop_frames();
        if self.0.hang_up() {
            self.0.push(Piece::Ended);
        }
        self.0.wait(wait_ms.min(LONGEST_WAIT_MS));
    }

    /// The same as after a failure, but nothing of it shows: for an engine that starts afresh.
    pub fn restart(&self) {
        self.stop();
        let wait = self.0.backoff.borrow_mut().next(Math::random());
        self.0.wait(wait);
    }

    /// There is a network again, or a person does not want to wait: tries at once. A connection that is open has to
    /// show that it lives.
    pub fn hurry(&self) {
        let waiting = match &*self.0.state.borrow() {
            State::Stopped => false,
            State::Waiting { .. } => true,
            State::Live(live) => {
                live.doubt();
                false
            }
        };
        if waiting {
            self.0.backoff.borrow_mut().reset();
            self.0.wait(0);
        }
    }

    /// Ends the connection, forgets what has happened, and opens no other.
    pub fn stop(&self) {
        self.0.hang_up();
        self.0.pieces.borrow_mut().clear();
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Inner {
    fn open(self: &Rc<Self>) {
        self.push(Piece::Connecting);
        let [hearing, ending, watching] = [(); 3].map(|()| Rc::downgrade(self));
        let live = Live::open(
            &self.url,
            move |message| hearing.upgrade().into_iter().for_each(|inner| inner.hear(&message)),
            move || ending.upgrade().into_iter().for_each(|inner| inner.failed()),
            move || watching.upgrade().into_iter().for_each(|inner| inner.look_after()),
        );
        match live {
            Ok(live) => *self.state.borrow_mut() = State::Live(live),
            // Blocked by the browser, or no URL at all: as good as a relay that does not answer.
            Err(_) => self.failed(),
        }
    }

    fn hear(self: &Rc<Self>, message: &MessageEvent) {
        if let State::Live(live) = &*self.state.borrow() {
            live.heard();
        }
        let Some((frame, size)) = read(message) else { return self.over(Piece::Garbled) };
        let goodbye = match &frame {
            ServerFrame::Pong => return,
            ServerFrame::Goodbye { retry_after_ms, .. } => Some(*retry_after_ms),
            _ => None,
        };
        self.push(Piece::Frame(frame, size));
        if let Some(wait) = goodbye {
            self.not_before.set(Date::now() + f64::from(wait.min(LONGEST_WAIT_MS)));
        }
        if goodbye.is_some() || self.pieces.borrow().bytes() > WAITING_BYTES {
            self.failed();
        }
    }

    fn look_after(self: &Rc<Self>) {
        let dead = match &*self.state.borrow() {
            State::Live(live) => !live.look_after(),
            _ => false,
        };
        if dead {
            self.failed();
        }
    }

    fn failed(self: &Rc<Self>) {
        self.over(Piece::Ended);
    }

    /// The connection is over, or could not be opened: another is tried after a while.
    fn over(self: &Rc<Self>, how: Piece) {
        if let State::Live(live) = &*self.state.borrow()
            && live.age() >= GOOD_MS
        {
            self.backoff.borrow_mut().reset();
        }
        self.hang_up();
        self.push(how);
        let wait = self.backoff.borrow_mut().next(Math::random());
        self.wait(wait);
    }

    /// True when there was a connection.
    fn hang_up(&self) -> bool {
        matches!(self.state.replace(State::Stopped), State::Live(_))
    }

    fn wait(self: &Rc<Self>, wait_ms: u32) {
        let held_off = (self.not_before.get() - Date::now()).clamp(0.0, f64::from(LONGEST_WAIT_MS)) as u32;
        let inner = Rc::downgrade(self);
        let timer = Timeout::new(wait_ms.max(held_off), move || {
            if let Some(inner) = inner.upgrade() {
                inner.open();
            }
        });
        *self.state.borrow_mut() = State::Waiting { _timer: timer };
    }

    fn push(&self, piece: Piece) {
        self.pieces.borrow_mut().push(piece);
        self.wake();
    }

    fn wake(&self) {
        if !self.woken.replace(true) {
            (self.wake)();
        }
    }
}
