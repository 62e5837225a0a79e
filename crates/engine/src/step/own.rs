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
    state::{self, Entry, Kind, Stored, StoredBody, Waiting, key},
};

impl Engine {
    /// A content that this person has sent from another device.
    pub(super) fn own_incoming(&mut self, id: ChatId, own: &PublicKey, time: u64, bytes: &[u8]) {
        let Ok((message, message_id)) = self.open_content(id, own, bytes) else { return };
        if is_status(&message) {
            if let Ok(report) = StatusReport::of(&message) {
                let read = report.statuses().iter().filter(|(_, status)| *status == Status::Read);
                let read: Vec<MessageId> = read.map(|(message, _)| *message).collect();
                self.seen_elsewhere(id, &read);
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

    /// Messages that were on the screen of another device.
    fn seen_elsewhere(&mut self, id: ChatId, messages: &[MessageId]) {
        let mut last = None;
        for (row, value) in self.chat_rows(id, Table::State, key::UNSEEN) {
            let here = MessageId::from_slice(&value).is_some_and(|message| messages.contains(&message));
            if let Some(order) = super::receipts::order_of(&row, key::UNSEEN).filter(|_| here) {
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
    }

    fn synced(&mut self, sync: Sync) {
        match sync {
            // All that this takes is the conversation's summary.
            Sync::Arranged { chat, .. } if self.chats.contains_key(&chat) && !self.has_deferred(chat) => {
                self.sync_now(sync);
            }
            Sync::Chat { chat, .. }
            | Sync::Seen { chat, .. }
            | Sync::Draft { chat, .. }
            | Sync::Declined { chat, .. }
            | Sync::Arranged { chat, .. } => {
                // A conversation whose rows are not here is loaded for it a moment later.
                let loaded = self.provider.storage().journal().is_loaded(Scope::Chat(chat));
                // In the order in which they were said.
                match loaded && !self.has_deferred(chat) {
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
        }
    }

    fn sync_now(&mut self, sync: Sync) {
        match sync {
            Sync::Chat { chat, state, hidden } => self.chat_synced(chat, state, hidden),
            Sync::Seen { chat, messages } if self.chats.contains_key(&chat) => self.seen_elsewhere(chat, &messages),
            Sync::Arranged { chat, what } => self.arranged_elsewhere(chat, what),
            Sync::Declined { chat, cell, person } => self.declined_elsewhere(chat, &cell, &person),
            Sync::Draft { chat, text, reply } => self.will(chat, What::Drafted { text, of: reply }),
            Sync::Seen { .. }
            | Sync::Contact { .. }
            | Sync::Revoked { .. }
            | Sync::Card
            | Sync::Named(_)
            | Sync::History { .. }
            | Sync::AskHistory { .. } => {}
        }
    }

    fn defer(&mut self, sync: Sync) {
        let number = self.deferred.last_key_value().map_or(0, |(number, _)| number + 1);
        self.put_account_row(&key::of(key::SYNC, &number.to_be_bytes()), state::encode(&sync));
        self.deferred.insert(number, sync);
    }

    /// Whether something was said of a conversation before it was loaded.
    pub(super) fn has_deferred(&self, id: ChatId) -> bool {
        self.deferred.values().any(|sync| sync.chat() == Some(id))
    }

    /// Does what was said of a conversation before it was loaded.
    pub(super) fn do_deferred(&mut self, id: ChatId) {
        let numbers: Vec<u64> =
            self.deferred.iter().filter(|(_, sync)| sync.chat() == Some(id)).map(|(number, _)| *number).collect();
        for number in numbers {
            if let Some(sync) = self.take_deferred(number) {
                self.sync_now(sync);
            }
        }
    }

    /// Another device has set how a conversation stands. What this one is about to tell of it comes later.
    fn chat_synced(&mut self, id: ChatId, state: Option<ChatState>, hidden: Option<bool>) {
        if self.is_to_be_written(&Sync::Chat { chat: id, state, hidden }) {
            return;
        }
        // Own messages that wait here come later too, and bring it back.
        let waits = |entry: &Entry| entry.order.is_some() && !matches!(entry.state, Waiting::Failed);
        let writes = self.entries(id).any(|(_, entry)| waits(entry));
        let Some(chat) = self.chats.get_mut(&id) else { return };
        if let Some(state) = state.filter(|state| chat.state != *state) {
            if state == ChatState::Blocked {
                chat.unblocked = Some(chat.state);
            }
            chat.state = state;
            self.count_unseen(id, if state == ChatState::Blocked { u64::MAX } else { 0 });
        }
        match hidden {
            Some(true) if !writes && !self.chats[&id].hidden => self.deleted_elsewhere(id),
            Some(false) => _ = self.chats.get_mut(&id).map(|chat| chat.hidden = false),
            _ => {}
        }
        self.out.chats_changed.insert(id);
        self.out.pump.insert(id);
    }

    /// The other device leaves a group with it, but may be gone before anybody has taken that up: nobody stays in unseen.
    fn deleted_elsewhere(&mut self, id: ChatId) {
        if self.chats[&id].group().is_some()
            && let Err(problem) = self.leave_group(id)
        {
            self.refuse(problem);
        }
        self.put_away(id);
    }

    fn contact_synced(&mut self, link: Link, card: SignedCard) {
        let id = super::chat::chat_id(&link.identity);
        if card.card().identity != link.identity || self.damaged.contains(&id) || Some(id) == self.own_chat() {
            return;
        }
        if !self.chats.contains_key(&id) {
            self.add_chat(id, Kind::Direct(link.identity), ChatState::New);
        }
        self.set_contact(id, link.secret, card);
    }
}
