//! What a browser downloads, against the budgets of the design: brotli quality 11, in KiB.

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};

const KIB: u64 = 1024;
const PAGE_BUDGET: u64 = 250 * KIB;
/// All parts of the page that come later, together, with their styles, what opens the app offline, and the two languages of the emoji picker:
/// 530 KiB come over a slow mobile connection (1.6 Mbit/s) in 2.7 seconds, in the background of the first look; one screen needs a third of
/// them at most. Files, pictures and voice, with their gallery, are some 180 of them; what reads codes is some 25, and comes only to who scans one.
const PARTS_BUDGET: u64 = 530 * KIB;
const ENGINE_BUDGET: u64 = 600 * KIB;
/// The file worker, which comes with the first file that is picked or looked at.
const FILES_BUDGET: u64 = 86 * KIB;

/// A string that OpenMLS leaves in any module that links it (paths in its panics).
const ENGINE_MARK: &[u8] = b"openmls";

/// One download: the page's first, what the page loads when it is opened, the engine's, or the file worker's.
#[derive(Debug)]
struct Part {
    name: &'static str,
    budget: u64,
    files: Vec<File>,
}

#[derive(Debug)]
struct File {
    name: String,
    plain: u64,
    brotli: u64,
}

/// The table. Its `Display` is what `check` and `bench` print.
#[derive(Debug)]
pub(crate) struct Sizes {
    parts: [Part; 4],
}

/// Measures a bundle: its files have compressed twins beside them.
pub(crate) fn measure(dist: &Path) -> Result<Sizes> {
    let mut page = Part { name: "page", budget: PAGE_BUDGET, files: Vec::new() };
    let mut later = Part { name: "page, later", budget: PARTS_BUDGET, files: Vec::new() };
    let mut engine = Part { name: "engine", budget: ENGINE_BUDGET, files: Vec::new() };
    let mut files = Part { name: "file worker", budget: FILES_BUDGET, files: Vec::new() };
    for entry in fs::read_dir(dist).with_context(|| format!("reading {}", dist.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let part = match name.split_once('-') {
            Some(("app" | "style", _)) => &mut page,
            // Of what the emoji picker knows a browser fetches one language; all count.
            Some(("part", _) | ("emoji", _)) => &mut later,
            Some(("worker", _)) => &mut engine,
            Some(("files", _)) => &mut files,
            // What opens the app without a relay comes when it runs.
            None if name.starts_with("offline.js") => &mut later,
            _ => continue,
        };
        if !name.ends_with(".br") {
            let twin = dist.join(format!("{name}.br"));
            let brotli = fs::metadata(&twin).with_context(|| format!("reading {}", twin.display()))?.len();
            part.files.push(File { name: name.to_owned(), plain: fs::metadata(&path)?.len(), brotli });
        }
    }
    for part in [&mut page, &mut later, &mut engine, &mut files] {
        part.files.sort_by_key(|file| std::cmp::Reverse(file.brotli));
    }
    Ok(Sizes { parts: [page, later, engine, files] })
}

impl Sizes {
    /// Fails when a part is over its budget, or the page links what belongs to the engine.
    pub(crate) fn keep_to_budget(&self, dist: &Path) -> Result<()> {
        for part in &self.parts {
            if part.brotli() > part.budget {
                bail!("the {} is {:.1} KiB, {:.1} are allowed", part.name, kib(part.brotli()), kib(part.budget));
            }
        }
        let [page, later, _, files] = &self.parts;
        for file in
            page.files.iter().chain(&later.files).chain(&files.files).filter(|file| file.name.ends_with(".wasm"))
        {
            let module = fs::read(dist.join(&file.name)).with_context(|| format!("reading {}", file.name))?;
            if module.windows(ENGINE_MARK.len()).any(|window| window == ENGINE_MARK) {
                bail!("{} links OpenMLS: something in `ui`, `link` or `files` calls into the engine", file.name);
            }
        }
        Ok(())
    }
}

impl Part {
    fn brotli(&self) -> u64 {
        self.files.iter().map(|file| file.brotli).sum()
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<40} {:>10} {:>10} {:>10}", "download, KiB", "plain", "brotli", "budget")?;
        for part in &self.parts {
            for file in &part.files {
                writeln!(f, "  {:<38} {:>10.1} {:>10.1}", file.name, kib(file.plain), kib(file.brotli))?;
            }
            let plain = part.files.iter().map(|file| file.plain).sum();
            let (name, budget) = (part.name, kib(part.budget));
            writeln!(f, "{name:<40} {:>10.1} {:>10.1} {budget:>10.1}", kib(plain), kib(part.brotli()))?;
        }
        Ok(())
    }
}

/// The content as a server that knows brotli sends it: quality 11, the largest common window.
pub(crate) fn brotli(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 64 * 1024, 11, 22);
    writer.write_all(content)?;
    writer.flush()?;
    Ok(writer.into_inner())
}

fn kib(bytes: u64) -> f64 {
    bytes as f64 / KIB as f64
}
