//! One conversation in the list.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatState, ChatView};

use super::preview::Preview;
use crate::ui::browser::clock;
use crate::ui::i18n::text;
use crate::ui::route::Route;
use crate::ui::session::use_session;
use crate::ui::widgets::avatar::{AvatarSize, ChatAvatar};

/// The row: a link to the conversation.
#[component]
pub(crate) fn ListRow(id: ChatId, chat: ReadSignal<ChatView>, now: ReadSignal<u64>) -> impl IntoView {
    let session = use_session();
    let name = Signal::derive(move || chat.with(|chat| chat.name.clone()));
    let time = Memo::new(move |_| chat.with(|chat| chat.time));
    let unread = Memo::new(move |_| chat.with(|chat| chat.unread));
    let request = Memo::new(move |_| chat.with(|chat| chat.state == ChatState::Request));
    let current = move || session.router().under().with(|route| route.chat() == Some(id)).then_some("true");
    view! {
            <a
                class="list-row"
                class:list-row--unread=move || unread.get() != 0
                href=Route::Chat(id).href()
                aria-current=current
            >
                <ChatAvatar chat size=AvatarSize::Large />
                <div class="list-row__body">
                    <div class="list-row__line">
                        <span class="list-row__name">
                            <bdi>{name}</bdi>
                        </span>
                        <time class="list-row__time" datetime=move || clock::iso(time.get())>
                            {move || clock::row(time.get(), now.get())}
                        </time>
                    </div>
                    <div class="list-row__line">
                        <span class="list-row__preview" dir="auto">
                            <Preview id chat />
                        </span>
                        <span class="list-row__flags">
                            {move || request.get().then(|| view! {
                                <span class="tag tag--accent">{text().request_tag}</span>
    })}
                            {move || (unread.get() != 0).then(|| view! {
                                <Unread count=unread />
    })}
                        </span>
                    </div>
                </div>
            </a>
        }
}

/// The badge of what was not seen.
#[component]
pub(crate) fn Unread(#[prop(into)] count: Signal<u32>) -> impl IntoView {
    view! {
        <span class="badge">
            {move || count.get()}
            <span class="visually-hidden">" " {text().unread}</span>
        </span>
    }
}
