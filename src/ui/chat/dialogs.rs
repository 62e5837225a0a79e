//! The part of the page that holds what lies over a conversation: the menu of a message and the dialogs, which come when the first
//! one is opened.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView, MessageView};

use super::ask::Ask;
use super::delete::DeleteMessage;
use super::details::Details;
use super::forward::Forward;
use super::menu::MessageMenu;
use super::over::Over;
use crate::ui::part::part;
use crate::ui::session::use_session;

/// What a dialog is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About {
    pub(super) id: ChatId,
    pub(super) chat: ReadSignal<ChatView>,
    /// The message of this order.
    pub(super) order: u64,
    pub(super) on_close: Callback<()>,
}

/// What this part shows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Screen {
    Menu(About, RwSignal<Over>),
    Delete(About),
    Details(About),
    Forward(About),
    /// The question of a new poll.
    Ask(ChatId, Callback<()>),
}

part!(dialogs: Screen => draw);

fn draw(screen: Screen) -> AnyView {
    match screen {
        Screen::Menu(about, over) => with(about, move |About { id, chat, .. }, message| {
            view! { <MessageMenu id chat message over /> }.into_any()
        }),
        Screen::Delete(about) => with(about, |About { id, chat, on_close, .. }, message| {
            view! { <DeleteMessage id chat message on_close /> }.into_any()
        }),
        Screen::Details(about) => with(about, |About { id, chat, on_close, .. }, message| {
            view! { <Details id chat message on_close /> }.into_any()
        }),
        Screen::Forward(About { id, order, on_close, .. }) => view! { <Forward id order on_close /> }.into_any(),
        Screen::Ask(id, on_close) => view! { <Ask id on_close /> }.into_any(),
    }
}

/// With the message as it is now, if it still is.
fn with(about: About, draw: impl FnOnce(About, MessageView) -> AnyView) -> AnyView {
    let message = use_session()
        .history()
        .with_untracked(|history| history.find(about.order).map(|entry| entry.view.get_untracked()));
    message.map(|message| draw(about, message)).into_any()
}
