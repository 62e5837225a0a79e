//! What can be done about a conversation without opening it.

use leptos::prelude::*;
use xchat_engine::api::{Arrange, ChatId, ChatView, FOR_EVER};

use super::summon::Over;
use crate::ui::browser::clock;
use crate::ui::contact::DeleteDialog;
use crate::ui::i18n::{later, text};
use crate::ui::session::{Session, use_session};
use crate::ui::widgets::icon::Glyph;
use crate::ui::widgets::menu::{Line, Menu};

const HOUR: u64 = 3_600_000;

/// The menu, or the question that it leads to, as `over` says now; nothing of a conversation that has gone meanwhile.
pub(crate) fn layer(over: RwSignal<Over>) -> AnyView {
    let session = use_session();
    let on_close = Callback::new(move |()| over.set(Over::Nothing));
    let chat = |id| untrack(|| session.chat(id));
    let menu = |label, at, lines| view! { <Menu label at lines on_close /> }.into_any();
    match over.get_untracked() {
        Over::Nothing => ().into_any(),
        Over::Menu(id, at) => chat(id)
            .map(|chat| menu(later().chat_actions, at, lines(session, &chat.get_untracked(), at, over)))
            .into_any(),
        Over::Mute(id, at) => menu(later().mute, at, durations(session, id)),
        Over::Delete(id) => chat(id).map(|chat| view! { <DeleteDialog id chat on_close /> }).into_any(),
    }
}

fn lines(session: Session, chat: &ChatView, at: (i32, i32), over: RwSignal<Over>) -> Vec<Line> {
    let t = text();
    let id = chat.id;
    let kept = &chat.arranged;
    let set = |glyph, words, change| Line {
        glyph,
        words,
        danger: false,
        does: Callback::new(move |()| session.arrange(id, change)),
    };
    let go = |glyph, words, danger, to| Line { glyph, words, danger, does: Callback::new(move |()| over.set(to)) };
    vec![
        match kept.pinned {
            Some(_) => set(Glyph::PIN, later().unpin_chat, Arrange::Pin(None)),
            None => set(Glyph::PIN, later().pin_chat, Arrange::Pin(Some(0))),
        },
        match kept.is_muted(clock::now()) {
            true => set(Glyph::MUTE, later().unmute, Arrange::Mute(None)),
            false => go(Glyph::MUTE, later().mute, false, Over::Mute(id, at)),
        },
        match kept.archived {
            Some(_) => set(Glyph::ARCHIVE, later().unarchive, Arrange::Archive(false)),
            None => set(Glyph::ARCHIVE, later().archive, Arrange::Archive(true)),
        },
        match kept.unread || chat.unread > 0 {
            true => {
                let does = Callback::new(move |()| session.mark_read(id));
                Line { glyph: Glyph::CHECK, words: later().mark_as_read, danger: false, does }
            }
            false => set(Glyph::UNREAD, later().mark_as_unread, Arrange::Unread(true)),
        },
        go(Glyph::TRASH, t.delete, true, Over::Delete(id)),
    ]
}

fn durations(session: Session, id: ChatId) -> Vec<Line> {
    let line = |(words, hours): (&'static str, Option<u64>)| Line {
        glyph: Glyph::MUTE,
        words,
        danger: false,
        does: Callback::new(move |()| {
            let until = hours.map_or(FOR_EVER, |hours| clock::now() + hours * HOUR);
            session.arrange(id, Arrange::Mute(Some(until)));
        }),
    };
    [
        (later().mute_hour, Some(1)),
        (later().mute_hours, Some(8)),
        (later().mute_week, Some(7 * 24)),
        (later().mute_always, None),
    ]
    .map(line)
    .into()
}
