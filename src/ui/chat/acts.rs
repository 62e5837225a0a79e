//! The part of the page about what is done in a conversation beside writing: a message's menu, and the dialogs that it and the
//! composer lead to.

use leptos::html::Textarea;
use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView, MessageView, Span};

use super::ask::Ask;
use super::chosen::{ChosenBar, chosen, find};
use super::code::copy_button;
use super::complete::Complete;
use super::delete::DeleteMessages;
use super::details::Details;
use super::forward::Forward;
use super::long::rest;
use super::menu::MessageMenu;
use super::over::Over;
use super::poll::poll;
use super::preview::preview;
use super::prose::table;
use crate::ui::i18n::later;
use crate::ui::part::part;
use crate::ui::session::use_session;
use crate::ui::widgets::dialog::Confirm;

/// What this part shows.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::large_enum_variant, reason = "one is made at a time, and drawn at once")]
pub(crate) enum Screen {
    /// What lies over a conversation, about one message of it.
    Over(ChatId, ReadSignal<ChatView>, RwSignal<Over>),
    /// The dialog that passes the message of this order on, from elsewhere than its conversation; the callback closes it.
    Forward(ChatId, u64, Callback<()>),
    /// The dialog that asks a question; the callback closes it.
    Ask(ChatId, Callback<()>),
    /// What can be done with the messages that are chosen, at the conversation's foot.
    Chosen(ReadSignal<ChatView>, RwSignal<Over>),
    /// How what is written will look.
    Preview(ChatId),
    /// Whom the field offers to mention.
    Mentions(Complete, NodeRef<Textarea>),
    /// A poll in its bubble.
    Poll(ChatId, ReadSignal<ChatView>, ReadSignal<MessageView>),
    /// A table in its bubble.
    Table(StoredValue<Vec<Vec<Vec<Span>>>>),
    /// What shows the rest of a long message, of this order.
    Rest(u64),
    /// What copies a block of code.
    CopyCode(StoredValue<String>),
}

part!(acts: Screen => draw);

fn draw(screen: Screen) -> AnyView {
    match screen {
        Screen::Over(id, chat, over) => layer(id, chat, over),
        Screen::Forward(id, order, on_close) => {
            view! { <Forward id orders=vec![order] on_close on_done=on_close /> }.into_any()
        }
        Screen::Ask(id, on_close) => view! { <Ask id on_close /> }.into_any(),
        Screen::Chosen(chat, over) => view! { <ChosenBar chat over /> }.into_any(),
        Screen::Preview(id) => preview(id),
        Screen::Mentions(complete, input) => complete.rows(input),
        Screen::Poll(id, chat, view) => view.with_untracked(|message| poll(id, chat, message)),
        Screen::Table(rows) => rows.with_value(|rows| table(rows)),
        Screen::Rest(order) => rest(order),
        Screen::CopyCode(source) => copy_button(source),
    }
}

/// Nothing for a message that has gone meanwhile.
fn layer(id: ChatId, chat: ReadSignal<ChatView>, over: RwSignal<Over>) -> AnyView {
    let close = Callback::new(move |()| over.set(Over::Nothing));
    let shown = over.get_untracked();
    let session = use_session();
    let done = Callback::new(move |()| {
        close.run(());
        session.choose_none();
    });
    match shown {
        Over::ForwardChosen => {
            let orders = chosen(session).iter().map(|message| message.order).collect();
            return view! { <Forward id orders on_close=close on_done=done /> }.into_any();
        }
        Over::DeleteChosen => {
            return view! { <DeleteMessages id chat messages=chosen(session) on_close=close on_done=done /> }
                .into_any();
        }
        _ => {}
    }
    let Some(message) = shown.order().and_then(|order| find(session, order)) else { return ().into_any() };
    match shown {
        Over::Nothing
        | Over::Emoji(_)
        | Over::File(..)
        | Over::Save(_)
        | Over::Move(..)
        | Over::ForwardChosen
        | Over::DeleteChosen => ().into_any(),
        Over::Menu(_) => view! { <MessageMenu id chat message over /> }.into_any(),
        Over::Delete(_) => {
            view! { <DeleteMessages id chat messages=vec![message] on_close=close on_done=close /> }.into_any()
        }
        Over::EndPoll(order) => {
            let t = later();
            let end = move |()| {
                close.run(());
                session.end_poll(id, order);
            };
            view! { <Confirm title=t.end_poll_title sentence=t.end_poll_more action=t.end_poll on_confirm=end on_close=close /> }
                .into_any()
        }
        Over::Details(_) => view! { <Details id chat message on_close=close /> }.into_any(),
        Over::Forward(order) => view! { <Forward id orders=vec![order] on_close=close on_done=close /> }.into_any(),
    }
}
