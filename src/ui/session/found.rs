//! Looking for messages. What happens goes to whoever asked, as it comes: only a part of the page knows what is found, and what else
//! changes that.

use std::rc::Rc;

use leptos::prelude::*;
use xchat_engine::api::{ChatId, Command, Event};

use super::Session;

/// Hears what happens; false: nobody listens any more.
pub(super) type Ear = Rc<dyn Fn(&Event) -> bool>;

impl Session {
    /// Asks for messages. The number is the asker's own; `from` is where an earlier answer stopped.
    pub(crate) fn look_for(self, search: u32, query: String, chat: Option<ChatId>, from: Option<Vec<u8>>) {
        self.send(Command::Search { search, query, chat, from: from.map(Into::into) });
    }

    /// Asks how what is written would show. The number is the asker's own.
    pub(crate) fn look_at(self, preview: u32, chat: ChatId, text: &str) {
        self.send(Command::Preview { preview, chat, text: self.spelled(chat, text) });
    }

    /// Asks who is blocked.
    pub(crate) fn ask_blocked(self) {
        self.send(Command::Blocked);
    }

    /// A number that no other search, preview or message of this page has.
    pub(crate) fn search_number(self) -> u32 {
        self.next_tag()
    }

    /// Hears what happens from now on, before the page shows it, until it answers false.
    pub(crate) fn hear(self, ear: impl Fn(&Event) -> bool + 'static) {
        self.aside(|aside| aside.ears.push(Rc::new(ear)));
    }

    pub(super) fn is_heard(self, event: &Event) {
        // Whoever listens may ask for something meanwhile, and others may begin to listen.
        let mut ears = self.aside(|aside| std::mem::take(&mut aside.ears));
        ears.retain(|ear| ear(event));
        self.aside(|aside| {
            ears.append(&mut aside.ears);
            aside.ears = ears;
        });
    }

    /// The conversation that is being searched.
    pub(crate) fn searched(self) -> Option<ChatId> {
        self.searched.get()
    }

    /// Searches the open conversation, or no more. Answers whether one is open.
    pub(crate) fn search_open(self, on: bool) -> bool {
        let open = self.open.get_untracked();
        self.searched.set(open.filter(|_| on));
        open.is_some()
    }

    /// Searches a conversation that is about to open.
    pub(crate) fn search_in(self, chat: ChatId) {
        self.searched.set(Some(chat));
    }

    /// Whether a conversation is open and its messages are here. Tracks it.
    pub(crate) fn reads(self, chat: ChatId) -> bool {
        self.open.get() == Some(chat) && self.history.with(super::History::loaded)
    }
}
