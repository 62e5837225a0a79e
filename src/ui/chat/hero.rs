//! Who this is, at the beginning of a conversation that is new to this person.

use leptos::prelude::*;
use xchat_engine::api::{ChatState, ChatView, Mark, MessageView};

use super::changes::shown_name;
use crate::ui::flag::flag;
use crate::ui::group::about;
use crate::ui::i18n::{fill, text};
use crate::ui::session::{History, use_session};
use crate::ui::widgets::avatar::{AvatarSize, ChatAvatar};

fn sentence(chat: &ChatView) -> Option<String> {
    let t = text();
    let sentence = match (chat.state, &chat.group) {
        _ if chat.notes => return Some(t.notes_promise.to_owned()),
        (ChatState::Request, Some(group)) => {
            let name = group.inviter.as_ref().map_or(t.somebody, shown_name);
            return Some(fill(t.group_invited, &[("name", name)]));
        }
        (ChatState::New, _) => t.new_promise,
        (ChatState::Request, None) => t.request_who,
        (ChatState::Open | ChatState::Blocked, Some(group)) => return Some(about(group)),
        (ChatState::Open | ChatState::Blocked, None) => return None,
    };
    Some(fill(sentence, &[("name", &chat.name)]))
}

/// Whether all that there is was written here and has come to nobody, as far as they say.
fn is_unanswered(chat: &ChatView, history: &History) -> bool {
    let alone = |message: &MessageView| message.mine && message.mark == Some(Mark::Sent);
    let written = chat.last.as_ref().is_some_and(alone);
    let two = chat.state == ChatState::Open && chat.group.is_none() && !chat.notes;
    two && written && !history.has_older() && history.drawn().iter().all(|entry| entry.view.with_untracked(alone))
}

/// The circle, the name and a sentence; nothing in a conversation that is under way.
#[component]
pub(crate) fn Hero(chat: ReadSignal<ChatView>) -> impl IntoView {
    let name = Signal::derive(move || chat.with(|chat| chat.name.clone()));
    let session = use_session();
    let waits = flag(move || session.history().with(|history| chat.with(|chat| is_unanswered(chat, history))));
    let sentence = Memo::new(move |_| match waits.get() {
        true => chat.with(|chat| Some(fill(text().new_waits, &[("name", &chat.name)]))),
        false => chat.with(sentence),
    });
    move || {
        sentence.get().map(|sentence| {
            view! {
                <div class="hero hero--chat">
                    <ChatAvatar chat size=AvatarSize::Huge />
                    <h2 class="hero__name">
                        <bdi>{name}</bdi>
                    </h2>
                    <p class="hero__sub hero__sub--lines" dir="auto">
                        {sentence}
                    </p>
                </div>
            }
        })
    }
}
