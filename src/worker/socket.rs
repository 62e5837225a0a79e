//! The one WebSocket to the relay: opened again and again, watched, and read in batches.
//!
//! What happens is queued as pieces in the order in which it happened; the loop takes them with [`Socket::take`], all frames that have
//! come by then in one batch. Nothing is sent on a connection whose end was not yet taken: frames are for the connection that they
//! answer, and the outbox repeats what matters on the next.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use gloo_timers::callback::{Interval, Timeout};
use js_sys::{ArrayBuffer, Date, Math, Uint8Array};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{BinaryType, Event, MessageEvent, WebSocket};
use xchat_wire::{ClientFrame, MAX_FRAME, PING_EVERY_MS, SILENCE_MS, SUBPROTOCOL, ServerFrame, decode, encode};

use super::backoff::Backoff;

/// Frames in one batch, at most.
const BATCH_FRAMES: usize = 256;
/// Bytes in one batch; the frame that goes over it is the last.
const BATCH_BYTES: usize = 1024 * 1024;
/// Bytes that may wait to be taken. A relay that sends more than its credit allows is cut off.
const WAITING_BYTES: usize = 16 * 1024 * 1024;
/// How often a connection is looked after, in milliseconds.
const WATCH_MS: u32 = 5_000;
/// A connection that lasted this long, in milliseconds, was a good one: the next attempt waits as after a first failure.
const GOOD_MS: f64 = 30_000.0;
/// Longest wait that a relay may ask for, in milliseconds.
const LONGEST_WAIT_MS: u32 = 60_000;
/// After the network came back, a connection has this long, in milliseconds, to show that it still lives.
const PROOF_OF_LIFE_MS: f64 = 10_000.0;

/// What has happened, one thing at a time.
#[derive(Debug, PartialEq)]
pub enum Happened {
    /// A connection is being opened.
    Connecting,
    /// Frames of it, in order.
    Frames(Vec<ServerFrame>),
    /// It has ended, or could not be opened. Another will be tried.
    Ended,
}

enum Piece {
    Connecting,
    Frame(ServerFrame, usize),
    Ended,
}

/// The way to the relay.
pub struct Socket(Rc<Inner>);

struct Inner {
    url: String,
    on_piece: Box<dyn Fn()>,
    pieces: RefCell<VecDeque<Piece>>,
    /// Bytes of the frames among the pieces.
    waiting_bytes: Cell<usize>,
    /// Pieces that are no frames: connections that begin or end.
    turns: Cell<usize>,
    /// Whoever takes the pieces was woken and has not taken all.
    woken: Cell<bool>,
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

struct Live {
    socket: WebSocket,
    since: f64,
    heard: Cell<f64>,
    sent: Cell<f64>,
    on_message: Closure<dyn Fn(MessageEvent)>,
    on_close: Closure<dyn Fn(Event)>,
    _watch: Interval,
}

impl Socket {
    /// Stopped at first. `wake` is called when there is something to take; it queues.
    pub fn new(url: String, wake: impl Fn() + 'static) -> Self {
        Self(Rc::new(Inner {
            url,
            on_piece: Box::new(wake),
            pieces: RefCell::default(),
            waiting_bytes: Cell::new(0),
            turns: Cell::new(0),
            woken: Cell::new(false),
            state: RefCell::new(State::Stopped),
            backoff: RefCell::default(),
            not_before: Cell::new(0.0),
        }))
    }

    /// Opens the first connection, if it is stopped.
    pub fn start(&self) {
        if matches!(*self.0.state.borrow(), State::Stopped) {
            self.0.open();
        }
    }

    /// The next that has happened; None when that was all. While there is more, it wakes again.
    pub fn take(&self) -> Option<Happened> {
        let happened = self.0.next();
        self.0.woken.set(false);
        if !self.0.pieces.borrow().is_empty() {
            self.0.wake();
        }
        happened
    }

    /// Sends one frame on the connection whose frames were taken last; on none, or when its end waits to be taken, it is dropped.
    pub fn send(&self, frame: &[u8]) {
        if let (State::Live(live), 0) = (&*self.0.state.borrow(), self.0.turns.get()) {
            live.send(frame);
        }
    }

    /// Ends the connection and opens another after so many milliseconds. Frames not yet taken are dropped.
    pub fn reconnect_in(&self, wait_ms: u32) {
        self.0.forget_frames();
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

    /// There is a network again, or a person does not want to wait: tries at once. A connection that is open has to show that it lives.
    pub fn hurry(&self) {
        let now = Date::now();
        let waiting = match &*self.0.state.borrow() {
            State::Stopped => false,
            State::Waiting { .. } => true,
            State::Live(live) => {
                let heard = now - SILENCE_MS as f64 + PROOF_OF_LIFE_MS;
                live.heard.set(live.heard.get().min(heard));
                live.send(&encode(&ClientFrame::Ping));
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
        *self.0.state.borrow_mut() = State::Stopped;
        self.0.pieces.borrow_mut().clear();
        self.0.waiting_bytes.set(0);
        self.0.turns.set(0);
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
        match WebSocket::new_with_str(&self.url, SUBPROTOCOL) {
            Ok(socket) => *self.state.borrow_mut() = State::Live(self.watch(socket)),
            // Blocked by the browser, or no URL at all: as good as a relay that does not answer.
            Err(_) => self.failed(),
        }
    }

    fn watch(self: &Rc<Self>, socket: WebSocket) -> Live {
        socket.set_binary_type(BinaryType::Arraybuffer);
        let inner = Rc::downgrade(self);
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            if let Some(inner) = inner.upgrade() {
                inner.hear(&message);
            }
        });
        let inner = Rc::downgrade(self);
        let on_close = Closure::<dyn Fn(Event)>::new(move |_| {
            if let Some(inner) = inner.upgrade() {
                inner.failed();
            }
        });
        let inner = Rc::downgrade(self);
        let watch = Interval::new(WATCH_MS, move || {
            if let Some(inner) = inner.upgrade() {
                inner.look_after();
            }
        });
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        let now = Date::now();
        Live { socket, since: now, heard: Cell::new(now), sent: Cell::new(now), on_message, on_close, _watch: watch }
    }

    fn hear(self: &Rc<Self>, message: &MessageEvent) {
        if let State::Live(live) = &*self.state.borrow() {
            live.heard.set(Date::now());
        }
        let Some((frame, size)) = read(message) else { return self.failed() };
        let goodbye = match &frame {
            ServerFrame::Pong => return,
            ServerFrame::Goodbye { retry_after_ms, .. } => Some(*retry_after_ms),
            _ => None,
        };
        self.push(Piece::Frame(frame, size));
        if let Some(wait) = goodbye {
            self.not_before.set(Date::now() + f64::from(wait.min(LONGEST_WAIT_MS)));
        }
        if goodbye.is_some() || self.waiting_bytes.get() > WAITING_BYTES {
            self.failed();
        }
    }

    fn look_after(self: &Rc<Self>) {
        let now = Date::now();
        let dead = match &*self.state.borrow() {
            State::Live(live) if now - live.heard.get() >= SILENCE_MS as f64 => true,
            State::Live(live) => {
                // One look early rather than one late.
                if now - live.sent.get() + f64::from(WATCH_MS) > PING_EVERY_MS as f64 {
                    live.send(&encode(&ClientFrame::Ping));
                }
                false
            }
            _ => false,
        };
        if dead {
            self.failed();
        }
    }

    /// The connection is over, or could not be opened: another is tried after a while.
    fn failed(self: &Rc<Self>) {
        if let State::Live(live) = &*self.state.borrow()
            && Date::now() - live.since >= GOOD_MS
        {
            self.backoff.borrow_mut().reset();
        }
        self.hang_up();
        self.push(Piece::Ended);
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
        match &piece {
            Piece::Frame(_, size) => self.waiting_bytes.set(self.waiting_bytes.get() + size),
            Piece::Connecting | Piece::Ended => self.turns.set(self.turns.get() + 1),
        }
        self.pieces.borrow_mut().push_back(piece);
        self.wake();
    }

    fn next(&self) -> Option<Happened> {
        let mut pieces = self.pieces.borrow_mut();
        let first = pieces.pop_front()?;
        let Piece::Frame(frame, size) = first else {
            self.turns.set(self.turns.get() - 1);
            return Some(if matches!(first, Piece::Connecting) { Happened::Connecting } else { Happened::Ended });
        };
        let (mut frames, mut bytes) = (vec![frame], size);
        while frames.len() < BATCH_FRAMES
            && bytes < BATCH_BYTES
            && let Some(Piece::Frame(frame, size)) = pieces.pop_front_if(|piece| matches!(piece, Piece::Frame(..)))
        {
            frames.push(frame);
            bytes += size;
        }
        self.waiting_bytes.set(self.waiting_bytes.get() - bytes);
        Some(Happened::Frames(frames))
    }

    fn wake(&self) {
        if !self.woken.replace(true) {
            (self.on_piece)();
        }
    }

    fn forget_frames(&self) {
        self.pieces.borrow_mut().retain(|piece| !matches!(piece, Piece::Frame(..)));
        self.waiting_bytes.set(0);
    }
}

impl Live {
    fn send(&self, frame: &[u8]) {
        if self.socket.ready_state() == WebSocket::OPEN && self.socket.send_with_u8_array(frame).is_ok() {
            self.sent.set(Date::now());
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // Only an invalid code would throw.
        let _closed = self.socket.close();
    }
}

/// The frame in a message; None when it is none, or too large.
fn read(message: &MessageEvent) -> Option<(ServerFrame, usize)> {
    let buffer: ArrayBuffer = message.data().dyn_into().ok()?;
    let size = buffer.byte_length() as usize;
    if size > MAX_FRAME {
        return None;
    }
    decode(&Uint8Array::new(&buffer).to_vec()).ok().map(|frame| (frame, size))
}
