//! A conversation's head: back, who it is, and how things stand.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatState, ChatView, Connection, OutView};

use super::timer_sentence;
use crate::ui::flag::flag;
use crate::ui::group::count_of_people;
use crate::ui::i18n::text;
use crate::ui::route::Route;
use crate::ui::session::use_session;
use crate::ui::widgets::avatar::{AvatarSize, ChatAvatar};
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};
use crate::ui::widgets::icon_button::IconLink;

/// The line under the name; none where there is nothing to say.
fn sub_line(chat: &ChatView, connection: Connection) -> Option<String> {
    let t = text();
    let line = match (chat.state, connection) {
        (ChatState::Blocked, _) => Some(t.blocked),
        (_, Connection::Offline | Connection::Garbled) => Some(t.waiting_for_network),
        (_, Connection::Connecting) => Some(t.connecting),
        (ChatState::Request, Connection::Online) => Some(t.message_request),
        (ChatState::New, Connection::Online) => Some(t.new_contact),
        (ChatState::Open, Connection::Online) => None,
    };
    match &chat.group {
        Some(group) if group.out == Some(OutView::Lost) => Some(t.asks_back_in.to_owned()),
        Some(group) if group.out.is_some() => Some(t.not_in_group.to_owned()),
        Some(group) if line.is_none() => Some(count_of_people(group.people)),
        _ => line.map(str::to_owned),
    }
}

/// The head.
#[component]
pub(crate) fn ChatHeader(id: ChatId, chat: ReadSignal<ChatView>) -> impl IntoView {
    let session = use_session();
    let name = Signal::derive(move || chat.with(|chat| chat.name.clone()));
    let sub = Memo::new(move |_| chat.with(|chat| sub_line(chat, session.connection().get())));
    let verified = flag(move || chat.with(|chat| chat.arranged.verified));
    let mark = |glyph, words: String| {
        let title = words.clone();
        view! {
            <span class="bar__mark" title=title>
                <Icon glyph size=IconSize::Small />
                <span class="visually-hidden">{words}</span>
            </span>
        }
        .into_any()
    };
    let details = chat.with_untracked(|chat| match chat.group.is_some() {
        true => text().group_details,
        false => text().contact_details,
    });
    view! {
        <header class="bar">
            <IconLink glyph=Glyph::BACK label=text().back_to_chats class="bar__back" to=Route::Chats up=true />
            <a class="bar__who" href=Route::Contact(id).href()>
                <ChatAvatar chat size=AvatarSize::Medium />
                <div class="bar__names">
                    <h1 class="bar__name">
                        <bdi>{name}</bdi>
                        {move || verified.get().then(|| mark(Glyph::SHIELD, text().verified.to_owned()))}
                        {move || chat.with(|chat| chat.timer).map(|seconds| mark(Glyph::TIMER, timer_sentence(Some(seconds))))}
                    </h1>
                    {move || sub.get().map(|line| view! { <p class="bar__sub">{line}</p> })}
                </div>
                <span class="visually-hidden">{details}</span>
            </a>
        </header>
    }
}
