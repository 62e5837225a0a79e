//! The outbox of a loaded conversation: decoded in memory, and each change a row of the journal at the same moment.

use xchat_wire::{Address, Epoch};

use crate::{
    Engine,
    api::ChatId,
    rows::Table,
    state::{self, Entry, Versioned as _, Waiting},
};

impl Engine {
    /// The entries of an outbox in order.
    pub(super) fn entries(&self, id: ChatId) -> impl Iterator<Item = (u64, &Entry)> {
        let outbox = self.held.get(&id).map(|held| held.outbox.iter());
        outbox.into_iter().flatten()
    }

    /// The first entry of an outbox that has this number or a higher one.
    pub(super) fn entry_from(&self, id: ChatId, first: u64) -> Option<(u64, &Entry)> {
        self.held.get(&id)?.outbox.first_from(first)
    }

    /// Puts a content at the end of the outbox.
    pub(super) fn queue(&mut self, id: ChatId, order: Option<u64>, content: Vec<u8>) {
        let Some(chat) = self.chats.get_mut(&id) else { return };
        let number = chat.next_entry;
        chat.next_entry += 1;
        let entry =
            Entry { version: Entry::VERSION, order, content: content.into(), state: Waiting::Queued, heard: None };
        self.put_chat_row(id, Table::Outbox, &number.to_be_bytes(), state::encode(&entry));
        self.held.entry(id).or_default().outbox.insert(number, entry);
        self.out.chats_changed.insert(id);
        self.out.pump.insert(id);
    }

    /// How an entry stands from now on.
    pub(super) fn set_waiting(&mut self, id: ChatId, number: u64, waiting: Waiting) {
        let entry = self.held.get_mut(&id).and_then(|held| held.outbox.get_mut(number));
        let Some(entry) = entry else { return };
        entry.state = waiting;
        let row = state::encode(entry);
        self.put_chat_row(id, Table::Outbox, &number.to_be_bytes(), row);
    }

    /// Takes an entry out.
    pub(super) fn delete_entry(&mut self, id: ChatId, number: u64) -> Option<Entry> {
        self.delete_chat_row(id, Table::Outbox, &number.to_be_bytes());
        self.held.get_mut(&id)?.outbox.remove(number)
    }

    /// What waits of a message, or of all, and was not sent is not sent. What is under way cannot be taken back.
    pub(super) fn drop_unsent(&mut self, id: ChatId, of: Option<u64>) {
        let meant = |order: &u64| of.is_none_or(|of| of == *order);
        let unsent =
            |entry: &Entry| entry.order.as_ref().is_some_and(meant) && !matches!(entry.state, Waiting::Sealed(_));
        let unsent: Vec<u64> = self.entries(id).filter(|(_, entry)| unsent(entry)).map(|(number, _)| number).collect();
        for number in unsent {
            if let Some(Entry { order: Some(order), content, heard, .. }) = self.delete_entry(id, number) {
                self.drop_files(id, order, &content, heard.is_some());
            }
        }
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.failed.retain(|order| !meant(order));
            chat.retried.retain(|order| !meant(order));
            self.out.chats_changed.insert(id);
        }
    }

    /// Entries that were encrypted for an epoch that has passed were never accepted: they are encrypted anew. So is what was encrypted for a room
    /// that is left (`passed`: None), but of that nobody knows here whether others have it.
    pub(super) fn requeue(&mut self, id: ChatId, log: &Address, passed: Option<Epoch>) {
        let is_over = |epoch: Epoch| passed.is_none_or(|passed| epoch <= passed);
        let void = |entry: &Entry| matches!(&entry.state, Waiting::Sealed(s) if s.log == *log && is_over(s.epoch));
        let numbers: Vec<u64> = self.entries(id).filter(|(_, entry)| void(entry)).map(|(number, _)| number).collect();
        for number in numbers {
            let entry = self.held.get_mut(&id).and_then(|held| held.outbox.get_mut(number));
            if let Some(entry) = entry.filter(|_| passed.is_none()) {
                entry.heard = Some(true);
            }
            self.set_waiting(id, number, Waiting::Queued);
        }
    }
}
