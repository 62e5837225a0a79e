//! What a conversation holds beside what is said in it, and what names it: ids and URIs, notices, gaps, a changed card.

use xchat_wire::PublicKey;

use crate::{
    Engine,
    api::{Body, ChatId, MessageView, Notice},
    card::SignedCard,
    content::{ContentError, Disposition, Message, MessageId, Profile, Timer},
    device::OwnPart,
    identity::address_text,
    state::{Account, Kind, Place, Stored, StoredBody},
};

/// What our own content types begin with.
const OWN_TYPES: &str = "application/vnd.xchat.";

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
        Kind::Group(head) => format!("xchat:group/{}", head.state.id.text()),
    }
}

/// Whether a message is one to be shown. What has a purpose of its own that this build does not know is not: a part of a later
/// version, say.
pub(super) fn is_for_reading(message: &Message) -> bool {
    let own = message.content_type().is_some_and(|kind| kind.starts_with(OWN_TYPES));
    !own || message.part.disposition == Disposition::Render || matches!(Timer::of(message), Ok(Some(_)))
}

impl Engine {
    /// The content and its id. What it says of its sender and room must agree with the group.
    pub(super) fn open_content(
        &self,
        id: ChatId,
        sender: &PublicKey,
        bytes: &[u8],
    ) -> Result<(Message, MessageId), ContentError> {
        Message::open(bytes, &user_uri(sender), &self.room_uri(id))
    }

    /// The conversation's URI in message ids.
    fn room_uri(&self, id: ChatId) -> String {
        self.own_identity().map_or_else(String::new, |own| room_uri(&own, &self.chats[&id].kind))
    }

    /// Who lives in this browser: the same for good once there is an account. It is asked for with each input and record, and
    /// takes a multiplication on the curve.
    pub(super) fn own_identity(&self) -> Option<PublicKey> {
        self.account.as_ref().map(|account| self.identity_of(account))
    }

    /// The same of the account that lives here.
    pub(super) fn identity_of(&self, account: &Account) -> PublicKey {
        *self.own.get_or_init(|| account.identity_key().public())
    }

    /// The id of an own content in this conversation.
    pub(super) fn own_message_id(&self, id: ChatId, bytes: &[u8], message: &Message) -> MessageId {
        let sender = self.own_identity().map_or_else(String::new, |own| user_uri(&own));
        crate::content::message_id(&sender, &self.room_uri(id), bytes, &message.salt)
    }

    /// Stores a message at the end of the conversation and shows it at the end of the step. Its order, if there is
    /// such a conversation.
    pub(super) fn add_message(&mut self, id: ChatId, stored: &Stored) -> Option<u64> {
        let chat = self.chats.get_mut(&id)?;
        let order = chat.next_order;
        chat.next_order += 1;
        // A relay dates in whole seconds, cut off. What came last stands above what came earlier in the same second.
        chat.time = chat.time.max(stored.time.saturating_add(999).min(self.now));
        chat.hidden = false;
        // What it says is put in when it is shown; whether it is a notice, and which, counts until then.
        let body = match &stored.body {
            StoredBody::Notice { notice } => Body::Notice { notice: *notice },
            _ => Body::Unsupported,
        };
        chat.last = Some(MessageView::bare(order, stored.mine, body, stored.time));
        self.out.chats_changed.insert(id);
        self.put_message(id, order, stored);
        if let Some(message) = &stored.id {
            self.put_place(id, message, Place { order, role: Self::role(stored.mine) });
        }
        Some(order)
    }

    /// A line of the conversation's own.
    pub(super) fn add_notice(&mut self, id: ChatId, notice: Notice) {
        let stored = Stored::new(false, self.now, StoredBody::Notice { notice });
        self.add_message(id, &stored);
    }

    /// A line that says which span of a conversation this device lacks.
    pub(super) fn add_gap(&mut self, id: ChatId, from: u64, to: u64) {
        let to = to.max(from);
        let body = StoredBody::Gap { from, to };
        self.add_message(id, &Stored::new(false, self.now, body));
    }

    /// Another device of this person has brought this one into a conversation in which something was said before. Unless that comes as
    /// history, the conversation begins with a line: a gap from time 0. It is no news, so the list does not show it.
    pub(super) fn begins_here(&mut self, id: ChatId, part: &OwnPart) {
        let hidden = self.chats.get(&id).is_some_and(|chat| chat.hidden);
        if part.begun != Some(true) || self.transfers.take.is_some() {
            return;
        }
        self.add_gap(id, 0, self.now);
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.hidden = hidden;
            chat.last = None;
        }
    }

    /// A record that does not open. One line for any number in a row.
    pub(super) fn unreadable(&mut self, id: ChatId) {
        let notice = Body::Notice { notice: Notice::Unreadable };
        if self.chats[&id].last.as_ref().is_none_or(|last| last.body != notice) {
            self.add_notice(id, Notice::Unreadable);
        }
    }

    /// A new card of the other person of a direct conversation.
    pub(super) fn profile(&mut self, id: ChatId, sender: &PublicKey, profile: &Profile) {
        if self.chats[&id].peer() != Some(*sender) || profile.link.identity != *sender {
            return;
        }
        if let Ok(card) = SignedCard::open(&profile.card)
            && card.card().identity == *sender
        {
            self.set_contact(id, profile.link.secret.clone(), card);
            // Ahead of what they write under it.
            self.tell_names();
        }
    }
}
