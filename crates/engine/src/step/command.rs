//! What a person asks for, each by one verb.

use std::collections::BTreeSet;

use crate::{
    Engine,
    api::{ChatId, Command, Event, Problem},
};

impl Engine {
    /// Conversations whose rows a command needs.
    pub(crate) fn chats_of_command(&self, command: &Command) -> BTreeSet<ChatId> {
        match command {
            Command::Send { chat, .. }
            | Command::Retry { chat, .. }
            | Command::Accept { chat }
            | Command::Block { chat }
            | Command::Unblock { chat }
            | Command::Delete { chat }
            | Command::Seen { chat, .. }
            | Command::ChangeGroup { chat, .. }
            | Command::LeaveGroup { chat }
            | Command::Members { chat } => BTreeSet::from([*chat]),
            // The new card goes to everybody.
            Command::Rename { .. } => self.chats.keys().copied().collect(),
            _ => BTreeSet::new(),
        }
    }

    pub(crate) fn command(&mut self, command: Command) {
        let needed = self.chats_of_command(&command);
        let damaged =
            !matches!(command, Command::Rename { .. }) && needed.iter().any(|chat| self.damaged.contains(chat));
        if let Command::Send { chat, text, tag } = command {
            let sent = if damaged { Err(Problem::RowDamaged) } else { self.send_text(chat, &text) };
            self.out.events.push(match sent {
                Ok(()) => Event::Written { tag },
                Err(problem) => Event::NotWritten { tag, problem: Some(problem) },
            });
            return;
        }
        if damaged {
            return self.refuse(Problem::RowDamaged);
        }
        let done = match command {
            Command::CreateAccount { name } => self.create_account(&name),
            Command::ShowWords => self.show_words(),
            Command::ConfirmWords { answers } => self.confirm_words(&answers),
            Command::Rename { name } => self.rename(&name),
            Command::OpenLink { link } => self.open_link(&link),
            Command::Retry { chat, order } => self.retry(chat, order),
            Command::Accept { chat } => self.accept(chat),
            Command::Block { chat } => self.block(chat),
            Command::Unblock { chat } => self.unblock(chat),
            Command::Delete { chat } => self.delete(chat),
            Command::Seen { chat, order } => self.seen(chat, order),
            Command::CreateGroup { name, people } => self.create_group(&name, &people),
            Command::ChangeGroup { chat, change } => self.change_group(chat, change),
            Command::LeaveGroup { chat } => self.leave_group(chat),
            Command::Members { chat } => self.ask_members(chat),
            // Answered above; and the worker's own.
            Command::Send { .. } | Command::Load { .. } | Command::UseHere | Command::Reconnect => Ok(()),
        };
        if let Err(problem) = done {
            self.refuse(problem);
        }
    }

    pub(super) fn refuse(&mut self, problem: Problem) {
        self.out.events.push(Event::Refused { problem });
    }
}
