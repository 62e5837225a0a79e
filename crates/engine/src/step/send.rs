//! One message on its way out: from the words to the place in the log that all members read.
//!
//! The path: what was typed is checked and becomes a MIMI content -> it is stored, shown and queued in one step -> when its conversation's
//! turn comes (`pump.rs`) it is encrypted for the room's epoch and that is stored -> only then it goes to the relay -> the relay refuses
//! it, or the log brings it back: then it is sent.

use openmls_traits::OpenMlsProvider as _;
use xchat_wire::{Address, ClientFrame, PostId, Record, Refusal, Reply};

use super::amend::is_about_another;
use crate::{
    Engine,
    api::{ChatId, ChatState, MAX_TEXT, Problem},
    connection::Purpose,
    content::{MAX_MESSAGE, Message, Status, StatusReport},
    state::{Entry, Sealed, Stored, StoredBody, Waiting},
};

/// Messages of one conversation that are sent and not yet read back.
const WINDOW: usize = 32;

impl Engine {
    /// Writes a text.
    pub(super) fn send_text(&mut self, id: ChatId, text: &str) -> Result<(), Problem> {
        self.may_write(id)?;
        check_text(text)?;
        let message = self.timed(id, Message::text(self.salt(), text));
        self.write(id, &message, None)?;
        self.drop_draft(id);
        Ok(())
    }

    /// Whether this person may write in a conversation.
    pub(super) fn may_write(&self, id: ChatId) -> Result<(), Problem> {
        let chat = self.chats.get(&id);
        if chat.is_some_and(|chat| !chat.is_in() || chat.is_leaving()) {
            return Err(Problem::NotAMember);
        }
        match chat.map(|chat| chat.state) {
            Some(ChatState::New | ChatState::Open) => Ok(()),
            // The page offers no composer there.
            Some(ChatState::Request | ChatState::Blocked) | None => Err(Problem::NoChat),
        }
    }

    /// Writes a message: stored, shown and queued in one step. Its order.
    pub(super) fn write(&mut self, id: ChatId, message: &Message, quoted: Option<u64>) -> Result<u64, Problem> {
        self.may_write(id)?;
        let bytes = message.encode();
        if bytes.len() > MAX_MESSAGE {
            return Err(Problem::Text);
        }
        if let Some(chat) = self.chats.get_mut(&id).filter(|chat| chat.state == ChatState::New) {
            chat.state = ChatState::Open;
        }
        let message_id = self.own_message_id(id, &bytes, message);
        let body = StoredBody::Content { bytes: bytes.clone().into() };
        let stored = Stored { id: Some(message_id), quoted, ..Stored::new(true, self.now, body) };
        let order = self.add_message(id, &stored).ok_or(Problem::NoChat)?;
        self.index_own(id, &message_id, order);
        self.begin_timer(id, order, message.expires);
        self.queue(id, Some(order), bytes);
        Ok(order)
    }

    /// Encrypts and sends what waits in the outbox, in its order, as far as the room takes it now.
    pub(super) fn send_entries(&mut self, id: ChatId, current: &Address) {
        // What follows would be refused too, or overtake what was.
        if self.connection.as_ref().is_some_and(|connection| connection.full.contains_key(&id)) {
            return;
        }
        let proposed = self.with_group(id, current, |group, _| Ok(group.has_proposals())).unwrap_or_default();
        let mut under_way = 0;
        let mut next = 0;
        // Messages that wait for their files, and what is about them: that would mean nothing to those who do not have them.
        let mut behind = Vec::new();
        while under_way < WINDOW
            && let Some((number, entry)) = self.entry_from(id, next)
        {
            next = number + 1;
            match &entry.state {
                Waiting::Failed => continue,
                // It is overtaken until the relay has its files.
                Waiting::Queued if self.waits_for_files(id, entry, &behind) => {
                    let (order, content) = (entry.order, entry.content.clone());
                    self.overtaken(id, order, &content, &mut behind);
                    continue;
                }
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
        let held = self.held.get(&id).and_then(|held| held.outbox.get(entry));
        let Some(Waiting::Sealed(sealed)) = held.map(|entry| &entry.state) else { return };
        let Some(connection) = &mut self.connection else { return };
        if !connection.sent.insert(sealed.post) {
            return;
        }
        let sealed = sealed.clone();
        self.append(Purpose::Append { chat: id, entry, post: sealed.post }, sealed);
    }

    /// Asks the relay to append what is sealed to its log.
    pub(super) fn append(&mut self, purpose: Purpose, Sealed { log, epoch, post, body }: Sealed) {
        self.ask(purpose, |request| ClientFrame::Append { request, log, epoch, post, body, ttl: None });
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
        let entry = self.held.get(&id).and_then(|held| held.outbox.get(number)).filter(|entry| under_way(entry));
        let Some(entry) = entry else { return };
        let Some(order) = entry.order else {
            let message = Message::decode(&entry.content);
            // That something was opened is to be known: it is said again on the next connection. Any other report, or a profile, is no loss to
            // anybody.
            if message.as_ref().is_ok_and(says_opened) {
                return;
            }
            self.delete_entry(id, number);
            if message.is_ok_and(|message| is_about_another(&message)) {
                self.refuse(Problem::NotSent);
            }
            return;
        };
        self.fail(id, number, order);
    }

    /// A message cannot be sent, and waits for the person.
    pub(super) fn fail(&mut self, id: ChatId, number: u64, order: u64) {
        self.set_waiting(id, number, Waiting::Failed);
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.failed.push(order);
            self.out.chats_changed.insert(id);
            self.show_mark(id, order);
        }
    }

    /// An own message read back: it leaves the outbox.
    pub(super) fn echo(&mut self, id: ChatId, record: &Record) -> bool {
        let found = self.entries(id).find(
            |(_, entry)| matches!(&entry.state, Waiting::Sealed(s) if s.post == record.post && s.body == record.body),
        );
        let found = found.map(|(number, entry)| (number, entry.order, entry.content.clone()));
        let Some((number, order, content)) = found else { return false };
        self.delete_entry(id, number);
        self.in_its_place(id, record.time, &content);
        self.out.pump.insert(id);
        if let (Some(order), Some(chat)) = (order, self.chats.get_mut(&id)) {
            chat.sent = chat.sent.max(order);
            chat.retried.retain(|retried| *retried != order);
            self.out.chats_changed.insert(id);
            self.show_mark(id, order);
            self.start_timer(id, order);
        }
        true
    }
}

/// Whether a text may be written.
pub(super) fn check_text(text: &str) -> Result<(), Problem> {
    match text.trim().is_empty() || text.len() > MAX_TEXT {
        true => Err(Problem::Text),
        false => Ok(()),
    }
}

fn says_opened(message: &Message) -> bool {
    StatusReport::of(message).is_ok_and(|report| !report.named(Status::Expired).is_empty())
}
