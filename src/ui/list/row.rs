//! One conversation in the list.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatState, ChatView};

use super::preview::Preview;
use super::summon::Summon;
use crate::ui::browser::clock;
use crate::ui::flag::flag;
use crate::ui::i18n::text;
use crate::ui::route::Route;
use crate::ui::session::use_session;
use crate::ui::widgets::avatar::{AvatarSize, ChatAvatar};
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};

/// The row: a link to the conversation.
#[component]
pub(crate) fn ListRow(id: ChatId, chat: ReadSignal<ChatView>, now: ReadSignal<u64>, summon: Summon) -> impl IntoView {
    let session = use_session();
    let name = Signal::derive(move || chat.with(|chat| chat.name.clone()));
    let time = Memo::new(move |_| chat.with(|chat| chat.time));
    let unread = Memo::new(move |_| chat.with(|chat| chat.unread));
    let muted = flag(move || chat.with(|chat| chat.arranged.is_muted(clock::now())));
    let pinned = flag(move || chat.with(|chat| chat.arranged.pinned.is_some()));
    let marked = flag(move || chat.with(|chat| chat.arranged.unread && chat.unread == 0));
    // Somebody asks this person, or to come into their group.
    let request = Memo::new(move |_| {
        chat.with(|chat| match &chat.group {
            _ if chat.state == ChatState::Request => Some(text().request_tag),
            Some(group) if group.requests > 0 => Some(text().asks_tag),
            _ => None,
        })
    });
    let current = move || session.router().under().with(|route| route.chat() == Some(id)).then_some("true");
    view! {
            <a
                class="list-row"
                class:list-row--unread=move || unread.get() != 0 || marked.get()
                class:list-row--muted=move || muted.get()
                href=Route::Chat(id).href()
                aria-current=current
                on:click=move |event| {
                    if session.router().now().with_untracked(|now| *now == Route::Chat(id)) {
                        event.prevent_default();
                    }
                }
                on:contextmenu=move |event| summon.asked(id, &event)
                on:pointerdown=move |event| summon.touched(id, &event)
            >
                <ChatAvatar chat size=AvatarSize::Large />
                <div class="list-row__body">
                    <div class="list-row__line">
                        <span class="list-row__name">
                            <bdi>{name}</bdi>
                            {move || muted.get().then(|| mark(Glyph::MUTE, text().muted))}
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
                            {move || request.get().map(|tag| view! { <span class="tag tag--accent">{tag}</span> })}
                            {move || pinned.get().then(|| mark(Glyph::PIN, text().pinned_chat))}
                            {move || (unread.get() != 0).then(|| view! {
                                <Unread count=unread quiet=muted />
    })}
                            {move || marked.get().then(|| view! {
                                <span class="badge" class:badge--quiet=move || muted.get()>
                                    <span class="visually-hidden">{text().marked_unread}</span>
                                </span>
    })}
                        </span>
                    </div>
                </div>
            </a>
        }
}

/// The badge of what was not seen.
#[component]
pub(crate) fn Unread(
    #[prop(into)] count: Signal<u32>,
    /// Of something muted.
    #[prop(optional, into)]
    quiet: Signal<bool>,
) -> impl IntoView {
    view! {
        <span class="badge" class:badge--quiet=move || quiet.get()>
            {move || count.get()}
            <span class="visually-hidden">" " {text().unread}</span>
        </span>
    }
}

/// A small sign with its word.
fn mark(glyph: Glyph, words: &'static str) -> AnyView {
    view! {
        <Icon glyph size=IconSize::Small />
        <span class="visually-hidden">{words}</span>
    }
    .into_any()
}
