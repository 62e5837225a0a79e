//! Bubbles of one author within five minutes.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView};

use super::bubble::Bubble;
use crate::ui::i18n::text;
use crate::ui::session::Entry;

/// The group, named by its author.
#[component]
pub(crate) fn Group(id: ChatId, chat: ReadSignal<ChatView>, mine: bool, entries: Memo<Vec<Entry>>) -> impl IntoView {
    let author = move || {
        if mine { text().you.to_owned() } else { chat.with(|chat| chat.name.clone()) }
    };
    let edges = Memo::new(move |_| {
        entries.with(|entries| {
            let order = |entry: Option<&Entry>| entry.map(|entry| entry.order);
            (order(entries.first()), order(entries.last()))
        })
    });
    view! {
        <article class="group" class:group--own=mine aria-label=author>
            <For each=move || entries.get() key=|entry| entry.order let(entry)>
                {bubble(id, chat, entry, edges)}
            </For>
        </article>
    }
}

/// The orders of a group's first and last bubble.
type Edges = (Option<u64>, Option<u64>);

fn bubble(id: ChatId, chat: ReadSignal<ChatView>, entry: Entry, edges: Memo<Edges>) -> impl IntoView {
    let order = Some(entry.order);
    let first = Signal::derive(move || edges.get().0 == order);
    let last = Signal::derive(move || edges.get().1 == order);
    view! { <Bubble id chat entry first last /> }
}
