//! Builds with the Rust in use, for this machine: the relay, the tests, the lints.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::paths;
use crate::step::{run, step};

/// `cargo` at the repository's root.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(paths::root());
    cargo
}

/// The nightly `cargo` at the repository's root, whatever started this program.
pub(crate) fn cargo_nightly(args: &[&str]) -> Command {
    let mut cargo = cargo();
    forget_toolchain(&mut cargo).arg("+nightly").args(args);
    cargo
}

/// For a program that is to use another Rust: a cargo that rustup started hands these to its children, and they would bring its own
/// Rust back.
pub(crate) fn forget_toolchain(command: &mut Command) -> &mut Command {
    for variable in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(variable);
    }
    command
}

/// Where cargo leaves what it builds.
pub(crate) fn target_dir() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR").map(PathBuf::from) {
        Some(folder) if folder.is_absolute() => folder,
        Some(folder) => paths::root().join(folder),
        None => paths::root().join("target"),
    }
}

/// How a program is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Build {
    /// As the tests are: with its assertions, and what `cargo test` has compiled serves again.
    Test,
    /// As people run it.
    Release,
}

/// Builds the relay and returns its binary.
pub(crate) fn relay(build: Build) -> Result<PathBuf> {
    let (words, flag, folder) = match build {
        Build::Test => ("building the relay (with its assertions)", None, "debug"),
        Build::Release => ("building the relay (release)", Some("--release"), "release"),
    };
    step(words, || {
        run(cargo().arg("build").args(flag).args(["--package", "xchat-relay", "--bin", "xchat-relay"]))?;
        Ok(target_dir().join(folder).join("xchat-relay"))
    })
}
