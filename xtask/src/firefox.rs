//! A headless Firefox and its driver, for the end-to-end tests.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::step::{run, step};
use crate::{apt, native, paths};

/// Debian has no geckodriver: Mozilla's own release of it, from crates.io.
const GECKODRIVER: &str = "0.37.1";

const NAMES: [&str; 2] = ["firefox", "firefox-esr"];

/// The two programs, as absolute paths.
#[derive(Debug)]
pub(crate) struct Firefox {
    pub(crate) firefox: PathBuf,
    pub(crate) geckodriver: PathBuf,
}

/// Finds Firefox, or installs Debian's, and finds its driver, or builds it once. `XCHAT_FIREFOX` and `GECKODRIVER` go before PATH.
pub(crate) fn ready() -> Result<Firefox> {
    if firefox().is_none() {
        apt::need(&["firefox-esr"], "testing in Firefox")?;
    }
    let firefox = firefox().context("no firefox on PATH: install one, or set XCHAT_FIREFOX to its path")?;
    Ok(Firefox { firefox, geckodriver: geckodriver()? })
}

fn firefox() -> Option<PathBuf> {
    named("XCHAT_FIREFOX").or_else(|| NAMES.iter().find_map(|name| paths::on_path(name)))
}

fn geckodriver() -> Result<PathBuf> {
    if let Some(found) = named("GECKODRIVER").or_else(|| paths::on_path("geckodriver")) {
        return Ok(found);
    }
    let root = paths::cache().join(format!("geckodriver-{GECKODRIVER}"));
    let program = root.join("bin").join("geckodriver");
    if program.is_file() {
        return Ok(program);
    }
    step(format!("building geckodriver {GECKODRIVER}, once per machine: two to four minutes"), || {
        let mut cargo = Command::new("cargo");
        cargo.args(["install", "geckodriver", "--locked", "--version", GECKODRIVER, "--root"]).arg(&root);
        // Not among the project's folders of targets: nothing of it is needed again. Unoptimised: it only passes commands on.
        cargo.env("CARGO_TARGET_DIR", native::target_dir().join("tools").join("geckodriver"));
        run(cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"))?;
        Ok(program)
    })
}

fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|path| path.is_file())
}
