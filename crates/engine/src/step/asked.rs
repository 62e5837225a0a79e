//! What a person does to messages, each by one verb. The message that a command names is here when its verb is called.

use openmls_traits::OpenMlsProvider as _;

use super::{
    act::{Said, What},
    amend::{can_be_edited, is_text},
};
use crate::{
    Engine,
    api::{ChatId, ChatState, Command, MAX_FORWARD, MAX_TEXT, MAX_TIMER, Problem},
    content::{Choice, Disposition, Expiry, Message, MessageId, Pin, Poll, PollPart, Timer, is_emoji},
    rows::{Scope, Table},
    state::{Entry, Role, Stored, StoredBody, Waiting, key},
};

/// Own messages without a read report that reports are matched with; the oldest beyond it stay as far as they have come.
const MAX_UNREAD_OWN: usize = 1024;

impl Engine {
    /// Does what a command asks once the message that it names is looked up.
    pub(super) fn will_ask(&mut self, command: Command) {
        match place_of(&command).filter(|chat| self.chats.contains_key(chat)) {
            Some(chat) => self.will(chat, What::Asked(Box::new(command))),
            None => match command.tag() {
                Some(tag) => self.written(tag, Err(Problem::NoChat)),
                None => self.refuse(Problem::NoChat),
            },
        }
    }

    /// A command that names a message.
    pub(super) fn asked(&mut self, command: Command) {
        let tag = command.tag();
        let done = match command {
            Command::Reply { chat, order, text, .. } => self.reply_to(chat, order, &text),
            Command::Edit { chat, order, text } => self.edit_own(chat, order, &text),
            Command::DeleteForAll { chat, order } => self.delete_for_all(chat, order),
            Command::DeleteForMe { chat, order } => self.delete_for_me(chat, order),
            Command::React { chat, order, emoji, on: true } => self.react(chat, order, &emoji),
            Command::React { chat, order, emoji, on: false } => self.take_reaction_back(chat, order, &emoji),
            Command::Forward { chat, order, to } => self.forward(chat, order, to),
            Command::Vote { chat, order, choices } => self.vote(chat, order, choices),
            Command::ClosePoll { chat, order } => self.close_poll(chat, order),
            Command::Pin { chat, order, on } => self.pin(chat, order, if on { Pin::On } else { Pin::Off }),
            Command::Details { chat, order } => self.details(chat, order),
            // None of these names a message.
            _ => Ok(()),
        };
        match (done, tag) {
            (done, Some(tag)) => self.written(tag, done),
            (Ok(()), None) => {}
            (Err(problem), None) => self.refuse(problem),
        }
    }

    /// Whether this person may write in a conversation.
    pub(super) fn may_write(&self, id: ChatId) -> Result<(), Problem> {
        match self.chats.get(&id).map(|chat| chat.state) {
            Some(ChatState::New | ChatState::Open) => Ok(()),
            // The page offers no composer there.
            Some(ChatState::Request | ChatState::Blocked) | None => Err(Problem::NoChat),
        }
    }

    /// Writes a message: stored, shown and queued in one step.
    pub(super) fn write(&mut self, id: ChatId, message: &Message, quoted: Option<u64>) -> Result<(), Problem> {
        self.may_write(id)?;
        let bytes = message.encode();
        if bytes.len() > crate::content::MAX_MESSAGE {
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
        Ok(())
    }

    /// Reports will name it.
    fn index_own(&mut self, id: ChatId, message: &MessageId, order: u64) {
        self.put_chat_row(id, Table::State, &key::of(key::OWN, message.as_bytes()), order.to_be_bytes().to_vec());
        let count = self.provider.storage().journal().range(Scope::Chat(id), Table::State, key::OWN).count();
        if count > MAX_UNREAD_OWN
            && let Some((oldest, _)) =
                self.chat_rows(id, Table::State, key::OWN).into_iter().min_by(|a, b| a.1.cmp(&b.1))
        {
            self.delete_chat_row(id, Table::State, &oldest);
        }
    }

    fn salt(&self) -> [u8; 16] {
        self.provider.rand().bytes()
    }

    /// The message with the conversation's default timer.
    pub(super) fn timed(&self, id: ChatId, message: Message) -> Message {
        Message { expires: self.default_timer(id).map(Expiry::Relative), ..message }
    }

    /// Writes a text.
    pub(super) fn send_text(&mut self, id: ChatId, text: &str) -> Result<(), Problem> {
        self.may_write(id)?;
        check_text(text)?;
        let message = self.timed(id, Message::text(self.salt(), text));
        self.write(id, &message, None)
    }

    fn reply_to(&mut self, id: ChatId, order: u64, text: &str) -> Result<(), Problem> {
        let (_, target) = self.sayable(id, order)?;
        check_text(text)?;
        let message = Message { in_reply_to: Some(target), ..Message::text(self.salt(), text) };
        let message = self.timed(id, message);
        self.write(id, &message, Some(order))
    }

    /// A new poll.
    pub(super) fn ask_poll(
        &mut self,
        id: ChatId,
        question: String,
        options: Vec<String>,
        multiple: bool,
    ) -> Result<(), Problem> {
        let choice = if multiple { Choice::Multiple } else { Choice::Single };
        let poll = Poll { question, options, choice };
        if !poll.is_valid() {
            return Err(Problem::Poll);
        }
        let message = self.timed(id, PollPart::Ask(poll).message(self.salt(), None));
        self.write(id, &message, None)
    }

    /// How long new messages live, from now on and for everybody.
    pub(super) fn set_timer(&mut self, id: ChatId, seconds: Option<u32>) -> Result<(), Problem> {
        self.may_write(id)?;
        if seconds.is_some_and(|seconds| seconds == 0 || seconds > MAX_TIMER) {
            return Err(Problem::TooMany);
        }
        if self.default_timer(id) == seconds {
            return Ok(());
        }
        let timer = Timer(seconds.unwrap_or(0));
        let message = timer.message(self.salt());
        self.write(id, &message, None)?;
        self.set_default_timer(id, timer);
        Ok(())
    }

    /// A message of an open conversation that something can be said about, and the id of its latest version.
    fn sayable(&self, id: ChatId, order: u64) -> Result<(Stored, MessageId), Problem> {
        if self.chats.get(&id).is_none_or(|chat| chat.state != ChatState::Open) {
            return Err(Problem::NoChat);
        }
        let stored = self.stored(id, order).ok_or(Problem::NoMessage)?;
        let latest = stored.versions.last().copied().or(stored.id);
        match (latest, &stored.body) {
            (Some(latest), StoredBody::Content { .. }) => Ok((stored, latest)),
            _ => Err(Problem::NoMessage),
        }
    }

    /// The same, of this person's own.
    fn own(&self, id: ChatId, order: u64) -> Result<(Stored, MessageId), Problem> {
        let (stored, _) = self.sayable(id, order)?;
        match (stored.mine, stored.id) {
            (true, Some(first)) => Ok((stored, first)),
            _ => Err(Problem::NotAuthor),
        }
    }

    fn edit_own(&mut self, id: ChatId, order: u64, text: &str) -> Result<(), Problem> {
        let (stored, first) = self.own(id, order)?;
        check_text(text)?;
        let before = stored.message().filter(|_| can_be_edited(&stored)).ok_or(Problem::NoMessage)?;
        if before.is_forwarded() {
            return Err(Problem::NotAuthor);
        }
        // It would come before what it changes.
        if self.chats[&id].failed.contains(&order) {
            return Err(Problem::NoMessage);
        }
        if before.shown_text().as_deref() == Some(text) {
            return Ok(());
        }
        let message = Message {
            replaces: Some(first),
            in_reply_to: before.in_reply_to,
            expires: before.expires,
            ..Message::text(self.salt(), text)
        };
        let Some(sender) = self.own_identity().filter(|_| is_text(&message)) else { return Err(Problem::Text) };
        let bytes = message.encode();
        let said_id = self.own_message_id(id, &bytes, &message);
        let said = Said { sender, time: self.now, bytes: bytes.clone(), message, id: said_id };
        self.edit(id, order, stored, said);
        self.queue(id, None, bytes);
        Ok(())
    }

    fn delete_for_all(&mut self, id: ChatId, order: u64) -> Result<(), Problem> {
        let (stored, first) = self.own(id, order)?;
        // Never sent, or written again into a fresh room: the deletion goes out in any case.
        self.drop_unsent(id, order);
        let message = Message::taking_back(self.salt(), first, Disposition::Render);
        self.tombstone(id, order, stored);
        self.queue(id, None, message.encode());
        Ok(())
    }

    fn delete_for_me(&mut self, id: ChatId, order: u64) -> Result<(), Problem> {
        self.drop_unsent(id, order);
        self.erase(id, order);
        Ok(())
    }

    /// What waits of a message and was not sent is not sent.
    fn drop_unsent(&mut self, id: ChatId, order: u64) {
        let unsent = |entry: &Entry| entry.order == Some(order) && !matches!(entry.state, Waiting::Sealed(_));
        let unsent: Vec<u64> = self.entries(id).filter(|(_, entry)| unsent(entry)).map(|(number, _)| number).collect();
        for number in unsent {
            self.delete_entry(id, number);
        }
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.failed.retain(|failed| *failed != order);
            chat.retried.retain(|retried| *retried != order);
            self.out.chats_changed.insert(id);
        }
    }

    fn react(&mut self, id: ChatId, order: u64, emoji: &str) -> Result<(), Problem> {
        let (stored, target) = self.sayable(id, order)?;
        if !is_emoji(emoji) {
            return Err(Problem::Emoji);
        }
        let own = self.own_identity().ok_or(Problem::NoChat)?;
        if stored.reactions.iter().any(|given| given.by == own && given.emoji == emoji) {
            return Ok(());
        }
        let message = Message::reaction(self.salt(), target, emoji);
        let bytes = message.encode();
        let reaction = self.own_message_id(id, &bytes, &message);
        if !self.give(id, order, stored, reaction, own, emoji) {
            return Err(Problem::TooMany);
        }
        self.queue(id, None, bytes);
        Ok(())
    }

    fn take_reaction_back(&mut self, id: ChatId, order: u64, emoji: &str) -> Result<(), Problem> {
        let (mut stored, _) = self.sayable(id, order)?;
        let own = self.own_identity().ok_or(Problem::NoChat)?;
        let Some(at) = stored.reactions.iter().position(|given| given.by == own && given.emoji == emoji) else {
            return Ok(());
        };
        let reaction = stored.reactions.remove(at).id;
        self.delete_chat_row(id, Table::Ids, reaction.as_bytes());
        self.put_message(id, order, &stored);
        let message = Message::taking_back(self.salt(), reaction, Disposition::Reaction);
        self.queue(id, None, message.encode());
        Ok(())
    }

    fn forward(&mut self, id: ChatId, order: u64, mut to: Vec<ChatId>) -> Result<(), Problem> {
        let stored = self.stored(id, order).ok_or(Problem::NoMessage)?;
        let message = stored.message().ok_or(Problem::NoMessage)?;
        let is_poll = matches!(PollPart::of(&message), Ok(Some(PollPart::Ask(_))));
        if !(is_poll || is_text(&message) || !message.attached().is_empty()) {
            return Err(Problem::NoMessage);
        }
        to.sort_unstable();
        to.dedup();
        if to.is_empty() || to.len() > MAX_FORWARD {
            return Err(Problem::TooMany);
        }
        to.iter().try_for_each(|chat| self.may_write(*chat))?;
        for chat in to {
            let copy = Message::of(self.salt(), message.part.clone()).forwarding();
            let copy = self.timed(chat, copy);
            self.write(chat, &copy, None)?;
        }
        Ok(())
    }

    /// The poll of a message, while it is open.
    fn poll(&self, id: ChatId, order: u64) -> Result<(Stored, Poll), Problem> {
        let (stored, _) = self.sayable(id, order)?;
        match stored.message().map(|message| PollPart::of(&message)) {
            Some(Ok(Some(PollPart::Ask(poll)))) if !stored.closed => Ok((stored, poll)),
            _ => Err(Problem::NoMessage),
        }
    }

    fn vote(&mut self, id: ChatId, order: u64, mut choices: Vec<u8>) -> Result<(), Problem> {
        let (stored, poll) = self.poll(id, order)?;
        choices.sort_unstable();
        choices.dedup();
        if !poll.takes(&choices) {
            return Err(Problem::Poll);
        }
        let message = PollPart::Vote(choices).message(self.salt(), stored.id);
        self.queue(id, None, message.encode());
        Ok(())
    }

    fn close_poll(&mut self, id: ChatId, order: u64) -> Result<(), Problem> {
        self.own(id, order)?;
        let (stored, _) = self.poll(id, order)?;
        let message = PollPart::Close.message(self.salt(), stored.id);
        self.queue(id, None, message.encode());
        Ok(())
    }

    fn pin(&mut self, id: ChatId, order: u64, pin: Pin) -> Result<(), Problem> {
        let (_, target) = self.sayable(id, order)?;
        let own = self.own_identity().ok_or(Problem::NoChat)?;
        if !self.may_pin(id, &own) {
            return Err(Problem::NotAuthor);
        }
        let message = pin.message(self.salt(), target);
        self.queue(id, None, message.encode());
        Ok(())
    }

    /// What a message of this person or another is from now on known by.
    pub(super) fn role(mine: bool) -> Role {
        if mine { Role::Own } else { Role::Theirs }
    }
}

/// The conversation of a command that names a message.
fn place_of(command: &Command) -> Option<ChatId> {
    match command {
        Command::Reply { chat, .. }
        | Command::Edit { chat, .. }
        | Command::DeleteForAll { chat, .. }
        | Command::DeleteForMe { chat, .. }
        | Command::React { chat, .. }
        | Command::Forward { chat, .. }
        | Command::Vote { chat, .. }
        | Command::ClosePoll { chat, .. }
        | Command::Pin { chat, .. }
        | Command::Details { chat, .. } => Some(*chat),
        _ => None,
    }
}

fn check_text(text: &str) -> Result<(), Problem> {
    match text.trim().is_empty() || text.len() > MAX_TEXT {
        true => Err(Problem::Text),
        false => Ok(()),
    }
}
