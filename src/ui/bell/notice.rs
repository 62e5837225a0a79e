//! The browser's notifications: one for each conversation at most, gone once that was read.

use std::cell::RefCell;

use js_sys::Object;
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::Closure;
use xchat_engine::api::ChatId;

use crate::ui::browser::js::{call, make, set};
use crate::ui::route::Route;
use crate::ui::session::Session;

/// One that shows, and what follows from a press on it and from the conversation's being read.
struct Shown {
    chat: ChatId,
    notice: JsValue,
    _pressed: Closure<dyn FnMut()>,
    _read: RenderEffect<()>,
}

thread_local! {
    static SHOWN: RefCell<Vec<Shown>> = const { RefCell::new(Vec::new()) };
}

fn raise(tag: &str, title: &str, body: &str, silent: bool) -> Option<JsValue> {
    let options = Object::new();
    set(&options, "tag", tag);
    set(&options, "body", body);
    set(&options, "silent", silent);
    // The next message of a conversation takes the place of the one before, and is noticed as well.
    set(&options, "renotify", true);
    make("Notification", &[title.into(), options.into()])
}

/// Shows one for a conversation, instead of an earlier one.
pub(super) fn show(session: Session, chat: ChatId, title: &str, body: &str, silent: bool) {
    let Some(view) = untrack(|| session.chat(chat)) else { return };
    let tag = Route::Chat(chat).href();
    let Some(notice) = raise(&tag, title, body, silent) else { return };
    let pressed = Closure::<dyn FnMut()>::new(move || {
        if window().focus().is_err() {
            leptos::logging::warn!("the window stays behind");
        }
        session.router().go(Route::Chat(chat));
        close_later(chat);
    });
    set(&notice, "onclick", pressed.as_ref().clone());
    forget(chat);
    let read = RenderEffect::new(move |_| {
        if view.with(|view| view.unread == 0) {
            close_later(chat);
        }
    });
    SHOWN.with_borrow_mut(|shown| shown.push(Shown { chat, notice, _pressed: pressed, _read: read }));
}

/// Shows that they show. Answers whether they do: some browsers have them for installed apps alone.
pub(crate) fn sample(body: &str) -> bool {
    raise("sample", "X Chat", body, true).is_some()
}

/// Not from within what is thrown away by it.
fn close_later(chat: ChatId) {
    let close = move || {
        if let Some(shown) = forget(chat) {
            call(&shown.notice, "close", &[]);
        }
    };
    set_timeout(close, std::time::Duration::ZERO);
}

/// Hears nothing of it any more.
fn forget(chat: ChatId) -> Option<Shown> {
    SHOWN.with_borrow_mut(|shown| {
        let at = shown.iter().position(|shown| shown.chat == chat)?;
        Some(shown.swap_remove(at))
    })
}
