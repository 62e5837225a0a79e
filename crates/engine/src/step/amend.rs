//! What contents do to earlier messages: edits, deletions, reactions, votes, pins. Whoever sends them is checked against who
//! wrote the message, and what does not count is dropped without a word.

use xchat_wire::PublicKey;

use super::{
    act::{Said, What},
    message::once,
};
use crate::{
    Engine,
    api::{ChatId, Event, PinView},
    content::{Body, Message, MessageId, Pin, PollPart, Timer, is_emoji},
    rows::Table,
    sorted::in_order,
    state::{Given, MAX_EMOJIS, MAX_OWN_REACTIONS, MAX_REACTIONS, MAX_VOTERS, Place, Role, Stored, Vote, key},
};

/// Messages that are pinned in one conversation; the one that was pinned first goes first.
const MAX_PINS: usize = 16;

/// Whether a content says something about an earlier message, instead of being one itself.
pub(super) fn is_about_another(message: &Message) -> bool {
    let votes = matches!(PollPart::of(message), Ok(Some(PollPart::Vote(_) | PollPart::Close)));
    message.replaces.is_some() || message.is_reaction() || votes || matches!(Pin::of(message), Ok(Some(_)))
}

/// Whether an own content counts only at its place in the log: where somebody else's could come between.
pub(super) fn counts_in_its_place(message: &Message) -> bool {
    message.replaces.is_none() && !message.is_reaction() && is_about_another(message)
}

/// The emoji of a reaction.
pub(super) fn emoji_of(message: &Message) -> Option<String> {
    message.shown_text().filter(|text| is_emoji(text))
}

impl Engine {
    /// A content about an earlier message, whose row is here if there is one.
    pub(super) fn said(&mut self, id: ChatId, said: Said) {
        if let Some(first) = said.message.replaces {
            self.replaced(id, &first, said);
        } else if said.message.is_reaction() {
            self.reacted(id, said);
        } else if let Ok(Some(part)) = PollPart::of(&said.message) {
            self.polled(id, &said, &part);
        } else if let Ok(Some(pin)) = Pin::of(&said.message) {
            self.pinned(id, &said, pin);
        }
    }

    /// Whether this person wrote the message.
    pub(super) fn wrote(&self, id: ChatId, stored: &Stored, person: &PublicKey) -> bool {
        let author = match stored.mine {
            true => self.own_identity(),
            false => stored.author.or_else(|| self.chats.get(&id)?.peer()),
        };
        stored.id.is_some() && author == Some(*person)
    }

    /// A message that is here and holds something, by the id of any version of it.
    fn target(&self, id: ChatId, target: &MessageId) -> Option<(u64, Stored)> {
        let place = self.place(id, target).filter(|place| place.role != Role::Reaction)?;
        let stored = self.stored(id, place.order)?;
        (stored.id.is_some() && stored.is_alive()).then_some((place.order, stored))
    }

    /// An edit, a deletion, or a reaction that is taken back. What it names is a first version; one that is not here (any more)
    /// is none, since a log is read in order.
    fn replaced(&mut self, id: ChatId, first: &MessageId, said: Said) {
        let Some(Place { order, role }) = self.place(id, first) else { return };
        let Some(mut stored) = self.stored(id, order) else { return };
        let takes_back = matches!(said.message.part.body, Body::Null);
        match role {
            Role::Version => {}
            Role::Reaction => {
                let given = stored.reactions.len();
                stored.reactions.retain(|given| given.id != *first || given.by != said.sender);
                if takes_back && stored.reactions.len() < given {
                    self.delete_chat_row(id, Table::Ids, first.as_bytes());
                    self.put_message(id, order, &stored);
                }
            }
            Role::Own | Role::Theirs => {
                if !stored.is_alive() || !self.wrote(id, &stored, &said.sender) {
                    return;
                }
                match takes_back {
                    true => self.tombstone(id, order, stored),
                    false if can_be_edited(&stored) && is_text(&said.message) => self.edit(id, order, stored, said),
                    false => {}
                }
            }
        }
    }

    /// A new version. The same one twice is one: an own edit comes back from the log.
    pub(super) fn edit(&mut self, id: ChatId, order: u64, mut stored: Stored, said: Said) {
        if stored.versions.contains(&said.id) {
            return;
        }
        if let Some(forgotten) = stored.edit(said.id, said.time, said.bytes) {
            self.delete_chat_row(id, Table::Ids, forgotten.as_bytes());
        }
        self.put_place(id, &said.id, Place { order, role: Role::Version });
        self.put_message(id, order, &stored);
    }

    /// Deletes a message for good; that it was there stays.
    pub(super) fn tombstone(&mut self, id: ChatId, order: u64, mut stored: Stored) {
        self.throw_away(&stored);
        self.wait_no_more(id, &stored);
        for other in stored.delete() {
            self.delete_chat_row(id, Table::Ids, other.as_bytes());
        }
        self.delete_chat_row(id, Table::Receipts, &order.to_be_bytes());
        self.put_message(id, order, &stored);
        self.stop_timer(id, order);
        self.unpin(id, order);
        self.forget_unseen(id, order);
    }

    fn reacted(&mut self, id: ChatId, said: Said) {
        let found = said.message.in_reply_to.and_then(|target| self.target(id, &target));
        let (Some((order, stored)), Some(emoji)) = (found, emoji_of(&said.message)) else { return };
        if self.give(id, order, stored, said.id, said.sender, &emoji) && self.stored(id, order).is_some_and(|s| s.mine)
        {
            let person = self.author(id, &said.sender);
            self.out.events.push(Event::Reacted { chat: id, order, emoji, person });
        }
    }

    /// Adds a reaction. False: this person has given it already, or there is no room for it.
    pub(super) fn give(
        &mut self,
        id: ChatId,
        order: u64,
        mut stored: Stored,
        reaction: MessageId,
        by: PublicKey,
        emoji: &str,
    ) -> bool {
        let theirs = stored.reactions.iter().filter(|given| given.by == by);
        let full = theirs.clone().count() >= MAX_OWN_REACTIONS || stored.reactions.len() >= MAX_REACTIONS;
        if full || theirs.clone().any(|given| given.emoji == emoji) {
            return false;
        }
        let mut kinds: Vec<&str> = stored.reactions.iter().map(|given| given.emoji.as_str()).collect();
        in_order(&mut kinds, |a, b| a < b);
        kinds.dedup();
        if kinds.len() >= MAX_EMOJIS && !kinds.contains(&emoji) {
            return false;
        }
        stored.reactions.push(Given { id: reaction, by, emoji: emoji.to_owned() });
        self.put_place(id, &reaction, Place { order, role: Role::Reaction });
        self.put_message(id, order, &stored);
        true
    }

    /// A vote, or a poll's end.
    fn polled(&mut self, id: ChatId, said: &Said, part: &PollPart) {
        let found = said.message.in_reply_to.and_then(|target| self.target(id, &target));
        let Some((order, mut stored)) = found.filter(|(_, stored)| !stored.closed) else { return };
        let Some(Ok(Some(PollPart::Ask(poll)))) = stored.message().map(|message| PollPart::of(&message)) else {
            return;
        };
        match part {
            PollPart::Vote(choices) if poll.takes(choices) => {
                stored.votes.retain(|vote| vote.by != said.sender);
                if !choices.is_empty() && stored.votes.len() < MAX_VOTERS {
                    stored.votes.push(Vote { by: said.sender, choices: choices.clone().into() });
                }
            }
            PollPart::Close if self.wrote(id, &stored, &said.sender) => stored.closed = true,
            _ => return,
        }
        self.put_message(id, order, &stored);
    }

    fn pinned(&mut self, id: ChatId, said: &Said, pin: Pin) {
        let found = said.message.in_reply_to.and_then(|target| self.target(id, &target));
        let Some((order, stored)) = found.filter(|_| self.may_pin(id, &said.sender)) else { return };
        self.unpin(id, order);
        if pin == Pin::Off {
            return;
        }
        let pin = PinView { order, text: self.gist(id, &stored) };
        let Some(chat) = self.chats.get_mut(&id) else { return };
        chat.pins.push(pin);
        let beyond = chat.pins.len().saturating_sub(MAX_PINS);
        chat.pins.drain(..beyond);
        self.out.chats_changed.insert(id);
    }

    /// Whether a person may pin messages in a conversation: anybody in it.
    pub(super) fn may_pin(&self, id: ChatId, _person: &PublicKey) -> bool {
        self.chats.contains_key(&id)
    }

    pub(super) fn unpin(&mut self, id: ChatId, order: u64) {
        let Some(chat) = self.chats.get_mut(&id) else { return };
        let pinned = chat.pins.len();
        chat.pins.retain(|pin| pin.order != order);
        if chat.pins.len() < pinned {
            self.out.chats_changed.insert(id);
        }
    }

    /// An own content was read back from its log: from here on it counts for everybody.
    pub(super) fn in_its_place(&mut self, id: ChatId, time: u64, bytes: &[u8]) {
        let (Ok(message), Some(sender)) = (Message::decode(bytes), self.own_identity()) else { return };
        let said_id = self.own_message_id(id, bytes, &message);
        self.wait_for_looks(id, &message, &said_id);
        if let Ok(Some(timer)) = Timer::of(&message) {
            self.set_default_timer(id, timer);
        } else if counts_in_its_place(&message) {
            let said = Said { sender, time, bytes: bytes.to_vec(), message, id: said_id };
            self.will(id, What::Content(Box::new(said)));
        }
    }

    /// A message that is not to be read any more.
    pub(super) fn forget_unseen(&mut self, id: ChatId, order: u64) {
        let row = key::of(key::UNSEEN, &order.to_be_bytes());
        if !self.chat_rows(id, Table::State, &row).is_empty() {
            self.delete_chat_row(id, Table::State, &row);
            // What a request has shown counts no more, and its rows are still there.
            let first = self.chats.get(&id).and_then(|chat| chat.first_unread).unwrap_or(u64::MAX);
            self.count_unseen(id, first.saturating_sub(1));
        }
    }
}

/// Whether a message is one that its author may change: a text.
pub(super) fn can_be_edited(stored: &Stored) -> bool {
    stored.message().is_some_and(|message| is_text(&message))
}

/// A text, whatever is offered with it but what may be seen once: nothing takes the place of that, and it takes nothing's.
pub(super) fn is_text(message: &Message) -> bool {
    !message.is_reaction() && message.shown_text().is_some() && once(message).is_none()
}
