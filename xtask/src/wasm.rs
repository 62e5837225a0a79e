//! The three WebAssembly modules: built, the page's cut into parts, given their JavaScript glue, made small.
//!
//! A module's stage folder keeps the last result with a stamp of everything that it was made from, so that a change
//! of style or page costs no wasm-opt, and no change costs nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, anyhow};

use crate::bundle::hash;
use crate::split::{self, Part};
use crate::step::{note, output, run, step};
use crate::toolchain::{TARGET, Toolchain};
use crate::tools::{self, Bindgen};
use crate::{names, paths};

/// The binaries of the root package: the page, the engine's worker, and the file worker.
pub(crate) const BINARIES: [&str; 3] = [SPLIT, "worker", "files"];

/// The binary that is cut into parts: `part!` in `src/ui` says where.
const SPLIT: &str = "app";

/// The cargo profile in the root Cargo.toml that a browser downloads.
pub(crate) const PROFILE: &str = "web";

/// The splitter reads symbols, which that profile strips; the glue's generator takes them away afterwards.
const WITH_SYMBOLS: &str = "profile.web.strip=\"debuginfo\"";

/// What rustc's wasm32-unknown-unknown may use by default; the module itself no longer says (it is stripped).
/// Not `-Oz`: that makes a smaller module, but one that compresses less well, and what counts is the download.
const OPTIMISE: [&str; 13] = [
    "-O2",
    // What is constant or never there across all functions: 0.8 KiB of the engine as it is downloaded.
    "--gufa-optimizing",
    "-O2",
    "--shrink-level=1",
    // Else what has one caller moves into it, whatever its size, and a browser compiles a function whole when it is first called: also
    // what a start does not need of it. Apart it compresses better too: 6 KiB of the engine, 2 of the page.
    "--one-caller-inline-max-function-size=20",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// One finished module.
#[derive(Debug)]
pub(crate) struct Module {
    /// `app`, `worker` or `files`.
    pub(crate) name: &'static str,
    /// Holds `NAME.js`, `NAME_bg.wasm`, and `snippets/` where a crate brought JavaScript of its own.
    pub(crate) folder: PathBuf,
    /// What of it is loaded later; none for a module that is in one piece.
    pub(crate) parts: Vec<Part>,
}

/// What a module is finished with.
pub(crate) struct Programs {
    bindgen: Bindgen,
    splitter: PathBuf,
    wasm_opt: Option<PathBuf>,
}

impl Programs {
    pub(crate) fn ready() -> Result<Self> {
        Ok(Self { bindgen: tools::bindgen()?, splitter: tools::splitter()?, wasm_opt: tools::wasm_opt() })
    }
}

/// Builds all modules; quick when nothing has changed.
pub(crate) fn build(toolchain: Toolchain) -> Result<Vec<Module>> {
    let programs = Programs::ready()?;
    step("building the app, the engine's worker and the file worker for wasm32", || {
        for name in BINARIES {
            let mut cargo = toolchain.cargo();
            cargo.args(["build", "--profile", PROFILE, "--target", TARGET, "--package", "xchat", "--bin", name]);
            cargo.args(["--config", WITH_SYMBOLS, "--config", &without_paths()]);
            if name == SPLIT {
                // Not for all: the marks would keep the page's screens in the workers.
                cargo.args(["--features", "split"]);
            }
            run(&mut cargo)?;
        }
        Ok(())
    })?;
    let built = toolchain.target_dir().join(TARGET).join(PROFILE);
    let stage = toolchain.target_dir().join("stage");
    thread::scope(|scope| {
        let work = BINARIES.map(|name| {
            let (input, folder) = (built.join(format!("{name}.wasm")), stage.join(name));
            let programs = &programs;
            scope.spawn(move || finish(name, &input, folder, programs))
        });
        work.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("finishing a module panicked"))?).collect()
    })
}

/// Flags, beside those of `.cargo/config.toml`, that keep this machine's folders out of the modules: panics name their
/// source, and the same source should give the same bytes everywhere.
pub(crate) fn without_paths() -> String {
    let sources = fs::read_dir(paths::cargo_home().join("registry/src")).into_iter().flatten().flatten();
    // The last that fits counts: of a crate only its own name and what is below it is left.
    let sources = sources.map(|source| (source.path(), ""));
    let folders = [(paths::cargo_home(), "cargo"), (paths::root(), "xchat")].into_iter().chain(sources);
    let flags: Vec<String> = folders
        .map(|(folder, name)| format!("{:?}", format!("--remap-path-prefix={}={name}", folder.display())))
        .collect();
    format!("target.{TARGET}.rustflags=[{}]", flags.join(", "))
}

/// Parts, glue, then wasm-opt, unless the stage folder's stamp says that this was done.
pub(crate) fn finish(name: &'static str, input: &Path, folder: PathBuf, programs: &Programs) -> Result<Module> {
    let Programs { bindgen, splitter, wasm_opt } = programs;
    let module = fs::read(input).with_context(|| format!("reading {}", input.display()))?;
    let optimiser = wasm_opt.as_ref().map(|program| format!("{} {}", program.display(), OPTIMISE.join(" ")));
    let made_by = [bindgen.identity(), splitter.display().to_string(), names::IDENTITY.to_owned()];
    let stamp = [hash(&module), made_by.join("\n"), optimiser.unwrap_or_default()];
    let stamp = stamp.join("\n");
    let stamp_file = folder.join("stamp");
    if fs::read_to_string(&stamp_file).is_ok_and(|last| last == stamp) {
        note(format!("{name}: unchanged since it was last optimised"));
        return Ok(Module { name, parts: split::parts(&folder)?, folder });
    }
    step(format!("{name}: JavaScript glue{}", if wasm_opt.is_some() { " and wasm-opt" } else { "" }), || {
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("emptying {}", folder.display()))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        if name == SPLIT {
            let first = split::cut(splitter, input, &folder, name)?;
            bindgen.generate(&first, &folder, name, true)?;
            fs::remove_file(&first).with_context(|| format!("removing {}", first.display()))?;
        } else {
            bindgen.generate(input, &folder, name, false)?;
        }
        names::shorten(&folder, name)?;
        let parts = split::parts(&folder)?;
        if let Some(wasm_opt) = wasm_opt {
            let first = folder.join(format!("{name}_bg.wasm"));
            for wasm in parts.iter().map(|part| &part.path).chain([&first]) {
                output(Command::new(wasm_opt).args(OPTIMISE).arg(wasm).arg("-o").arg(wasm))?;
            }
        }
        fs::write(&stamp_file, &stamp).context("writing the stamp")?;
        Ok(Module { name, folder, parts })
    })
}
