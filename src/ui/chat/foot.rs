//! What is at a conversation's foot, by how far two people have come.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatState, ChatView};

use super::answer::{Answer, BlockedFoot};
use super::composer::Composer;

/// The foot.
#[component]
pub(crate) fn Foot(id: ChatId, chat: ReadSignal<ChatView>) -> impl IntoView {
    let state = Memo::new(move |_| match chat.with(|chat| chat.state) {
        ChatState::New => ChatState::Open,
        state => state,
    });
    move || match state.get() {
        ChatState::New | ChatState::Open => view! { <Composer id /> }.into_any(),
        ChatState::Request => view! { <Answer id chat /> }.into_any(),
        ChatState::Blocked => view! { <BlockedFoot id chat /> }.into_any(),
    }
}
