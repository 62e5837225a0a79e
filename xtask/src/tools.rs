//! The tools that a build needs beside Rust: wasm-bindgen, its test runner, the splitter, wasm-opt.
//!
//! A tool of the right version on PATH is used. Else wasm-bindgen's two are built from `tools/` with their own lock
//! files, once, into the cache, under a name that says which sources they came from, as the splitter always is; wasm-opt
//! and axe-core come from npm, by the lock files in `tools/wasm-opt` and `tools/axe`. All are pinned by checksums in this repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::step::{note, output, run, step};
use crate::{native, paths};

/// The glue generator and the crate `wasm-bindgen` understand each other only when their versions are equal.
pub(crate) const WASM_BINDGEN: &str = "0.2.130";

/// The splitter's library; it must know the marks of the `wasm_split_helpers` that Leptos brings.
const WASM_SPLIT: &str = "0.2.4";

/// Older ones miscompile: Debian 12's 108 writes modules that do not run.
const OLDEST_WASM_OPT: u32 = 120;
const BINARYEN: &str = "132.0.0";
const AXE: &str = "4.14.1";

/// The glue generator, as found or built.
pub(crate) enum Bindgen {
    /// The official program, of exactly our version.
    Official(PathBuf),
    /// Ours: the same library, less program.
    Own(PathBuf),
}

impl Bindgen {
    /// Writes `NAME.js` and `NAME_bg.wasm` for the browser into `out`. A module with parts goes on exporting its table of
    /// functions, which they share.
    pub(crate) fn generate(&self, input: &Path, out: &Path, name: &str, parts: bool) -> Result<()> {
        let mut command = match self {
            Self::Official(program) => Command::new(program),
            Self::Own(program) => Command::new(program),
        };
        match self {
            Self::Official(_) => command
                .args(["--target", "web", "--no-typescript", "--omit-default-module-path"])
                .args(["--remove-name-section", "--remove-producers-section", "--out-name", name, "--out-dir"])
                .args([out, input]),
            Self::Own(_) => command.arg(out).arg(name).arg(input),
        };
        if parts {
            command.arg("--keep-lld-exports");
        }
        output(&mut command).map(|_| ())
    }

    /// What makes this generator's output differ from another's.
    pub(crate) fn identity(&self) -> String {
        match self {
            Self::Official(_) => format!("wasm-bindgen {WASM_BINDGEN}"),
            Self::Own(program) => program.display().to_string(),
        }
    }
}

/// The glue generator.
pub(crate) fn bindgen() -> Result<Bindgen> {
    agrees_with_lock_file()?;
    if let Some(official) = of_our_version("wasm-bindgen") {
        return Ok(Bindgen::Official(official));
    }
    built("bindgen", "xchat-bindgen", &format!("the wasm-bindgen generator ({WASM_BINDGEN})")).map(Bindgen::Own)
}

/// The program that cuts the page's module into parts.
pub(crate) fn splitter() -> Result<PathBuf> {
    built("split", "xchat-split", &format!("the splitter ({WASM_SPLIT})"))
}

/// The program that runs wasm tests in a browser.
pub(crate) fn test_runner() -> Result<PathBuf> {
    agrees_with_lock_file()?;
    if let Some(official) = of_our_version("wasm-bindgen-test-runner") {
        return Ok(official);
    }
    built("test-runner", "xchat-test-runner", &format!("the browser test runner ({WASM_BINDGEN})"))
}

/// wasm-opt, or `None` (and a line that says why) where it cannot be had: the app then works and is bigger.
pub(crate) fn wasm_opt() -> Option<PathBuf> {
    if let Some(program) = paths::on_path("wasm-opt") {
        match wasm_opt_version(&program) {
            Some(version) if version >= OLDEST_WASM_OPT => return Some(program),
            _ => note(format!("{} is older than {OLDEST_WASM_OPT} and not used", program.display())),
        }
    }
    match from_npm("wasm-opt", "binaryen", BINARYEN, |modules| {
        let program = modules.join(".bin").join("wasm-opt");
        (program.is_file() && wasm_opt_version(&program).is_some()).then_some(program)
    }) {
        Ok(program) => Some(program),
        Err(error) => {
            note(format!("no wasm-opt ({error:#}): the app will be a bigger download"));
            None
        }
    }
}

/// The script of axe-core, which looks through a page for what keeps people out; `None` (and a line that says why) where it cannot be had.
pub(crate) fn axe() -> Option<PathBuf> {
    let script = |modules: &Path| Some(modules.join("axe-core").join("axe.min.js")).filter(|script| script.is_file());
    match from_npm("axe", "axe-core", AXE, script) {
        Ok(script) => Some(script),
        Err(error) => {
            note(format!("no axe-core ({error:#}): the test of accessibility does nothing"));
            None
        }
    }
}

/// What `find` finds among the packages of `tools/FOLDER`, which are installed into the cache unless it is there.
fn from_npm(folder: &str, package: &str, version: &str, find: impl Fn(&Path) -> Option<PathBuf>) -> Result<PathBuf> {
    let home = paths::cache().join("node").join(format!("{package}-{version}"));
    let modules = home.join("node_modules");
    // What an interrupted installation left is not found.
    if let Some(found) = find(&modules) {
        return Ok(found);
    }
    if paths::on_path("npm").is_none() {
        bail!("npm is missing; to have it: apt-get install npm");
    }
    step(format!("npm: install {package} {version}"), || {
        fs::create_dir_all(&home).with_context(|| format!("making {}", home.display()))?;
        for file in ["package.json", "package-lock.json"] {
            let from = paths::root().join("tools").join(folder).join(file);
            fs::copy(&from, home.join(file)).with_context(|| format!("copying {}", from.display()))?;
        }
        output(Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&home))?;
        find(&modules).with_context(|| format!("{package} was installed and is not there, or does not start"))
    })
}

fn wasm_opt_version(program: &Path) -> Option<u32> {
    let said = output(Command::new(program).arg("--version")).ok()?;
    said.split_whitespace().find_map(|word| word.parse().ok())
}

fn of_our_version(name: &str) -> Option<PathBuf> {
    let program = paths::on_path(name)?;
    let said = output(Command::new(&program).arg("--version")).ok()?;
    said.split_whitespace().any(|word| word == WASM_BINDGEN).then_some(program)
}

/// Builds `tools/NAME` unless the cache holds what these very sources gave.
fn built(name: &str, binary: &str, what: &str) -> Result<PathBuf> {
    let sources = paths::root().join("tools").join(name);
    let mut bytes = Vec::new();
    for file in ["Cargo.toml", "Cargo.lock", "src/main.rs"] {
        let path = sources.join(file);
        bytes.extend(fs::read(&path).with_context(|| format!("reading {}", path.display()))?);
    }
    let folder = paths::cache().join("bin");
    let program = folder.join(format!("{binary}-{}", crate::bundle::hash(&bytes)));
    if program.is_file() {
        return Ok(program);
    }
    step(format!("building {what}, once per machine: one to three minutes"), || {
        // One target folder for all tools: they share much of what they link.
        let target = native::target_dir().join("tools");
        let mut cargo = Command::new("cargo");
        cargo.args(["build", "--release", "--locked", "--target-dir"]).arg(&target);
        run(cargo.current_dir(&sources))?;
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        // Copied aside and renamed, so that an interrupted copy is never taken for the tool.
        let half = folder.join(format!("{binary}.{}.part", std::process::id()));
        fs::copy(target.join("release").join(binary), &half).context("copying the tool into the cache")?;
        fs::rename(&half, &program).context("putting the tool in its place")?;
        Ok(program)
    })
}

/// Fails, with what to change, when `cargo update` has moved wasm-bindgen past the tools.
fn agrees_with_lock_file() -> Result<()> {
    let lock = fs::read_to_string(paths::root().join("Cargo.lock")).unwrap_or_default();
    match locked(&lock, "wasm-bindgen") {
        Some(version) if version != WASM_BINDGEN => bail!(
            "Cargo.lock has wasm-bindgen {version}, the tools are made for {WASM_BINDGEN}: run `cargo update -p \
             wasm-bindgen --precise {WASM_BINDGEN}`, or move both crates in tools/ and xtask's WASM_BINDGEN"
        ),
        _ => Ok(()),
    }
}

/// The version of `package` in the text of a Cargo.lock.
fn locked<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let named = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != named);
    lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::locked;

    #[test]
    fn the_locked_version_is_that_of_the_whole_name() {
        let lock =
            "name = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\nname = \"wasm-bindgen\"\nversion = \"0.2.1\"\n";
        assert_eq!(locked(lock, "wasm-bindgen"), Some("0.2.1"));
        assert_eq!(locked(lock, "wasm"), None);
    }
}
