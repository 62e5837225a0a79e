//! Debian packages: installed where we may, else named with the command that brings them.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

use anyhow::{Result, bail};

use crate::paths;
use crate::step::{output, run, step};

/// Makes sure that `packages` are installed; `purpose` completes the sentence "... is needed for".
///
/// As root on Debian it runs apt-get itself, and says so. Otherwise it stops with the command to type.
pub(crate) fn need(packages: &[&str], purpose: &str) -> Result<()> {
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if paths::on_path("apt-get").is_none() {
        bail!(
            "{purpose} needs what Debian packages as: {list}. Install it the way your system does, then run this again"
        );
    }
    if !is_root() {
        bail!("{purpose} needs Debian packages. Type this, then run the same command again:\n\n    {}", by_hand(&list));
    }
    step(format!("apt-get: install {list} ({purpose})"), || {
        install(&missing).or_else(|_| {
            // A fresh machine has no package lists, an old one stale lists.
            run(Command::new("apt-get").args(["-qq", "update"]))?;
            install(&missing)
        })
    })
    .map_err(|error| error.context(format!("install them by hand: {}", by_hand(&list))))
}

/// Whether this process may write to the system's own folders.
pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn install(packages: &[&str]) -> Result<()> {
    let mut apt = Command::new("apt-get");
    apt.args(["-qq", "-y", "--no-install-recommends", "install"]).args(packages);
    run(apt.env("DEBIAN_FRONTEND", "noninteractive"))
}

fn by_hand(list: &str) -> String {
    format!("sudo apt-get install -y --no-install-recommends {list}")
}

fn installed(package: &str) -> bool {
    output(Command::new("dpkg-query").args(["-W", "-f=${Status}", package]))
        .is_ok_and(|status| status.contains("install ok installed"))
}
