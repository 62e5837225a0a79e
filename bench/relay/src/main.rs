//! What a relay does under load, beside a bare WebSocket server, nats-server and the disk, as one Markdown table.
//!
//! Every figure is taken over loopback from a process of its own that this one starts, loads and ends, so server and load share the
//! machine's cores. Each measurement is repeated in rounds that interleave the servers, and the table holds medians of
//! rounds. Counts and times are bounded; nothing here passes or fails by a time. `cargo xtask bench relay` builds and runs it.

mod append;
mod bare;
mod catchup;
mod disk;
mod fanout;
mod idle;
mod nats;
mod peer;
mod plan;
mod process;
mod relay;
mod samples;
mod socket;
mod table;

use std::env;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};

use plan::Plan;
use table::Table;

/// How often everything is measured.
const ROUNDS: usize = 3;

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    let words: Vec<String> = env::args().skip(1).collect();
    let outcome = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => runtime.block_on(measure()),
        // Not for people: the process that the relay is compared with.
        [bare::WORD] => runtime.block_on(bare::serve()),
        _ => Err(anyhow::anyhow!(
            "takes no arguments: its environment says what to measure (see `cargo xtask bench relay`)"
        )),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("xchat-bench-relay: {error:#}");
    ExitCode::FAILURE
}

async fn measure() -> Result<()> {
    let begun = Instant::now();
    let before = load();
    let plan = Plan::from_environment()?;
    let mut table = Table::default();
    for round in 1..=ROUNDS {
        for part in ["append", "fan-out", "idle", "catch-up"].into_iter().filter(|part| plan.wants(part)) {
            eprintln!("    round {round} of {ROUNDS}: {part}");
            match part {
                "append" => append::round(&plan, &mut table).await?,
                "fan-out" => fanout::round(&plan, &mut table).await?,
                "idle" => idle::round(&plan, &mut table).await?,
                "catch-up" => catchup::round(&plan, &mut table).await?,
                other => bail!("there is no part {other}"),
            }
        }
    }
    println!("{table}");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("{}", plan.says());
    println!(
        "{cores} cores for server and load together; medians of {ROUNDS} rounds; {:.0} s in all.",
        begun.elapsed().as_secs_f64()
    );
    println!("Load of the last minute when it began: {before}, when it ended: {}.", load());
    Ok(())
}

/// The machine's load over the last minute, where the system says it.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("unknown").to_owned()
}
