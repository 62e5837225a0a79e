//! The real relay under load, killed at random moments and started again on the same data: nothing accepted is ever lost.
//!
//! `XCHAT_KILLS` says how often (25); `XCHAT_SEED` repeats the choices, though not the moments.
#![allow(clippy::unwrap_used, reason = "tests")]

mod kills {
    #![allow(dead_code, unreachable_pub, reason = "helpers that are shared with another test")]
    pub mod ledger;
    pub mod load;
}
mod peers;
mod process;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use kills::ledger::Ledger;
use kills::load::*;
use process::*;
use xchat_wire::*;

const WRITERS: u8 = 4;
/// This is about the store: the relay's limits for one address would only slow it down.
const LIMITS: [&str; 8] = [
    "--connections-per-minute",
    "1000000",
    "--creations-per-minute",
    "1000000",
    "--deliveries-per-minute",
    "1000000",
    "--stored-kib-per-minute",
    "100000000",
];

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Logs, inbox and cells, before the first kill.
fn settle(relay: &Running) {
    let mut client = relay.connect();
    for n in 0..LOGS {
        let (log, request) = (log(n), client.request());
        let proof = client.sign(Right::Log, log, 0, &epoch_key(0));
        let reply = client.try_all(vec![ClientFrame::CreateLog { request, log, proof }]).unwrap();
        assert!(matches!(reply[0], Reply::Proved { .. }));
    }
    let (inbox, request) = (inbox(), client.request());
    let proof = client.sign(Right::InboxOwner, inbox, 0, &epoch_key(0));
    let writer = PublicKey::new(epoch_key(1).verifying_key().to_bytes());
    let reply = client.try_all(vec![ClientFrame::CreateInbox { request, inbox, proof, writer }]).unwrap();
    assert!(matches!(reply[0], Reply::Proved { .. }));
}

/// The version that a cell holds; a put without an answer may have been done.
fn check_cell(client: &mut Client, writer: &mut Writer) {
    let version = match client.ask(|request| ClientFrame::GetCell { request, cell: cell(writer.number) }) {
        Reply::Cell { version, body } => {
            assert_eq!(body.as_slice(), version.to_be_bytes());
            version
        }
        _ => 0,
    };
    assert!((writer.cell..=writer.cell + 1).contains(&version), "{version} after {}", writer.cell);
    writer.cell = version;
}

#[test]
fn whenever_it_is_killed_nothing_accepted_is_lost_doubled_or_moved() {
    let (kills, seed) = (number("XCHAT_KILLS", 25), number("XCHAT_SEED", 1));
    let mut dice = Dice(seed);
    let mut relay = Running::start("kills", &LIMITS);
    settle(&relay);
    let mut writers: Vec<Writer> = (0..WRITERS).map(Writer::new).collect();
    let mut ledger = Ledger::new();
    let (mut accepted, mut unclean, mut welcomes, began) = (0, 0, 0, Instant::now());
    for kill in 0..kills {
        let moment = Duration::from_micros(dice.below(40_000));
        // One in four dies whenever it may be, perhaps before anyone has said a word; the others when they are at work.
        let at_work = dice.below(4) > 0;
        let progress = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for writer in &mut writers {
                let (relay, seed, progress) = (&relay, dice.roll(), &progress);
                scope.spawn(move || writer.write(relay, Dice(seed), progress));
            }
            // For a minute at most: then the count of what was accepted says that something is wrong.
            (0..60_000).take_while(|_| at_work && progress.load(Ordering::Relaxed) == 0).for_each(|_| {
                std::thread::sleep(Duration::from_millis(1));
            });
            std::thread::sleep(moment);
            relay.kill_only();
        });
        relay = relay.again();
        unclean += u64::from(relay.said("was not stopped in order"));
        ledger.read(&relay);
        welcomes = ledger.commits_and_welcomes_came_together();
        let mut client = relay.connect();
        for writer in &mut writers {
            accepted += writer.accepted.len();
            ledger.holds(&std::mem::take(&mut writer.accepted));
            check_cell(&mut client, writer);
            writer.epochs = ledger.epochs();
        }
        if kill % 100 == 99 {
            eprintln!("{} kills, {accepted} accepted, {} records", kill + 1, ledger.records());
        }
    }
    // Once more from the first record to the last: what was read on the way is what is there.
    let mut whole = Ledger::new();
    whole.read_logs(&relay);
    whole.is_within(&ledger);
    assert_eq!(unclean, kills, "each start says that the last stop was none");
    assert!(accepted > 0 && welcomes > 0, "the load never got through");
    let (stale, repeats): (u64, u64) = writers.iter().fold((0, 0), |(s, r), w| (s + w.stale, r + w.repeats));
    println!(
        "{kills} kills in {:.1?}: {accepted} accepted, {} records, epochs {:?}, {welcomes} welcomes, {stale} stale, \
         {repeats} repeats, 0 lost",
        began.elapsed(),
        ledger.records(),
        ledger.epochs(),
    );
}
