//! New messages of this person: texts, polls, timers. Stored, shown and queued in one step.

use openmls_traits::OpenMlsProvider as _;

use crate::{
    Engine,
    api::{ChatId, ChatState, GroupChange, MAX_TEXT, MAX_TIMER, Problem},
    content::{Choice, Expiry, Message, MessageId, Poll, PollPart, Timer},
    rows::{Scope, Table},
    state::{Role, Stored, StoredBody, key},
};

/// Own messages without a read report that reports are matched with; the oldest beyond it stay as far as they have come.
const MAX_UNREAD_OWN: usize = 1024;

impl Engine {
    /// Whether this person may write in a conversation.
    pub(super) fn may_write(&self, id: ChatId) -> Result<(), Problem> {
        let chat = self.chats.get(&id);
        if chat.is_some_and(|chat| !chat.is_in() || chat.group().is_some_and(|head| head.leaving)) {
            return Err(Problem::NotAMember);
        }
        match chat.map(|chat| chat.state) {
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
    pub(super) fn index_own(&mut self, id: ChatId, message: &MessageId, order: u64) {
        self.put_chat_row(id, Table::State, &key::of(key::OWN, message.as_bytes()), order.to_be_bytes().to_vec());
        let count = self.provider.storage().journal().range(Scope::Chat(id), Table::State, key::OWN).count();
        if count > MAX_UNREAD_OWN
            && let Some((oldest, _)) =
                self.chat_rows(id, Table::State, key::OWN).into_iter().min_by(|a, b| a.1.cmp(&b.1))
        {
            self.delete_chat_row(id, Table::State, &oldest);
        }
    }

    /// Fresh bytes for a message's salt.
    pub(super) fn salt(&self) -> [u8; 16] {
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
        self.write(id, &message, None)?;
        self.drop_draft(id);
        Ok(())
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
        if self.chats.get(&id).is_some_and(|chat| chat.group().is_some()) {
            return self.change_group(id, GroupChange::Timer { seconds });
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

    /// What a message of this person or another is from now on known by.
    pub(super) fn role(mine: bool) -> Role {
        if mine { Role::Own } else { Role::Theirs }
    }
}

/// Whether a text may be written.
pub(super) fn check_text(text: &str) -> Result<(), Problem> {
    match text.trim().is_empty() || text.len() > MAX_TEXT {
        true => Err(Problem::Text),
        false => Ok(()),
    }
}
