//! What this browser remembers about the page. Nothing about people: only looks, language, whether and how to notify, and whether
//! somebody lives here, so that the right first screen shows before the engine has loaded.

use leptos::prelude::*;

/// How the page looks: a choice is kept as `xchat.LOOK` and stands in the root element's `data-LOOK`, which `loader/app-loader.js` puts
/// there before the first paint. None: the page's own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// `light`, `dark`; none: the system's.
    Theme,
    /// `small`, `large`, `largest`.
    Text,
    /// `compact`.
    Density,
}

impl Look {
    /// What it is called in the keys and attributes.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Theme => "theme",
            Self::Text => "text",
            Self::Density => "density",
        }
    }

    /// What was chosen.
    pub(crate) fn chosen(self) -> Option<String> {
        read(&format!("xchat.{}", self.name()))
    }

    /// Keeps a choice and shows it.
    pub(crate) fn choose(self, value: Option<&str>) {
        write(&format!("xchat.{}", self.name()), value);
        let attribute = format!("data-{}", self.name());
        let Some(root) = document().document_element() else { return };
        let done = match value {
            Some(value) => root.set_attribute(&attribute, value),
            None => root.remove_attribute(&attribute),
        };
        if let Err(error) = done {
            leptos::logging::warn!("the page does not look as it should: {error:?}");
        }
    }
}

const LANGUAGE: &str = "xchat.language";
const INHABITED: &str = "xchat.inhabited";
/// A flag: notifications. Not set: nobody has said.
pub(crate) const NOTIFY: &str = "xchat.notify";
/// A flag: with a sound, unless it is off.
pub(crate) const SOUND: &str = "xchat.notify.sound";
/// A flag: with what was said, unless it is off.
pub(crate) const CONTENT: &str = "xchat.notify.content";

/// Which language the person chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    System,
    English,
    French,
}

impl Language {
    /// By its tag of BCP 47; none, and what is not spoken: the system's.
    pub(crate) fn of(tag: Option<&str>) -> Self {
        match tag {
            Some("en") => Self::English,
            Some("fr") => Self::French,
            _ => Self::System,
        }
    }

    /// Its tag; none for the system's.
    pub(crate) fn tag(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::English => Some("en"),
            Self::French => Some("fr"),
        }
    }
}

pub(crate) fn language() -> Language {
    Language::of(read(LANGUAGE).as_deref())
}

pub(crate) fn set_language(language: Language) {
    write(LANGUAGE, language.tag());
}

/// The browser's languages, best first.
pub(crate) fn wanted_languages() -> Vec<String> {
    window().navigator().languages().iter().filter_map(|tag| tag.as_string()).collect()
}

/// Whether somebody was seen living in this browser.
pub(crate) fn inhabited() -> bool {
    read(INHABITED).is_some()
}

pub(crate) fn set_inhabited(inhabited: bool) {
    write(INHABITED, inhabited.then_some("1"));
}

/// A choice between two, if it was made.
pub(crate) fn flag(name: &str) -> Option<bool> {
    read(name).map(|value| value == "1")
}

pub(crate) fn set_flag(name: &str, on: bool) {
    write(name, Some(if on { "1" } else { "0" }));
}

/// What was kept under a name.
pub(crate) fn read(key: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(key).ok().flatten()
}

/// Without local storage the choice holds until the page is left.
pub(crate) fn write(key: &str, value: Option<&str>) {
    let Ok(Some(storage)) = window().local_storage() else {
        return;
    };
    let done = match value {
        Some(value) => storage.set_item(key, value),
        None => storage.remove_item(key),
    };
    if done.is_err() {
        leptos::logging::warn!("the browser keeps no preferences");
    }
}
