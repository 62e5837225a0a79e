//! What a person asks for, each by one verb.

use crate::sorted::SortedSet;

use crate::{
    Engine,
    api::{ChatId, Command, Event, MAX_FORWARD, Problem},
};

impl Engine {
    /// Conversations whose rows a command needs.
    pub(crate) fn chats_of_command(&self, command: &Command) -> SortedSet<ChatId> {
        match command {
            Command::Send { chat, .. }
            | Command::Files { chat, .. }
            | Command::Retry { chat, .. }
            | Command::Accept { chat }
            | Command::Unblock { chat }
            | Command::Delete { chat }
            | Command::Clear { chat }
            | Command::Seen { chat, .. }
            | Command::ChangeGroup { chat, .. }
            | Command::LeaveGroup { chat }
            | Command::Members { chat }
            | Command::JoinRequests { chat }
            | Command::Picture { chat }
            | Command::Reply { chat, .. }
            | Command::Edit { chat, .. }
            | Command::DeleteForAll { chat, .. }
            | Command::DeleteForMe { chat, .. }
            | Command::React { chat, .. }
            | Command::SetTimer { chat, .. }
            | Command::Poll { chat, .. }
            | Command::Vote { chat, .. }
            | Command::ClosePoll { chat, .. }
            | Command::Pin { chat, .. }
            | Command::Details { chat, .. }
            | Command::Preview { chat, .. }
            | Command::Typing { chat } => SortedSet::from([*chat]),
            // What somebody who is blocked has asked for in groups vanishes.
            Command::Block { chat } => self.chats_with_requests().into_iter().chain([*chat]).collect(),
            Command::Forward { chat, to, .. } => {
                // More than may be are refused, not loaded.
                to.iter()
                    .take(MAX_FORWARD)
                    .copied()
                    .chain([*chat])
                    .filter(|chat| self.chats.contains_key(chat))
                    .collect()
            }
            // The new card goes to everybody; a device that is revoked goes out everywhere.
            Command::Rename { .. } | Command::SetPicture { .. } | Command::RevokeDevice { .. } => {
                self.chats.keys().copied().collect()
            }
            _ => SortedSet::new(),
        }
    }

    pub(crate) fn command(&mut self, command: Command) {
        let needed = self.chats_of_command(&command);
        let damaged = !matches!(command, Command::Rename { .. } | Command::SetPicture { .. })
            && needed.iter().any(|chat| self.damaged.contains(chat));
        if let Some(tag) = command.tag() {
            return match (command, damaged) {
                (_, true) => self.written(tag, Err(Problem::RowDamaged)),
                (Command::Send { chat, text, .. }, _) => {
                    let sent = self.send_text(chat, &text);
                    self.written(tag, sent);
                }
                (Command::Files { chat, reply: None, what, .. }, _) => {
                    let sent = self.file_command(chat, None, &what);
                    self.written(tag, sent);
                }
                (Command::Poll { chat, question, options, multiple, .. }, _) => {
                    let sent = self.ask_poll(chat, question, options, multiple);
                    self.written(tag, sent);
                }
                (command, _) => self.will_ask(command),
            };
        }
        if damaged {
            return self.refuse(Problem::RowDamaged);
        }
        // It holds the account's keys still, and would be back by them.
        if self.is_out() && is_of_account(&command) {
            return self.refuse(Problem::Removed);
        }
        if super::act::named(&command).is_some() {
            return self.will_ask(command);
        }
        let done = match command {
            Command::CreateAccount { name } => self.create_account(&name),
            Command::ShowWords => self.show_words(),
            Command::ConfirmWords { answers } => self.confirm_words(&answers),
            Command::Rename { name } => self.rename(&name),
            Command::SetPicture { picture } => self.set_picture(picture),
            Command::SetAbout { text } => self.set_about(&text),
            Command::OpenLink { link } => self.open_link(&link),
            Command::OpenNotes => self.open_notes(),
            Command::Clear { chat } => self.clear(chat),
            Command::Retry { chat, order } => self.retry(chat, order),
            Command::Accept { chat } => self.accept(chat),
            Command::Block { chat } => self.block(chat),
            Command::Unblock { chat } => self.unblock(chat),
            Command::Delete { chat } => self.delete(chat),
            Command::Seen { chat, order } => self.seen(chat, order),
            Command::LinkThisDevice { name } => self.link_this_device(&name),
            Command::LinkDevice { link } => self.link_device(&link),
            Command::ConfirmLink { right } => self.confirm_link(right),
            Command::ShareHistory { on } => self.share_history(on),
            Command::RevokeDevice { device } => self.revoke_device(&device),
            Command::NameDevice { device, name } => self.name_device(&device, &name),
            Command::Devices => {
                self.show_devices();
                Ok(())
            }
            Command::CreateGroup { name, people } => self.create_group(&name, &people),
            Command::ChangeGroup { chat, change } => self.change_group(chat, change),
            Command::LeaveGroup { chat } => self.leave_group(chat),
            Command::Members { chat } => self.ask_members(chat),
            Command::Picture { chat } => self.show_picture(chat),
            Command::Files { chat, reply: None, what, .. } => self.file_command(chat, None, &what),
            Command::SetTimer { chat, seconds } => self.set_timer(chat, seconds),
            Command::Typing { chat } => self.typing(chat),
            Command::SetPrivacy { privacy } => self.set_privacy(privacy),
            Command::Arrange { chat, change } => self.arrange(chat, change),
            Command::Draft { chat, draft } => self.draft(chat, draft),
            Command::OpenInvite { link } => self.open_invite(&link),
            Command::AskToJoin { link } => self.ask_to_join(&link),
            Command::WithdrawJoin { link } => self.withdraw_join(&link),
            Command::JoinRequests { chat } => self.ask_requests(chat),
            Command::Search { search, query, chat, from } => {
                self.search(search, &query, chat, from);
                Ok(())
            }
            Command::Blocked => {
                self.show_blocked();
                Ok(())
            }
            Command::Preview { preview, chat, text } => {
                self.preview(preview, chat, &text);
                Ok(())
            }
            // Answered above; and the worker's own.
            _ => Ok(()),
        };
        if let Err(problem) = done {
            self.refuse(problem);
        }
    }

    /// Says what became of a message of this tag.
    pub(super) fn written(&mut self, tag: u32, written: Result<(), Problem>) {
        self.out.events.push(match written {
            Ok(()) => Event::Written { tag },
            Err(problem) => Event::NotWritten { tag, problem: Some(problem) },
        });
    }

    pub(super) fn refuse(&mut self, problem: Problem) {
        self.out.events.push(Event::Refused { problem });
    }
}

/// Whether a command changes the account or its devices.
fn is_of_account(command: &Command) -> bool {
    matches!(
        command,
        Command::Rename { .. }
            | Command::SetPicture { .. }
            | Command::SetAbout { .. }
            | Command::SetPrivacy { .. }
            | Command::LinkDevice { .. }
            | Command::ConfirmLink { right: true }
            | Command::RevokeDevice { .. }
            | Command::NameDevice { .. }
    )
}
