//! `dist/`: the app as it is served.
//!
//! Everything that the page refers to by itself has its content's hash in its name (`-` and 16 hex digits before the
//! extension) and may be cached for ever; `index.html` and what `public/` holds keep their names. Each file that
//! compresses has a `.br` beside it. Files are written only when they differ, and what is no longer part is removed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::page::{self, Asset, Names};
use crate::step::{note, step};
use crate::wasm::Module;
use crate::{licences, minify, paths, sizes, split, toolchain, wasm};

/// The service worker. Its name stays: browsers ask under it whether there is another one.
const OFFLINE: &str = "offline.js";

/// Compressed beside the original.
const COMPRESSED: [&str; 8] = ["css", "html", "js", "json", "svg", "txt", "wasm", "webmanifest"];

/// Name in the app, with `/` between folders -> content.
type Files = BTreeMap<String, Vec<u8>>;

/// Sets up, builds and bundles the app; returns `dist`. Quick when nothing has changed.
pub(crate) fn build() -> Result<PathBuf> {
    let toolchain = toolchain::ready()?;
    let modules = wasm::build(toolchain)?;
    let mut files = assemble(&modules)?;
    files.insert("licenses.txt".to_owned(), licences::text(toolchain)?.into_bytes());
    let dist = paths::dist();
    match write(&dist, &files)? {
        0 => note("dist: unchanged"),
        changed => note(format!("dist: {changed} files written")),
    }
    Ok(dist)
}

/// The first 16 hex digits of the content's SHA-256.
pub(crate) fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn assemble(modules: &[Module]) -> Result<Files> {
    let root = paths::root();
    let html = read(&root.join("index.html"))?;
    let mut files = Files::new();
    let (mut style, mut later) = (String::new(), String::new());
    for asset in page::assets(&html)? {
        match asset {
            Asset::Css(path) if path.starts_with(page::LATER) => later.push_str(&sheet(&root, &path)?),
            Asset::Css(path) => style.push_str(&sheet(&root, &path)?),
            Asset::Folder(path) => copy(&root.join(path), "", &mut files)?,
            Asset::Rust(binary) if wasm::BINARIES.contains(&binary.as_str()) => {}
            Asset::Rust(binary) => bail!("index.html names a binary that is not built: {binary}"),
            Asset::Loader(_) => {}
        }
    }
    let later = put(&mut files, "part-style", "css", minify::css(&later).into_bytes());
    let mut loaders = BTreeMap::new();
    for module in modules {
        loaders.insert(module.name, load(&root, module, &later, &mut files)?);
    }
    let mut loader = |name| loaders.remove(name).with_context(|| format!("the module {name} was not built"));
    let (app, worker, files_worker) = (loader("app")?, loader("worker")?, loader("files")?);
    let names = Names {
        style: put(&mut files, "style", "css", minify::css(&style).into_bytes()),
        app_loader: app.script,
        app_glue: app.glue,
        app_parts: app.parts.context("the page's module was not cut into parts")?,
        app_wasm: app.wasm,
        worker_loader: worker.script,
        files_loader: files_worker.script,
    };
    let start = names.app_loader.clone();
    let html = page::rewrite(&html, &names)?;
    if let Some(lost) = page::local_references(&html).into_iter().find(|target| !files.contains_key(*target)) {
        bail!("index.html refers to /{lost}, which is not in the app");
    }
    let offline = offline(&read(&root.join("loader").join(OFFLINE))?, &start, &files)?;
    files.insert(OFFLINE.to_owned(), offline.into_bytes());
    files.insert("index.html".to_owned(), html.into_bytes());
    Ok(files)
}

/// The service worker with the names of what it keeps: the page, its script, then everything else that the app runs on. What is fetched
/// only when it is asked for, and can be done without, is not among it.
fn offline(script: &str, start: &str, files: &Files) -> Result<String> {
    let runs = |name: &&String| {
        let hashed = ["app-", "style-", "part-", "worker-", "files-"].iter().any(|kind| name.starts_with(kind));
        let of_browser = [".svg", ".webmanifest"].iter().any(|kind| name.ends_with(kind));
        // Few ever need what reads codes, and it is large.
        (hashed || of_browser) && name.as_str() != start && !name.starts_with("part-scan-")
    };
    let names = [String::new(), start.to_owned()].into_iter().chain(files.keys().filter(runs).cloned());
    let list = names.map(|name| format!("\"/{name}\"")).collect::<Vec<_>>().join(",");
    let mut script = script.to_owned();
    let build = format!("\"{}\"", hash(list.as_bytes()));
    for (before, after) in [(r#"["/", "/app-loader.js"]"#, format!("[{list}]")), ("\"build\"", build)] {
        if script.matches(before).count() != 1 {
            bail!("loader/{OFFLINE} must name {before} exactly once");
        }
        script = script.replace(before, &after);
    }
    Ok(minify::js(&script))
}

/// The finished names of one module's files.
struct Loaded {
    script: String,
    glue: String,
    wasm: String,
    /// The script that fetches its parts.
    parts: Option<String>,
}

fn load(root: &Path, module: &Module, later: &str, files: &mut Files) -> Result<Loaded> {
    let name = module.name;
    let (glue_name, wasm_name) = (format!("{name}.js"), format!("{name}_bg.wasm"));
    let content = |file: &str| {
        let path = module.folder.join(file);
        fs::read(&path).with_context(|| format!("reading {}", path.display()))
    };
    let wasm = put(files, name, "wasm", content(&wasm_name)?);
    let mut glue = content(&glue_name)?;
    let mut parts = None;
    if !module.parts.is_empty() {
        let script = put_parts(module, later, files)?;
        glue = split::handover(&String::from_utf8(glue)?, &script)?.into_bytes();
        parts = Some(script);
    }
    glue = minify::js(&String::from_utf8(glue)?).into_bytes();
    let glue = put(files, &format!("{name}-glue"), "js", glue);
    let snippets = module.folder.join("snippets");
    if snippets.is_dir() {
        copy(&snippets, "snippets/", files)?;
    }
    let mut script = read(&root.join("loader").join(format!("{name}-loader.js")))?;
    for (plain, finished) in [(&glue_name, &glue), (&wasm_name, &wasm)] {
        let quoted = format!("\"./{plain}\"");
        if script.matches(&quoted).count() != 1 {
            bail!("loader/{name}-loader.js must name {quoted} exactly once");
        }
        script = script.replace(&quoted, &format!("\"./{finished}\""));
    }
    let script = put(files, name, "js", minify::js(&script).into_bytes());
    Ok(Loaded { script, glue, wasm, parts })
}

/// Adds the parts of a module and the script that fetches them and the styles `later` that they need; returns the script's name.
fn put_parts(module: &Module, later: &str, files: &mut Files) -> Result<String> {
    let mut names = Vec::new();
    for part in &module.parts {
        let content = fs::read(&part.path).with_context(|| format!("reading {}", part.path.display()))?;
        names.push((part.file.clone(), put(files, &part.name(), "wasm", content)));
    }
    let script = split::loader(&read(&module.folder.join(split::LOADER))?, &names, later)?;
    Ok(put(files, &format!("{}-parts", module.name), "js", minify::js(&script).into_bytes()))
}

/// One style sheet, checked for what would break when sheets are joined and served from the root.
fn sheet(root: &Path, path: &str) -> Result<String> {
    let text = read(&root.join(path))?;
    if text.contains("@import") {
        bail!("{path} has an @import: link each style sheet from index.html instead");
    }
    for (at, _) in text.match_indices("url(") {
        let target = text[at + 4..].trim_start_matches(['"', '\'']);
        if !["/", "data:", "#"].iter().any(|allowed| target.starts_with(allowed)) {
            bail!("{path} has a relative url(): write it from the root, as url(/name)");
        }
    }
    Ok(text + "\n")
}

/// Adds a file under a name with its content's hash, and returns that name.
fn put(files: &mut Files, name: &str, extension: &str, content: Vec<u8>) -> String {
    let name = format!("{name}-{}.{extension}", hash(&content));
    files.insert(name.clone(), content);
    name
}

fn copy(folder: &Path, prefix: &str, files: &mut Files) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| !name.starts_with('.')) else {
            continue;
        };
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            copy(&path, &format!("{name}/"), files)?;
        } else {
            files.insert(name, fs::read(&path).with_context(|| format!("reading {}", path.display()))?);
        }
    }
    Ok(())
}

/// Makes `dist` hold exactly these files and their compressed twins; returns how many had to be written.
fn write(dist: &Path, files: &Files) -> Result<usize> {
    let stale = |name: &str, content: &[u8]| fs::read(dist.join(name)).map_or(true, |old| old != content);
    let twin = |name: &str| dist.join(format!("{name}.br"));
    let mut changed: Vec<_> = files.iter().filter(|(name, content)| stale(name, content)).collect();
    // The page last: it never names a file that is not there yet.
    changed.sort_by_key(|(name, _)| *name == "index.html");
    for (name, content) in &changed {
        let path = dist.join(name);
        fs::create_dir_all(path.parent().unwrap_or(dist)).with_context(|| format!("making {}", dist.display()))?;
        // First the twin goes: an interrupted run must not leave the compressed form of older content.
        if twin(name).exists() {
            fs::remove_file(twin(name)).with_context(|| format!("removing dist/{name}.br"))?;
        }
        fs::write(&path, content).with_context(|| format!("writing {}", path.display()))?;
    }
    let compress: Vec<_> = files
        .iter()
        .filter(|(name, _)| name.rsplit_once('.').is_some_and(|(_, extension)| COMPRESSED.contains(&extension)))
        .filter(|(name, _)| !twin(name).is_file())
        .collect();
    if !compress.is_empty() {
        step("compressing with brotli", || {
            thread::scope(|scope| {
                let work: Vec<_> =
                    compress.iter().map(|(name, content)| scope.spawn(|| compress_to(&twin(name), content))).collect();
                for thread in work {
                    thread.join().map_err(|_| anyhow::anyhow!("compressing panicked"))??;
                }
                Ok(())
            })
        })?;
    }
    let twins = files.keys().map(|name| format!("{name}.br"));
    let wanted: BTreeSet<String> = files.keys().cloned().chain(twins).collect();
    let mut present = Files::new();
    copy(dist, "", &mut present)?;
    for name in present.keys().filter(|name| !wanted.contains(*name)) {
        fs::remove_file(dist.join(name)).with_context(|| format!("removing dist/{name}"))?;
    }
    Ok(changed.len())
}

/// Written aside and renamed: half a compressed file would be taken for the whole.
fn compress_to(path: &Path, content: &[u8]) -> Result<()> {
    let half = path.with_extension("part");
    let written =
        sizes::brotli(content).and_then(|bytes| fs::write(&half, bytes)).and_then(|()| fs::rename(&half, path));
    written.with_context(|| format!("writing {}", path.display()))
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", paths::shown(path)))
}
