//! What can go wrong with the database, by what the worker does about it.

use js_sys::Reflect;
use thiserror::Error;
use wasm_bindgen::JsValue;
use xchat_engine::api::StorageProblem;

use super::SCHEMA;
use crate::thrown::words;

/// Why the database did not do what was asked. Whatever was asked, nothing of it was written.
#[derive(Debug, Error)]
pub enum DbError {
    /// It cannot be opened, or not be read any more: a private window, storage blocked, cleared or broken.
    #[error("the database cannot be used: {0}")]
    Unavailable(String),
    /// There is no room.
    #[error("the browser's storage is full: {0}")]
    Full(String),
    /// Made by a newer version of X Chat; None where the browser does not say which.
    #[error("the database has schema {0:?}, this version knows {SCHEMA}")]
    Newer(Option<u32>),
    /// A row does not open with this device's key, or makes no sense. It was left as it is.
    #[error("a row of `{table}` is damaged: {why}")]
    Damaged { table: &'static str, why: &'static str },
    /// Another worker has taken over: this one must stop.
    #[error("another worker has taken over the database")]
    Fenced,
    /// The write failed for another reason.
    #[error("the write failed: {0}")]
    WriteFailed(String),
}

impl DbError {
    /// The page's word for it. `Fenced` has none of its own: a fenced worker stops.
    pub fn problem(&self) -> StorageProblem {
        match self {
            DbError::Unavailable(_) => StorageProblem::Unavailable,
            DbError::Full(_) => StorageProblem::Full,
            DbError::Newer(_) => StorageProblem::Newer,
            DbError::Damaged { .. } => StorageProblem::Damaged,
            DbError::Fenced | DbError::WriteFailed(_) => StorageProblem::WriteFailed,
        }
    }

    /// From what the browser threw while opening.
    pub(super) fn opening(thrown: &JsValue) -> Self {
        match name(thrown).as_deref() {
            Some("VersionError") => DbError::Newer(None),
            Some("QuotaExceededError") => DbError::Full(words(thrown)),
            _ => DbError::Unavailable(words(thrown)),
        }
    }

    /// From what the browser threw while reading.
    pub(super) fn reading(thrown: &JsValue) -> Self {
        DbError::Unavailable(words(thrown))
    }

    /// From what the browser gave as the reason of an abort, or threw while writing.
    pub fn writing(thrown: &JsValue) -> Self {
        match name(thrown).as_deref() {
            Some("QuotaExceededError") => DbError::Full(words(thrown)),
            _ => DbError::WriteFailed(words(thrown)),
        }
    }
}

/// Whether this is the error of a row that may not be there.
pub(super) fn is_second(thrown: &JsValue) -> bool {
    name(thrown).as_deref() == Some("ConstraintError")
}

fn name(thrown: &JsValue) -> Option<String> {
    Reflect::get(thrown, &"name".into()).ok()?.as_string()
}
