//! Messages of this person that are no texts, polls and timers, and what all of theirs have: a salt, a timer, a place among those that
//! reports name. How a message goes out is `send.rs`'s.

use openmls_traits::OpenMlsProvider as _;

use crate::{
    Engine,
    api::{ChatId, GroupChange, MAX_TIMER, Problem},
    content::{Choice, Expiry, Message, MessageId, Poll, PollPart, Timer},
    rows::{Scope, Table},
    state::{Role, key},
};

/// Own messages without a read report that reports are matched with; the oldest beyond it stay as far as they have come.
const MAX_UNREAD_OWN: usize = 1024;

impl Engine {
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
        self.write(id, &message, None).map(drop)
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
