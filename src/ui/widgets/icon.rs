//! The icons: one path each, drawn on a 24 grid with a 1.75 px round stroke. The set is our own.

use leptos::prelude::*;

/// A picture of a verb or a state. Decoration: the words are with its button. One that only a screen which comes later shows comes with it,
/// since nothing else refers to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glyph(&'static Shape);

#[derive(Debug)]
struct Shape {
    path: &'static str,
    /// Whether it points somewhere along the line of writing and so mirrors from right to left.
    directed: bool,
}

macro_rules! plain {
    ($path:literal) => {
        Self(&Shape { path: $path, directed: false })
    };
}

macro_rules! directed {
    ($path:literal) => {
        Self(&Shape { path: $path, directed: true })
    };
}

impl Glyph {
    pub(crate) const ARCHIVE: Self = plain!(
        "M5 5h14a1.5 1.5 0 0 1 1.5 1.5v1.5a1.5 1.5 0 0 1 -1.5 1.5h-14a1.5 1.5 0 0 1 -1.5 -1.5v-1.5a1.5 1.5 0 0 1 1.5 -1.5zM5 9.5V17a2.5 2.5 0 0 0 2.5 2.5h9A2.5 2.5 0 0 0 19 17V9.5M10 13h4"
    );
    pub(crate) const BACK: Self = directed!("m14.5 5-7 7 7 7");
    pub(crate) const BELL: Self = plain!(
        "M6 16.5c1.2-1.3 1.5-2.6 1.5-6a4.5 4.5 0 0 1 9 0c0 3.4.3 4.7 1.5 6zM9.8 19.7c.5.7 1.3 1.1 2.2 1.1s1.7-.4 2.2-1.1"
    );
    pub(crate) const BLOCK: Self = plain!("M3.5 12a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0 -17 0zM6 6l12 12");
    pub(crate) const CAMERA: Self = plain!(
        "M8.5 6.5 10 4.5h4l1.5 2H18A2.5 2.5 0 0 1 20.5 9v8a2.5 2.5 0 0 1 -2.5 2.5H6A2.5 2.5 0 0 1 3.5 17V9A2.5 2.5 0 0 1 6 6.5zM8.5 12.75a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z"
    );
    pub(crate) const CHAT: Self = plain!(
        "M12 4.5c4.7 0 8.5 3.1 8.5 7s-3.8 7-8.5 7c-1 0-2-.15-2.9-.4L5 20l.9-3.5c-1.5-1.3-2.4-3-2.4-5 0-3.9 3.8-7 8.5-7z"
    );
    pub(crate) const CHECK: Self = plain!("m5 12.5 4.5 4.5L19 7.5");
    pub(crate) const CHEVRON: Self = directed!("m9.5 5.5 6.5 6.5-6.5 6.5");
    pub(crate) const CLOSE: Self = plain!("m6 6 12 12M18 6 6 18");
    pub(crate) const COMPOSE: Self = plain!(
        "M12 5H7.5A3.5 3.5 0 0 0 4 8.5v8A3.5 3.5 0 0 0 7.5 20h8a3.5 3.5 0 0 0 3.5-3.5V12M18.3 3.9a1.95 1.95 0 0 1 2.75 2.75L13 14.7l-3.6.85.85-3.6z"
    );
    pub(crate) const COPY: Self = plain!(
        "M11.5 8.5h5.5a3 3 0 0 1 3 3v5.5a3 3 0 0 1 -3 3h-5.5a3 3 0 0 1 -3 -3v-5.5a3 3 0 0 1 3 -3zM15.5 5.6A2.5 2.5 0 0 0 13.1 4H7a3 3 0 0 0-3 3v6.1a2.5 2.5 0 0 0 1.6 2.4"
    );
    pub(crate) const DEVICES: Self = plain!(
        "M10.5 18H3M13 15H5.5V7.25A2.25 2.25 0 0 1 7.75 5h9.5A2.25 2.25 0 0 1 19.5 7v1M16.25 10h2.5a1.75 1.75 0 0 1 1.75 1.75v7a1.75 1.75 0 0 1 -1.75 1.75h-2.5a1.75 1.75 0 0 1 -1.75 -1.75v-7a1.75 1.75 0 0 1 1.75 -1.75z"
    );
    pub(crate) const DOWN: Self = plain!("M12 5v13.5M6 12.5l6 6 6-6");
    pub(crate) const DOWNLOAD: Self = plain!("M12 4v11M7.25 10.5 12 15.25l4.75-4.75M5 19.75h14");
    pub(crate) const EDIT: Self =
        plain!("m4 20 .9-4.2L15.7 5a2.1 2.1 0 0 1 3 0l.3.3a2.1 2.1 0 0 1 0 3L8.2 19.1zM14 6.7l3.3 3.3");
    pub(crate) const FILE: Self = plain!(
        "M13.5 3.5H8A2.5 2.5 0 0 0 5.5 6v12A2.5 2.5 0 0 0 8 20.5h8a2.5 2.5 0 0 0 2.5-2.5V8.5zM13.5 3.5v3a2 2 0 0 0 2 2h3"
    );
    pub(crate) const HELP: Self = plain!(
        "M3.5 12a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0 -17 0zM9.5 9.6a2.5 2.5 0 1 1 3.8 2.1c-.8.5-1.3 1-1.3 1.9M12 16.4h.01"
    );
    pub(crate) const IMAGE: Self = plain!(
        "M6.5 4.5h11a3 3 0 0 1 3 3v9a3 3 0 0 1 -3 3h-11a3 3 0 0 1 -3 -3v-9a3 3 0 0 1 3 -3zM7.25 9.5a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0 -3 0zM4 17l4.3-4.2a1.5 1.5 0 0 1 2.1 0l5.6 5.7M14 15.5l1.8-1.7a1.5 1.5 0 0 1 2.1 0l2.3 2.2"
    );
    pub(crate) const INFO: Self = plain!("M3.5 12a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0 -17 0zM12 11v5M12 8h.01");
    pub(crate) const LEAVE: Self =
        directed!("M14 4.5H7A2.5 2.5 0 0 0 4.5 7v10A2.5 2.5 0 0 0 7 19.5h7M10.5 12h9.5M16.5 8.5 20 12l-3.5 3.5");
    pub(crate) const LINK: Self = plain!(
        "M10 13.7a4 4 0 0 0 5.9.1l2.8-2.8A4 4 0 0 0 13 5.3l-1 1M14 10.3a4 4 0 0 0-5.9-.1L5.3 13A4 4 0 0 0 11 18.7l1-1"
    );
    pub(crate) const MIC: Self =
        plain!("M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1 -6 0v-5a3 3 0 0 1 3 -3zM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3");
    pub(crate) const MINUS: Self = plain!("M5 12h14");
    pub(crate) const MORE: Self = plain!("M5.5 12h.01M12 12h.01M18.5 12h.01");
    pub(crate) const MUTE: Self = plain!(
        "M9.8 19.7c.5.7 1.3 1.1 2.2 1.1s1.7-.4 2.2-1.1M16.5 16.5H6c1.2-1.3 1.5-2.6 1.5-6 0-.7.1-1.3.4-1.9M10.5 6.2a4.5 4.5 0 0 1 6 4.3c0 1.3 0 2.3.2 3M3.5 3.5l17 17"
    );
    pub(crate) const OFFLINE: Self = plain!(
        "M4.5 10.5A11 11 0 0 1 9 8M13.5 7.6a11 11 0 0 1 6 2.9M7.5 14a6.5 6.5 0 0 1 4-1.9M15.5 13.2c.4.2.7.5 1 .8M12 18h.01M4 4l16 16"
    );
    pub(crate) const ONCE: Self = plain!("M3.5 12a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0 -17 0zM10.2 9.7 12.6 8v8");
    pub(crate) const PAUSE: Self = plain!("M9 6v12M15 6v12");
    pub(crate) const PEOPLE: Self = plain!(
        "M5.75 8.75a3.25 3.25 0 1 0 6.5 0a3.25 3.25 0 1 0-6.5 0zM2.8 19.2c.5-3.2 3-5 6.2-5s5.7 1.8 6.2 5M15.5 5.7a3.25 3.25 0 0 1 0 6.1M17.6 14.7c1.9.7 3.2 2.3 3.6 4.5"
    );
    pub(crate) const PERSON_PLUS: Self = plain!(
        "M6.25 8.25a3.75 3.75 0 1 0 7.5 0a3.75 3.75 0 1 0-7.5 0zM2.8 20c.6-3.7 3.4-5.8 7.2-5.8 1.3 0 2.4.2 3.4.7M18 13.5v6M15 16.5h6"
    );
    pub(crate) const PIN: Self = plain!("M9 4h6l-.8 6 3.3 3.2V15h-11v-1.8L9.8 10zM12 15v5.5");
    pub(crate) const PLAY: Self = plain!("M8 5.8v12.4a.6.6 0 0 0 .9.5l10-6.2a.6.6 0 0 0 0-1l-10-6.2a.6.6 0 0 0-.9.5z");
    pub(crate) const PLUS: Self = plain!("M12 5v14M5 12h14");
    pub(crate) const POLL: Self = plain!("M5.5 20v-6M12 20V4.5M18.5 20v-10");
    pub(crate) const REPLY: Self = directed!("M9 6.5 4 11.5l5 5M4.2 11.5h9.3a6.5 6.5 0 0 1 6.5 6.5v.5");
    pub(crate) const SEARCH: Self = plain!("M4.5 11a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0 -13 0zM16 16l4.25 4.25");
    pub(crate) const SEND: Self = plain!("M12 19V5.5M6 11.5l6-6 6 6");
    pub(crate) const SETTINGS: Self = plain!(
        "M4 7.5h8.5M17.5 7.5H20M4 16.5h2.5M11.5 16.5H20M12.5 7.5a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0zM6.5 16.5a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0z"
    );
    pub(crate) const SHARE: Self = directed!("m15 6.5 5 5-5 5M19.8 11.5h-9.3A6.5 6.5 0 0 0 4 18v.5");
    pub(crate) const SHIELD: Self =
        plain!("M12 3.5l7 2.5v5c0 4.5-2.8 7.8-7 9.5-4.2-1.7-7-5-7-9.5V6zM8.8 12l2.3 2.3 4.2-4.6");
    pub(crate) const SMILE: Self =
        plain!("M3.5 12a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0 -17 0zM8.5 14.2a4.3 4.3 0 0 0 7 0M9 9.5h.01M15 9.5h.01");
    pub(crate) const SOUND: Self =
        plain!("M4 9.5v5h3.5l4.5 4v-13l-4.5 4zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11");
    pub(crate) const STORAGE: Self = plain!(
        "M4.5 6.5a7.5 3 0 1 0 15 0a7.5 3 0 1 0 -15 0zM4.5 6.5v11c0 1.66 3.36 3 7.5 3s7.5-1.34 7.5-3v-11M4.5 12c0 1.66 3.36 3 7.5 3s7.5-1.34 7.5-3"
    );
    pub(crate) const TABS: Self = plain!(
        "M10 4h8a2.5 2.5 0 0 1 2.5 2.5v6a2.5 2.5 0 0 1 -2.5 2.5h-8a2.5 2.5 0 0 1 -2.5 -2.5v-6a2.5 2.5 0 0 1 2.5 -2.5zM16.5 15v2.5A2.5 2.5 0 0 1 14 20H6a2.5 2.5 0 0 1-2.5-2.5v-6A2.5 2.5 0 0 1 6 9h1.5"
    );
    pub(crate) const TIMER: Self = plain!("M4.5 13a7.5 7.5 0 1 0 15 0a7.5 7.5 0 1 0 -15 0zM12 9v4l2.5 2M9.5 3h5");
    pub(crate) const TRASH: Self = plain!(
        "M4.5 7h15M9.5 7V5.5a1 1 0 0 1 1-1h3a1 1 0 0 1 1 1V7M6.5 7l.75 11a2.2 2.2 0 0 0 2.2 2h5.1a2.2 2.2 0 0 0 2.2-2l.75-11M10.25 11v5M13.75 11v5"
    );
    pub(crate) const UNREAD: Self = plain!("M8.5 12a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z");
    pub(crate) const VIDEO: Self = plain!(
        "M6 6.25h6.5a3 3 0 0 1 3 3v5.5a3 3 0 0 1 -3 3h-6.5a3 3 0 0 1 -3 -3v-5.5a3 3 0 0 1 3 -3zM15.5 10.5l4.2-2.4a.85.85 0 0 1 1.3.74v6.32a.85.85 0 0 1-1.3.74l-4.2-2.4"
    );
    pub(crate) const WARNING: Self = plain!(
        "M10.9 4.7a1.3 1.3 0 0 1 2.2 0l7.6 13.1a1.3 1.3 0 0 1-1.1 1.95H4.4a1.3 1.3 0 0 1-1.1-1.95zM12 9.75v4.25M12 16.75h.01"
    );
    pub(crate) const WORDS: Self = plain!(
        "M2.8 12C4.8 8.2 8 6 12 6s7.2 2.2 9.2 6c-2 3.8-5.2 6-9.2 6s-7.2-2.2-9.2-6zM9.25 12a2.75 2.75 0 1 0 5.5 0a2.75 2.75 0 1 0 -5.5 0z"
    );
}

/// How large an icon is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum IconSize {
    /// 16 px, within a line of text.
    Small,
    /// 20 px.
    #[default]
    Regular,
    /// 24 px.
    Large,
}

/// One icon, hidden from assistive technology.
#[component]
pub(crate) fn Icon(glyph: Glyph, #[prop(optional)] size: IconSize) -> impl IntoView {
    let class = match size {
        IconSize::Small => "icon icon--sm",
        IconSize::Regular => "icon",
        IconSize::Large => "icon icon--lg",
    };
    view! {
        <svg class=class class:icon--dir=glyph.0.directed viewBox="0 0 24 24" aria-hidden="true">
            <path d=glyph.0.path />
        </svg>
    }
}
