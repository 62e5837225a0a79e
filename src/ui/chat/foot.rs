//! What is at a conversation's foot, by how far two people have come, or by how this person stands in a group.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatState, ChatView, OutView};

use super::answer::{Answer, BlockedFoot};
use super::composer::Composer;
use super::out::OutFoot;
use crate::ui::i18n::text;
use crate::ui::session::use_session;

/// What is there.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stand {
    Write,
    Answer,
    Blocked,
    Out(OutView),
    Removed,
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
pub(crate) fn Foot(id: ChatId, chat: ReadSignal<ChatView>) -> impl IntoView {
    let session = use_session();
    let stands = Memo::new(move |_| if session.is_removed() { Stand::Removed } else { chat.with(stand) });
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
        Stand::Out(out) => view! { <OutFoot id chat out /> }.into_any(),
    }
}
