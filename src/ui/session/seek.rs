//! The way to a message that is not on the screen: what is missing up to it is loaded, or what stands around it where that would be
//! much, and it is drawn.

use leptos::prelude::*;

use super::history::Asked;
use super::{History, MAX_SHOWN, STEP, Session};

/// A message that stands so many places before the first is reached page by page, and what is here stays.
const NEAR: u64 = MAX_SHOWN as u64;

/// Where a message is that is sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Among those that are drawn.
    Drawn,
    /// In memory alone.
    Held,
    /// Perhaps before all that was loaded, or after it.
    Away,
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
            Place::Away => self.reach(order),
            Place::Drawn | Place::Nowhere => {}
        }
        place
    }

    /// Loads a step of the way to a message that is not here. Whatever else was asked for is waited for no longer, if it is far.
    pub(crate) fn reach(self, order: u64) {
        let Some(chat) = self.open.get_untracked() else { return };
        if self.history.with_untracked(|history| history.is_near(order)) {
            self.older();
        } else if !self.history.with_untracked(|history| history.asked == Some(Asked::Around(order))) {
            let before = self.history.try_update(|history| history.around(order));
            self.load(chat, before);
        }
    }

    /// Another conversation is open, or its end is wanted.
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
            None if self.missing == Some(order) => Place::Nowhere,
            None if self.has_older() && self.oldest().is_none_or(|oldest| order < oldest) => Place::Away,
            None if self.end.is_some_and(|end| order >= end) => Place::Away,
            None => Place::Nowhere,
        }
    }

    /// Asks for what stands around a message. Answers the order before which a page must be loaded.
    pub fn around(&mut self, order: u64) -> u64 {
        self.asked = Some(Asked::Around(order));
        after(order)
    }

    /// Whether what stands between a message and all that is here is little, or all that can be loaded.
    fn is_near(&self, order: u64) -> bool {
        let before = |oldest: u64| order < oldest && (oldest - order <= NEAR || self.missing == Some(order));
        self.oldest().is_none_or(before)
    }

    /// Whether the reader waits to be at the end.
    pub(super) fn returns(&self) -> bool {
        self.end.is_some() && self.asked == Some(Asked::Last)
    }
}

/// Where a page ends that has a message in its middle.
pub(super) fn after(order: u64) -> u64 {
    order.saturating_add(STEP as u64 / 2)
}
