//! Contents out of messages: text to show, receipts, a changed card.

use xchat_wire::PublicKey;

use super::{receipts::is_status, view::body_of};
use crate::{
    Engine,
    api::{Body, ChatId, ChatState, Event, MessageView, Notice},
    card::SignedCard,
    content::{ContentError, Message, MessageId, Profile, StatusReport},
    identity::address_text,
    rows::Table,
    state::{self, Kind, Stored, StoredBody, Versioned as _, key},
};

/// The sender's URI in message ids: MIMI wants one for each user.
pub(super) fn user_uri(person: &PublicKey) -> String {
    format!("xchat:{}", address_text(person))
}

/// A conversation's URI in message ids, the same for everybody in it: a direct one's has both addresses in order.
fn room_uri(own: &PublicKey, kind: &Kind) -> String {
    match kind {
        Kind::Direct(peer) => {
            let (low, high) = if own <= peer { (own, peer) } else { (peer, own) };
            format!("xchat:{}+{}", address_text(low), address_text(high))
        }
    }
}

impl Engine {
    /// A content by another person.
    pub(super) fn incoming(&mut self, id: ChatId, sender: &PublicKey, time: u64, bytes: &[u8]) {
        if self.chats[&id].state == ChatState::Blocked {
            return;
        }
        let Ok((message, message_id)) = self.open_content(id, sender, bytes) else { return self.unreadable(id) };
        if is_status(&message) {
            if let Ok(report) = StatusReport::of(&message) {
                self.status(id, &report);
            }
        } else if let Ok(Some(profile)) = Profile::of(&message) {
            self.profile(id, sender, &profile);
        } else if message.replaces.is_none() && !message.is_reaction() {
            self.text(id, sender, time, bytes, message_id);
        }
    }

    /// The content and its id. What it says of its sender and room must agree with the group.
    fn open_content(&self, id: ChatId, sender: &PublicKey, bytes: &[u8]) -> Result<(Message, MessageId), ContentError> {
        Message::open(bytes, &user_uri(sender), &self.room_uri(id))
    }

    /// The conversation's URI in message ids.
    fn room_uri(&self, id: ChatId) -> String {
        self.own_identity().map_or_else(String::new, |own| room_uri(&own, &self.chats[&id].kind))
    }

    /// Who lives in this browser.
    pub(super) fn own_identity(&self) -> Option<PublicKey> {
        Some(self.account.as_ref()?.identity_key().public())
    }

    fn text(&mut self, id: ChatId, sender: &PublicKey, time: u64, bytes: &[u8], message_id: MessageId) {
        // One that its sender wrote again into a fresh room comes twice.
        if !self.held.entry(id).or_default().received(message_id) {
            return;
        }
        let stored = Stored {
            version: Stored::VERSION,
            mine: false,
            time,
            body: StoredBody::Content { bytes: bytes.to_vec().into() },
            author: (self.chats[&id].peer() != Some(*sender)).then_some(*sender),
        };
        let Some(order) = self.add_message(id, &stored, body_of(bytes)) else { return };
        let row = key::of(key::UNSEEN, &order.to_be_bytes());
        self.put_chat_row(id, Table::State, &row, message_id.as_bytes().to_vec());
        let Some(chat) = self.chats.get_mut(&id) else { return };
        chat.unread = chat.unread.saturating_add(1);
        chat.first_unread.get_or_insert(order);
        if chat.state == ChatState::Open {
            self.out.delivered.entry(id).or_default().push(message_id);
        }
    }

    /// The id of an own content in this conversation.
    pub(super) fn own_message_id(&self, id: ChatId, bytes: &[u8], message: &Message) -> MessageId {
        let sender = self.own_identity().map_or_else(String::new, |own| user_uri(&own));
        crate::content::message_id(&sender, &self.room_uri(id), bytes, &message.salt)
    }

    /// Stores a message at the end of the conversation and shows it. Its order, if there is such a conversation.
    pub(super) fn add_message(&mut self, id: ChatId, stored: &Stored, body: Body) -> Option<u64> {
        let author = stored.author.as_ref().map(|author| self.author(author));
        let chat = self.chats.get_mut(&id)?;
        let order = chat.next_order;
        chat.next_order += 1;
        // A relay dates in whole seconds, cut off. What came last stands above what came earlier in the same second.
        chat.time = chat.time.max(stored.time.saturating_add(999).min(self.now));
        chat.hidden = false;
        let mark = stored.mine.then(|| chat.mark(order));
        let message = MessageView { order, mine: stored.mine, body, time: stored.time, mark, author };
        chat.last = Some(message.clone());
        self.put_chat_row(id, Table::Messages, &order.to_be_bytes(), state::encode(stored));
        self.out.chats_changed.insert(id);
        self.out.events.push(Event::Message { chat: id, message });
        Some(order)
    }

    /// A line of the conversation's own.
    pub(super) fn add_notice(&mut self, id: ChatId, notice: Notice) {
        let body = StoredBody::Notice { notice };
        let stored = Stored { version: Stored::VERSION, mine: false, time: self.now, body, author: None };
        self.add_message(id, &stored, Body::Notice { notice });
    }

    /// A record that does not open. One line for any number in a row.
    pub(super) fn unreadable(&mut self, id: ChatId) {
        let notice = Body::Notice { notice: Notice::Unreadable };
        if self.chats[&id].last.as_ref().is_none_or(|last| last.body != notice) {
            self.add_notice(id, Notice::Unreadable);
        }
    }

    /// A new card of the other person of a direct conversation.
    fn profile(&mut self, id: ChatId, sender: &PublicKey, profile: &Profile) {
        if self.chats[&id].peer() != Some(*sender) || profile.link.identity != *sender {
            return;
        }
        if let Ok(card) = SignedCard::open(&profile.card)
            && card.card().identity == *sender
        {
            self.set_contact(id, profile.link.secret.clone(), card);
        }
    }
}
