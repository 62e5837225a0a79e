//! Imports run one way (docs/ARCHITECTURE.md): a breach is found here, by reading the sources.
//!
//! ```text
//! ui -> session -> link -> engine::api          relay -> wire -> derive
//! call -> engine::api                                    ^
//! worker -> db, socket, lock, link, engine -> wire ------+      engine -> openmls
//! ui -> filing <- files -> engine::api
//! ```

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::paths;

/// What the sources below a path, a folder or one file, must never say.
struct Rule {
    below: &'static str,
    never: &'static [&'static str],
}

/// A word stands for itself with no letter, digit or underscore beside it; comments do not count.
const RULES: [Rule; 8] = [
    Rule {
        below: "src/ui",
        never: &["crate::worker", "crate::files", "xchat::worker", "openmls", "indexed_db", "gloo_net"],
    },
    Rule {
        below: "src/files",
        never: &["crate::ui", "crate::worker", "crate::link", "crate::call", "leptos", "openmls"],
    },
    Rule { below: "src/filing", never: &["crate::ui", "crate::worker", "crate::files", "leptos", "openmls"] },
    Rule { below: "src/call", never: &["crate::worker", "crate::ui", "openmls"] },
    Rule { below: "src/link", never: &["crate::worker", "crate::ui", "leptos", "openmls"] },
    Rule { below: "src/worker", never: &["crate::ui", "crate::call", "crate::files", "leptos"] },
    Rule {
        below: "crates/engine/src",
        never: &[
            "web_sys",
            "js_sys",
            "leptos",
            "tokio",
            "futures",
            "gloo_net",
            "indexed_db",
            "async fn",
            "SystemTime::now",
            "Instant::now",
        ],
    },
    Rule { below: "crates/relay/src", never: &["xchat_engine", "openmls"] },
];

/// The page's side and the file worker know the engine by its `api` alone.
const API_ONLY: [&str; 5] = ["src/ui", "src/call", "src/link", "src/files", "src/filing"];

/// A crate's normal dependencies that must not be; `dev-dependencies` may.
const MANIFESTS: [Rule; 6] = [
    Rule {
        below: "crates/engine/Cargo.toml",
        never: &["web-sys", "js-sys", "leptos", "tokio", "futures", "gloo-net", "indexed_db_futures", "xchat-relay"],
    },
    Rule { below: "crates/relay/Cargo.toml", never: &["xchat-engine", "openmls"] },
    Rule { below: "crates/aead/Cargo.toml", never: &["xchat-wire", "xchat-engine", "xchat-relay", "minicbor"] },
    Rule { below: "crates/files/Cargo.toml", never: &["xchat-engine", "xchat-relay", "openmls", "web-sys", "js-sys"] },
    Rule { below: "crates/derive/Cargo.toml", never: &["xchat-wire", "xchat-engine", "xchat-relay", "minicbor"] },
    Rule { below: "crates/wire/Cargo.toml", never: &["xchat-engine", "xchat-relay", "openmls", "tokio", "web-sys"] },
];

/// All breaches, each as `file:line: what`.
pub(crate) fn breaches() -> Result<Vec<String>> {
    let mut found = Vec::new();
    for rule in &RULES {
        each_source(rule.below, &mut |file, source| {
            for (number, code) in code_lines(source) {
                for word in rule.never.iter().filter(|word| mentions(code, word)) {
                    found.push(format!("{file}:{number}: `{word}` must not be used in {}", rule.below));
                }
            }
        })?;
    }
    for below in API_ONLY {
        each_source(below, &mut |file, source| {
            for (number, code) in code_lines(source).filter(|(_, code)| beyond_api(code)) {
                found.push(format!("{file}:{number}: {below} may use `xchat_engine::api` only: {}", code.trim()));
            }
        })?;
    }
    for rule in &MANIFESTS {
        let path = paths::root().join(rule.below);
        let manifest = fs::read_to_string(&path).with_context(|| format!("reading {}", rule.below))?;
        for name in dependencies(&manifest).into_iter().filter(|name| rule.never.contains(name)) {
            found.push(format!("{}: must not depend on {name}", rule.below));
        }
    }
    Ok(found)
}

/// Calls `visit` with each Rust file below `src/x`: the folder's files, and `src/x.rs`.
fn each_source(below: &str, visit: &mut dyn FnMut(&str, &str)) -> Result<()> {
    let path = paths::root().join(below);
    let file = path.with_extension("rs");
    if file.is_file() {
        read(&file, visit)?;
    }
    if path.is_dir() { walk(&path, visit) } else { Ok(()) }
}

fn walk(folder: &Path, visit: &mut dyn FnMut(&str, &str)) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, visit)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            read(&path, visit)?;
        }
    }
    Ok(())
}

fn read(file: &Path, visit: &mut dyn FnMut(&str, &str)) -> Result<()> {
    let source = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    visit(&paths::shown(file), &source);
    Ok(())
}

/// The lines with their numbers from 1, up to where a comment starts.
fn code_lines(source: &str) -> impl Iterator<Item = (usize, &str)> {
    source.lines().enumerate().map(|(index, line)| (index + 1, line.split("//").next().unwrap_or(line)))
}

fn mentions(code: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| !code[..at].ends_with(part) && !code[at + word.len()..].starts_with(part))
}

fn beyond_api(code: &str) -> bool {
    const ENGINE: &str = "xchat_engine";
    mentions(code, ENGINE)
        && code.match_indices(ENGINE).any(|(at, _)| {
            let after = &code[at + ENGINE.len()..];
            !["::api;", "::api::", "::api,", "::api "].iter().any(|allowed| after.starts_with(allowed))
        })
}

/// The names in all tables of normal and build dependencies, renamed ones by their real name.
fn dependencies(manifest: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut inside = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(table) = line.strip_prefix('[') {
            let table = table.trim_end_matches(']');
            let (head, last) = table.rsplit_once('.').unwrap_or(("", table));
            let counts = |name: &str| name.ends_with("dependencies") && !name.ends_with("dev-dependencies");
            inside = counts(last);
            if counts(head) {
                names.push(last);
            }
        } else if inside && !line.starts_with('#') {
            let Some((key, value)) = line.split_once('=') else { continue };
            let real = value.split_once("package = \"").and_then(|(_, name)| name.split('"').next());
            names.push(real.unwrap_or_else(|| key.split('.').next().unwrap_or(key).trim().trim_matches('"')));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_counts_only_whole_and_only_in_code() {
        let found = |line: &str| code_lines(line).any(|(_, code)| mentions(code, "futures"));
        assert!(found("use futures::Stream;"));
        assert!(!found("use my_futures::Stream;"));
        assert!(!found("let x = 1; // no futures here"));
    }

    #[test]
    fn the_page_reaches_the_engine_through_its_api() {
        assert!(!beyond_api("use xchat_engine::api::Event;"));
        assert!(beyond_api("use xchat_engine::step::Step;"));
        assert!(beyond_api("use xchat_engine::{api, step};"));
    }

    #[test]
    fn dependencies_of_every_spelling_are_seen_and_those_of_tests_are_not() {
        let manifest = "[package]\nname = \"a\"\n[dependencies]\n# why\nb.workspace = true\nc = \"1\"\n\
            d = { package = \"real\", version = \"1\" }\n[target.'cfg(unix)'.dependencies]\ne = \"1\"\n\
            [dependencies.f]\nversion = \"1\"\n[dev-dependencies]\ng = \"1\"\n";
        assert_eq!(dependencies(manifest), ["b", "c", "real", "e", "f"]);
    }
}
