//! The part of the page about people: who somebody is, who is in a group, and how to find each other.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView};

use super::contact::ContactPage;
use super::group::{GroupPage, NewGroup};
use super::list::{self, Over};
use super::new_chat::{NewChat, Opening};
use super::part::part;

/// What this part shows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Screen {
    /// The page of a conversation: its person, or its group.
    Info(ChatId, ReadSignal<ChatView>),
    /// The dialog that starts a conversation.
    NewChat,
    /// The dialog that makes a group.
    NewGroup,
    /// The page of a contact link, until its conversation opens.
    Opening,
    /// What lies over the list: the menu of a row, or what it leads to.
    Row(RwSignal<Over>),
}

part!(people: Screen => draw);

fn draw(screen: Screen) -> AnyView {
    match screen {
        Screen::Info(id, chat) => info(id, chat),
        Screen::NewChat => view! { <NewChat /> }.into_any(),
        Screen::NewGroup => view! { <NewGroup /> }.into_any(),
        Screen::Opening => view! { <Opening /> }.into_any(),
        Screen::Row(over) => list::layer(over),
    }
}

/// Whether a conversation is a group's never changes.
fn info(id: ChatId, chat: ReadSignal<ChatView>) -> AnyView {
    match chat.with_untracked(|chat| chat.group.is_some()) {
        true => view! { <GroupPage id chat /> }.into_any(),
        false => view! { <ContactPage id chat /> }.into_any(),
    }
}
