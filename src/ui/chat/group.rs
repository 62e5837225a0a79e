//! Bubbles of one author within five minutes.

use leptos::prelude::*;
use xchat_engine::api::{Author, ChatId, ChatView};

use super::bubble::Bubble;
use super::changes::shown_name;
use crate::ui::flag::flag;
use crate::ui::i18n::text;
use crate::ui::session::{Entry, use_session};
use crate::ui::widgets::avatar::{Avatar, AvatarSize};
use crate::ui::widgets::rows::rows;

/// The bubbles of a piece, and whether the group goes on behind it.
pub(super) type Piece = (Vec<Entry>, bool);

/// The group, or a piece of it, named by its author.
#[component]
pub(crate) fn Group(
    id: ChatId,
    chat: ReadSignal<ChatView>,
    mine: bool,
    /// The group began before this piece.
    continues: bool,
    piece: Memo<Piece>,
) -> impl IntoView {
    let first = piece.with_untracked(|(entries, _)| entries.first().cloned());
    // In a conversation of several people. All of a group's bubbles are theirs.
    let author = first.as_ref().and_then(|entry| entry.view.with_untracked(|message| message.author.clone()));
    // A piece whose first bubble is another one is another piece.
    let first = first.map(|entry| entry.order).filter(|_| !continues);
    let last = Memo::new(move |_| {
        piece.with(|(entries, goes_on)| entries.last().filter(|_| !goes_on).map(|entry| entry.order))
    });
    let named = author.clone();
    let label = move || match &named {
        _ if mine => text().you.to_owned(),
        Some(author) => shown_name(author).to_owned(),
        None => chat.with(|chat| chat.name.clone()),
    };
    let several = author.is_some();
    let face = author.clone();
    let face = move || face.clone().filter(|_| last.get().is_some()).map(|author| view! { <Face author /> });
    let keys = move || piece.with(|(entries, _)| entries.iter().map(|entry| entry.order.into()).collect());
    let bubble = move |key: u128| {
        let entry = piece.with_untracked(|(all, _)| all.iter().find(|entry| key == entry.order.into()).cloned());
        let order = entry.as_ref().map(|entry| entry.order);
        let first = order == first;
        let author = author.clone().filter(|_| first);
        // Two of the bubbles hear that another one is the last.
        let last = flag(move || last.get() == order);
        entry.map(|entry| view! { <Bubble id chat entry author first last /> }).into_any()
    };
    view! {
        <article
            class="group"
            class:group--own=mine
            class:group--avatars=several
            class:group--continues=continues
            aria-label=label
        >
            {rows(keys, bubble)}
            {face}
        </article>
    }
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
