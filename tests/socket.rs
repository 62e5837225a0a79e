//! The way to the relay, over a WebSocket of the test's own: what it opens, takes, sends and gives up.
#![allow(clippy::unwrap_used)]

mod support;

use futures::{
    StreamExt,
    channel::mpsc::{UnboundedReceiver, unbounded},
};
use js_sys::{Array, Date, Uint8Array};
use support::{Changed, js, wired};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use xchat::worker::{
    Backoff,
    socket::{Happened, Socket},
};
use xchat_wire::{Challenge, ClientFrame, Goodbye, MAX_FRAME, Reply, Request, ServerFrame, encode};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

struct Relay {
    socket: Socket,
    woken: UnboundedReceiver<()>,
    _wired: Changed,
}

impl Relay {
    fn new() -> Self {
        let wired = wired();
        let (wake, woken) = unbounded();
        let socket = Socket::new("ws://relay.test/relay".to_owned(), move || wake.unbounded_send(()).unwrap());
        Self { socket, woken, _wired: wired }
    }

    async fn next(&mut self) -> Happened {
        loop {
            self.woken.next().await.unwrap();
            if let Some(happened) = self.socket.take() {
                return happened;
            }
        }
    }

    /// Starts, and opens the first connection.
    async fn open() -> Self {
        let mut relay = Self::new();
        relay.socket.start();
        assert_eq!(relay.next().await, Happened::Connecting);
        act(1, "s.opens()").await;
        relay
    }

    async fn says(&self, nth: u32, frames: &[ServerFrame]) {
        for frame in frames {
            say(nth, &encode(frame)).await;
        }
    }
}

/// Does something with the n-th WebSocket (from 1), waiting until there is one.
async fn act(nth: u32, body: &str) -> JsValue {
    let body = format!(
        "while (self.sockets.length < {nth}) await new Promise((ok) => self.onSocket.push(ok));
         const s = self.sockets[{nth} - 1];
         return {body};"
    );
    js(&body, &[]).await
}

async fn say(nth: u32, bytes: &[u8]) {
    js(&format!("self.sockets[{nth} - 1].says(a)"), &[Uint8Array::from(bytes).into()]).await;
}

async fn sent(nth: u32) -> Vec<Vec<u8>> {
    let sent: Array = act(nth, "s.sent").await.unchecked_into();
    sent.iter().map(|bytes| bytes.unchecked_into::<Uint8Array>().to_vec()).collect()
}

fn welcome() -> ServerFrame {
    ServerFrame::Welcome { challenge: Challenge::new([1; 32]), time: 1 }
}

fn reply(request: u32) -> ServerFrame {
    ServerFrame::Reply { request: Request(request), reply: Reply::Ok }
}

#[wasm_bindgen_test]
async fn a_connection_is_opened_with_the_protocols_name() {
    let relay = Relay::open().await;
    assert_eq!(
        act(1, "s.url + ' ' + s.protocol + ' ' + s.binaryType").await,
        "ws://relay.test/relay xchat.relay.1 arraybuffer"
    );
    drop(relay);
    assert_eq!(act(1, "s.readyState").await, 3, "dropping closes");
}

#[wasm_bindgen_test]
async fn frames_that_have_come_are_taken_in_one_batch_in_order() {
    let mut relay = Relay::open().await;
    let frames: Vec<_> = [welcome()].into_iter().chain((1..50).map(reply)).collect();
    relay.says(1, &frames).await;
    assert_eq!(relay.next().await, Happened::Frames(frames));
    assert_eq!(relay.socket.take(), None);
}

#[wasm_bindgen_test]
async fn a_batch_is_bounded_and_the_rest_follows() {
    let mut relay = Relay::open().await;
    let frames: Vec<_> = (0..300).map(reply).collect();
    relay.says(1, &frames).await;
    assert_eq!(relay.next().await, Happened::Frames(frames[..256].to_vec()));
    assert_eq!(relay.next().await, Happened::Frames(frames[256..].to_vec()));

    let package = vec![0; 200 * 1024];
    let large = ServerFrame::Reply { request: Request(1), reply: Reply::Cell { version: 1, body: package.into() } };
    relay.says(1, &[(); 8].map(|()| large.clone())).await;
    let Happened::Frames(first) = relay.next().await else { panic!() };
    assert_eq!(first.len(), 6, "the frame that passes 1 MiB is the last");
    let Happened::Frames(rest) = relay.next().await else { panic!() };
    assert_eq!(rest.len(), 2);
}

#[wasm_bindgen_test]
async fn a_pong_is_nobodys_business() {
    let mut relay = Relay::open().await;
    relay.says(1, &[ServerFrame::Pong, reply(1), ServerFrame::Pong]).await;
    assert_eq!(relay.next().await, Happened::Frames(vec![reply(1)]));
    assert_eq!(relay.socket.take(), None);
}

#[wasm_bindgen_test]
async fn a_garbled_frame_ends_the_connection_after_what_came_before_it() {
    let too_large = vec![0; MAX_FRAME + 1];
    let mut trailing = encode(&reply(2));
    trailing.push(0);
    for garbled in [&[0xff_u8, 0xff][..], &too_large, &trailing] {
        let mut relay = Relay::open().await;
        relay.says(1, &[reply(1)]).await;
        say(1, garbled).await;
        relay.says(1, &[reply(3)]).await;
        assert_eq!(act(1, "s.readyState").await, 3, "closed");
        assert_eq!(relay.next().await, Happened::Frames(vec![reply(1)]));
        assert_eq!(relay.next().await, Happened::Garbled);
        assert_eq!(relay.next().await, Happened::Connecting, "another is tried");
    }
}

#[wasm_bindgen_test]
async fn a_text_message_is_no_frame() {
    let mut relay = Relay::open().await;
    act(1, "s.onmessage({ data: 'hello' })").await;
    assert_eq!(relay.next().await, Happened::Garbled);
}

#[wasm_bindgen_test]
async fn a_connection_that_ends_is_followed_by_another() {
    let mut relay = Relay::open().await;
    for nth in 1..=2 {
        act(nth, "(s.opens(), s.ends())").await;
        assert_eq!(relay.next().await, Happened::Ended);
        assert_eq!(relay.next().await, Happened::Connecting);
    }
}

#[wasm_bindgen_test]
async fn who_hurries_does_not_wait() {
    let mut relay = Relay::open().await;
    relay.socket.reconnect_in(19_000);
    assert_eq!(relay.next().await, Happened::Ended);
    let before = Date::now();
    relay.socket.hurry();
    assert_eq!(relay.next().await, Happened::Connecting);
    assert!(Date::now() - before < 19_000.0);
}

#[wasm_bindgen_test]
async fn a_goodbye_is_heard_and_its_wait_kept_even_in_a_hurry() {
    let mut relay = Relay::open().await;
    let goodbye = ServerFrame::Goodbye { reason: Goodbye::Restart, retry_after_ms: 900 };
    let before = Date::now();
    relay.says(1, std::slice::from_ref(&goodbye)).await;
    assert_eq!(relay.next().await, Happened::Frames(vec![goodbye]));
    assert_eq!(relay.next().await, Happened::Ended);
    assert_eq!(act(1, "s.readyState").await, 3);
    relay.socket.hurry();
    assert_eq!(relay.next().await, Happened::Connecting);
    assert!(Date::now() - before >= 890.0);
}

#[wasm_bindgen_test]
async fn nothing_is_sent_on_a_connection_other_than_the_one_whose_frames_were_taken() {
    let mut relay = Relay::open().await;
    relay.socket.send(b"first");
    assert_eq!(sent(1).await, [b"first".to_vec()]);
    act(1, "s.ends()").await;
    relay.socket.send(b"lost with the first");
    // The second connection is open, but its beginning was not yet taken.
    act(2, "s.opens()").await;
    relay.socket.send(b"an answer to the first");
    assert_eq!(relay.next().await, Happened::Ended);
    relay.socket.send(b"still an answer to the first");
    assert_eq!(relay.next().await, Happened::Connecting);
    relay.socket.send(b"second");
    assert_eq!(sent(1).await, [b"first".to_vec()]);
    assert_eq!(sent(2).await, [b"second".to_vec()]);
}

#[wasm_bindgen_test]
async fn nothing_is_sent_before_the_connection_is_open() {
    let mut relay = Relay::new();
    relay.socket.start();
    assert_eq!(relay.next().await, Happened::Connecting);
    relay.socket.send(b"too early");
    assert_eq!(sent(1).await, [] as [Vec<u8>; 0]);
}

#[wasm_bindgen_test]
async fn reconnecting_drops_what_was_not_taken_and_says_that_the_connection_ended() {
    let mut relay = Relay::open().await;
    relay.says(1, &[reply(1)]).await;
    relay.socket.reconnect_in(0);
    assert_eq!(act(1, "s.readyState").await, 3);
    assert_eq!(relay.next().await, Happened::Ended);
    assert_eq!(relay.next().await, Happened::Connecting);
    act(2, "s.opens()").await;
    relay.says(2, &[reply(2)]).await;
    assert_eq!(relay.next().await, Happened::Frames(vec![reply(2)]));
}

#[wasm_bindgen_test]
async fn a_restart_shows_nothing_of_the_connection_before() {
    let mut relay = Relay::open().await;
    relay.says(1, &[reply(1)]).await;
    relay.socket.restart();
    assert_eq!(act(1, "s.readyState").await, 3);
    assert_eq!(relay.next().await, Happened::Connecting);
}

#[wasm_bindgen_test]
async fn who_hurries_on_an_open_connection_asks_whether_it_lives() {
    let relay = Relay::open().await;
    relay.socket.hurry();
    assert_eq!(sent(1).await, [encode(&ClientFrame::Ping)]);
    assert_eq!(act(1, "s.readyState").await, 1);
}

#[wasm_bindgen_test]
async fn a_connection_that_stays_silent_is_given_up() {
    // The clock is the test's: what the socket does when time has passed is asked, not how long that takes.
    let clock = Changed::by(
        "const now = Date.now;
         self.later = 0;
         Date.now = () => now() + self.later;
         const every = self.setInterval;
         self.setInterval = (then) => every(then, 1);
         return () => { Date.now = now; self.setInterval = every; };",
    );
    let mut relay = Relay::open().await;
    js("self.later = 26000; while (self.sockets[0].sent.length === 0) await new Promise((ok) => setTimeout(ok));", &[])
        .await;
    assert_eq!(sent(1).await[0], encode(&ClientFrame::Ping));
    assert_eq!(act(1, "s.readyState").await, 1, "quiet, but not dead");
    relay.says(1, &[reply(1)]).await;
    assert_eq!(relay.next().await, Happened::Frames(vec![reply(1)]));
    js("self.later += 61000", &[]).await;
    assert_eq!(relay.next().await, Happened::Ended);
    assert_eq!(act(1, "s.readyState").await, 3);
    drop(relay);
    drop(clock);
}

#[wasm_bindgen_test]
fn the_wait_doubles_from_half_a_second_to_thirty_and_begins_anew_after_a_success() {
    let mut backoff = Backoff::default();
    let full: Vec<_> = (0..9).map(|_| backoff.next(0.0)).collect();
    assert_eq!(full, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    for _ in 0..100 {
        assert!((15_000..=30_000).contains(&backoff.next(js_sys::Math::random())));
    }
    backoff.reset();
    assert_eq!(backoff.next(1.0), 250);
}
