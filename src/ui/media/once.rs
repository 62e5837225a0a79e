//! What may be seen once: its bubble, and the window in which that happens.
//!
//! A press -> the window, which fetches all of it -> the browser can show it -> the engine is asked, and forgets how it is opened -> only the
//! window whose ask did that shows it, from what is in memory. Closed, it is gone: the address of its bytes is taken back. What lies sealed
//! on this device has no key any more.

use leptos::prelude::*;
use web_sys::KeyboardEvent;
use xchat_engine::api::{Attachment, Body, ChatId, ChatView, Event, FileCommand, Holds, Problem};

use super::client::{Task, TaskState, client};
use super::frame::{Look, bar, frame};
use super::piece::{Now, Piece};
use super::viewer::{author, staged};
use super::words::{size, word};
use crate::ui::i18n::{fill, media};
use crate::ui::session::{page_visible, use_session};
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};

/// In a bubble: theirs is opened by a press, an own one by nobody here. `known`: it comes from somebody whom this person lets write, and so
/// hears that it was opened.
pub(super) fn once(piece: Piece, mine: bool, known: Memo<bool>) -> AnyView {
    let what = word(piece.holds);
    let inside = move || {
        let info = match mine {
            true => media().once.to_owned(),
            false => format!("{} · {}", media().once, size(piece.with(|file| file.size))),
        };
        card(what, info)
    };
    let shown = move || match mine || !known.get() {
        true => view! { <div class="once">{inside()}</div> }.into_any(),
        false => view! {
            <button
                type="button"
                class="once"
                aria-label=fill(media().once_open, &[("what", what)])
                data-at=piece.at.to_string()
            >
                {inside()}
            </button>
        }
        .into_any(),
    };
    shown.into_any()
}

/// In the bubble of one that was seen.
pub(super) fn opened(holds: Holds) -> AnyView {
    view! { <div class="once once--opened">{card(word(holds), media().once_opened.to_owned())}</div> }.into_any()
}

fn card(what: &'static str, info: String) -> AnyView {
    view! {
        <span class="file-card__icon">
            <Icon glyph=Glyph::ONCE />
        </span>
        <span class="file-card__body">
            <span class="file-card__name">{what}</span>
            <span class="file-card__info">{info}</span>
        </span>
    }
    .into_any()
}

/// The window. It goes with its message.
pub(super) fn window(
    id: ChatId,
    chat: ReadSignal<ChatView>,
    (order, at): (u64, usize),
    file: Attachment,
    on_close: Callback<()>,
) -> AnyView {
    let session = use_session();
    let found = session.history().with_untracked(|history| history.find(order).map(|entry| entry.view.get_untracked()));
    let Some(message) = found else { return ().into_any() };
    let piece = Piece::new(at, file);
    piece.fetch();
    // The tag of this window's own ask, which alone has the answer that counts: somebody else may open it at the same moment.
    let asked = RwSignal::new(None::<u32>);
    let shows = RwSignal::new(false);
    let ends = move |words: &'static str| {
        on_close.run(());
        session.toast(words.to_owned());
    };
    let is_opened = move || {
        session.history().with(|history| {
            let found = history.find(order);
            found.is_some_and(|entry| entry.view.with(|message| matches!(message.body, Body::Opened(_))))
        })
    };
    let opened = Memo::new(move |_| is_opened());
    // Nobody looks at a page that is behind others: then it waits.
    let front = RwSignal::new(page_visible());
    let turned = window_event_listener_untyped("visibilitychange", move |_| _ = front.try_set(page_visible()));
    on_cleanup(move || turned.remove());
    // What this browser makes nothing of is not used up by it.
    let tried = RwSignal::new_local(None::<Task<bool>>);
    let owner = StoredValue::new(Owner::current());
    Effect::new(move |_| {
        if let Now::Here(opened) = piece.now()
            && tried.with_untracked(Option::is_none)
        {
            let ask = || client().shows(&opened);
            tried.set(Some(owner.with_value(|owner| owner.as_ref().map_or_else(ask, |owner| owner.with(ask)))));
        }
    });
    let can = Memo::new(move |_| {
        tried.get()?.state.with(|state| match state {
            TaskState::Done(can) => Some(*can),
            _ => None,
        })
    });
    Effect::new(move |_| match (asked.get_untracked(), opened.get()) {
        (None, false) if can.get() == Some(true) && front.get() => {
            let tag = session.search_number();
            asked.set(Some(tag));
            session.about_files(id, Some(tag), Some(order), FileCommand::Opened { order }.to_bytes());
        }
        (None, true) => ends(media().once_before),
        _ => {}
    });
    session.hear(move |event| {
        let Some(asked) = asked.try_get_untracked() else { return false };
        match event {
            Event::Written { tag } if asked == Some(*tag) => shows.set(true),
            Event::NotWritten { tag, problem } if asked == Some(*tag) => ends(match problem {
                Some(Problem::NoMessage) => media().once_before,
                _ => media().broken,
            }),
            _ => {}
        }
        true
    });
    let look = Look::new();
    let nowhere = Callback::new(|_| ());
    let key = Callback::new(move |event: KeyboardEvent| look.key(&event, nowhere));
    let who = chat.with_untracked(|chat| author(&message, chat));
    let unseen = Memo::new(move |_| can.get() == Some(false));
    let inside = move || match unseen.get() {
        true => view! {
            <div class="viewer__stage">
                <div class="viewer__failed" role="alert">
                    <Icon glyph=Glyph::WARNING size=IconSize::Large />
                    <p>{media().once_unseen}</p>
                </div>
            </div>
        }
        .into_any(),
        false => staged(piece, look, nowhere, shows.into()),
    };
    let rest = view! {
        <span class="viewer__number">{media().once}</span>
        {(piece.holds == Holds::Picture).then(|| look.buttons())}
    }
    .into_any();
    let top = bar(on_close, Signal::stored(Some((who, message.time))), rest);
    frame(
        order,
        on_close,
        key,
        view! {
            {top}
            {inside}
        }
        .into_any(),
    )
}
