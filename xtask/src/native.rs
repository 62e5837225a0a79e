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

/// Where cargo leaves what it builds.
pub(crate) fn target_dir() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR").map(PathBuf::from) {
        Some(folder) if folder.is_absolute() => folder,
        Some(folder) => paths::root().join(folder),
        None => paths::root().join("target"),
    }
}

/// Builds the relay in release and returns its binary.
pub(crate) fn relay() -> Result<PathBuf> {
    step("building the relay (release)", || {
        run(cargo().args(["build", "--release", "--package", "xchat-relay", "--bin", "xchat-relay"]))?;
        Ok(target_dir().join("release").join("xchat-relay"))
    })
}
