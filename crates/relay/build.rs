//! With the feature `embed-app`: puts the files of the built app, from the folder that `XCHAT_DIST` names, into the binary.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_EMBED_APP").is_none() {
        return;
    }
    println!("cargo::rerun-if-env-changed=XCHAT_DIST");
    if let Err(why) = embed() {
        println!("cargo::error={why}");
    }
}

fn embed() -> Result<(), String> {
    let dist = env::var_os("XCHAT_DIST").ok_or(
        "the feature embed-app needs XCHAT_DIST: the folder of the built app, such as $PWD/dist after `cargo xtask bundle`",
    )?;
    let dist = PathBuf::from(dist);
    let root = if dist.is_absolute() { dist } else { workspace()?.join(dist) };
    let root = fs::canonicalize(&root).map_err(|error| format!("XCHAT_DIST: {}: {error}", root.display()))?;
    if !root.join("index.html").is_file() {
        return Err(format!("XCHAT_DIST: {} holds no index.html: build the app first", root.display()));
    }
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let mut source = String::from("/// Path and bytes of each file.\npub(super) const FILES: &[(&str, &[u8])] = &[\n");
    for file in files {
        let name = file.strip_prefix(&root).map_err(|error| error.to_string())?;
        let name = name.to_str().ok_or_else(|| format!("{} is not named in UTF-8", file.display()))?;
        let path = file.to_str().ok_or_else(|| format!("{} is not named in UTF-8", file.display()))?;
        writeln!(source, "    ({:?}, include_bytes!({path:?})),", format!("/{}", name.replace('\\', "/")))
            .map_err(|error| error.to_string())?;
    }
    source.push_str("];\n");
    let out = env::var_os("OUT_DIR").ok_or("cargo says where")?;
    fs::write(Path::new(&out).join("embedded_app.rs"), source).map_err(|error| error.to_string())
}

/// A relative folder is meant from where the workspace is, not from this crate.
fn workspace() -> Result<PathBuf, String> {
    let here = env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo says where")?;
    let root = Path::new(&here).ancestors().nth(2).map(Path::to_owned);
    root.ok_or_else(|| "the crate is two folders below its workspace".to_owned())
}

/// All files below, but for those whose name begins with a dot, as for a folder that is served.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let failed = |error| format!("{}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b".")) {
            continue;
        }
        match path.is_dir() {
            true => collect(&path, files)?,
            false => files.push(path),
        }
    }
    Ok(())
}
