//! What is at a conversation's foot, by how far two people have come, or by how this person stands in a group.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatState, ChatView, OutView};

use super::acts;
use super::answer::{Answer, BlockedFoot};
use super::composer::Composer;
use super::out::OutFoot;
use super::over::Over;
use crate::ui::i18n::text;
use crate::ui::part::Place;
use crate::ui::session::use_session;

/// What is there.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stand {
    Write,
    Answer,
    Blocked,
    Out(OutView),
    Removed,
    Chosen,
}

fn stand(chat: &ChatView) -> Stand {
    match (chat.state, chat.group.as_ref().and_then(|group| group.out.clone())) {
        (_, Some(out)) => Stand::Out(out),
        (ChatState::New | ChatState::Open, None) => Stand::Write,
        (ChatState::Request, None) => Stand::Answer,
        (ChatState::Blocked, None) => Stand::Blocked,
    }
}

/// The foot.
#[component]
pub(crate) fn Foot(id: ChatId, chat: ReadSignal<ChatView>, over: RwSignal<Over>) -> impl IntoView {
    let session = use_session();
    let stands = Memo::new(move |_| match session.chosen().with(Option::is_some) {
        true => Stand::Chosen,
        false if session.is_removed() => Stand::Removed,
        false => chat.with(stand),
    });
    move || match stands.get() {
        Stand::Write => view! { <Composer id chat /> }.into_any(),
        Stand::Answer => view! { <Answer id chat /> }.into_any(),
        Stand::Blocked => view! { <BlockedFoot id chat /> }.into_any(),
        Stand::Removed => view! {
            <section class="request" aria-label=text().removed_device>
                <div class="request__inner">
                    <p>{text().removed_foot}</p>
                </div>
            </section>
        }
        .into_any(),
        Stand::Chosen => acts::open(Place::Strip, acts::Screen::Chosen(chat, over)),
        Stand::Out(out) => view! { <OutFoot id chat out /> }.into_any(),
    }
}
