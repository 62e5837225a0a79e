//! What a message holds, for lines that have no room for more.

use leptos::prelude::*;
use xchat_engine::api::{Attachment, Attachments, Body, ChatView, Holds, MessageView};

use super::words::{clock, name, word};
use crate::ui::i18n::{fill, media};
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};

/// The files of a message.
pub(super) fn files_of(message: &MessageView) -> Attachments {
    // Page and worker are of one build.
    message.attachments.as_ref().and_then(|bytes| Attachments::from_bytes(bytes).ok()).unwrap_or_default()
}

/// It may be seen once.
pub(super) fn is_once(file: &Attachment) -> bool {
    file.media.once && matches!(file.holds(), Holds::Picture | Holds::Video)
}

/// What a message holds may be seen once.
pub(crate) fn holds_once(message: &MessageView) -> bool {
    matches!(message.holds, Some(Holds::Picture | Holds::Video)) && files_of(message).files.iter().any(is_once)
}

/// A small picture of it.
pub(super) fn glyph(holds: Holds) -> AnyView {
    let glyph = match holds {
        Holds::Picture => Glyph::IMAGE,
        Holds::Video => Glyph::VIDEO,
        Holds::Voice => Glyph::MIC,
        Holds::Sound => Glyph::SOUND,
        Holds::File => Glyph::FILE,
    };
    view! { <Icon glyph size=IconSize::Small /> }.into_any()
}

/// All of it in words: "Voice message, 0:24", "4 photos", a file's name.
pub fn said(files: &Attachments) -> Option<String> {
    let t = media();
    let files = &files.files;
    let first = files.first()?;
    let all = |holds: &[Holds]| files.iter().all(|file| holds.contains(&file.holds()));
    let many = |sentence: &str| fill(sentence, &[("count", &files.len().to_string())]);
    Some(match (files.len(), first.holds()) {
        (1, Holds::Voice) => fill(t.voice_time, &[("time", &clock(f64::from(first.media.duration_ms) / 1000.0))]),
        (1, Holds::Sound | Holds::File) => name(first),
        (1, holds) if is_once(first) => format!("{} · {}", word(holds), t.once),
        (1, holds) => word(holds).to_owned(),
        _ if all(&[Holds::Picture]) => many(t.photos_count),
        _ if all(&[Holds::Video]) => many(t.videos_count),
        _ if all(&[Holds::Picture, Holds::Video]) => many(t.both_count),
        _ => many(t.files_count),
    })
}

/// The name of the file that a message without words holds, where it is no more than a file.
pub(crate) fn file_name(message: &MessageView) -> Option<String> {
    let silent = matches!(&message.body, Body::Text { parts, .. } if parts.is_empty());
    let named = silent && matches!(message.holds, Some(Holds::File | Holds::Sound));
    named.then(|| files_of(message))?.files.first().map(name)
}

/// In a row of the list: a picture of it, and words where the message has none.
pub(super) fn line(chat: ReadSignal<ChatView>) -> AnyView {
    let last = Memo::new(move |_| chat.with(|chat| chat.last.as_ref().and_then(told)));
    let shown = move || {
        let (holds, once, words) = last.get()?;
        let glyph = move || match once {
            true => view! { <Icon glyph=Glyph::ONCE size=IconSize::Small /> }.into_any(),
            false => glyph(holds),
        };
        Some(match words {
            Some(words) => view! {
                <span class="held held--whole">
                    {glyph()}
                    <bdi>{words}</bdi>
                </span>
            }
            .into_any(),
            None => view! { <span class="held">{glyph()}</span> }.into_any(),
        })
    };
    shown.into_any()
}

fn told(message: &MessageView) -> Option<(Holds, bool, Option<String>)> {
    let holds = message.holds?;
    let silent = matches!(&message.body, Body::Text { parts, .. } if parts.is_empty());
    Some((holds, holds_once(message), silent.then(|| said(&files_of(message))).flatten()))
}
