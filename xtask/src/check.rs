//! `cargo xtask check`: everything about the code that is not a test.

use std::process::Command;

use anyhow::{Result, bail};

use crate::step::{note, output, run, step};
use crate::toolchain::{self, TARGET};
use crate::{bundle, house, imports, native, paths, sizes};

/// Runs every check, says what each found, and fails at the end when any failed.
pub(crate) fn check(args: &[String]) -> Result<()> {
    let (quick, deep) = match args {
        [] => (false, false),
        [word] if word == "--deep" => (false, true),
        [word] if word == "--quick" => (true, false),
        _ => bail!("`cargo xtask check` takes --quick (only what builds nothing) or --deep, and nothing else"),
    };
    let mut failed = Vec::new();
    let mut does = |name: &'static str, work: &dyn Fn() -> Result<()>| {
        if let Err(error) = step(name, work) {
            eprintln!("    {error:#}");
            failed.push(name);
        }
    };
    does("format", &format);
    does("imports run one way", &directions);
    does("house rules", &rules);
    if !quick {
        does("licences, sources and advisories", &deny);
        does("clippy, native", &clippy_native);
        does("clippy, wasm32", &clippy_wasm);
        does("download sizes", &budgets);
    }
    if deep {
        does("the same page from Trunk", &trunk);
        does("a relay that is killed 2000 times", &kills);
        does("random frames, sessions, contents, rows and groups", &random);
        does("100,000 simulated histories", &simulation);
        does("fuzz targets, a minute each", &fuzz);
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join("; "));
    }
    println!("\nAll checks passed");
    Ok(())
}

fn format() -> Result<()> {
    run(native::cargo().args(["fmt", "--all", "--check"]))?;
    // Each has a lock file of its own, so that none of them moves the product's.
    for apart in ["tools/bindgen", "tools/split", "tools/test-runner", "fuzz"] {
        run(native::cargo().args(["fmt", "--check", "--manifest-path"]).arg(format!("{apart}/Cargo.toml")))?;
    }
    Ok(())
}

fn clippy_native() -> Result<()> {
    let mut clippy = native::cargo();
    clippy.args([
        "clippy",
        "--quiet",
        "--workspace",
        "--exclude",
        "xchat",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ]);
    run(&mut clippy)?;
    // Simulations and fuzz targets take the relay without its server.
    for features in ["", "nats"] {
        let mut clippy = native::cargo();
        clippy.args(["clippy", "--quiet", "--package", "xchat-relay", "--no-default-features", "--features", features]);
        run(clippy.args(["--all-targets", "--", "--deny", "warnings"]))?;
    }
    Ok(())
}

fn clippy_wasm() -> Result<()> {
    let mut clippy = toolchain::ready()?.cargo();
    clippy.args(["clippy", "--quiet", "--package", "xchat", "--package", "xchat-bench-peer"]);
    clippy.args(["--all-targets", "--target", TARGET]);
    run(clippy.args(["--", "--deny", "warnings"]))
}

fn directions() -> Result<()> {
    let breaches = imports::breaches()?;
    if breaches.is_empty() {
        return Ok(());
    }
    bail!("{}", breaches.join("\n    "))
}

fn rules() -> Result<()> {
    let findings = house::inspect()?;
    for warning in &findings.warnings {
        eprintln!("    warning: {warning}");
    }
    if findings.errors.is_empty() {
        return Ok(());
    }
    bail!("{}", findings.errors.join("\n    "))
}

fn budgets() -> Result<()> {
    let dist = bundle::build()?;
    let sizes = sizes::measure(&dist)?;
    println!("\n{sizes}");
    sizes.keep_to_budget(&dist)
}

/// Licences and sources need nothing but cargo-deny; advisories also its database, which it fetches where it can.
fn deny() -> Result<()> {
    if paths::on_path("cargo-deny").is_none() {
        note("skipped: cargo-deny is not installed (cargo install --locked cargo-deny)");
        return Ok(());
    }
    run(native::cargo().args(["deny", "check", "bans", "licenses", "sources"]))?;
    if output(native::cargo().args(["deny", "fetch", "db"])).is_err() {
        note("skipped advisories: their database cannot be fetched from here");
        return Ok(());
    }
    run(native::cargo().args(["deny", "check", "--disable-fetch", "advisories"]))
}

/// The kill test of `cargo test`, longer.
fn kills() -> Result<()> {
    let mut cargo = native::cargo();
    cargo.args(["test", "--package", "xchat-relay", "--test", "kills", "--", "--nocapture"]);
    run(cargo.env("XCHAT_KILLS", "2000"))
}

/// The simulation of `cargo test`, longer, and optimised: it is cryptography that takes the time.
fn simulation() -> Result<()> {
    let mut cargo = native::cargo();
    cargo.args(["test", "--release", "--package", "xchat-engine", "--test", "simulation", "--", "--nocapture"]);
    run(cargo.env("XCHAT_SEEDS", "100000"))
}

/// The fuzz targets on this compiler, over random seeds, and groups with another MLS implementation: what `cargo test` does, longer.
fn random() -> Result<()> {
    for (package, runs) in [("xchat-relay", "4000"), ("xchat-engine", "2000")] {
        run(native::cargo().args(["test", "--package", package, "--test", "fuzz"]).env("XCHAT_FUZZ_RUNS", runs))?;
    }
    let interop = ["test", "--package", "xchat-engine", "--test", "interop"];
    run(native::cargo().args(interop).env("XCHAT_INTEROP_RUNS", "500"))
}

/// The fuzz targets under libFuzzer, where its tool and a nightly compiler are there.
fn fuzz() -> Result<()> {
    let nightly = || native::cargo_nightly(&["--version"]);
    if paths::on_path("cargo-fuzz").is_none() || output(&mut nightly()).is_err() {
        note("skipped: needs a nightly toolchain and cargo-fuzz (cargo install --locked cargo-fuzz)");
        return Ok(());
    }
    let targets = output(&mut native::cargo_nightly(&["fuzz", "list"]))?;
    for target in targets.lines() {
        // Sessions are long inputs: without the last flag libFuzzer stays with short ones.
        let limits = ["--", "-max_total_time=60", "-max_len=4096", "-len_control=0"];
        run(native::cargo_nightly(&["fuzz", "run", target]).args(limits))?;
    }
    Ok(())
}

/// Trunk must understand index.html and put the same modules and styles into the page.
fn trunk() -> Result<()> {
    if paths::on_path("trunk").is_none() {
        note("skipped: Trunk is not installed (cargo install --locked trunk)");
        return Ok(());
    }
    let out = native::target_dir().join("trunk-dist");
    let mut trunk = Command::new("trunk");
    run(trunk.current_dir(paths::root()).args(["build", "--dist"]).arg(&out))?;
    for file in ["index.html", "app_bg.wasm", "worker_bg.wasm", "worker-loader.js", "files_bg.wasm", "files-loader.js"]
    {
        if !out.join(file).is_file() {
            bail!("Trunk's build has no {file}");
        }
    }
    Ok(())
}
