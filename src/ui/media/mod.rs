//! Files, pictures and voice as a person sees them. A part of the page, which comes with the first conversation that is opened.
//!
//! Data path: a message's `attachments` -> `bubble` -> tiles, sounds and rows, each a `Piece` that asks the `client` for its bytes; a press ->
//! the viewer, a player, a file on disk. No bytes from elsewhere are shown before they were found to be what they claim to be, and nothing
//! but a picture, a film, a sound, a PDF (by the browser, on a page of its own) and plain text ever is.

mod attach;
mod bubble;
pub mod client;
mod desk;
mod fails;
mod file;
mod folder;
mod frame;
pub mod gallery;
mod going;
pub mod held;
mod item;
pub mod layout;
pub mod mic;
mod once;
pub mod pace;
mod parcels;
mod piece;
mod player;
mod recorder;
mod ring;
mod saving;
mod sheet;
mod shown;
mod sight;
mod sound;
mod stage;
mod take;
mod tile;
mod viewer;
mod voice;
mod waveform;
pub mod words;
pub mod zoom;

use std::cell::Cell;

use leptos::html::Textarea;
use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView, Holds, MessageView};

use super::part::part;
use super::session::Session;

/// What this part shows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Screen {
    /// The files of a message, in its bubble.
    Attachments(ChatId, ReadSignal<MessageView>),
    /// In the bubble of what could be seen once, and was.
    Opened(Holds),
    /// What the last message of a conversation holds, in a row of the list.
    Line(ReadSignal<ChatView>),
    /// A picture of what is meant.
    Glyph(Holds),
    /// All files of a message are saved; the callback closes what may be asked before.
    Save(u64, Callback<()>),
    /// The button that records a voice message, and what takes the composer's place then.
    Voice(ChatId),
    /// What a file of a message leads to, by the message's order and its place there. The first callback passes a message on, the other
    /// closes it.
    File(ChatId, ReadSignal<ChatView>, (u64, usize), Callback<u64>, Callback<()>),
    /// The menu of what can be sent; the first callback leads to a poll, the other closes it.
    Attach(ChatId, Callback<()>, Callback<()>),
    /// What is picked to be sent in a conversation, and the ways in which files come.
    Desk(ChatId, ReadSignal<ChatView>, NodeRef<Textarea>),
    /// The page of what a conversation has of pictures, sounds, files and links; the callback closes it.
    Gallery(ChatId, ReadSignal<ChatView>, Callback<()>),
}

part!(media: Screen => draw);

thread_local! {
    static HERE: ArcRwSignal<bool> = ArcRwSignal::new(false);
    /// What of this part tells it: to read what a message holds takes more than all that the page needs at first.
    static IS_ONCE: Cell<fn(&MessageView) -> bool> = const { Cell::new(|_| false) };
    /// The same for what was picked or spoken and not sent.
    static TAKE: Cell<fn(Session, ChatId) -> Option<String>> = const { Cell::new(|_, _| None) };
    static HAS_UNSENT: Cell<fn(Session) -> bool> = const { Cell::new(|_| false) };
}

/// Whether what a message holds may be seen once; known since this part has drawn a composer's desk.
pub(crate) fn is_once(message: &MessageView) -> bool {
    IS_ONCE.get()(message)
}

/// Whether something was picked or spoken that is not sent: leaving now would lose it.
pub(crate) fn has_unsent(session: Session) -> bool {
    HAS_UNSENT.get()(session)
}

/// What was spoken in a conversation and waits to be sent, in words. Tracks it from when the conversation was opened.
pub(crate) fn take(session: Session, chat: ChatId) -> Option<String> {
    TAKE.get()(session, chat)
}

/// Fetches it, so that what can do without it shows it as well.
pub(crate) async fn come() {
    fetch().await;
    HERE.with(|here| here.set(true));
}

/// Whether it was fetched. Tracks it.
pub(crate) fn is_here() -> bool {
    HERE.with(Clone::clone).get()
}

fn draw(screen: Screen) -> AnyView {
    match screen {
        Screen::Attachments(id, view) => bubble::attachments(id, view),
        Screen::Opened(holds) => once::opened(holds),
        Screen::Line(chat) => held::line(chat),
        Screen::Glyph(holds) => held::glyph(holds),
        Screen::Save(order, on_close) => shown::save_all(order, on_close),
        Screen::Voice(id) => voice::voice(id),
        Screen::File(id, chat, which, on_forward, on_close) => shown::shown(id, chat, which, on_forward, on_close),
        Screen::Attach(id, on_poll, on_close) => attach::menu(id, on_poll, on_close),
        Screen::Desk(id, chat, input) => {
            IS_ONCE.set(held::holds_once);
            HAS_UNSENT.set(desk::has_unsent);
            TAKE.set(desk::take);
            parcels::place(id, chat, input)
        }
        Screen::Gallery(id, chat, on_close) => gallery::gallery(id, chat, on_close),
    }
}
