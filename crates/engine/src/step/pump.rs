//! The pump: moves what waits in a conversation's outbox towards its log, one thing after another.
//!
//! A content is encrypted only when its log is caught up in the current epoch, and from then on the same bytes go out under
//! the same post id until they are read back or the epoch has passed. A commit goes alone: while one is under way nothing is
//! encrypted, since its success would void it.

use openmls_traits::OpenMlsProvider as _;
use xchat_wire::{Address, Epoch, PostId};

use crate::{
    Engine,
    api::{ChatId, Event, Mark, Problem},
    rows::{Scope, Table},
    state::{Entry, Room, Secret, Waiting, key},
};

/// A due renewal of the leaf waits for a quiet moment no longer than this, in milliseconds: 1 day.
const UPDATE_PATIENCE_MS: u64 = 24 * 3600 * 1000;

/// A relay that has no room is asked again after this, in milliseconds: 5 minutes. Retention and acknowledgements make room slowly.
const FULL_AGAIN_MS: u64 = 5 * 60 * 1000;

impl Engine {
    /// Sends what may go now. The conversation's rows must be loaded.
    pub(crate) fn pump(&mut self, id: ChatId) {
        if self.connection.is_none() || !self.provider.storage().journal().is_loaded(Scope::Chat(id)) {
            return;
        }
        self.drop_awaiting(id);
        self.take_late(id);
        self.end_left(id);
        self.ask_to_rejoin(id);
        self.tend_cell(id);
        self.end_full(id);
        let Some(chat) = self.chats.get(&id).filter(|chat| self.is_active(chat)) else { return };
        if self.damaged.contains(&id) {
            return;
        }
        let logs: Vec<Address> = chat.rooms.iter().map(|room| room.log).collect();
        self.tell_lacking(id, &logs);
        for log in &logs {
            self.resend_commit(id, log);
        }
        let waiting = self.entries(id).any(|(_, entry)| !matches!(entry.state, Waiting::Failed));
        let chat = &self.chats[&id];
        if self.needs_fresh_room(chat) || (waiting && chat.current.is_none()) {
            self.make_room(id);
        }
        let Some(current) = self.chats[&id].current else { return };
        // Nothing but their removal is allowed before those who broke the rules are out, and they read what is written until then.
        if self.chats[&id].room(&current).is_some_and(|room| !room.accused.is_empty()) {
            if self.ready(id, &current) {
                self.take_up_proposals(id, &current);
            }
            return;
        }
        if self.ready(id, &current)
            && (self.take_up_proposals(id, &current)
                || self.take_revoked_out(id, &current)
                || self.bring_own_first(id, &current)
                || self.do_wanted(id, &current)
                || self.bring_devices_in_line(id, &current)
                || self.waits_for_devices(id))
        {
            return;
        }
        if self.update_is_timely(id, waiting) && self.ready(id, &current) {
            self.update_leaf(id, &current);
            return;
        }
        self.tell_new_devices(id);
        self.send_entries(id, &current);
    }

    /// Whether a log can take messages: caught up, and no own commit under way.
    pub(super) fn ready(&self, id: ChatId, log: &Address) -> bool {
        let caught_up = self.connection.as_ref().is_some_and(|connection| connection.caught_up.contains_key(log));
        let journal = self.provider.storage().journal();
        caught_up && journal.get(Scope::Chat(id), Table::State, &key::commit(log)).is_none()
    }

    fn update_is_timely(&self, id: ChatId, waiting: bool) -> bool {
        let chat = &self.chats[&id];
        // Others renew the group when they take this one out.
        if chat.is_leaving() {
            return false;
        }
        let overdue =
            chat.current_room().is_some_and(|room| room.update_at.saturating_add(UPDATE_PATIENCE_MS) <= self.now);
        self.update_due(chat) && (!waiting || overdue)
    }

    /// The relay has no room: nothing was done, and what waits stays as it is until it is asked again.
    pub(super) fn wait_for_room(&mut self, id: ChatId) {
        if let Some(connection) = &mut self.connection {
            connection.full.insert(id, self.now + FULL_AGAIN_MS);
        }
    }

    /// Whether a relay that had no room for a conversation is to be asked again.
    pub(super) fn full_is_over(&self, id: ChatId) -> bool {
        self.connection.as_ref().and_then(|connection| connection.full.get(&id)).is_some_and(|at| *at <= self.now)
    }

    /// Lets everything that waits go out once more on this connection: the same bytes under the same post ids.
    fn end_full(&mut self, id: ChatId) {
        if !self.full_is_over(id) {
            return;
        }
        let sealed = |(_, entry): (u64, &Entry)| match &entry.state {
            Waiting::Sealed(sealed) => Some(sealed.post),
            Waiting::Queued | Waiting::Failed => None,
        };
        let posts: Vec<PostId> = self.entries(id).filter_map(sealed).collect();
        let logs: Vec<Address> = self.chats.get(&id).iter().flat_map(|chat| &chat.rooms).map(|room| room.log).collect();
        let Some(connection) = &mut self.connection else { return };
        connection.full.remove(&id);
        posts.iter().for_each(|post| _ = connection.sent.remove(post));
        for log in &logs {
            connection.commits.remove(log);
            connection.proposed.remove(log);
        }
    }

    /// A failed message back into the queue.
    pub(super) fn retry(&mut self, id: ChatId, order: u64) -> Result<(), Problem> {
        let found = self.entries(id).find(|(_, entry)| entry.order == Some(order));
        let (number, entry) = found.map(|(number, entry)| (number, entry.clone())).ok_or(Problem::NoChat)?;
        if !matches!(entry.state, Waiting::Failed) {
            return Ok(());
        }
        // It goes to the end: what was encrypted after it stays before it.
        self.delete_entry(id, number);
        self.retry_files(id, order);
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.failed.retain(|failed| *failed != order);
            chat.retried.retain(|retried| *retried != order);
            chat.retried.push(order);
        }
        self.queue(id, entry.order, entry.content.into());
        self.out.chats_changed.insert(id);
        self.out.pump.insert(id);
        self.show_mark(id, order);
        Ok(())
    }

    /// Shows how far an own message has come.
    pub(super) fn show_mark(&mut self, id: ChatId, order: u64) {
        let Some(chat) = self.chats.get(&id) else { return };
        let mark = self.shown_mark(chat.mark(order));
        match mark {
            Mark::Failed | Mark::Pending => {
                // A single message goes down or back: the page gets it by its order.
                self.out.events.push(Event::MarkedOne { chat: id, order, mark });
            }
            _ => self.raise_marks(id, order, mark),
        }
    }

    /// Raises the marks up to `upto`; a message that is tried again, or that reports left out, stays what it is.
    pub(super) fn raise_marks(&mut self, id: ChatId, upto: u64, mark: Mark) {
        let mark = self.shown_mark(mark);
        self.out.events.push(Event::Marked { chat: id, upto, mark });
        let Some(chat) = self.chats.get(&id) else { return };
        let apart = chat.retried.iter().chain(chat.behind.iter().map(|behind| &behind.order));
        for order in apart.copied().filter(|order| *order <= upto) {
            let mark = self.shown_mark(chat.mark(order));
            self.out.events.push(Event::MarkedOne { chat: id, order, mark });
        }
    }
}

/// A copy of a room's address and epoch for a proof.
pub(super) fn place(room: &Room) -> (Address, Epoch, Secret) {
    (room.log, room.epoch, room.access.clone())
}
