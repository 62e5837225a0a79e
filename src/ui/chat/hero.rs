//! Who this is, at the beginning of a conversation that is new to this person.

use leptos::prelude::*;
use xchat_engine::api::{ChatState, ChatView};

use crate::ui::i18n::{fill, text};
use crate::ui::widgets::avatar::{Avatar, AvatarSize};

/// The circle, the name and a sentence; nothing in a conversation that is under way.
#[component]
pub(crate) fn Hero(chat: ReadSignal<ChatView>) -> impl IntoView {
    let name = Signal::derive(move || chat.with(|chat| chat.name.clone()));
    let colour = Signal::derive(move || chat.with(|chat| chat.colour));
    let state = Memo::new(move |_| chat.with(|chat| chat.state));
    let sentence = move || {
        let t = text();
        let sentence = match state.get() {
            ChatState::New => t.new_promise,
            ChatState::Request => t.request_who,
            ChatState::Open | ChatState::Blocked => return None,
        };
        Some(chat.with(|chat| fill(sentence, &[("name", &chat.name)])))
    };
    move || {
        sentence().map(|sentence| {
            view! {
                <div class="hero hero--chat">
                    <Avatar name colour size=AvatarSize::Huge />
                    <h2 class="hero__name">
                        <bdi>{name}</bdi>
                    </h2>
                    <p class="hero__sub">{sentence}</p>
                </div>
            }
        })
    }
}
