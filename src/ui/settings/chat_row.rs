//! A conversation in a list of the settings, with the one thing that can be done about it there.

use leptos::prelude::*;
use xchat_engine::api::ChatView;

use crate::ui::widgets::avatar::{AvatarSize, ChatAvatar};

/// The row. `more`: a line under the name. The button says the verb, and the name to whoever does not see the row.
pub(super) fn chat_row(
    chat: ReadSignal<ChatView>,
    more: Option<String>,
    verb: &'static str,
    on_press: Callback<()>,
) -> AnyView {
    let name = move || chat.with(|chat| chat.name.clone());
    view! {
        <li class="setting">
            <ChatAvatar chat size=AvatarSize::Medium />
            <span class="setting__body">
                <span class="setting__name">
                    <bdi>{name}</bdi>
                </span>
                {more.map(|more| view! { <span class="setting__sub">{more}</span> })}
            </span>
            <button class="button button--sm" type="button" on:click=move |_| on_press.run(())>
                {verb}
                <span class="visually-hidden">" " {name}</span>
            </button>
        </li>
    }
    .into_any()
}
