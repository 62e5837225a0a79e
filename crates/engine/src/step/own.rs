//! Contents by another device of this person: own messages that were written elsewhere, what was read there, and what the devices
//! tell each other.

use openmls_traits::OpenMlsProvider as _;
use xchat_wire::PublicKey;

use super::{
    act::{Said, What},
    amend::is_about_another,
    receipts::is_status,
};
use crate::{
    Engine,
    api::{ChatId, ChatState},
    card::{Link, SignedCard},
    content::{MessageId, Profile, Status, StatusReport, Timer},
    device::Sync,
    rows::{Scope, Table},
    state::{self, Chat, Entry, Kind, Stored, StoredBody, Waiting, key},
};

impl Engine {
    /// A content that this person has sent from another device.
    pub(super) fn own_incoming(&mut self, id: ChatId, own: &PublicKey, time: u64, bytes: &[u8]) {
        let Ok((message, message_id)) = self.open_content(id, own, bytes) else { return };
        if is_status(&message) {
            if let Ok(report) = StatusReport::of(&message) {
                self.seen_elsewhere(id, &report.named(Status::Read));
                if !report.named(Status::Expired).is_empty() {
                    self.will_keep_receipts(id, own, time, report);
                }
            }
            return;
        }
        if Some(id) == self.own_chat()
            && let Some(sync) = Sync::of(&message)
        {
            return self.synced(sync);
        }
        if matches!(Profile::of(&message), Ok(Some(_))) || !self.held.entry(id).or_default().received(message_id) {
            return;
        }
        let said = Said { sender: *own, time, bytes: bytes.to_vec(), message, id: message_id };
        if is_about_another(&said.message) {
            self.will(id, What::Content(Box::new(said)));
        } else if super::incoming::is_for_reading(&said.message) {
            self.written_elsewhere(id, said);
        }
    }

    fn written_elsewhere(&mut self, id: ChatId, Said { time, bytes, message, id: message_id, .. }: Said) {
        if let Ok(Some(timer)) = Timer::of(&message) {
            self.set_default_timer(id, timer);
        }
        self.note_lacking(id);
        if let Some(chat) = self.chats.get_mut(&id).filter(|chat| chat.state != ChatState::Blocked) {
            chat.state = ChatState::Open;
        }
        let body = StoredBody::Content { bytes: bytes.into() };
        let stored = Stored { id: Some(message_id), ..Stored::new(true, time, body) };
        // Own ones that still wait here stay pending, though the counter passes them.
        let waiting: Vec<u64> = self
            .entries(id)
            .filter(|(_, entry)| !matches!(entry.state, Waiting::Failed))
            .filter_map(|(_, entry)| entry.order)
            .collect();
        let Some(order) = self.add_message(id, &stored) else { return };
        self.wait_for_looks(id, &message, &message_id);
        self.index_own(id, &message_id, order);
        self.begin_timer(id, order, message.expires);
        if let Some(of) = message.in_reply_to {
            self.will(id, What::Quote { order, of });
        }
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.sent = chat.sent.max(order);
            let known = chat.retried.clone();
            chat.retried.extend(waiting.into_iter().filter(|order| !known.contains(order)));
        }
        self.start_timer(id, order);
    }

    /// Messages that were on the screen of another device. Those that have not come yet, by their log or as history, are remembered.
    fn seen_elsewhere(&mut self, id: ChatId, messages: &[MessageId]) {
        let mut rest = messages.to_vec();
        let mut last = None;
        for (row, value) in self.chat_rows(id, Table::State, key::UNSEEN) {
            let at = MessageId::from_slice(&value).and_then(|message| rest.iter().position(|other| *other == message));
            if let Some((order, at)) = super::receipts::order_of(&row, key::UNSEEN).zip(at) {
                rest.swap_remove(at);
                self.delete_chat_row(id, Table::State, &row);
                self.start_timer(id, order);
                last = last.max(Some(order));
            }
        }
        if let Some(delivered) = self.out.delivered.get_mut(&id) {
            delivered.retain(|message| !messages.contains(message));
        }
        if last.is_some() {
            self.count_unseen(id, 0);
        }
        rest.into_iter().for_each(|message| self.remember_elsewhere(id, message));
    }

    /// Remembers what another device has shown, or opened, until it comes here.
    pub(super) fn remember_elsewhere(&mut self, id: ChatId, message: MessageId) {
        self.held.entry(id).or_default().shown_elsewhere(message);
        self.out.chats_changed.insert(id);
    }

    fn synced(&mut self, sync: Sync) {
        match sync {
            // All that this takes is the conversation's summary.
            Sync::Arranged { chat, .. } if self.chats.contains_key(&chat) && !self.has_deferred(chat) => {
                self.sync_now(sync);
            }
            Sync::Lacks { to, .. } if Some(to) != self.own_key() => {}
            Sync::Chat { chat, .. }
            | Sync::Seen { chat, .. }
            | Sync::Draft { chat, .. }
            | Sync::Declined { chat, .. }
            | Sync::Lacks { chat, .. }
            | Sync::Arranged { chat, .. } => {
                // In the order in which they were said.
                match self.is_at_hand(chat) && !self.has_deferred(chat) {
                    true => self.sync_now(sync),
                    false => self.defer(sync),
                }
            }
            Sync::Contact { link, card } => {
                let link: Option<&[u8; Link::LEN]> = link.as_slice().try_into().ok();
                let link = link.and_then(|bytes| Link::from_bytes(bytes).ok());
                if let Some((link, card)) = link.zip(SignedCard::open(&card).ok()) {
                    self.contact_synced(link, card);
                }
            }
            Sync::Revoked { key } => self.revoked_elsewhere(key),
            Sync::Card => self.ask_for_own_card(),
            Sync::History { to, from, chunk } => self.history_told(to, from, chunk.map(|chunk| *chunk)),
            Sync::AskHistory { of, to, spans } if Some(of) == self.own_key() => self.asked_for_history(to, spans),
            Sync::AskHistory { .. } => {}
            Sync::Named(named) => self.named_elsewhere(named),
            Sync::Tells(what, on) => self.tells_elsewhere(what, on),
        }
    }

    fn sync_now(&mut self, sync: Sync) {
        match sync {
            Sync::Chat { chat, state, hidden, invitation } => {
                let state = state.filter(|_| self.answers(chat, invitation));
                self.chat_synced(chat, state, hidden);
            }
            Sync::Seen { chat, messages, opened } if self.chats.contains_key(&chat) => match self.own_identity() {
                Some(own) if opened => {
                    let report = StatusReport::new(messages.into_iter().map(|message| (message, Status::Expired)));
                    self.will_keep_receipts(chat, &own, self.now, report);
                }
                _ => self.seen_elsewhere(chat, &messages),
            },
            Sync::Arranged { chat, what } => self.arranged_elsewhere(chat, what),
            Sync::Declined { chat, cell, person } => self.declined_elsewhere(chat, &cell, &person),
            Sync::Lacks { chat, until, .. } => self.lacks(chat, until),
            // What the place of the message that it answers takes comes after the rest of the step: its own draft may be told then.
            Sync::Draft { chat, .. } if self.is_to_be_written(&sync) || self.deletes(chat) => {}
            Sync::Draft { chat, text, reply } => self.will(chat, What::Drafted { text, of: reply }),
            Sync::Seen { .. }
            | Sync::Contact { .. }
            | Sync::Revoked { .. }
            | Sync::Card
            | Sync::Named(_)
            | Sync::Tells(..)
            | Sync::History { .. }
            | Sync::AskHistory { .. } => {}
        }
    }

    fn defer(&mut self, sync: Sync) {
        // By the time that it is done the own write, which comes later, may be told already.
        if sync.register().is_some() && self.is_to_be_written(&sync) {
            return;
        }
        let number = self.deferred.last_key_value().map_or(0, |(number, _)| number + 1);
        self.put_account_row(&key::of(key::SYNC, &number.to_be_bytes()), state::encode(&sync));
        self.deferred.insert(number, sync);
    }

    /// Whether a conversation is known and its rows are here. A known one is loaded a moment later; of one whose welcome comes later
    /// in the same step the rows are here already, though there are none.
    pub(super) fn is_at_hand(&self, id: ChatId) -> bool {
        self.chats.contains_key(&id) && self.provider.storage().journal().is_loaded(Scope::Chat(id))
    }

    /// Whether something was said of a conversation before it was loaded.
    pub(super) fn has_deferred(&self, id: ChatId) -> bool {
        self.deferred.values().any(|sync| sync.chat() == Some(id))
    }

    /// Does what was said of conversations before they were loaded. It may take rows, so it comes before the step's acts.
    pub(crate) fn do_deferred(&mut self) {
        let at_hand = |sync: &Sync| sync.chat().is_some_and(|chat| self.is_at_hand(chat));
        let numbers: Vec<u64> =
            self.deferred.iter().filter(|(_, sync)| at_hand(sync)).map(|(number, _)| *number).collect();
        for number in numbers {
            if let Some(sync) = self.take_deferred(number) {
                self.sync_now(sync);
            }
        }
    }

    /// Whether what another device says of a group answers the invitation by which this person is in it, as far as is known here, or a
    /// later one, which is remembered.
    fn answers(&mut self, id: ChatId, invitation: Option<u64>) -> bool {
        let head = self.chats.get_mut(&id).and_then(Chat::group_mut);
        let Some((head, invitation)) = head.zip(invitation) else { return true };
        head.accepted = head.accepted.max(invitation);
        let answers = head.invitation <= invitation;
        self.out.chats_changed.insert(id);
        answers
    }

    /// Another device has set how a conversation stands. What this one is about to tell of it comes later.
    fn chat_synced(&mut self, id: ChatId, state: Option<ChatState>, hidden: Option<bool>) {
        if self.is_to_be_written(&Sync::Chat { chat: id, state, hidden, invitation: None }) {
            return;
        }
        // Own messages that wait here come later too, and bring it back.
        let waits = |entry: &Entry| entry.order.is_some() && !matches!(entry.state, Waiting::Failed);
        let writes = self.entries(id).any(|(_, entry)| waits(entry));
        if state == Some(ChatState::Open) {
            self.note_lacking(id);
        }
        let Some(chat) = self.chats.get_mut(&id) else { return };
        if let Some(state) = state.filter(|state| chat.state != *state) {
            match state {
                ChatState::Blocked => {
                    chat.unblocked = Some(chat.state);
                    chat.state = state;
                    self.fall_silent(id);
                    self.count_unseen(id, u64::MAX);
                }
                _ => {
                    chat.state = state;
                    self.count_unseen(id, 0);
                }
            }
        }
        match hidden {
            Some(true) if !self.chats[&id].hidden => self.deleted_elsewhere(id, writes),
            Some(false) => _ = self.chats.get_mut(&id).map(|chat| chat.hidden = false),
            _ => {}
        }
        self.out.chats_changed.insert(id);
        self.out.pump.insert(id);
    }

    /// The other device leaves a group with it, but may be gone before anybody has taken that up: nobody stays in unseen.
    fn deleted_elsewhere(&mut self, id: ChatId, stays: bool) {
        if self.chats[&id].group().is_some()
            && let Err(problem) = self.leave_group(id)
        {
            self.refuse(problem);
        }
        match self.chats.get_mut(&id) {
            Some(chat) if stays => chat.forget_arrangement(),
            _ => self.put_away(id),
        }
        self.arrange_again(id);
    }

    fn contact_synced(&mut self, link: Link, card: SignedCard) {
        let id = super::chat::chat_id(&link.identity);
        if card.card().identity != link.identity || self.damaged.contains(&id) || Some(id) == self.own_chat() {
            return;
        }
        if !self.chats.contains_key(&id) {
            self.add_chat(id, Kind::Direct(link.identity), ChatState::New);
            // What was said of it before it was known.
            self.out.pump.insert(id);
        }
        self.meet(id, link.secret, card);
    }
}
