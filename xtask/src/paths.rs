//! Where things are: the repository, the cache of tools, the user's data.

use std::env;
use std::path::{Path, PathBuf};

/// The repository's root: this crate's parent folder.
pub(crate) fn root() -> PathBuf {
    let here =
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent().map_or_else(|| here.clone(), Path::to_path_buf)
}

/// Where cargo keeps the sources of dependencies: `$CARGO_HOME`, else `~/.cargo`.
pub(crate) fn cargo_home() -> PathBuf {
    match env::var_os("CARGO_HOME").map(PathBuf::from) {
        Some(path) if path.is_absolute() => path,
        _ => env::home_dir().unwrap_or_else(env::temp_dir).join(".cargo"),
    }
}

/// The finished app, as the relay serves it.
pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}

/// Tools that are built or fetched once per user: `$XDG_CACHE_HOME/xchat`, else `~/.cache/xchat`.
pub(crate) fn cache() -> PathBuf {
    xdg("XDG_CACHE_HOME", ".cache").join("xchat")
}

/// A relay's records when `run` gets no `--data`: `$XDG_DATA_HOME/xchat/relay`, else `~/.local/share/xchat/relay`.
/// Outside `target`, so that `cargo clean` never deletes anybody's messages.
pub(crate) fn relay_data() -> PathBuf {
    xdg("XDG_DATA_HOME", ".local/share").join("xchat").join("relay")
}

/// `path` without the repository's root in front, for messages.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// The first file called `name` on PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The XDG specification says that a relative or empty value is to be ignored.
fn xdg(variable: &str, below_home: &str) -> PathBuf {
    match env::var_os(variable).map(PathBuf::from) {
        Some(path) if path.is_absolute() => path,
        _ => env::home_dir().unwrap_or_else(env::temp_dir).join(below_home),
    }
}
