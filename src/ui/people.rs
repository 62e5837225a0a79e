//! The part of the page about people: who somebody is, who is in a group, and how to find each other.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView, PersonId};

use super::browser::focus;
use super::contact::{ContactPage, DeleteDialog, GALLERY};
use super::devices::{HistoryStrip, StillComing};
use super::group::{Asks, GroupPage, MoveDialog, NewGroup};
use super::join::{Joining, Waiting};
use super::list::{self, Over, Scarce};
use super::media;
use super::new_chat::{NewChat, Opening};
use super::part::{Place, part};
use super::search::{Hits, Within};

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
    /// The page of an invite link.
    Joining,
    /// Above the list: that there is little room, the groups that this person waits to be let into, and how far history has come.
    News,
    /// At the beginning of a conversation while history comes.
    StillComing,
    /// The strip in a conversation whose group somebody wants to come into.
    Asks(ChatId, ReadSignal<ChatView>),
    /// The dialog that moves a group to a fresh one without this person, until the callback closes it.
    Move(ChatId, ReadSignal<ChatView>, PersonId, Callback<()>),
    /// Messages in which stands what was typed above the list.
    Hits(RwSignal<String>),
    /// The search in one conversation, above its timeline.
    Within(ChatId),
    /// The question before a conversation is deleted, until the callback closes it.
    Delete(ChatId, ReadSignal<ChatView>, Callback<()>),
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
        Screen::Joining => view! { <Joining /> }.into_any(),
        Screen::News => view! {
            <Scarce />
            <HistoryStrip />
            <Waiting />
        }
        .into_any(),
        Screen::StillComing => view! { <StillComing /> }.into_any(),
        Screen::Asks(id, chat) => view! { <Asks id chat /> }.into_any(),
        Screen::Move(id, chat, person, on_close) => {
            view! { <MoveDialog id chat first=Some(person) on_close /> }.into_any()
        }
        Screen::Hits(typed) => view! { <Hits typed /> }.into_any(),
        Screen::Within(id) => view! { <Within id /> }.into_any(),
        Screen::Delete(id, chat, on_close) => view! { <DeleteDialog id chat on_close /> }.into_any(),
        Screen::Row(over) => list::layer(over),
    }
}

/// Whether a conversation is a group's never changes. The gallery takes the page's place until it is closed.
fn info(id: ChatId, chat: ReadSignal<ChatView>) -> AnyView {
    let gallery = RwSignal::new(false);
    let on_gallery = Callback::new(move |()| gallery.set(true));
    let close = Callback::new(move |()| {
        gallery.set(false);
        request_animation_frame(|| focus::focus_on(GALLERY));
    });
    let shown = move || match (gallery.get(), chat.with_untracked(|chat| chat.group.is_some())) {
        (true, _) => media::open(Place::Pane, media::Screen::Gallery(id, chat, close)),
        (false, true) => view! { <GroupPage id chat on_gallery /> }.into_any(),
        (false, false) => view! { <ContactPage id chat on_gallery /> }.into_any(),
    };
    shown.into_any()
}
