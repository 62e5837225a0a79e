//! Pebble, the small certificate authority that the relay's ACME is tested on.

use std::path::PathBuf;

use crate::apt;
use crate::paths;
use crate::step::note;

/// The pebble that `XCHAT_PEBBLE` names, or one on PATH, which is installed where it is Debian's to install; none, and a line that says
/// why, where it cannot be had.
pub(crate) fn server() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("XCHAT_PEBBLE").filter(|named| !named.is_empty()) {
        return Some(named.into());
    }
    if let Some(program) = paths::on_path("pebble") {
        return Some(program);
    }
    if let Err(error) = apt::need(&["pebble"], "the test of certificates by ACME") {
        note(format!("no pebble: {error:#}"));
    }
    paths::on_path("pebble")
}
