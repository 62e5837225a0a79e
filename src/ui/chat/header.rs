//! A conversation's head: back, who it is, and how things stand.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatState, ChatView, Connection};

use crate::ui::i18n::text;
use crate::ui::route::Route;
use crate::ui::session::use_session;
use crate::ui::widgets::avatar::{Avatar, AvatarSize};
use crate::ui::widgets::icon::Glyph;
use crate::ui::widgets::icon_button::IconLink;

/// The line under the name; none where there is nothing to say.
fn sub_line(state: ChatState, connection: Connection) -> Option<&'static str> {
    let t = text();
    match (state, connection) {
        (ChatState::Blocked, _) => Some(t.blocked),
        (_, Connection::Offline | Connection::Garbled) => Some(t.waiting_for_network),
        (_, Connection::Connecting) => Some(t.connecting),
        (ChatState::Request, Connection::Online) => Some(t.message_request),
        (ChatState::New, Connection::Online) => Some(t.new_contact),
        (ChatState::Open, Connection::Online) => None,
    }
}

/// The head.
#[component]
pub(crate) fn ChatHeader(id: ChatId, chat: ReadSignal<ChatView>) -> impl IntoView {
    let session = use_session();
    let name = Signal::derive(move || chat.with(|chat| chat.name.clone()));
    let colour = Signal::derive(move || chat.with(|chat| chat.colour));
    let sub = Memo::new(move |_| sub_line(chat.with(|chat| chat.state), session.connection().get()));
    view! {
        <header class="bar">
            <IconLink glyph=Glyph::Back label=text().back_to_chats class="bar__back" href=Route::Chats.href() />
            <a class="bar__who" href=Route::Contact(id).href()>
                <Avatar name colour size=AvatarSize::Medium />
                <div class="bar__names">
                    <h1 class="bar__name">
                        <bdi>{name}</bdi>
                    </h1>
                    {move || sub.get().map(|line| view! { <p class="bar__sub">{line}</p> })}
                </div>
                <span class="visually-hidden">{text().contact_details}</span>
            </a>
        </header>
    }
}
