//! A Rust that can build for `wasm32-unknown-unknown`.
//!
//! The Rust in use serves when it has the target, and `rustup target add` usually brings it. Where that download
//! does not exist, Debian's `rustc-web` packages serve: `wasm-std.sh` builds their standard library for wasm32
//! once, and `rustup toolchain link` makes them a toolchain called `web`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::step::{note, output, run, step};
use crate::{apt, native, paths};

/// The target that a browser runs.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The name under which rustup knows Debian's Rust.
const LINKED: &str = "web";

const PACKAGES: [&str; 7] =
    ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "rust-web-clippy", "rustfmt-web", "lld-22"];

/// Which Rust builds for wasm32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The one that runs this program.
    Host,
    /// Debian's, linked into rustup.
    Debian,
}

impl Toolchain {
    /// `cargo`, set up for this toolchain and its target folder; the caller adds the subcommand and `--target`.
    pub(crate) fn cargo(self) -> Command {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(paths::root()).env("CARGO_TARGET_DIR", self.target_dir());
        if self == Self::Debian {
            native::forget_toolchain(&mut cargo).env("RUSTUP_TOOLCHAIN", LINKED);
        }
        cargo
    }

    /// Two versions of rustc in one folder undo each other's work: the second has a folder of its own.
    pub(crate) fn target_dir(self) -> PathBuf {
        match self {
            Self::Host => native::target_dir(),
            Self::Debian => native::target_dir().join("web"),
        }
    }
}

/// Finds the toolchain, or brings it: first whatever is there already, then rustup, then Debian.
pub(crate) fn ready() -> Result<Toolchain> {
    let wants_debian = env::var("XCHAT_TOOLCHAIN").is_ok_and(|name| name == LINKED);
    if !wants_debian {
        if has_target(Command::new("rustc")) {
            return Ok(Toolchain::Host);
        }
        if linked() && marked() && has_target(Command::new("/usr/bin/rustc")) {
            return Ok(Toolchain::Debian);
        }
        if paths::on_path("rustup").is_some() {
            let added = step(format!("rustup target add {TARGET}"), || {
                run(Command::new("rustup").args(["target", "add", TARGET]))
            });
            if added.is_ok() && has_target(Command::new("rustc")) {
                return Ok(Toolchain::Host);
            }
            note("rustup cannot bring the target here: using Debian's Rust for wasm32");
        }
    }
    debian()
}

fn debian() -> Result<Toolchain> {
    apt::need(&PACKAGES, "building for wasm32 without rustup's target")?;
    standard_library()?;
    if paths::on_path("rustup").is_none() {
        if has_target(Command::new("rustc")) {
            return Ok(Toolchain::Host);
        }
        bail!("two Rust toolchains are needed side by side: install rustup (https://rustup.rs), then run this again");
    }
    if !linked() {
        step(format!("rustup toolchain link {LINKED} /usr"), || {
            run(Command::new("rustup").args(["toolchain", "link", LINKED, "/usr"]))
        })?;
    }
    Ok(Toolchain::Debian)
}

/// Builds and installs std for wasm32, unless the one there is of this very compiler.
fn standard_library() -> Result<()> {
    if has_target(Command::new("/usr/bin/rustc")) && marked() {
        return Ok(());
    }
    let script = paths::root().join("xtask").join("wasm-std.sh");
    let cache = paths::cache().join("std");
    if !apt::is_root() {
        bail!(
            "std for wasm32 goes into /usr/lib/rustlib. Type this, then run the same command again:\n\n    sudo sh {} {}",
            script.display(),
            cache.display()
        );
    }
    step(format!("building std for {TARGET} with Debian's Rust, once per machine"), || {
        fs::create_dir_all(&cache).with_context(|| format!("making {}", cache.display()))?;
        let mut build = Command::new("sh");
        run(native::forget_toolchain(&mut build).env_remove("RUSTFLAGS").arg(&script).arg(&cache))
    })
}

/// Whether `rustc` has a standard library for wasm32.
fn has_target(mut rustc: Command) -> bool {
    output(rustc.args(["--print", "target-libdir", "--target", TARGET])).is_ok_and(|folder| {
        holds(Path::new(folder.trim()), |name| name.starts_with("libstd-") && name.ends_with(".rlib"))
    })
}

/// Whether the installed std was built by the installed compiler: `wasm-std.sh` leaves a mark that names it.
fn marked() -> bool {
    let Ok(version) = output(Command::new("/usr/bin/rustc").arg("-V")) else { return false };
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' };
    let mark = format!(".from-{}", version.trim_end().chars().map(plain).collect::<String>());
    output(Command::new("/usr/bin/rustc").args(["--print", "target-libdir", "--target", TARGET]))
        .is_ok_and(|folder| holds(Path::new(folder.trim()), |name| name == mark))
}

fn linked() -> bool {
    output(Command::new("rustup").args(["toolchain", "list"]))
        .is_ok_and(|list| list.lines().any(|line| line.split_whitespace().next() == Some(LINKED)))
}

fn holds(folder: &Path, wanted: impl Fn(&str) -> bool) -> bool {
    fs::read_dir(folder)
        .is_ok_and(|entries| entries.flatten().any(|entry| entry.file_name().to_str().is_some_and(&wanted)))
}
