//! One message on its way in: from a record of a log to a row and a bubble.
//!
//! The path: the record must follow what was read before (`log.rs`) -> a commit changes the group (`commit.rs`), a message is opened by it
//! -> its content is a report, a profile, something about an earlier message (`act.rs`), or a message of its own -> that one is stored,
//! shown, counted as unread, and reported as delivered at the end of the step (`receipts.rs`).

use xchat_wire::{Address, Kind, PublicKey, Record, Seq};

use super::{
    act::{Said, What},
    amend::is_about_another,
    incoming::is_for_reading,
    message::once,
    receipts::is_status,
};
use crate::{
    Engine,
    api::{ChatId, ChatState},
    content::{Expiry, Profile, StatusReport, Timer},
    mls::{Content, MlsError},
    rows::Table,
    state::{Room, Stored, StoredBody, key},
};

impl Engine {
    /// A record of a log or of the inbox.
    pub(super) fn record(&mut self, address: Address, record: Record) {
        if self.account.is_none() {
            return self.offered_delivery(&address, &record);
        }
        if self.account.as_ref().is_some_and(|account| account.inbox == address) {
            return self.delivery(record);
        }
        let Some(id) = self.chat_of_log(&address) else { return };
        let Some(room) = self.chats[&id].room(&address).cloned() else { return };
        if record.seq <= room.cursor || self.is_doubted(&address) || self.is_held(&address) {
            return;
        }
        let fits = self.fits(&room, &record);
        if !fits && self.doubts(&room, record.seq) {
            return;
        }
        if !fits {
            self.history_differs(id, &room.log);
        }
        // What lay between has expired.
        if room.cursor > Seq(0) && record.previous != room.cursor {
            self.refuse_further_history(id);
        }
        if self.hold_large(id, &room, &record) {
            return;
        }
        self.take_record(id, &room, &record, Some(&record.body));
    }

    /// A record takes effect. `commit` is what it holds or refers to; None: that is not to be had.
    pub(super) fn take_record(&mut self, id: ChatId, room: &Room, record: &Record, commit: Option<&[u8]>) {
        self.follow_chain(id, room, record);
        match record.kind {
            Kind::Message => self.message_record(id, room, record),
            Kind::Commit => self.commit_record(id, room, record, commit),
            Kind::Delivery => {}
        }
    }

    /// An application message or a proposal.
    fn message_record(&mut self, id: ChatId, room: &Room, record: &Record) {
        if self.is_own_proposal(id, &room.log, &record.post, &record.body) {
            self.out.pump.insert(id);
            return;
        }
        if self.echo(id, record) {
            return;
        }
        if record.epoch != room.epoch {
            return self.unreadable(id);
        }
        match self.open(id, room, &record.body) {
            // Whoever never was in the group says nothing in it, whatever room somebody has brought them into.
            Ok(Content::Message { sender, .. }) if room.left_at.is_some() && !self.has_met(id, &sender) => {}
            Ok(Content::Message { sender, device, bytes, authenticated }) => {
                self.compare_points(id, room, &authenticated);
                self.heard_in(id, &room.log, &sender, Some(&device));
                match self.own_identity() == Some(sender) {
                    true => {
                        self.heard_from(device, record.time);
                        self.own_incoming(id, &sender, record.time, &bytes);
                    }
                    false if self.chats[&id].is_silent(&room.log) => {}
                    false => self.incoming(id, &room.log, &sender, record.time, &bytes),
                }
            }
            Ok(Content::Leaving) => {
                self.plan_take_up(id, room);
                self.leave_along(id, &room.log);
            }
            Ok(Content::Nothing) => {}
            Ok(Content::Commit(_) | Content::Broken(_)) | Err(_) => self.unreadable(id),
        }
    }

    fn open(&mut self, id: ChatId, room: &Room, body: &[u8]) -> Result<Content, MlsError> {
        self.with_group(id, &room.log, |group, provider| group.process(provider, &room.log, body))
    }

    /// A content by another person.
    fn incoming(&mut self, id: ChatId, log: &Address, sender: &PublicKey, time: u64, bytes: &[u8]) {
        if self.chats[&id].state == ChatState::Blocked || self.chats[&id].is_leaving() {
            return;
        }
        let Ok((message, message_id)) = self.open_content(id, sender, bytes) else { return self.unreadable(id) };
        if is_status(&message) {
            if let Ok(report) = StatusReport::of(&message) {
                self.status(id, &report);
                self.will_keep_receipts(id, sender, time, report);
            }
            return;
        }
        if let Ok(Some(profile)) = Profile::of(&message) {
            return self.profile(id, sender, &profile);
        }
        // One that its sender wrote again into a fresh room comes twice.
        if !self.held.entry(id).or_default().received(message_id) {
            return;
        }
        let said = Said { sender: *sender, time, bytes: bytes.to_vec(), message, id: message_id };
        if is_about_another(&said.message) {
            self.will(id, What::Content(Box::new(said)));
        } else if is_for_reading(&said.message) {
            self.read_in(id, log, said);
        }
    }

    /// A message of its own.
    fn read_in(&mut self, id: ChatId, log: &Address, said: Said) {
        let Said { sender, time, bytes, message, id: message_id } = said;
        // Its hour had come before it did.
        if let Some(Expiry::Absolute(seconds)) = message.expires
            && u64::from(seconds) * 1000 <= self.now
        {
            return;
        }
        self.said_in(id, log, time);
        let timer = Timer::of(&message).ok().flatten();
        let is_line = timer.is_some();
        if let Some(timer) = timer {
            self.set_default_timer(id, timer);
        }
        let mut stored = Stored {
            id: Some(message_id),
            author: (self.chats[&id].peer() != Some(sender)).then_some(sender),
            ..Stored::new(false, time, StoredBody::Content { bytes: bytes.into() })
        };
        if self.held.entry(id).or_default().was_shown(&message_id.opened())
            && let Some(file) = once(&message)
        {
            stored.open(file.holds());
        }
        let Some(order) = self.add_message(id, &stored) else { return };
        self.unarchive(id, time);
        self.begin_timer(id, order, message.expires);
        if let Some(of) = message.in_reply_to {
            self.will(id, What::Quote { order, of });
        }
        // A line that says what was set is nothing to read, wherever the reader stands.
        let shown = is_line || self.held.entry(id).or_default().was_shown(&message_id);
        if shown {
            self.start_timer(id, order);
        } else {
            let row = key::of(key::UNSEEN, &order.to_be_bytes());
            self.put_chat_row(id, Table::State, &row, message_id.as_bytes().to_vec());
        }
        let Some(chat) = self.chats.get_mut(&id) else { return };
        if !shown {
            chat.unread = chat.unread.saturating_add(1);
            chat.first_unread.get_or_insert(order);
        }
        if chat.state == ChatState::Open {
            self.out.delivered.entry(id).or_default().push(message_id);
        }
    }
}
