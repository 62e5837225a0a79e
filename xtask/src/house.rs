//! House rules for what is committed: no path of somebody's machine, no file that has outgrown its job, no style
//! sheet that nothing links.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::page::{self, Asset};
use crate::paths;
use crate::step::output;

/// Past this many lines a Rust file has more than one job.
const LONGEST: usize = 400;

/// Paths that exist on no other machine. In parts, so that this file does not hold them.
const FOREIGN: [&str; 2] = [concat!("..", "/shared"), concat!("/wo", "rk/")];

/// What was found: errors fail the check, warnings do not.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) errors: Vec<String>,
    pub(crate) warnings: Vec<String>,
}

/// Reads every file that is committed or would be.
pub(crate) fn inspect() -> Result<Findings> {
    let mut findings = Findings::default();
    for name in committed()? {
        let Ok(content) = fs::read(paths::root().join(&name)) else { continue };
        for path in FOREIGN.iter().filter(|path| content.windows(path.len()).any(|part| part == path.as_bytes())) {
            findings.errors.push(format!("{name} mentions {path}, which exists on one machine only"));
        }
        let lines = content.iter().filter(|byte| **byte == b'\n').count();
        if name.ends_with(".rs") && lines > LONGEST {
            findings.warnings.push(format!("{name} has {lines} lines: past {LONGEST}, split it by what it does"));
        }
    }
    findings.errors.extend(unlinked_styles()?);
    Ok(findings)
}

/// Tracked files and new ones that are not ignored, without those that were just deleted.
fn committed() -> Result<Vec<String>> {
    let mut git = Command::new("git");
    git.current_dir(paths::root()).args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
    ]);
    let list = output(&mut git).context("this check needs git and a checkout")?;
    Ok(list.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

fn unlinked_styles() -> Result<Vec<String>> {
    let html = fs::read_to_string(paths::root().join("index.html")).context("reading index.html")?;
    let linked = page::assets(&html)?;
    let mut lost = Vec::new();
    for folder in ["style/", page::LATER] {
        for entry in fs::read_dir(paths::root().join(folder)).with_context(|| format!("reading {folder}"))? {
            let name = format!("{folder}{}", entry?.file_name().to_string_lossy());
            if name.ends_with(".css") && !linked.contains(&Asset::Css(name.clone())) {
                lost.push(format!("{name} is not linked from index.html"));
            }
        }
    }
    lost.sort();
    Ok(lost)
}
