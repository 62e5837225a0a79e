//! `cargo xtask test`: native tests, wasm tests in a headless browser, end-to-end tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::browser::{self, Browser};
use crate::native::Build;
use crate::step::{note, run, seconds, step};
use crate::toolchain::{TARGET, Toolchain};
use crate::{bundle, firefox, native, nats, paths, pebble, toolchain, tools};

/// Seconds until a silent test page counts as hung; the runner's own 20 are few for a busy machine.
const TEST_PAGE_TIMEOUT: &str = "300";

const PARTS: [&str; 4] = ["native", "wasm", "e2e", "firefox"];

/// Runs all parts, or those named, and ends with one line of summary. The first failure ends it.
pub(crate) fn test(args: &[String]) -> Result<()> {
    if let Some(strange) = args.iter().find(|word| !PARTS.contains(&word.as_str())) {
        bail!("`cargo xtask test` has the parts native, wasm, e2e and firefox, not `{strange}`");
    }
    let start = Instant::now();
    let mut summary = Vec::new();
    for part in PARTS.into_iter().filter(|part| args.is_empty() || args.iter().any(|word| word == part)) {
        let begun = Instant::now();
        let outcome = match part {
            "native" => in_native(),
            "wasm" => in_browser(),
            "e2e" => end_to_end(),
            _ => in_firefox(),
        };
        outcome.with_context(|| format!("the {part} tests failed"))?;
        summary.push(format!("{part} {}", seconds(begun.elapsed())));
    }
    println!("\nAll tests passed in {}: {}", seconds(start.elapsed()), summary.join(", "));
    Ok(())
}

fn in_native() -> Result<()> {
    let nats = nats::server();
    if nats.is_none() {
        note("without a nats-server the tests of relays on a cluster do nothing");
    }
    let pebble = pebble::server();
    if pebble.is_none() {
        note("without a pebble the test of certificates by ACME does nothing");
    }
    let servers = [nats.map(|program| ("XCHAT_NATS_SERVER", program)), pebble.map(|program| ("XCHAT_PEBBLE", program))];
    step("native tests", || run(native::cargo().arg("test").envs(servers.into_iter().flatten())))?;
    step("the relay with an app built in", || {
        let app = paths::root().join("crates/relay/tests/fixture-app");
        let mut cargo = native::cargo();
        cargo.args(["test", "--package", "xchat-relay", "--features", "embed-app", "--test", "embedded"]);
        run(cargo.env("XCHAT_DIST", app))
    })
}

fn in_browser() -> Result<()> {
    let toolchain = toolchain::ready()?;
    let browser = browser::ready()?;
    let mut cargo = in_a_page(toolchain)?;
    step("tests in Chromium", || {
        cargo
            .arg("--tests")
            .env("CHROMEDRIVER", &browser.chromedriver)
            .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", paths::root().join("webdriver.json"));
        run(&mut cargo)
    })
}

/// Tests of the page and the worker, in a browser whose driver the caller names.
fn in_a_page(toolchain: Toolchain) -> Result<Command> {
    let mut cargo = toolchain.cargo();
    cargo
        .args(["test", "--target", TARGET, "--package", "xchat"])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", tools::test_runner()?)
        .env("WASM_BINDGEN_TEST_TIMEOUT", TEST_PAGE_TIMEOUT)
        .env("WASM_BINDGEN_USE_BROWSER", "1");
    Ok(cargo)
}

fn end_to_end() -> Result<()> {
    let house = House::ready(Build::Test)?;
    step("end-to-end tests: two browsers and a relay", || {
        let house = House { axe: tools::axe(), ..house };
        run(house.tell(native::cargo().args(["test", "--package", "xchat-e2e"])))
    })
}

/// The stories again, in the other engine, and the database's tests: how a transaction ends is its own. What only Chromium tells (what went over the network, the rules of accessibility) was
/// looked at before.
fn in_firefox() -> Result<()> {
    let firefox = firefox::ready()?;
    let toolchain = toolchain::ready()?;
    let mut cargo = in_a_page(toolchain)?;
    step("the database's tests in Firefox", || {
        cargo
            .args(["--test", "storage"])
            .env_remove("CHROMEDRIVER")
            .env("GECKODRIVER", &firefox.geckodriver)
            .env("MOZ_HEADLESS", "1")
            // The file beside it is for Chromium.
            .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", paths::cache().join("no-webdriver.json"));
        run(&mut cargo)
    })?;
    let (dist, relay) = (bundle::build()?, native::relay(Build::Test)?);
    step("end-to-end tests: two Firefoxes and a relay", || {
        let mut cargo = native::cargo();
        cargo.args(["test", "--package", "xchat-e2e"]).env("XCHAT_DIST", &dist).env("XCHAT_RELAY", &relay);
        run(cargo.env("XCHAT_FIREFOX", &firefox.firefox).env("XCHAT_GECKODRIVER", &firefox.geckodriver))
    })
}

/// All that an end-to-end program needs: the very bundle that `run` serves, a relay and a browser.
pub(crate) struct House {
    dist: PathBuf,
    relay: PathBuf,
    browser: Browser,
    /// The script that looks for what keeps people out, where there is one.
    axe: Option<PathBuf>,
}

impl House {
    pub(crate) fn ready(relay: Build) -> Result<Self> {
        let browser = browser::ready()?;
        Ok(Self { dist: bundle::build()?, relay: native::relay(relay)?, browser, axe: None })
    }

    /// Of what is built already; `dist` is any folder with a page.
    pub(crate) fn of(dist: PathBuf, relay: PathBuf, browser: Browser) -> Self {
        Self { dist, relay, browser, axe: None }
    }

    pub(crate) fn dist(&self) -> &Path {
        &self.dist
    }

    /// Names everything in the command's environment, as absolute paths.
    pub(crate) fn tell<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("XCHAT_DIST", &self.dist)
            .env("XCHAT_RELAY", &self.relay)
            .env("XCHAT_CHROMIUM", &self.browser.chromium)
            .env("XCHAT_CHROMEDRIVER", &self.browser.chromedriver)
            .envs(self.axe.as_ref().map(|axe| ("XCHAT_AXE", axe)))
    }
}
