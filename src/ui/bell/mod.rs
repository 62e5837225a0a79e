//! Notifications: that a message came while nobody was looking.
//!
//! Data path: `Session::message` -> `heard` -> this part, which is fetched with the first message -> `decide` -> one tab of all ->
//! `notice` and `sound`, or the offer to turn them on. Never asks the browser for its permission unless a button was pressed.

pub mod decide;
mod notice;
mod offer;
mod permission;
mod ring;
mod sound;
mod told;

use leptos::prelude::*;
use leptos::task::spawn_local;
use offer::Offer;
pub(crate) use permission::{Permission, ask, permission};
use xchat_engine::api::ChatId;

use super::part::part;
use super::session::Session;
pub(crate) use notice::sample;

/// What this part does and shows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Screen {
    /// Nothing to see: a message came in this conversation.
    Heard(Session, ChatId),
    /// The offer to turn notifications on.
    Offer(Session),
}

part!(bell: Screen => draw);

fn draw(screen: Screen) -> AnyView {
    match screen {
        Screen::Heard(session, chat) => {
            ring::heard(session, chat);
            ().into_any()
        }
        Screen::Offer(session) => view! { <Offer session /> }.into_any(),
    }
}

/// A message of somebody else's has come. Without the part nobody is told of it: it shows in the list all the same.
pub(crate) fn heard(session: Session, chat: ChatId) {
    spawn_local(async move {
        #[cfg(feature = "split")]
        let draw = bell().await;
        #[cfg(not(feature = "split"))]
        let draw = bell();
        if let Ok(draw) = draw {
            let _nothing = draw(Screen::Heard(session, chat));
        }
    });
}
