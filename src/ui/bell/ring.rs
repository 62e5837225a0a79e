//! A message came: who tells of it, and how.
//!
//! Every tab hears of it. One tells: whoever holds the lock that is named after the message, and says so to the others (`told`). A tab
//! in which it is being read says that at once and tells nobody else; the others wait for it a little.

use std::cell::RefCell;

use futures::channel::oneshot;
use gloo_timers::future::TimeoutFuture;
use js_sys::Object;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::future_to_promise;
use xchat_engine::api::{ChatId, ChatView};

use super::decide::rings;
use super::permission::{Permission, permission};
use super::{notice, sound, told};
use crate::ui::browser::js::{call, get, set};
use crate::ui::browser::{clock, prefs};
use crate::ui::chat::shown_name;
use crate::ui::i18n::{fill, later, text};
use crate::ui::list::words;
use crate::ui::media::held::file_name;
use crate::ui::route::Route;
use crate::ui::session::{Session, page_visible};

/// How long the others wait for a tab in which it is being read, in milliseconds.
const WAIT: u32 = 150;
/// How long a message counts as told, in milliseconds: longer than any tab is late.
const TOLD: u32 = 5_000;

thread_local! {
    /// Conversations of which something is about to be told.
    static WAITING: RefCell<Vec<ChatId>> = const { RefCell::new(Vec::new()) };
}

/// A message came in this conversation.
pub(super) fn heard(session: Session, id: ChatId) {
    let Some(view) = untrack(|| session.chat(id)) else { return };
    told::hear();
    let hidden = !page_visible();
    if !hidden && session.router().under().get_untracked() == Route::Chat(id) {
        return view.with_untracked(name_of).iter().for_each(|name| told::here(name));
    }
    // However many come meanwhile, the last of them is told of.
    if WAITING.with_borrow(|waiting| waiting.contains(&id)) {
        return;
    }
    WAITING.with_borrow_mut(|waiting| waiting.push(id));
    spawn_local(async move {
        TimeoutFuture::new(WAIT).await;
        WAITING.with_borrow_mut(|waiting| waiting.retain(|other| *other != id));
        let Some(chat) = view.try_get_untracked() else { return };
        let Some(name) = name_of(&chat).filter(|_| chat.unread > 0) else { return };
        if claim(&name).await && !told::elsewhere(&name) {
            told::here(&name);
            tell(session, &chat, hidden);
        }
    });
}

/// What the last message is called among tabs. None: it is not one to tell of.
fn name_of(chat: &ChatView) -> Option<String> {
    let last = chat.last.as_ref().filter(|_| rings(chat, clock::now()))?;
    Some(format!("xchat-bell {} {}", Route::Chat(chat.id).href(), last.order))
}

fn tell(session: Session, chat: &ChatView, hidden: bool) {
    match (prefs::flag(prefs::NOTIFY), permission()) {
        (Some(true), Permission::Granted) => {
            // The browser's own sound where the page may make none.
            let sounds = prefs::flag(prefs::SOUND) != Some(false);
            let silent = !sounds || sound::ring();
            let (title, body) = match prefs::flag(prefs::CONTENT) {
                Some(false) => ("X Chat", later().new_message.to_owned()),
                _ => (&*chat.name, said(session, chat)),
            };
            notice::show(session, chat.id, title, &body, silent);
        }
        (None, Permission::Open) if hidden => session.offer_notices(true),
        _ => {}
    }
}

/// What was said last, in a group with who said it.
fn said(session: Session, chat: &ChatView) -> String {
    let Some(last) = &chat.last else { return String::new() };
    let words = file_name(last).unwrap_or_else(|| words(last, session.me()));
    match &last.author {
        Some(author) => format!("{} {words}", fill(text().said_by, &[("name", shown_name(author))])),
        None => words,
    }
}

/// Whether this tab is the first to ask for a name. Where there are no locks every tab is.
async fn claim(name: &str) -> bool {
    let (tell, told) = oneshot::channel();
    let asked = Closure::once(move |lock: JsValue| {
        let mine = !lock.is_null();
        if tell.send(mine).is_err() || !mine {
            return JsValue::UNDEFINED;
        }
        let hold = async {
            TimeoutFuture::new(TOLD).await;
            Ok(JsValue::UNDEFINED)
        };
        future_to_promise(hold).into()
    });
    let options = Object::new();
    set(&options, "ifAvailable", true);
    let locks = get(&window().navigator(), "locks");
    let granted: JsValue = asked.as_ref().clone().unchecked_into();
    if call(&locks, "request", &[name.into(), options.into(), granted]).is_none() {
        return true;
    }
    told.await.unwrap_or(true)
}
