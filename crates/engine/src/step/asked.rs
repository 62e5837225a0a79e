//! What a person does to messages, each by one verb. The message that a command names is here when its verb is called.

use xchat_files::FileSource;

use super::{
    act::{Said, What},
    amend::{can_be_edited, is_text},
    claims::chunks_of,
    message::{attachments, once},
    send::check_text,
};
use crate::{
    Engine,
    api::{ChatId, ChatState, Command, MAX_FORWARD, Problem},
    content::{Disposition, Message, MessageId, Pin, Poll, PollPart, is_emoji, keep_until, with_text},
    rows::Table,
    sorted::in_order,
    state::Stored,
};

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
            Command::Files { chat, reply: Some(order), what, .. } => {
                let target = self.sayable(chat, order);
                target.and_then(|(_, target)| self.file_command(chat, Some((order, target)), &what))
            }
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

    fn reply_to(&mut self, id: ChatId, order: u64, text: &str) -> Result<(), Problem> {
        let (_, target) = self.sayable(id, order)?;
        check_text(text)?;
        let message = Message { in_reply_to: Some(target), ..Message::text(self.salt(), text) };
        let message = self.timed(id, message);
        self.write(id, &message, Some(order))?;
        self.drop_draft(id);
        Ok(())
    }

    /// A message of an open conversation that something can be said about, and the id of its latest version.
    pub(super) fn sayable(&self, id: ChatId, order: u64) -> Result<(Stored, MessageId), Problem> {
        if self.chats.get(&id).is_none_or(|chat| chat.state != ChatState::Open) {
            return Err(Problem::NoChat);
        }
        let stored = self.stored(id, order).ok_or(Problem::NoMessage)?;
        let latest = stored.versions.last().copied().or(stored.id);
        match latest.filter(|_| stored.is_alive()) {
            Some(latest) => Ok((stored, latest)),
            None => Err(Problem::NoMessage),
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
            ..Message::of(self.salt(), with_text(&before.part, text))
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
        self.drop_unsent(id, Some(order));
        let message = Message::taking_back(self.salt(), first, Disposition::Render);
        self.give_up(Some(first), chunks_of(&stored));
        self.tombstone(id, order, stored);
        self.queue(id, None, message.encode());
        Ok(())
    }

    fn delete_for_me(&mut self, id: ChatId, order: u64) -> Result<(), Problem> {
        self.drop_unsent(id, Some(order));
        self.erase(id, order);
        Ok(())
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
        // What may be seen once is nobody's to pass on.
        let message = stored.message().filter(|message| once(message).is_none()).ok_or(Problem::NoMessage)?;
        let is_poll = matches!(PollPart::of(&message), Ok(Some(PollPart::Ask(_))));
        // Its files are not at the relay yet, and those who get the copy would look for them.
        if self.has_files_to_go(id, Some(order)) || !(is_poll || is_text(&message) || !message.attached().is_empty()) {
            return Err(Problem::NoMessage);
        }
        // So many conversations are loaded, and no more.
        if to.is_empty() || to.len() > MAX_FORWARD {
            return Err(Problem::TooMany);
        }
        in_order(&mut to, |a, b| a < b);
        to.dedup();
        to.iter().try_for_each(|chat| self.may_write(*chat))?;
        let sources: Vec<FileSource> = attachments(&message).into_iter().filter_map(|file| file.source).collect();
        let mut part = message.part;
        keep_until(&mut part, self.kept_until());
        for chat in to {
            let copy = Message::of(self.salt(), part.clone()).forwarding();
            let copy = self.timed(chat, copy);
            self.write_with_files(chat, &copy, None, &sources)?;
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
        in_order(&mut choices, |a, b| a < b);
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
}

/// The conversation of a command that names a message.
fn place_of(command: &Command) -> Option<ChatId> {
    match command {
        Command::Reply { chat, .. }
        | Command::Files { chat, .. }
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
