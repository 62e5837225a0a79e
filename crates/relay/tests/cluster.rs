//! Two relays on three nats-servers, under load: the stream's leader is killed, a relay is killed, a relay loses its view; nothing
//! accepted is lost, doubled or moved, no epoch has two commits, both relays show the same bytes, and clients carry on.
//!
//! `XCHAT_NATS_SERVER` names the nats-server; without it, and without a good one on the path, the test says that it is skipped.
#![allow(clippy::unwrap_used, reason = "tests")]

mod kills {
    #![allow(dead_code, unreachable_pub, reason = "helpers that are shared with another test")]
    pub mod ledger;
    pub mod load;
}
mod nats;
mod peers;
mod process;

use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use kills::ledger::Ledger;
use kills::load::*;
use nats::Servers;
use process::*;
use xchat_wire::*;

const WRITERS: u8 = 4;
/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(60);
const STREAM: &str = "XCHAT_WRITES";

/// What all threads know.
struct Load {
    relays: [Mutex<SocketAddr>; 2],
    progress: AtomicU64,
    /// Posts that were under way when a connection ended.
    cut: AtomicU64,
    enough: AtomicBool,
}

impl Load {
    /// Writes, half of the writers on either relay; on the other while their own is gone.
    fn write(&self, writer: &mut Writer) {
        let mut dice = Dice(writer.number.into());
        let home = usize::from(writer.number) % 2;
        while !self.is_enough() {
            let bound = self.bound(home);
            writer.write_on(bound, &mut dice, &self.progress, || self.is_enough());
            self.cut.fetch_add(writer.unknown.len() as u64, Ordering::Relaxed);
            let back = || self.is_enough() || self.bound(home) != bound;
            writer.write_on(self.bound(1 - home), &mut dice, &self.progress, back);
        }
    }

    fn is_enough(&self) -> bool {
        self.enough.load(Ordering::Relaxed)
    }

    fn bound(&self, relay: usize) -> SocketAddr {
        *self.relays[relay].lock().unwrap()
    }

    fn accepted(&self) -> u64 {
        self.progress.load(Ordering::Relaxed)
    }

    fn moved(&self, relay: &Running) {
        *self.relays[1].lock().unwrap() = relay.bound;
    }
}

/// Ends the writers, also when something has gone wrong.
struct End<'l>(&'l Load);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.enough.store(true, Ordering::Relaxed);
    }
}

/// Who looks on, and reads along on the relay that is never killed.
struct Watcher<'l> {
    load: &'l Load,
    relay: &'l Running,
    ledger: Ledger,
}

impl Watcher<'_> {
    /// Waits, and gives the longest time in which nothing was accepted.
    fn until(&mut self, mut holds: impl FnMut() -> bool) -> Duration {
        let (began, mut read_at) = (Instant::now(), Instant::now());
        let (mut seen, mut since, mut silence) = (self.load.accepted(), Instant::now(), Duration::ZERO);
        while !holds() {
            assert!(began.elapsed() < PATIENCE, "it does not come");
            let now = self.load.accepted();
            if now != seen {
                silence = silence.max(since.elapsed());
                (seen, since) = (now, Instant::now());
            }
            // An inbox that nobody reads is full one day.
            if read_at.elapsed() > Duration::from_secs(1) {
                self.ledger.read(self.relay);
                (read_at, since) = (Instant::now(), Instant::now());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        silence.max(since.elapsed())
    }

    /// Lets the load go on until so many more are accepted.
    fn more(&mut self, count: u64) -> Duration {
        let (load, goal) = (self.load, self.load.accepted() + count);
        self.until(|| load.accepted() >= goal)
    }
}

/// Logs and inbox, before anything dies.
fn settle(relay: &Running) {
    let mut client = relay.connect();
    let mut frames = Vec::new();
    for n in 0..LOGS {
        let (log, request) = (log(n), client.request());
        frames.push(ClientFrame::CreateLog { request, log, proof: client.sign(Right::Log, log, 0, &epoch_key(0)) });
    }
    let (inbox, request) = (inbox(), client.request());
    let proof = client.sign(Right::InboxOwner, inbox, 0, &epoch_key(0));
    let writer = PublicKey::new(epoch_key(1).verifying_key().to_bytes());
    frames.push(ClientFrame::CreateInbox { request, inbox, proof, writer });
    let replies = client.try_all(frames).unwrap();
    assert!(replies.iter().all(|reply| matches!(reply, Reply::Proved { .. })), "{replies:?}");
}

#[test]
fn signals_and_records_reach_the_listeners_of_another_relay() {
    let Some(binary) = nats::binary() else { return };
    let servers = Servers::start(&binary, "signals", 1);
    let flags = servers.flags();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let (here, there) = (Running::start("signals-a", &flags), Running::start("signals-b", &flags));
    let (log, mut speaker) = (peers::address(1), here.connect());
    speaker.create_log(log, 1);
    let mut listener = there.connect();
    listener.prove(Right::Log, log, 0, 1);
    listener.subscribe(log, 0);
    assert!(listener.records_until_caught_up().is_empty());
    assert_eq!(speaker.signal(log, 0, b"ringing"), Reply::Ok);
    let ServerFrame::Signal { address, epoch, body } = listener.next_frame() else { panic!("a signal") };
    assert_eq!((address, epoch, body.as_slice()), (log, Epoch(0), b"ringing".as_slice()));
    assert_eq!(speaker.append(log, 0, 7, b"said"), peers::accepted(1));
    assert_eq!(listener.next_record().body.as_slice(), b"said");
    assert_eq!(here.get("/readyz", &[]).status, 200);
}

#[test]
fn a_relay_that_has_lost_its_cluster_lets_nobody_in_until_it_has_found_it_again() {
    let Some(binary) = nats::binary() else { return };
    let mut servers = Servers::start(&binary, "lost", 1);
    let flags = servers.flags();
    let relay = Running::start("lost", &flags.iter().map(String::as_str).collect::<Vec<_>>());
    let host = relay.bound.to_string();
    let log = peers::address(1);
    let mut client = relay.connect();
    client.create_log(log, 1);
    servers.kill(0);
    until(|| relay.get("/readyz", &[]).status == 503);
    assert_eq!(relay.knock(&host, None, SUBPROTOCOL), 503);
    // Whoever was in stays in, and what is asked now waits: an answer might be old.
    let (cell, read) = (peers::address(2), client.request());
    client.send(&ClientFrame::GetCell { request: read, cell });
    let write = client.send_append(log, 0, [1, 2], b"patience");
    assert_eq!(client.hears_within(Duration::from_millis(500)), None);
    servers.restart(0);
    assert_eq!(client.next_reply(), (read, peers::denied()));
    assert_eq!(client.next_reply(), (write, peers::accepted(1)));
    until(|| relay.get("/readyz", &[]).status == 200);
    assert_eq!(relay.knock(&host, None, SUBPROTOCOL), 101);
}

#[test]
fn whatever_dies_nothing_accepted_is_lost_and_all_relays_show_the_same() {
    let Some(binary) = nats::binary() else { return };
    let mut servers = Servers::start(&binary, "cluster", 3);
    let mut flags = servers.flags();
    for limit in
        ["--connections-per-minute", "--creations-per-minute", "--deliveries-per-minute", "--stored-kib-per-minute"]
    {
        flags.extend([limit, "1000000"].map(String::from));
    }
    flags.extend(["--nats-checkpoint-hours", "0.001"].map(String::from));
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let first = Running::start("cluster-a", &flags);
    let second = Running::start("cluster-b", &flags);
    settle(&first);

    let relays = [Mutex::new(first.bound), Mutex::new(second.bound)];
    let load = Load { relays, progress: AtomicU64::new(0), cut: AtomicU64::new(0), enough: AtomicBool::new(false) };
    let mut writers: Vec<Writer> = (0..WRITERS).map(Writer::new).collect();
    let mut watcher = Watcher { load: &load, relay: &first, ledger: Ledger::new() };
    let began = Instant::now();
    let second = std::thread::scope(|scope| {
        for writer in &mut writers {
            let load = &load;
            scope.spawn(move || load.write(writer));
        }
        let _end = End(&load);
        let calm = watcher.more(500);

        let leader = servers.leader(STREAM).expect("the stream has a leader");
        servers.kill(leader);
        let elected = watcher.more(500);
        // A relay starts while a server is away, too.
        second.kill_only();
        let second = second.again();
        load.moved(&second);
        assert!(second.said("monitoring does not answer"));
        watcher.more(300);
        servers.restart(leader);
        watcher.more(300);

        second.kill_only();
        let alone = watcher.more(300);
        let mut second = second.again();
        load.moved(&second);
        watcher.more(300);
        // What is under way when it dies is repeated. At any one moment there may be nothing.
        while load.cut.load(Ordering::Relaxed) == 0 {
            second.kill_only();
            second = second.again();
            load.moved(&second);
            watcher.more(300);
        }

        // The stream has been shortened by now, or is soon: a relay that has lost its view needs a checkpoint.
        watcher.until(|| servers.first(STREAM).is_some_and(|first| first > 1));
        second.kill();
        std::fs::remove_file(second.data().join(xchat_relay::FILE)).unwrap();
        let second = second.again();
        load.moved(&second);
        assert!(second.said("a checkpoint is being loaded"));
        watcher.more(300);
        println!(
            "longest silence: {calm:.1?} in calm, {elected:.1?} over the leader's death, {alone:.1?} over a relay's"
        );
        second
    });

    watcher.ledger.read(&first);
    assert!(watcher.ledger.commits_and_welcomes_came_together() > 0);
    for writer in &writers {
        watcher.ledger.holds(&writer.accepted);
    }
    for relay in [&first, &second] {
        let mut whole = Ledger::new();
        whole.read_logs(relay);
        whole.is_within(&watcher.ledger);
    }
    let (accepted, stale, repeats) = writers.iter().fold((0, 0, 0), |(accepted, stale, repeats), writer| {
        (accepted + writer.accepted.len(), stale + writer.stale, repeats + writer.repeats)
    });
    assert!(repeats > 0, "something was under way when it died");
    println!(
        "{:.1?}: {accepted} accepted, {} records, epochs {:?}, {stale} stale, {repeats} repeats, 0 lost",
        began.elapsed(),
        watcher.ledger.records(),
        watcher.ledger.epochs(),
    );
}
