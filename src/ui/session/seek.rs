//! The way to a message that stands further up: what is missing up to it is loaded, and it is drawn.

use leptos::prelude::*;

use super::{History, Session};

/// Where a message is that is sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Among those that are drawn.
    Drawn,
    /// In memory alone.
    Held,
    /// Perhaps before all that was loaded.
    Older,
    /// It is not there.
    Nowhere,
}

impl Session {
    /// The reader wants to be at this message of the open conversation.
    pub(crate) fn seek(self, order: u64) {
        self.follow(false);
        self.sought.set(Some(order));
    }

    /// The message that the reader wants to be at.
    pub(crate) fn sought(self) -> ReadSignal<Option<u64>> {
        self.sought.read_only()
    }

    /// The reader is there, or there is no such place.
    pub(crate) fn found(self) {
        self.sought.set(None);
    }

    /// Brings a message nearer by one step; the history changes with it. Answers where it was.
    pub(crate) fn bring(self, order: u64) -> Place {
        let place = self.history.with_untracked(|history| history.place_of(order));
        match place {
            Place::Held => self.history.update(|history| history.show(order)),
            Place::Older => self.older(),
            Place::Drawn | Place::Nowhere => {}
        }
        place
    }

    /// Another conversation is open.
    pub(super) fn seek_no_more(self) {
        if self.sought.with_untracked(Option::is_some) {
            self.sought.set(None);
        }
    }
}

impl History {
    /// Where a message is.
    pub fn place_of(&self, order: u64) -> Place {
        match self.find(order) {
            Some(_) if self.drawn().iter().any(|entry| entry.order == order) => Place::Drawn,
            Some(_) => Place::Held,
            None if self.has_older() && self.oldest().is_none_or(|oldest| order < oldest) => Place::Older,
            None => Place::Nowhere,
        }
    }
}
