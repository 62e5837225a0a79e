//! The two WebAssembly modules: built, given their JavaScript glue, made small.
//!
//! A module's stage folder keeps the last result with a stamp of everything that it was made from, so that a change
//! of style or page costs no wasm-opt, and no change costs nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, anyhow};

use crate::bundle::hash;
use crate::paths;
use crate::step::{note, output, run, step};
use crate::toolchain::{TARGET, Toolchain};
use crate::tools::{self, Bindgen};

/// The binaries of the root package: the page, and the engine's worker.
pub(crate) const BINARIES: [&str; 2] = ["app", "worker"];

/// The cargo profile in the root Cargo.toml that a browser downloads.
pub(crate) const PROFILE: &str = "web";

/// What rustc's wasm32-unknown-unknown may use by default; the module itself no longer says (it is stripped).
/// Not `-Oz`: that makes a smaller module, but one that compresses less well, and what counts is the download.
const OPTIMISE: [&str; 10] = [
    "-O2",
    "--shrink-level=1",
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
    /// `app` or `worker`.
    pub(crate) name: &'static str,
    /// Holds `NAME.js`, `NAME_bg.wasm`, and `snippets/` where a crate brought JavaScript of its own.
    pub(crate) folder: PathBuf,
}

/// Builds both modules; quick when nothing has changed.
pub(crate) fn build(toolchain: Toolchain) -> Result<Vec<Module>> {
    let bindgen = tools::bindgen()?;
    let wasm_opt = tools::wasm_opt();
    step("building the app and the engine's worker for wasm32", || {
        let mut cargo = toolchain.cargo();
        cargo.args(["build", "--profile", PROFILE, "--target", TARGET, "--package", "xchat", "--bins"]);
        run(cargo.args(["--config", &without_paths()]))
    })?;
    let built = toolchain.target_dir().join(TARGET).join(PROFILE);
    let stage = toolchain.target_dir().join("stage");
    thread::scope(|scope| {
        let work = BINARIES.map(|name| {
            let (input, folder) = (built.join(format!("{name}.wasm")), stage.join(name));
            let (bindgen, wasm_opt) = (&bindgen, wasm_opt.as_deref());
            scope.spawn(move || finish(name, &input, folder, bindgen, wasm_opt))
        });
        work.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("finishing a module panicked"))?).collect()
    })
}

/// Flags, beside those of `.cargo/config.toml`, that keep this machine's folders out of the modules: panics name their
/// source, and the same source should give the same bytes everywhere.
pub(crate) fn without_paths() -> String {
    let folders = [(paths::cargo_home(), "cargo"), (paths::root(), "xchat")];
    let flags =
        folders.map(|(folder, name)| format!("{:?}", format!("--remap-path-prefix={}={name}", folder.display())));
    format!("target.{TARGET}.rustflags=[{}]", flags.join(", "))
}

/// Glue, then wasm-opt, unless the stage folder's stamp says that this was done.
pub(crate) fn finish(
    name: &'static str,
    input: &Path,
    folder: PathBuf,
    bindgen: &Bindgen,
    wasm_opt: Option<&Path>,
) -> Result<Module> {
    let module = fs::read(input).with_context(|| format!("reading {}", input.display()))?;
    let optimiser = wasm_opt.map(|program| format!("{} {}", program.display(), OPTIMISE.join(" ")));
    let stamp = format!("{}\n{}\n{}\n", hash(&module), bindgen.identity(), optimiser.unwrap_or_default());
    let stamp_file = folder.join("stamp");
    if fs::read_to_string(&stamp_file).is_ok_and(|last| last == stamp) {
        note(format!("{name}: unchanged since it was last optimised"));
        return Ok(Module { name, folder });
    }
    step(format!("{name}: JavaScript glue{}", if wasm_opt.is_some() { " and wasm-opt" } else { "" }), || {
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("emptying {}", folder.display()))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        bindgen.generate(input, &folder, name)?;
        if let Some(wasm_opt) = wasm_opt {
            let wasm = folder.join(format!("{name}_bg.wasm"));
            output(Command::new(wasm_opt).args(OPTIMISE).arg(&wasm).arg("-o").arg(&wasm))?;
        }
        fs::write(&stamp_file, &stamp).context("writing the stamp")?;
        Ok(Module { name, folder })
    })
}
