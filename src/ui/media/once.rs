//! What may be seen once: its bubble, and the window in which that happens.
//!
//! A press -> the window, which fetches all of it -> the browser can show it -> the engine is told, and forgets how it is opened -> only then
//! it is shown, from what is in memory. Closed, it is gone: the address of its bytes is taken back. What lies sealed on this device has
//! no key any more.

use leptos::prelude::*;
use web_sys::KeyboardEvent;
use xchat_engine::api::{Attachment, Body, ChatId, ChatView, Event, FileCommand, Holds};

use super::client::{Task, TaskState, client};
use super::frame::{Look, frame};
use super::piece::{Now, Piece};
use super::viewer::{author, moment, staged};
use super::words::{size, word};
use crate::ui::i18n::{fill, media, text};
use crate::ui::session::{page_visible, use_session};
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};
use crate::ui::widgets::icon_button::IconButton;

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
    let asked = RwSignal::new(false);
    let refused = RwSignal::new(false);
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
        (false, false) if can.get() == Some(true) && front.get() => {
            asked.set(true);
            session.about_files(id, FileCommand::Opened { order }.to_bytes());
        }
        (false, true) => {
            on_close.run(());
            session.toast(media().once_elsewhere.to_owned());
        }
        _ => {}
    });
    session.hear(move |event| {
        let waits = !asked.is_disposed() && asked.get_untracked() && !opened.get_untracked();
        if waits && matches!(event, Event::Refused { .. }) {
            refused.set(true);
        }
        !asked.is_disposed()
    });
    let shows = Memo::new(move |_| asked.get() && opened.get());
    let look = Look::new();
    let nowhere = Callback::new(|_| ());
    let key = Callback::new(move |event: KeyboardEvent| look.key(&event, nowhere));
    let who = chat.with_untracked(|chat| author(&message, chat));
    let failed = Memo::new(move |_| match (can.get(), refused.get() && !shows.get()) {
        (Some(false), _) => Some(media().once_unseen),
        (_, true) => Some(media().broken),
        _ => None,
    });
    let inside = move || match failed.get() {
        Some(words) => view! {
            <div class="viewer__stage">
                <div class="viewer__failed" role="alert">
                    <Icon glyph=Glyph::WARNING size=IconSize::Large />
                    <p>{words}</p>
                </div>
            </div>
        }
        .into_any(),
        None => staged(piece, look, nowhere, shows.into()),
    };
    frame(
        order,
        on_close,
        key,
        view! {
            <header class="viewer__bar">
                <IconButton glyph=Glyph::CLOSE label=text().close on_press=on_close />
                <div class="viewer__who">
                    <b>
                        <bdi>{who}</bdi>
                    </b>
                    <span>{moment(message.time)}</span>
                </div>
                <span class="viewer__number">{media().once}</span>
                {(piece.holds == Holds::Picture).then(|| look.buttons())}
            </header>
            {inside}
        }
        .into_any(),
    )
}
