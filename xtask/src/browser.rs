//! A headless Chromium and its driver, for tests.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{apt, paths};

/// The two programs, as absolute paths.
#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) chromedriver: PathBuf,
}

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Finds both, or installs Debian's. `XCHAT_CHROMIUM` and `CHROMEDRIVER` go before PATH.
pub(crate) fn ready() -> Result<Browser> {
    if let (Some(chromium), Some(chromedriver)) = (chromium(), chromedriver()) {
        return Ok(Browser { chromium, chromedriver });
    }
    apt::need(&["chromium", "chromium-driver"], "testing in a browser")?;
    Ok(Browser {
        chromium: chromium().context("no chromium on PATH: install one, or set XCHAT_CHROMIUM to its path")?,
        chromedriver: chromedriver()
            .context("no chromedriver on PATH: install one, or set CHROMEDRIVER to its path")?,
    })
}

fn chromium() -> Option<PathBuf> {
    named("XCHAT_CHROMIUM").or_else(|| NAMES.iter().find_map(|name| paths::on_path(name)))
}

fn chromedriver() -> Option<PathBuf> {
    named("CHROMEDRIVER").or_else(|| paths::on_path("chromedriver"))
}

fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|path| path.is_file())
}
