//! What the page is shown: views of the account, of conversations, of messages.

use sha2::{Digest, Sha256};
use xchat_wire::PublicKey;

use super::chat::chat_id;
use crate::{
    Engine, LoadError,
    api::{
        AccountView, Author, Body, ChatId, ChatView, Connection, Event, MAX_PAGE, MessageView, Notice, PersonId,
        Problem, StorageProblem,
    },
    content::Message,
    identity::{address_text, safety_number},
    rows::Row,
    state::{self, Account, Chat, Kind, Stored, StoredBody},
};

/// One of the design's six person colours, 1 to 6.
pub(super) fn colour(person: &PublicKey) -> u8 {
    Sha256::digest(person.as_bytes())[0] % 6 + 1
}

/// What a message's content shows. Bytes that are no content show as unsupported.
pub(super) fn body_of(content: &[u8]) -> Body {
    match Message::decode(content).ok().and_then(|message| message.shown_text()) {
        Some(text) => Body::text(text),
        None => Body::Unsupported,
    }
}

impl Engine {
    pub(crate) fn snapshot(&mut self) {
        let account = self.account.as_ref().map(|account| self.account_view(account));
        let chats = self.chats.values().filter(|chat| !chat.hidden).map(|chat| self.chat_view(chat)).collect();
        self.out.events.push(Event::Snapshot { account, chats, connection: self.connection_view() });
        // `StorageProblem::Newer` is of the whole storage; these are single conversations, as damaged ones are.
        let newer = self.newer.iter().map(LoadError::to_string);
        let newer = newer.map(|detail| Event::Storage { problem: StorageProblem::Damaged, detail });
        self.out.events.extend(newer);
    }

    pub(super) fn connection_view(&self) -> Connection {
        match (&self.connection, self.connecting) {
            (Some(_), _) => Connection::Online,
            (None, _) if self.garbled => Connection::Garbled,
            (None, true) => Connection::Connecting,
            (None, false) => Connection::Offline,
        }
    }

    pub(super) fn account_view(&self, account: &Account) -> AccountView {
        let identity = account.identity_key().public();
        AccountView {
            name: account.name.clone(),
            address: address_text(&identity),
            link: self.own_link(account).text(&self.origin),
            colour: colour(&identity),
            words_pending: account.entropy.is_some(),
            card_published: account.card_published == account.card_version,
        }
    }

    pub(super) fn chat_view(&self, chat: &Chat) -> ChatView {
        match &chat.kind {
            Kind::Direct(peer) => {
                let name = self.contacts.get(&chat.id).map(|contact| contact.name.clone()).unwrap_or_default();
                chat.view(name, address_text(peer), self.safety_number(chat.id, peer), colour(peer))
            }
        }
    }

    /// Computed once for each conversation: neither identity in it ever changes.
    fn safety_number(&self, id: ChatId, peer: &PublicKey) -> String {
        let Some(own) = self.own_identity() else { return String::new() };
        self.safety.borrow_mut().entry(id).or_insert_with(|| safety_number(&own, peer)).clone()
    }

    /// Who wrote a message, when the conversation alone does not say it.
    pub(super) fn author(&self, person: &PublicKey) -> Author {
        let name = self.contacts.get(&chat_id(person)).map(|contact| contact.name.clone()).unwrap_or_default();
        Author { person: PersonId(*person.as_bytes()), name, colour: colour(person) }
    }

    /// A page of history out of stored rows. A row that does not decode is said, and left.
    pub(crate) fn page(&mut self, id: ChatId, rows: Vec<Row>, more: bool, before: Option<u64>) {
        let Some(chat) = self.chats.get(&id) else {
            return self.out.events.push(Event::Refused { problem: Problem::NoChat });
        };
        let mut messages = Vec::with_capacity(rows.len());
        let mut damaged = false;
        for row in rows.iter().take(MAX_PAGE as usize) {
            let Ok(order) = row.key.as_slice().try_into().map(u64::from_be_bytes) else {
                damaged = true;
                continue;
            };
            messages.push(self.view_of(chat, order, row).unwrap_or_else(|| {
                damaged = true;
                // It stands where it stood, so that nobody takes its neighbours for each other's.
                let time = messages.last().map_or(chat.time, |before: &MessageView| before.time);
                let body = Body::Notice { notice: Notice::Damaged };
                MessageView { order, mine: false, body, time, mark: None, author: None }
            }));
        }
        if damaged {
            self.out.events.push(Event::Refused { problem: Problem::RowDamaged });
        }
        self.out.events.push(Event::Page { chat: id, messages, more, before });
    }

    fn view_of(&self, chat: &Chat, order: u64, row: &Row) -> Option<MessageView> {
        let stored: Stored = state::decode(&row.value).ok()?;
        let body = match &stored.body {
            StoredBody::Content { bytes } => body_of(bytes),
            StoredBody::Notice { notice } => Body::Notice { notice: *notice },
        };
        let mark = stored.mine.then(|| chat.mark(order));
        let author = stored.author.as_ref().map(|author| self.author(author));
        Some(MessageView { order, mine: stored.mine, body, time: stored.time, mark, author })
    }
}
