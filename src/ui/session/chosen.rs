//! Messages of the open conversation that are chosen, to do something with all of them at once.

use leptos::prelude::*;
use xchat_engine::api::ChatId;

use super::Session;

/// Most that are chosen at once: what is done with them is a command each.
pub const MAX_CHOSEN: usize = 100;

impl Session {
    /// The orders of those that are chosen, from old to new; none while nothing is.
    pub(crate) fn chosen(self) -> ReadSignal<Option<Vec<u64>>> {
        self.chosen.read_only()
    }

    /// Chooses a message, or takes that back. With the last one choosing is over.
    pub(crate) fn choose(self, order: u64) {
        self.chosen.update(|chosen| {
            let mut orders = chosen.take().unwrap_or_default();
            match orders.binary_search(&order) {
                Ok(at) => {
                    orders.remove(at);
                }
                Err(at) if orders.len() < MAX_CHOSEN => orders.insert(at, order),
                Err(_) => {}
            }
            *chosen = Some(orders).filter(|orders| !orders.is_empty());
        });
    }

    /// Nothing is chosen any more.
    pub(crate) fn choose_none(self) {
        if self.chosen.with_untracked(Option::is_some) {
            self.chosen.set(None);
        }
    }

    /// Deletes messages here, or for everybody.
    pub(crate) fn delete_messages(self, chat: ChatId, orders: &[u64], for_all: bool) {
        for order in orders.iter().copied() {
            match for_all {
                true => self.delete_for_all(chat, order),
                false => self.delete_for_me(chat, order),
            }
        }
    }
}
