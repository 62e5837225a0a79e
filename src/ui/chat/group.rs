//! Bubbles of one author within five minutes.

use leptos::prelude::*;
use xchat_engine::api::{Author, ChatId, ChatView};

use super::bubble::Bubble;
use super::changes::shown_name;
use crate::ui::i18n::text;
use crate::ui::session::{Entry, use_session};
use crate::ui::widgets::avatar::{Avatar, AvatarSize};
use crate::ui::widgets::rows::rows;

/// The group, named by its author.
#[component]
pub(crate) fn Group(id: ChatId, chat: ReadSignal<ChatView>, mine: bool, entries: Memo<Vec<Entry>>) -> impl IntoView {
    let first = entries.with_untracked(|entries| entries.first().map(|entry| entry.view.clone()));
    // In a conversation of several people. All of a group's bubbles are theirs.
    let author = first.and_then(|view| view.with_untracked(|message| message.author.clone()));
    let named = author.clone();
    let label = move || match &named {
        _ if mine => text().you.to_owned(),
        Some(author) => shown_name(author).to_owned(),
        None => chat.with(|chat| chat.name.clone()),
    };
    let several = author.is_some();
    let face = author.clone().map(|author| view! { <Face author /> });
    let edges = Memo::new(move |_| {
        entries.with(|entries| {
            let order = |entry: Option<&Entry>| entry.map(|entry| entry.order);
            (order(entries.first()), order(entries.last()))
        })
    });
    let keys = move || entries.with(|entries| entries.iter().map(|entry| entry.order.into()).collect());
    let bubble = move |key: u128| {
        let entry = entries.with_untracked(|entries| entries.iter().find(|entry| key == entry.order.into()).cloned());
        entry.map(|entry| bubble(id, chat, entry, edges, author.clone())).into_any()
    };
    view! {
        <article class="group" class:group--own=mine class:group--avatars=several aria-label=label>
            {rows(keys, bubble)}
            {face}
        </article>
    }
}

/// The orders of a group's first and last bubble.
type Edges = (Option<u64>, Option<u64>);

fn bubble(
    id: ChatId,
    chat: ReadSignal<ChatView>,
    entry: Entry,
    edges: Memo<Edges>,
    author: Option<Author>,
) -> impl IntoView {
    let order = Some(entry.order);
    let first = Signal::derive(move || edges.get().0 == order);
    let last = Signal::derive(move || edges.get().1 == order);
    view! { <Bubble id chat entry author first last /> }
}

/// The author's small circle, beside the last bubble.
#[component]
fn Face(author: Author) -> impl IntoView {
    let colour = author.colour;
    let name = Signal::stored(author.name);
    let session = use_session();
    let picture = Signal::derive(move || session.picture_of(&author.person));
    view! { <Avatar name colour=Signal::stored(colour) size=AvatarSize::Small picture /> }
}
