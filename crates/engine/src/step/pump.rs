//! The pump: moves what waits in a conversation's outbox towards its log, one thing after another.
//!
//! A content is encrypted only when its log is caught up in the current epoch, and from then on the same bytes go out under
//! the same post id until they are read back or the epoch has passed. A commit goes alone: while one is under way nothing is
//! encrypted, since its success would void it.

use openmls_traits::OpenMlsProvider as _;
use xchat_wire::{Address, ClientFrame, Epoch, Post, PostId, Refusal, Reply, Right};

use crate::{
    Engine,
    api::{ChatId, ChatState, Event, Mark, Problem},
    card::WriterSeed,
    connection::Purpose,
    mls::MlsError,
    rows::{Scope, Table},
    state::{self, Delivery, Entry, PendingCommit, Room, Sealed, Secret, Versioned as _, Waiting, key},
};

/// Messages of one conversation that are sent and not yet read back.
const WINDOW: usize = 32;
/// A due renewal of the leaf waits for a quiet moment no longer than this, in milliseconds: 1 day.
const UPDATE_PATIENCE_MS: u64 = 24 * 3600 * 1000;

impl Engine {
    pub(super) fn pending_commit(&self, chat: ChatId, log: &Address) -> Option<PendingCommit> {
        let journal = self.provider.storage().journal();
        let row = journal.get(Scope::Chat(chat), Table::State, &key::commit(log))?;
        state::decode(row).ok()
    }

    /// Sends what may go now. The conversation's rows must be loaded.
    pub(crate) fn pump(&mut self, id: ChatId) {
        if self.connection.is_none() || !self.provider.storage().journal().is_loaded(Scope::Chat(id)) {
            return;
        }
        let Some(chat) = self.chats.get(&id).filter(|chat| chat.state == ChatState::Open) else { return };
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
        if self.update_is_timely(id, waiting) && self.ready(id, &current) {
            self.update_leaf(id, &current);
            return;
        }
        self.send_entries(id, &current);
    }

    /// Whether a log can take messages: caught up, and no own commit under way.
    fn ready(&self, id: ChatId, log: &Address) -> bool {
        let caught_up = self.connection.as_ref().is_some_and(|connection| connection.caught_up.contains(log));
        let journal = self.provider.storage().journal();
        caught_up && journal.get(Scope::Chat(id), Table::State, &key::commit(log)).is_none()
    }

    fn update_is_timely(&self, id: ChatId, waiting: bool) -> bool {
        let chat = &self.chats[&id];
        let overdue = chat.current_room().is_some_and(|room| room.update_at + UPDATE_PATIENCE_MS <= self.now);
        self.update_due(chat) && (!waiting || overdue)
    }

    fn send_entries(&mut self, id: ChatId, current: &Address) {
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
                    if !self.ready(id, current) {
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
        let signer = self.account.as_ref()?.signer();
        let body = self
            .with_group(id, log, |group, provider| group.encrypt(provider, &signer, super::log::point(&room), content));
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
        let under_way = |entry: &Entry| matches!(&entry.state, Waiting::Sealed(sealed) if sealed.post == post);
        let entry = self.held.get(&id).and_then(|held| held.outbox.get(&number)).filter(|entry| under_way(entry));
        let Some(entry) = entry else { return };
        let Some(order) = entry.order else { return self.delete_entry(id, number) };
        self.set_waiting(id, number, Waiting::Failed);
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.failed.push(order);
            self.out.chats_changed.insert(id);
            self.show_mark(id, order);
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

    /// Stages a renewal of this device's leaf and sends it.
    fn update_leaf(&mut self, id: ChatId, log: &Address) {
        let Some(signer) = self.account.as_ref().map(state::Account::signer) else { return };
        match self.with_group(id, log, |group, provider| group.update(provider, &signer)) {
            Ok(added) => {
                self.put_commit(id, log, added.commit, added.next_access.into(), Vec::new());
                self.resend_commit(id, log);
            }
            Err(_) => self.lose_room(id, log),
        }
    }

    /// Stores a staged commit, so that it goes out as these bytes however often.
    pub(super) fn put_commit(
        &mut self,
        id: ChatId,
        log: &Address,
        body: Vec<u8>,
        next_access: Secret,
        welcomes: Vec<Delivery>,
    ) {
        let Some(epoch) = self.chats[&id].room(log).map(|room| room.epoch) else { return };
        let next_key = ed25519_dalek::SigningKey::from_bytes(next_access.bytes()).verifying_key().to_bytes();
        let commit = PendingCommit {
            version: PendingCommit::VERSION,
            epoch,
            post: PostId::new(self.provider.rand().bytes()),
            body: body.into(),
            next_access,
            next_key: xchat_wire::PublicKey::new(next_key),
            welcomes,
        };
        self.put_chat_row(id, Table::State, &key::commit(log), state::encode(&commit));
        self.out.chats_changed.insert(id);
    }

    /// Sends a room's stored commit once on this connection.
    pub(super) fn resend_commit(&mut self, id: ChatId, log: &Address) {
        let Some(commit) = self.pending_commit(id, log) else { return };
        let Some(connection) = &mut self.connection else { return };
        if !connection.commits.insert(*log) {
            return;
        }
        let welcomes = commit
            .welcomes
            .iter()
            .filter_map(|delivery| {
                let key = WriterSeed::new(*delivery.writer.bytes()).signing_key();
                let proof = self.prove(&key, Right::InboxWriter, &delivery.inbox, Epoch(0))?;
                let (inbox, post, body) = (delivery.inbox, delivery.post, delivery.body.clone());
                Some(Post { inbox, proof, post, body, ttl: None })
            })
            .collect();
        let PendingCommit { epoch, post, body, next_key, .. } = commit;
        self.ask(Purpose::Commit { chat: id, log: *log }, |request| ClientFrame::Commit {
            request,
            log: *log,
            epoch,
            post,
            body,
            next_key,
            welcomes,
        });
    }

    /// The relay's word on a commit. What counts is the log; only a refusal is acted upon.
    pub(super) fn committed(&mut self, id: ChatId, log: Address, reply: Reply) {
        let Reply::Refused { .. } = reply else { return };
        let has_welcomes = self.pending_commit(id, &log).is_some_and(|commit| !commit.welcomes.is_empty());
        if has_welcomes {
            // Their inbox is not there (any more): the room reaches nobody. A new try reads their card anew.
            self.lose_room(id, &log);
            self.retry_later(id);
        } else {
            self.drop_commit(id, &log);
        }
    }

    /// Forgets a staged commit, its row and its group's part of it: it can never be accepted.
    pub(super) fn clear_commit(&mut self, id: ChatId, log: &Address) -> Result<(), MlsError> {
        self.delete_chat_row(id, Table::State, &key::commit(log));
        if let Some(connection) = &mut self.connection {
            connection.commits.remove(log);
        }
        self.with_group(id, log, |group, provider| group.clear_own(provider))
    }

    /// The relay refused a commit for good.
    fn drop_commit(&mut self, id: ChatId, log: &Address) {
        if self.clear_commit(id, log).is_err() {
            self.lose_room(id, log);
        }
        // A refused renewal is tried again on schedule, not at once.
        if let Some(room) = self.chats.get_mut(&id).and_then(|chat| chat.room_mut(log)) {
            room.update_at = self.now + UPDATE_PATIENCE_MS;
        }
        self.out.chats_changed.insert(id);
        self.out.pump.insert(id);
    }

    /// Shows how far an own message has come.
    pub(super) fn show_mark(&mut self, id: ChatId, order: u64) {
        let Some(chat) = self.chats.get(&id) else { return };
        let mark = chat.mark(order);
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
        self.out.events.push(Event::Marked { chat: id, upto, mark });
        let Some(chat) = self.chats.get(&id) else { return };
        let apart = chat.retried.iter().chain(chat.behind.iter().map(|behind| &behind.order));
        for order in apart.copied().filter(|order| *order <= upto) {
            self.out.events.push(Event::MarkedOne { chat: id, order, mark: chat.mark(order) });
        }
    }
}

/// A copy of a room's address and epoch for a proof.
pub(super) fn place(room: &Room) -> (Address, Epoch, Secret) {
    (room.log, room.epoch, room.access.clone())
}
