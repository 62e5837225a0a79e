//! The document's title: where one is, and how much waits.

use leptos::prelude::*;

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
    });
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
        Route::Settings => Some(t.settings.to_owned()),
        Route::Words => Some(t.recovery_words.to_owned()),
        Route::Devices | Route::Link(_) => Some(t.devices.to_owned()),
        Route::Chats | Route::Add(_) | Route::Unknown => None,
    }
}
