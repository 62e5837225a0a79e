//! A person's circle or a group's rounded square: the beginning of the name on its colour.

use leptos::prelude::*;
use xchat_engine::api::ChatView;

use crate::ui::{
    browser::letters,
    session::{Source, use_session},
};

/// The letter that stands for a name: of its first word that is no title ("Dr.").
pub fn initial(name: &str) -> String {
    let words = || name.split_whitespace();
    let word = words().find(|word| !word.ends_with('.')).or_else(|| words().next()).unwrap_or_default();
    let letter = word.char_indices().find(|(_, c)| c.is_alphanumeric()).map_or(word, |(at, _)| &word[at..]);
    let mut chars = letter.chars();
    let mut out: String = chars.next().map(|first| letters::upper(first.encode_utf8(&mut [0; 4]))).unwrap_or_default();
    // An emoji or an accented letter may go on in the next characters.
    for c in chars {
        let joined = out.ends_with('\u{200d}');
        let mark = matches!(c, '\u{300}'..='\u{36f}' | '\u{200d}' | '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}');
        if !joined && !mark {
            break;
        }
        out.push(c);
    }
    out
}

/// What stands for a group: the letters of its first two words.
pub fn initials(name: &str) -> String {
    name.split_whitespace().take(2).map(initial).collect()
}

/// How large a circle is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AvatarSize {
    /// 32 px, beside bubbles.
    Small,
    /// 40 px, in headers.
    Medium,
    /// 48 px, in rows.
    Large,
    /// 96 px, on pages.
    Huge,
}

/// The circle. Decoration: the name stands next to it.
#[component]
pub(crate) fn Avatar(
    #[prop(into)] name: Signal<String>,
    #[prop(into)] colour: Signal<u8>,
    size: AvatarSize,
    /// A group's, drawn as a rounded square: the two differ without colour.
    #[prop(optional)]
    group: bool,
    /// What covers the letters.
    #[prop(optional)]
    picture: Option<Signal<Option<Source>>>,
) -> impl IntoView {
    let size = match size {
        AvatarSize::Small => "avatar--sm",
        AvatarSize::Medium => "avatar--md",
        AvatarSize::Large => "avatar--lg",
        AvatarSize::Huge => "avatar--xl",
    };
    let (shape, short): (_, fn(&str) -> String) = match group {
        true => ("avatar--group", initials),
        false => ("", initial),
    };
    let class = move || format!("avatar {size} {shape} person-{}", colour.get());
    view! {
        <span class=class aria-hidden="true">
            {move || name.with(|name| short(name))}
            {move || {
                picture.and_then(|picture| picture.get()).map(|src| view! { <img src=src alt="" draggable="false" /> })
            }}
        </span>
    }
}

/// That of a conversation. Whether it is a group's never changes.
#[component]
pub(crate) fn ChatAvatar(chat: ReadSignal<ChatView>, size: AvatarSize) -> impl IntoView {
    let name = Signal::derive(move || chat.with(|chat| chat.name.clone()));
    let colour = Signal::derive(move || chat.with(|chat| chat.colour));
    let group = chat.with_untracked(|chat| chat.group.is_some());
    let session = use_session();
    let picture = Signal::derive(move || chat.with(|chat| session.picture(chat)));
    view! { <Avatar name colour size group picture /> }
}
