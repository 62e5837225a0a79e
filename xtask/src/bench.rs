//! `cargo xtask bench`: the figures that the design budgets, measured on this machine.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::native::Build;
use crate::step::{run, step};
use crate::test::House;
use crate::{browser, bundle, native, nats, peer, sizes};

/// Without a word: the download sizes, then what the end-to-end package measures in real browsers. `page`: that, and the page with many
/// messages. `files`: files beside bare fetches, and the memory they take. `relay`: the relay under load. `engine`: MLS as the engine links it, natively and in Chromium. `peer`: our bundle for a benchmark of browser libraries.
pub(crate) fn bench(args: &[String]) -> Result<()> {
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => browsers(""),
        ["page"] => page(),
        ["files"] => browsers("files"),
        ["relay"] => relay(),
        ["engine"] => engine(),
        ["peer"] => peer::build(false).map(drop),
        _ => bail!("`cargo xtask bench` takes nothing, `page`, `files`, `relay`, `engine` or `peer`"),
    }
}

fn browsers(what: &str) -> Result<()> {
    let house = House::ready(Build::Release)?;
    println!("\n{}", sizes::measure(house.dist())?);
    step("measuring in browsers", || measure(&house, what))
}

/// Drives the browsers: what the end-to-end package's program makes of the word.
fn measure(house: &House, what: &str) -> Result<()> {
    let mut bench = native::cargo();
    bench.args(["run", "--quiet", "--package", "xchat-e2e", "--bin", "bench", "--", what]);
    run(house.tell(&mut bench))
}

/// The app as it is served, and beside it, in a folder of its own, the module that lays down a long conversation in a browser's database.
fn page() -> Result<()> {
    let browser = browser::ready()?;
    let (dist, peer) = (bundle::build()?, peer::build(true)?);
    let relay = native::relay(Build::Release)?;
    println!("\n{}", sizes::measure(&dist)?);
    let folder = native::target_dir().join("bench-page");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("clearing the last run's folder")?;
    }
    copy(&dist, &folder)?;
    copy(&peer, &folder.join("bench"))?;
    step("measuring in browsers: some minutes", || {
        let house = House::of(folder, relay, browser);
        measure(&house, "page")
    })
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("making {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target).with_context(|| format!("copying {}", target.display()))?;
        }
    }
    Ok(())
}

/// The same rows twice: natively without a database, and in a browser as it downloads the engine.
fn engine() -> Result<()> {
    let browser = browser::ready()?;
    let folder = peer::build(true)?;
    let relay = native::relay(Build::Release)?;
    step("building the native benchmark (release)", || {
        run(native::cargo().args(["build", "--release", "--package", "xchat-bench-engine"]))
    })?;
    step("measuring natively", || {
        run(&mut Command::new(native::target_dir().join("release").join("xchat-bench-engine")))
    })?;
    step("measuring in Chromium", || {
        let house = House::of(folder, relay, browser);
        measure(&house, "engine")
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
