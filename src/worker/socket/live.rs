//! One WebSocket, from its opening to its end.

use std::cell::Cell;

use gloo_timers::callback::Interval;
use js_sys::{ArrayBuffer, Date, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{BinaryType, Event, MessageEvent, WebSocket};
use xchat_wire::{ClientFrame, MAX_FRAME, PING_EVERY_MS, SILENCE_MS, SUBPROTOCOL, ServerFrame, decode, encode};

/// How often a connection is looked after, in milliseconds.
const WATCH_MS: u32 = 5_000;
/// After the network came back, a connection has this long, in milliseconds, to show that it still lives.
const PROOF_OF_LIFE_MS: f64 = 10_000.0;

/// A connection, opening or open. Dropping it closes it, and nothing is heard of it any more.
pub(super) struct Live {
    socket: WebSocket,
    /// Unix milliseconds.
    since: f64,
    heard: Cell<f64>,
    sent: Cell<f64>,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_close: Closure<dyn Fn(Event)>,
    _watch: Interval,
}

impl Live {
    /// Opens a connection. `hear` gets each message, `end` is called when the browser says that it has ended, `watch`
    /// now and then.
    pub(super) fn open(
        url: &str,
        hear: impl Fn(MessageEvent) + 'static,
        end: impl Fn() + 'static,
        watch: impl FnMut() + 'static,
    ) -> Result<Self, JsValue> {
        let socket = WebSocket::new_with_str(url, SUBPROTOCOL)?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(hear);
        let on_close = Closure::<dyn Fn(Event)>::new(move |_: Event| end());
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        let now = Date::now();
        Ok(Self {
            socket,
            since: now,
            heard: Cell::new(now),
            sent: Cell::new(now),
            _on_message: on_message,
            _on_close: on_close,
            _watch: Interval::new(WATCH_MS, watch),
        })
    }

    /// Sends one frame; before the connection is open it is dropped.
    pub(super) fn send(&self, frame: &[u8]) {
        if self.socket.ready_state() == WebSocket::OPEN && self.socket.send_with_u8_array(frame).is_ok() {
            self.sent.set(Date::now());
        }
    }

    /// Milliseconds since it was begun.
    pub(super) fn age(&self) -> f64 {
        Date::now() - self.since
    }

    /// Something came from the relay.
    pub(super) fn heard(&self) {
        self.heard.set(Date::now());
    }

    /// Pings when nothing was sent for a while. False: the relay has been silent for so long that it must be taken for
    /// dead.
    pub(super) fn look_after(&self) -> bool {
        let now = Date::now();
        if now - self.heard.get() >= SILENCE_MS as f64 {
            return false;
        }
        // One look early rather than one late.
        if now - self.sent.get() + f64::from(WATCH_MS) > PING_EVERY_MS as f64 {
            self.send(&encode(&ClientFrame::Ping));
        }
        true
    }

    /// Asks for a sign of life, and gives it less time than usual.
    pub(super) fn doubt(&self) {
        let heard = Date::now() - SILENCE_MS as f64 + PROOF_OF_LIFE_MS;
        self.heard.set(self.heard.get().min(heard));
        self.send(&encode(&ClientFrame::Ping));
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

/// The frame in a message, and its length in bytes; None when it is none, or too large.
pub(super) fn read(message: &MessageEvent) -> Option<(ServerFrame, usize)> {
    let buffer: ArrayBuffer = message.data().dyn_into().ok()?;
    let size = buffer.byte_length() as usize;
    if size > MAX_FRAME {
        return None;
    }
    decode(&Uint8Array::new(&buffer).to_vec()).ok().map(|frame| (frame, size))
}
