//! The browser's own things that the page needs, each behind a plain function. No state of the app, no engine.

pub(crate) mod clipboard;
pub mod clock;
pub(crate) mod focus;
pub(crate) mod js;
pub(crate) mod letters;
pub(crate) mod prefs;
pub mod room;
pub(crate) mod share;
pub(crate) mod text_file;
pub(crate) mod write;
