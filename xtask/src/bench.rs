//! `cargo xtask bench`: the figures that the design budgets, measured on this machine.

use std::process::Command;

use anyhow::{Result, bail};

use crate::native::Build;
use crate::step::{run, step};
use crate::test::House;
use crate::{native, nats, peer, sizes};

/// Without a word: the download sizes, then what the end-to-end package measures in real browsers. `relay`: the relay under load.
/// `peer`: our bundle for a benchmark of browser libraries.
pub(crate) fn bench(args: &[String]) -> Result<()> {
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => browsers(),
        ["relay"] => relay(),
        ["peer"] => peer::build(),
        _ => bail!("`cargo xtask bench` takes nothing, `relay` or `peer`"),
    }
}

fn browsers() -> Result<()> {
    let house = House::ready(Build::Release)?;
    println!("\n{}", sizes::measure(house.dist())?);
    step("measuring in browsers", || {
        run(house.tell(native::cargo().args(["run", "--quiet", "--package", "xchat-e2e", "--bin", "bench"])))
    })
}

/// Builds relay and load generator as people run them. The relay's files lie below the target folder, on the disk that is measured.
fn relay() -> Result<()> {
    let relay = native::relay(Build::Release)?;
    step("building the load generator (release)", || {
        run(native::cargo().args(["build", "--release", "--package", "xchat-bench-relay"]))
    })?;
    let mut bench = Command::new(native::target_dir().join("release").join("xchat-bench-relay"));
    bench.env("XCHAT_RELAY", relay).env("XCHAT_BENCH_FOLDER", native::target_dir().join("bench-relay"));
    if let Some(program) = nats::server() {
        bench.env("XCHAT_NATS_SERVER", program);
    }
    step("measuring the relay: three to six minutes", || run(&mut bench))
}
