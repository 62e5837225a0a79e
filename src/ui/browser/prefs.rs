//! What this browser remembers about the page. Nothing about people: only theme, language, whether and how to notify, and whether
//! somebody lives here, so that the right first screen shows before the engine has loaded.

use leptos::prelude::*;

const THEME: &str = "xchat.theme";
const LANGUAGE: &str = "xchat.language";
const INHABITED: &str = "xchat.inhabited";
/// A flag: notifications. Not set: nobody has said.
pub(crate) const NOTIFY: &str = "xchat.notify";
/// A flag: with a sound, unless it is off.
pub(crate) const SOUND: &str = "xchat.notify.sound";
/// A flag: with what was said, unless it is off.
pub(crate) const CONTENT: &str = "xchat.notify.content";

/// Which theme the person chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    System,
    Light,
    Dark,
}

/// Which language the person chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    System,
    English,
    French,
}

pub(crate) fn theme() -> Theme {
    match read(THEME).as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    }
}

/// Keeps the choice and shows it.
pub(crate) fn set_theme(theme: Theme) {
    match theme {
        Theme::System => write(THEME, None),
        Theme::Light => write(THEME, Some("light")),
        Theme::Dark => write(THEME, Some("dark")),
    }
    show_theme(theme);
}

/// Pins the theme on the page, or lets the system's hold.
pub(crate) fn show_theme(theme: Theme) {
    let Some(root) = document().document_element() else {
        return;
    };
    let done = match theme {
        Theme::System => root.remove_attribute("data-theme"),
        Theme::Light => root.set_attribute("data-theme", "light"),
        Theme::Dark => root.set_attribute("data-theme", "dark"),
    };
    if let Err(error) = done {
        leptos::logging::warn!("the theme did not change: {error:?}");
    }
}

pub(crate) fn language() -> Language {
    match read(LANGUAGE).as_deref() {
        Some("en") => Language::English,
        Some("fr") => Language::French,
        _ => Language::System,
    }
}

pub(crate) fn set_language(language: Language) {
    match language {
        Language::System => write(LANGUAGE, None),
        Language::English => write(LANGUAGE, Some("en")),
        Language::French => write(LANGUAGE, Some("fr")),
    }
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
