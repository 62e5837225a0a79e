//! Messages that go: by their timer on each side for itself, or because this person deletes them here.

use super::{act::What, message::alone};
use crate::{
    Engine,
    api::{ChatId, Event},
    content::{Expiry, Timer},
    rows::{Scope, Table},
    state::{RowChange, key},
};
use openmls_traits::OpenMlsProvider as _;

/// Messages of one conversation that vanish in one step.
const SWEEP: usize = 200;

impl Engine {
    /// How long new messages of a conversation live after they were read, in seconds.
    pub(super) fn default_timer(&self, id: ChatId) -> Option<u32> {
        let chat = self.chats.get(&id)?;
        chat.group().map_or(chat.timer, |head| head.state.timer)
    }

    pub(super) fn set_default_timer(&mut self, id: ChatId, timer: Timer) {
        // A group's timer is its state's.
        let Some(chat) = self.chats.get_mut(&id).filter(|chat| chat.group().is_none()) else { return };
        chat.timer = timer.seconds();
        self.out.chats_changed.insert(id);
    }

    /// A message has come, or was written: it waits to be read, or for its hour.
    pub(super) fn begin_timer(&mut self, id: ChatId, order: u64, expires: Option<Expiry>) {
        let now = self.now;
        let timers = &mut self.held.entry(id).or_default().timers;
        let changes = match expires {
            None => return,
            Some(Expiry::Relative(seconds)) => timers.wait(order, seconds),
            Some(Expiry::Absolute(seconds)) => timers.at(order, u64::from(seconds) * 1000, now),
        };
        self.put_timers(id, changes);
    }

    /// A message vanishes at this time, Unix milliseconds.
    pub(super) fn vanish_at(&mut self, id: ChatId, order: u64, time: u64) {
        let now = self.now;
        let changes = self.held.entry(id).or_default().timers.at(order, time, now);
        self.put_timers(id, changes);
    }

    /// A message was read (theirs), or has reached the relay (own).
    pub(super) fn start_timer(&mut self, id: ChatId, order: u64) {
        let now = self.now;
        let changes = self.held.get_mut(&id).map(|held| held.timers.start(order, now)).unwrap_or_default();
        if !changes.is_empty() {
            self.put_timers(id, changes);
            // The page counts down from now.
            self.will(id, What::Show { order });
        }
    }

    /// A message is gone, or holds nothing any more.
    pub(super) fn stop_timer(&mut self, id: ChatId, order: u64) {
        let changes = self.held.get_mut(&id).map(|held| held.timers.forget(order)).unwrap_or_default();
        self.put_timers(id, changes);
    }

    /// All messages are gone.
    pub(super) fn stop_timers(&mut self, id: ChatId) {
        let changes = self.held.get_mut(&id).map(|held| held.timers.clear()).unwrap_or_default();
        self.put_timers(id, changes);
    }

    fn put_timers(&mut self, id: ChatId, changes: Vec<RowChange>) {
        for (row, value) in changes {
            match value {
                Some(value) => self.put_chat_row(id, Table::State, &row, value),
                None => self.delete_chat_row(id, Table::State, &row),
            }
        }
        let next = self.held.get(&id).and_then(|held| held.timers.next());
        if let Some(chat) = self.chats.get_mut(&id).filter(|chat| chat.sweep_at != next) {
            chat.sweep_at = next;
            self.out.chats_changed.insert(id);
        }
    }

    /// Conversations in which messages are due to vanish.
    pub(crate) fn chats_to_sweep(&self) -> impl Iterator<Item = ChatId> {
        let due = |sweep_at: Option<u64>| sweep_at.is_some_and(|at| at <= self.now);
        self.chats
            .values()
            .filter(move |chat| due(chat.sweep_at) && !self.damaged.contains(&chat.id))
            .map(|chat| chat.id)
    }

    /// Lets messages go whose time has come, where their conversations are loaded; the next tick loads the others.
    pub(crate) fn sweep(&mut self) {
        let chats: Vec<ChatId> = self.chats_to_sweep().collect();
        for id in chats {
            let due = self.held.get(&id).map(|held| held.timers.due(self.now, SWEEP)).unwrap_or_default();
            for order in due {
                self.will(id, What::Vanish { order });
            }
        }
    }

    /// When messages vanish next. Where they are due and could not go yet, that is soon.
    pub(super) fn next_sweep(&self) -> Option<u64> {
        let soon = self.now + 1;
        let whole = self.chats.values().filter(|chat| !self.damaged.contains(&chat.id));
        whole.filter_map(|chat| chat.sweep_at).min().map(|at| at.max(soon))
    }

    /// Deletes a message from this device, with all that is known of it. Its row is here, if there is one.
    pub(super) fn erase(&mut self, id: ChatId, order: u64) {
        let row = order.to_be_bytes();
        if let Some(stored) = self.stored(id, order) {
            for other in stored.id.into_iter().chain(stored.other_ids()) {
                self.delete_chat_row(id, Table::Ids, other.as_bytes());
                for prefix in [key::OWN, key::ONCE] {
                    self.delete_chat_row(id, Table::State, &key::of(prefix, other.as_bytes()));
                }
            }
        }
        self.stop_timer(id, order);
        let here = self.provider.storage().journal().get(Scope::Chat(id), Table::Messages, &row).is_some();
        if !here {
            return;
        }
        self.delete_chat_row(id, Table::Messages, &row);
        self.delete_chat_row(id, Table::Receipts, &row);
        self.forget_unseen(id, order);
        self.unpin(id, order);
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.behind.retain(|behind| behind.order != order);
            if chat.last.as_ref().is_some_and(|last| last.order == order) {
                self.will(id, What::Last);
            }
        }
        self.out.chats_changed.insert(id);
        self.out.events.push(Event::MessageGone { chat: id, order });
    }

    /// What the list shows of a conversation, after its latest message has gone.
    pub(super) fn repair_last(&mut self, id: ChatId) {
        let Ok(left) = self.latest_left(id) else { return };
        let last = left.and_then(|order| {
            let stored = self.stored(id, order)?;
            Some(alone(self.message_view(&self.chats[&id], order, &stored), &stored))
        });
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.last = last;
            self.out.chats_changed.insert(id);
        }
    }
}
