//! Who is writing now: a quiet line under the messages, and the words of a row of the list. No live region: it comes and goes
//! with every few letters, and would be read out over everything else.

use leptos::prelude::*;
use xchat_engine::api::{Author, ChatId, ChatView};

use super::changes::shown_name;
use crate::ui::i18n::{fill, text};
use crate::ui::session::use_session;

/// The sentence about these people. None: nobody writes.
pub fn sentence(people: &[Author], chat: &ChatView) -> Option<String> {
    let t = text();
    let name = |person| if chat.group.is_some() { shown_name(person) } else { &chat.name };
    match people {
        [] => None,
        [one] => Some(fill(t.writes, &[("name", name(one))])),
        [one, other] => Some(fill(t.both_write, &[("one", name(one)), ("other", name(other))])),
        more => Some(fill(t.many_write, &[("count", &more.len().to_string())])),
    }
}

/// The line.
#[component]
pub(crate) fn Writing(id: ChatId, chat: ReadSignal<ChatView>) -> impl IntoView {
    let session = use_session();
    let says = Memo::new(move |_| chat.with(|chat| sentence(&session.writing(id), chat)));
    move || {
        says.get().map(|says| {
            view! {
                <p class="typing">
                    <span class="typing__dots" aria-hidden="true">
                        <i></i>
                        <i></i>
                        <i></i>
                    </span>
                    <bdi>{says}</bdi>
                </p>
            }
        })
    }
}
