//! What lies over a conversation: a message's menu, or what it leads to.

use leptos::prelude::*;
use xchat_engine::api::{Body, ChatId, ChatView, MessageView, PersonId};

use super::acts;
use crate::ui::emoji;
use crate::ui::media;
use crate::ui::part::Place;
use crate::ui::people;
use crate::ui::session::use_session;

/// One layer at a time, about the message of this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    Nothing,
    Menu(u64),
    Delete(u64),
    EndPoll(u64),
    Details(u64),
    Forward(u64),
    Emoji(u64),
    /// One of its files, by its place among them.
    File(u64, usize),
    /// All of its files are saved.
    Save(u64),
    /// The group moves to a fresh one without this person, whom a line of this order names.
    Move(u64, PersonId),
    /// About those that are chosen.
    ForwardChosen,
    DeleteChosen,
}

impl Over {
    /// The message that it is about.
    pub(super) fn order(self) -> Option<u64> {
        match self {
            Self::Nothing | Self::ForwardChosen | Self::DeleteChosen => None,
            Self::Menu(order)
            | Self::Delete(order)
            | Self::EndPoll(order)
            | Self::Details(order)
            | Self::Forward(order)
            | Self::Emoji(order)
            | Self::File(order, _)
            | Self::Save(order)
            | Self::Move(order, _) => Some(order),
        }
    }
}

/// The layer. It goes with its message.
#[component]
pub(crate) fn Layer(id: ChatId, chat: ReadSignal<ChatView>, over: RwSignal<Over>) -> impl IntoView {
    let session = use_session();
    Effect::new(move |_| {
        let shown = over.get();
        let of_files = matches!(shown, Over::File(..) | Over::Save(_));
        let stands = |order| {
            session.history().with(|history| {
                let found = history.find(order);
                found.is_some_and(|entry| {
                    // What may be seen once is still looked at when it is opened.
                    let holds =
                        |message: &MessageView| message.holds.is_some() || matches!(message.body, Body::Opened(_));
                    !of_files || entry.view.with(holds)
                })
            })
        };
        if shown.order().is_some_and(|order| !stands(order)) {
            over.set(Over::Nothing);
        }
    });
    let close = Callback::new(move |()| over.set(Over::Nothing));
    move || match over.get() {
        Over::Nothing => ().into_any(),
        Over::Emoji(order) => emoji::open(Place::Over(close), emoji::Screen::React(id, order, close)),
        Over::File(order, at) => {
            let forward = Callback::new(move |order| over.set(Over::Forward(order)));
            media::open(Place::Over(close), media::Screen::File(id, chat, (order, at), forward, close))
        }
        Over::Save(order) => media::open(Place::Over(close), media::Screen::Save(order, close)),
        Over::Move(_, person) => people::open(Place::Over(close), people::Screen::Move(id, chat, person, close)),
        _ => acts::open(Place::Over(close), acts::Screen::Over(id, chat, over)),
    }
}
