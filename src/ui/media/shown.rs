//! What a file of a message leads to: the viewer, its text, or a question before it is saved.

use leptos::prelude::*;
use leptos::task::spawn_local;
use xchat_engine::api::{Attachment, ChatId, ChatView, Holds};
use xchat_files::{Shows, is_risky};

use super::client::{FileFailure, TaskState, client};
use super::desk::for_good;
use super::fails::sentence;
use super::file::{LARGEST_TEXT, confirm};
use super::going::{STOP, ask_to_stop};
use super::held::{files_of, is_once};
use super::once::window;
use super::piece::{Now, Piece};
use super::player::Key;
use super::viewer::{drawn, viewer};
use super::words::name;
use crate::ui::browser::js::{call, come};
use crate::ui::i18n::{fill, media, text};
use crate::ui::session::{Session, use_session};
use crate::ui::widgets::dialog::{Confirm, Dialog};

/// What lies over the conversation; nothing for a file that has gone meanwhile.
pub(super) fn shown(
    id: ChatId,
    chat: ReadSignal<ChatView>,
    (order, at): (u64, usize),
    on_forward: Callback<u64>,
    on_close: Callback<()>,
) -> AnyView {
    let session = use_session();
    if at == STOP {
        return ask_to_stop(id, order, on_close);
    }
    let Some(file) = files_at(session, order).into_iter().nth(at) else { return ().into_any() };
    match file.holds() {
        _ if is_once(&file) => window(id, chat, (order, at), file, on_close),
        Holds::Picture | Holds::Video => viewer(drawn(session, chat), (order, at), on_forward, on_close),
        _ => offered((id, order, at), file, on_close),
    }
}

/// What a press on a file leads to that is only offered.
pub(super) fn offered(key: Key, file: Attachment, on_close: Callback<()>) -> AnyView {
    let called = name(&file);
    match is_risky(&called) {
        true => {
            let save = move |()| {
                on_close.run(());
                confirm(key);
            };
            let said = fill(media().risky, &[("name", &called)]);
            view! {
                <Confirm title=media().risky_title sentence=said action=media().save on_confirm=save on_close />
            }
            .into_any()
        }
        false => plain(called, key.2, file, on_close),
    }
}

/// The files of a message of the open conversation.
fn files_at(session: Session, order: u64) -> Vec<Attachment> {
    session.history().with_untracked(|history| {
        let found = history.find(order).map(|entry| entry.view.with_untracked(files_of));
        found.unwrap_or_default().files
    })
}

/// A text, as nothing but text.
fn plain(called: String, at: usize, file: Attachment, on_close: Callback<()>) -> AnyView {
    let expires = file.expires;
    let piece = Piece::new(at, file);
    let words = RwSignal::new(None::<String>);
    let empty = piece.with(|file| file.source.as_ref().is_some_and(|source| source.size == 0));
    if !empty {
        piece.fetch();
    }
    Effect::new(move |_| {
        if let Now::Here(opened) = piece.now() {
            let text = opened
                .blob
                .filter(|blob| opened.kind.shows_as() == Some(Shows::Text) && blob.size() <= LARGEST_TEXT as f64);
            let Some(text) = text else { return piece.breaks() };
            spawn_local(async move {
                let read = match call(&text, "text", &[]) {
                    Some(text) => come(text).await.and_then(|text| text.as_string()),
                    None => None,
                };
                match read {
                    Some(read) => _ = words.try_set(Some(read)),
                    None => piece.breaks(),
                }
            });
        }
    });
    let inside = move || match (piece.now(), words.get()) {
        _ if empty => view! { <p>{media().empty}</p> }.into_any(),
        (Now::Failed(failure), _) => view! { <p role="alert">{sentence(&failure, expires)}</p> }.into_any(),
        (_, Some(words)) => view! {
            <pre class="plain" dir="auto" tabindex="0">
                {words}
            </pre>
        }
        .into_any(),
        _ => view! { <p role="status">{text().loading}</p> }.into_any(),
    };
    view! {
        <Dialog title=called on_close>
            <div class="dialog__body">{inside}</div>
        </Dialog>
    }
    .into_any()
}

/// Saves all files of a message, after a question if one of them could run. Nothing is shown otherwise.
pub(super) fn save_all(order: u64, on_close: Callback<()>) -> AnyView {
    let files = files_at(use_session(), order).into_iter().filter(|file| !is_once(file));
    save_files(files.collect(), on_close)
}

/// The same for these files.
pub(super) fn save_files(files: Vec<Attachment>, on_close: Callback<()>) -> AnyView {
    let session = use_session();
    let called = files.iter().map(name).find(|name| is_risky(name));
    let save = move || {
        on_close.run(());
        // Not one of what closes: it goes on.
        for_good(|| {
            for file in &files {
                let task = match files.len() {
                    1 => client().save(file),
                    _ => client().save_among(file),
                };
                let expires = file.expires;
                Effect::new(move |_| {
                    if let TaskState::Failed(failure) = task.state.get()
                        && failure != FileFailure::Cancelled
                    {
                        session.toast(sentence(&failure, expires));
                    }
                });
            }
        });
    };
    match called {
        Some(called) => {
            let said = fill(media().risky, &[("name", &called)]);
            let confirm = move |()| save();
            view! {
                <Confirm title=media().risky_title sentence=said action=media().save on_confirm=confirm on_close />
            }
            .into_any()
        }
        None => {
            // Not from within what is drawn.
            queue_microtask(save);
            ().into_any()
        }
    }
}
