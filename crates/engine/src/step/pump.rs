//! The pump: moves what waits in a conversation's outbox towards its log, one thing after another.
//!
//! A content is encrypted only when its log is caught up in the current epoch, and from then on the same bytes go out under
//! the same post id until they are read back or the epoch has passed. A commit goes alone: while one is under way nothing is
//! encrypted, since its success would void it.

use openmls_traits::OpenMlsProvider as _;
use xchat_wire::{Address, ClientFrame, Epoch, PostId, Refusal, Reply};

use super::amend::is_about_another;
use crate::{
    Engine,
    api::{ChatId, Event, Mark, Problem},
    connection::Purpose,
    content::Message,
    rows::{Scope, Table},
    state::{Entry, Room, Sealed, Secret, Waiting, key},
};

/// Messages of one conversation that are sent and not yet read back.
const WINDOW: usize = 32;
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
        self.do_deferred(id);
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
        for log in &logs {
            self.resend_commit(id, log);
        }
        let waiting = self.entries(id).any(|(_, entry)| !matches!(entry.state, Waiting::Failed));
        let Some(current) = self.chats[&id].current else {
            if waiting || self.chats[&id].renewing {
                self.make_room(id);
            }
            return;
        };
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
        self.send_entries(id, &current);
    }

    /// Whether a log can take messages: caught up, and no own commit under way.
    pub(super) fn ready(&self, id: ChatId, log: &Address) -> bool {
        let caught_up = self.connection.as_ref().is_some_and(|connection| connection.caught_up.contains(log));
        let journal = self.provider.storage().journal();
        caught_up && journal.get(Scope::Chat(id), Table::State, &key::commit(log)).is_none()
    }

    fn update_is_timely(&self, id: ChatId, waiting: bool) -> bool {
        let chat = &self.chats[&id];
        // Others renew the group when they take this one out.
        if chat.group().is_some_and(|head| head.leaving) {
            return false;
        }
        let overdue =
            chat.current_room().is_some_and(|room| room.update_at.saturating_add(UPDATE_PATIENCE_MS) <= self.now);
        self.update_due(chat) && (!waiting || overdue)
    }

    fn send_entries(&mut self, id: ChatId, current: &Address) {
        // What follows would be refused too, or overtake what was.
        if self.connection.as_ref().is_some_and(|connection| connection.full.contains_key(&id)) {
            return;
        }
        let proposed = self.with_group(id, current, |group, _| Ok(group.has_proposals())).unwrap_or_default();
        let mut under_way = 0;
        let mut next = 0;
        while under_way < WINDOW
            && let Some((number, entry)) = self.entry_from(id, next)
        {
            next = number + 1;
            match &entry.state {
                Waiting::Failed => continue,
                Waiting::Sealed(sealed) => {
                    let log = sealed.log;
                    if !self.ready(id, &log) {
                        // What follows must not overtake it.
                        break;
                    }
                }
                Waiting::Queued => {
                    // A commit takes up first what members have proposed: this device's when its turn comes, or another's.
                    if proposed || !self.ready(id, current) {
                        break;
                    }
                    let content = entry.content.clone();
                    let Some(sealed) = self.seal_entry(id, current, &content) else { break };
                    self.set_waiting(id, number, Waiting::Sealed(sealed));
                }
            }
            under_way += 1;
            self.send_sealed(id, number);
        }
    }

    /// Encrypts a content for the current epoch. None: the group does not work any more; its room was given up.
    fn seal_entry(&mut self, id: ChatId, log: &Address, content: &[u8]) -> Option<Sealed> {
        let room = self.chats[&id].room(log)?.clone();
        let bearer = self.account.as_ref()?.bearer(self.now)?;
        let body = self
            .with_group(id, log, |group, provider| group.encrypt(provider, &bearer, super::log::point(&room), content));
        let post = PostId::new(self.provider.rand().bytes());
        match body {
            Ok(body) => Some(Sealed { log: *log, epoch: room.epoch, post, body: body.into() }),
            Err(_) => {
                self.lose_room(id, log);
                None
            }
        }
    }

    /// Sends a sealed entry once on this connection.
    fn send_sealed(&mut self, id: ChatId, entry: u64) {
        let held = self.held.get(&id).and_then(|held| held.outbox.get(&entry));
        let Some(Waiting::Sealed(sealed)) = held.map(|entry| &entry.state) else { return };
        let Some(connection) = &mut self.connection else { return };
        if !connection.sent.insert(sealed.post) {
            return;
        }
        let Sealed { log, epoch, post, body } = sealed.clone();
        self.ask(Purpose::Append { chat: id, entry, post }, |request| ClientFrame::Append {
            request,
            log,
            epoch,
            post,
            body,
            ttl: None,
        });
    }

    /// The relay's word on an append. `Accepted` and `Stale` need nothing: the log itself tells what became of it.
    pub(super) fn appended(&mut self, id: ChatId, number: u64, post: PostId, reply: Reply) {
        let Reply::Refused { reason } = reply else { return };
        if reason == Refusal::Denied {
            // The right was lost on this connection; another one proves it anew.
            self.out.reconnect = Some(2_000);
            return;
        }
        if reason == Refusal::Full {
            return self.wait_for_room(id);
        }
        let under_way = |entry: &Entry| matches!(&entry.state, Waiting::Sealed(sealed) if sealed.post == post);
        let entry = self.held.get(&id).and_then(|held| held.outbox.get(&number)).filter(|entry| under_way(entry));
        let Some(entry) = entry else { return };
        let Some(order) = entry.order else {
            let act = Message::decode(&entry.content).is_ok_and(|message| is_about_another(&message));
            self.delete_entry(id, number);
            // A report or a profile is no loss to anybody.
            if act {
                self.refuse(Problem::NotSent);
            }
            return;
        };
        self.set_waiting(id, number, Waiting::Failed);
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.failed.push(order);
            self.out.chats_changed.insert(id);
            self.show_mark(id, order);
        }
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
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.failed.retain(|failed| *failed != order);
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
