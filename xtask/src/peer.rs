//! `cargo xtask bench peer`: our MLS and storage as a bundle for a benchmark of browser libraries (`bench/peer`).

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::step::{run, step};
use crate::toolchain::TARGET;
use crate::{paths, toolchain, wasm};

/// Builds the module as a browser downloads the engine, and lays the adapters beside it, with what `cargo xtask bench engine` runs in a
/// page; that takes the module with the whole engine in it, as no peer has.
pub(crate) fn build(archive: bool) -> Result<PathBuf> {
    let toolchain = toolchain::ready()?;
    let programs = wasm::Programs::ready()?;
    step("building the peer for wasm32", || {
        let mut cargo = toolchain.cargo();
        cargo.args(["build", "--profile", wasm::PROFILE, "--target", TARGET, "--package", "xchat-bench-peer"]);
        if archive {
            cargo.args(["--features", "archive"]);
        }
        run(cargo.args(["--config", &wasm::without_paths()]))
    })?;
    let input = toolchain.target_dir().join(TARGET).join(wasm::PROFILE).join("xchat_bench_peer.wasm");
    let folder = toolchain.target_dir().join("peer");
    wasm::finish("peer", &input, folder.clone(), &programs)?;
    let adapters = ["client.js", "adapter.js", "adapter-default-durability.js", "adapter-unwaiting.js"];
    for name in adapters.into_iter().chain(["scenario.js", "index.html"]) {
        lay(&folder, name)?;
    }
    println!("\nThe peer is in {}: adapter.js, peer.js and peer_bg.wasm.", folder.display());
    Ok(folder)
}

fn lay(folder: &Path, name: &str) -> Result<()> {
    let from = paths::root().join("bench/peer").join(name);
    fs::copy(&from, folder.join(name)).with_context(|| format!("copying {}", from.display()))?;
    Ok(())
}
