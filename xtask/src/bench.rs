//! `cargo xtask bench`: the figures that the design budgets, measured on this machine.

use std::process::Command;

use anyhow::{Result, bail};

use crate::native::Build;
use crate::step::{run, step};
use crate::test::House;
use crate::{browser, native, nats, peer, sizes};

/// Without a word: the download sizes, then what the end-to-end package measures in real browsers. `relay`: the relay under load.
/// `engine`: MLS as the engine links it, natively and in Chromium. `peer`: our bundle for a benchmark of browser libraries.
pub(crate) fn bench(args: &[String]) -> Result<()> {
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => browsers(),
        ["relay"] => relay(),
        ["engine"] => engine(),
        ["peer"] => peer::build().map(drop),
        _ => bail!("`cargo xtask bench` takes nothing, `relay`, `engine` or `peer`"),
    }
}

fn browsers() -> Result<()> {
    let house = House::ready(Build::Release)?;
    println!("\n{}", sizes::measure(house.dist())?);
    step("measuring in browsers", || {
        run(house.tell(native::cargo().args(["run", "--quiet", "--package", "xchat-e2e", "--bin", "bench"])))
    })
}

/// The same rows twice: natively without a database, and in a browser as it downloads the engine.
fn engine() -> Result<()> {
    let browser = browser::ready()?;
    let folder = peer::build()?;
    let relay = native::relay(Build::Release)?;
    step("building the native benchmark (release)", || {
        run(native::cargo().args(["build", "--release", "--package", "xchat-bench-engine"]))
    })?;
    step("measuring natively", || {
        run(&mut Command::new(native::target_dir().join("release").join("xchat-bench-engine")))
    })?;
    step("measuring in Chromium", || {
        let house = House::of(folder, relay, browser);
        run(house.tell(native::cargo().args([
            "run",
            "--quiet",
            "--package",
            "xchat-e2e",
            "--bin",
            "bench",
            "--",
            "engine",
        ])))
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
