//! What one network address may cost the others: how long an append takes beside a flood from elsewhere, against how long it takes
//! in the same run when nobody else is there.
//!
//! The figures are ratios of medians of one run. The bound is far above what a loaded machine makes of them (5 to 10), and far below
//! what one queue for everyone does: 120, or a goodbye.
#![allow(clippy::unwrap_used, reason = "tests")]

mod peers;
mod process;

use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use peers::{accepted, address};
use process::*;
use xchat_wire::*;

/// Appends of which the median is taken.
const SAMPLES: u16 = 40;
/// How many times as long an append may take beside a flood.
const MOST: f64 = 25.0;
/// Writes that a flooder keeps under way: as many as a relay takes.
const WINDOW: usize = 64;
/// Frames after which a flooder comes back on a new connection: before it is sent away for their number.
const FRAMES: usize = 8000;
/// Where the flood comes from.
const FLOODER: &str = "192.0.2.66";

/// One who only wants to write now and then.
struct Victim {
    client: Client,
    written: u16,
}

impl Victim {
    fn new(relay: &Running) -> Self {
        let mut client = relay.connect_from("192.0.2.1");
        client.create_log(address(1), 1);
        Self { client, written: 0 }
    }

    /// The median of appends, one after the other.
    fn median(&mut self) -> Duration {
        let mut times: Vec<Duration> = (0..SAMPLES).map(|_| self.append()).collect();
        times.sort_unstable();
        times[times.len() / 2]
    }

    fn append(&mut self) -> Duration {
        self.written += 1;
        let begun = Instant::now();
        let asked = self.client.send_append(address(1), 0, self.written.to_be_bytes(), &[1; 100]);
        assert_eq!(self.client.next_reply(), (asked, accepted(u64::from(self.written))));
        begun.elapsed()
    }
}

/// Sends appends of this size as fast as the relay takes them, until told to stop, and makes another log when one is full.
fn flood(relay: &Running, size: usize, stop: &AtomicBool, posts: &AtomicU64) {
    let body = vec![7; size];
    'connections: while !stop.load(Ordering::Relaxed) {
        let Some(mut client) = relay.try_connect_from(FLOODER) else { continue };
        let mut log = fresh_log(&mut client, posts);
        let mut under_way = 0;
        for number in 0..FRAMES as u32 {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            if under_way == WINDOW {
                let Some(reply) = client.try_reply() else { continue 'connections };
                under_way -= 1;
                if reply == (Reply::Refused { reason: Refusal::Full }) {
                    log = fresh_log(&mut client, posts);
                }
            }
            let (request, epoch) = (Request(u32::MAX - number), Epoch(0));
            let mut post = [0; 16];
            post[..8].copy_from_slice(&posts.fetch_add(1, Ordering::Relaxed).to_be_bytes());
            let post = PostId::new(post);
            client.send_unmasked(&ClientFrame::Append {
                request,
                log,
                epoch,
                post,
                body: body.clone().into(),
                ttl: None,
            });
            under_way += 1;
        }
    }
}

fn fresh_log(client: &mut Client, posts: &AtomicU64) -> Address {
    let mut log = [9; 32];
    log[..8].copy_from_slice(&posts.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    let log = Address::new(log);
    let (request, proof) = (client.request(), client.proof(Right::Log, log, 0, 2));
    client.send(&ClientFrame::CreateLog { request, log, proof });
    log
}

/// Heads that never come to their end, some of which get a byte now and then.
fn half_open(relay: &Running, stop: &AtomicBool) {
    let mut sockets: Vec<_> =
        (0..50).map(|n| relay.dial(if n % 2 == 0 { "" } else { "GET /relay HTTP/1.1\r\nHo" })).collect();
    while !stop.load(Ordering::Relaxed) {
        // One that was closed is as good as any.
        sockets.iter_mut().skip(25).for_each(|socket| _ = socket.write_all(b"X"));
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// How many times as long an append takes while so many connections of one other address flood the relay, with sockets that are
/// half open and heads that drip beside them.
fn slowed(name: &str, connections: usize, size: usize) -> f64 {
    let relay = Running::start(name, &["--trust-proxy", "--creations-per-minute", "100000"]);
    let mut victim = Victim::new(&relay);
    victim.median();
    let before = victim.median();
    let (stop, posts) = (AtomicBool::new(false), AtomicU64::new(0));
    let beside = std::thread::scope(|scope| {
        scope.spawn(|| half_open(&relay, &stop));
        for _ in 0..connections {
            scope.spawn(|| flood(&relay, size, &stop, &posts));
        }
        until(|| posts.load(Ordering::Relaxed) > 100 + connections as u64);
        let measured = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| victim.median()));
        stop.store(true, Ordering::Relaxed);
        measured
    });
    let beside = beside.expect("a flood from elsewhere does not end the connection of who asks for little");
    // What the flood has left behind is done by then.
    victim.median();
    let quiet = before.max(victim.median());
    let ratio = beside.as_secs_f64() / quiet.as_secs_f64();
    println!("{connections} connections, {size} bytes: {quiet:?} alone, {beside:?} beside the flood, {ratio:.1} times");
    ratio
}

#[test]
fn large_appends_of_a_few_connections_do_not_hold_up_those_of_others() {
    assert!(slowed("large", 4, MAX_BODY) < MOST);
}

#[test]
fn large_appends_of_many_connections_of_one_address_do_not_hold_up_those_of_others() {
    assert!(slowed("many", 48, MAX_BODY) < MOST);
}

#[test]
fn many_small_appends_do_not_hold_up_those_of_others() {
    assert!(slowed("small", 8, 100) < MOST);
}
