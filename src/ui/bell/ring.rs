//! A message came: who tells of it, and how.
//!
//! Every tab hears of it. One tells: whoever holds the lock that is named after the message. A tab in which it is being read takes
//! that lock at once and says nothing; the others wait for it a little. It says so to the others too (`told`).

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
use crate::ui::route::Route;
use crate::ui::session::{Session, page_visible};

/// How long the others wait for a tab in which it is being read, in milliseconds.
const WAIT: u32 = 150;
/// How long a message counts as told, in milliseconds: longer than any tab is late.
const TOLD: u32 = 5_000;

/// A message came in this conversation.
pub(super) fn heard(session: Session, id: ChatId) {
    let Some(view) = untrack(|| session.chat(id)) else { return };
    let chat = view.get_untracked();
    let Some(order) = chat.last.as_ref().map(|last| last.order).filter(|_| rings(&chat, clock::now())) else { return };
    let hidden = !page_visible();
    let read = !hidden && session.router().under().get_untracked() == Route::Chat(id);
    told::hear();
    spawn_local(async move {
        if !read {
            TimeoutFuture::new(WAIT).await;
        }
        let name = format!("xchat-bell {} {order}", Route::Chat(id).href());
        let mine = claim(&name).await && !told::elsewhere(&name);
        if mine {
            told::here(&name);
        }
        if mine && !read && view.try_with_untracked(|view| view.unread > 0) == Some(true) {
            tell(session, &chat, hidden);
        }
    });
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
    let words = words(last, session.me());
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
