//! What the page says, in the language of the person in front of it.
//!
//! A typed table instead of a crate: a sentence that one language lacks does not compile, and nothing is parsed or
//! looked up by name at run time. The sentences live in `locales/`, one file a language.
//!
//! `text()` is read while a view is built; when the language changes, the app builds its view anew.

#[path = "../../../locales/en.rs"]
mod en;
#[path = "../../../locales/en_help.rs"]
mod en_help;
#[path = "../../../locales/en_later.rs"]
mod en_later;
#[path = "../../../locales/en_media.rs"]
mod en_media;
#[path = "../../../locales/en_scan.rs"]
mod en_scan;
mod fetch;
#[path = "../../../locales/fr.rs"]
mod fr;
#[path = "../../../locales/fr_help.rs"]
mod fr_help;
#[path = "../../../locales/fr_later.rs"]
mod fr_later;
#[path = "../../../locales/fr_media.rs"]
mod fr_media;
#[path = "../../../locales/fr_scan.rs"]
mod fr_scan;
mod help;
mod later;
mod media;
mod scan;
mod text;

use std::cell::Cell;

pub(crate) use fetch::fetch;
pub use help::{Help, Keys, Topic};
pub use later::Later;
pub use media::Media;
pub use scan::Scan;
pub use text::Text;

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// en
    English,
    /// fr
    French,
}

impl Lang {
    /// The tag of BCP 47.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// The first of the browser's languages that the page speaks.
    pub fn pick<'a>(wanted: impl IntoIterator<Item = &'a str>) -> Self {
        wanted
            .into_iter()
            .find_map(|tag| match tag.split('-').next() {
                Some("en") => Some(Self::English),
                Some("fr") => Some(Self::French),
                _ => None,
            })
            .unwrap_or(Self::English)
    }

    /// Its sentences; English ones while they are not here.
    pub fn text(self) -> &'static Text {
        match self {
            Self::English => &en::TEXT,
            Self::French => fetch::come().unwrap_or(&en::TEXT),
        }
    }

    /// Whether its sentences are here.
    pub(crate) fn is_here(self) -> bool {
        self == Self::English || fetch::come().is_some()
    }
}

thread_local! {
    static SPOKEN: Cell<Lang> = const { Cell::new(Lang::English) };
}

/// Sets the language from now on.
pub fn speak(lang: Lang) {
    SPOKEN.set(lang);
}

/// The language now.
pub(crate) fn spoken() -> Lang {
    SPOKEN.get()
}

/// The sentences of the language now.
pub fn text() -> &'static Text {
    spoken().text()
}

/// The sentences that only parts of the page say. Called from those alone, or the sentences are in the first download.
pub(crate) fn later() -> &'static Later {
    match spoken() {
        Lang::English => &en_later::LATER,
        Lang::French => &fr_later::LATER,
    }
}

/// The sentences of Help and About. Called from those alone.
pub(crate) fn help() -> &'static Help {
    match spoken() {
        Lang::English => &en_help::HELP,
        Lang::French => &fr_help::HELP,
    }
}

/// The sentences of the dialog that scans codes. Called from that alone.
pub(crate) fn scan() -> &'static Scan {
    match spoken() {
        Lang::English => &en_scan::SCAN,
        Lang::French => &fr_scan::SCAN,
    }
}

/// The sentences about files, pictures and voice. Called from their part alone.
pub(crate) fn media() -> &'static Media {
    match spoken() {
        Lang::English => &en_media::MEDIA,
        Lang::French => &fr_media::MEDIA,
    }
}

/// Puts values where a sentence has `{name}`, `{count}` and the like.
pub fn fill(sentence: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(sentence.len() + 16);
    let mut rest = sentence;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}').map(|at| open + at) else {
            break;
        };
        out.push_str(&rest[..open]);
        let name = &rest[open + 1..close];
        if let Some((_, value)) = values.iter().find(|(key, _)| *key == name) {
            out.push_str(value);
        }
        rest = &rest[close + 1..];
    }
    out.push_str(rest);
    out
}
