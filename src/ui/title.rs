//! The document's title: where one is, and how much waits, which the app's icon says too.

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use super::browser::clock;
use super::i18n::text;
use super::route::Route;
use super::session::Session;

/// Puts count, place and product together.
pub fn title(unread: u32, place: Option<&str>) -> String {
    let place = match place {
        Some(place) => format!("{place} · X Chat"),
        None => "X Chat".to_owned(),
    };
    match unread {
        0 => place,
        count => format!("({count}) {place}"),
    }
}

/// Keeps the title right for as long as the current owner lives.
pub(crate) fn keep_title(session: Session) {
    Effect::new(move |_| {
        let unread = session.chats().with(|chats| chats.unread(clock::now()));
        let place = place(session);
        document().set_title(&title(unread, place.as_deref()));
        badge(unread);
    });
}

/// The count on the app's own icon, where the page is installed as one and the browser has such a thing.
fn badge(unread: u32) {
    let navigator = window().navigator();
    let set = Reflect::get(&navigator, &"setAppBadge".into()).and_then(JsCast::dyn_into::<Function>);
    if let Ok(shown) = set.and_then(|set| set.call1(&navigator, &unread.into())) {
        spawn_local(async move {
            // Refused where the page is embedded: then there is no icon of its own.
            let _shown = JsFuture::from(shown.unchecked_into::<Promise>()).await.is_ok();
        });
    }
}

fn place(session: Session) -> Option<String> {
    let t = text();
    if session.account().with(Option::is_none) {
        return None;
    }
    match session.router().now().get() {
        Route::Chat(id) | Route::Contact(id) => session.chat(id).map(|chat| chat.with(|chat| chat.name.clone())),
        Route::New => Some(t.new_chat.to_owned()),
        Route::NewGroup => Some(t.new_group.to_owned()),
        Route::Settings | Route::Notifications | Route::Storage | Route::Help | Route::About => {
            Some(t.settings.to_owned())
        }
        Route::Words => Some(t.recovery_words.to_owned()),
        Route::Devices | Route::Link(_) => Some(t.devices.to_owned()),
        Route::Chats | Route::Add(_) | Route::Join(_) | Route::Unknown => None,
    }
}
