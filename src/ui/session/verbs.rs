//! What a person can ask for, as methods. Each becomes one `Command`, or a change of the page alone.

use std::time::Duration;

use leptos::prelude::*;
use xchat_engine::api::{Arrange, ChatId, Command, MAX_PAGE, Privacy, WordAnswer};

use super::apply::page_looked_at;
use super::joins::opening;
use super::{Aim, Chats, History, LinkState, STEP, Session, Toast, Unsaved};

/// How long a toast stays: two lines read slowly.
pub(crate) const TOAST_TIME: Duration = Duration::from_secs(6);

impl Session {
    pub(super) fn send(self, command: Command) {
        let port = self.aside(|aside| aside.port.clone());
        if let Some(port) = port {
            port(command);
        }
    }

    /// Makes the account.
    pub(crate) fn create_account(self, name: String) {
        self.naming.set(true);
        self.name_refused.set(false);
        self.send(Command::CreateAccount { name });
    }

    /// Changes the own name.
    pub(crate) fn rename(self, name: String) {
        self.naming.set(true);
        self.name_refused.set(false);
        self.send(Command::Rename { name });
    }

    /// What this person looks like from now on.
    pub(crate) fn set_picture(self, picture: Option<Vec<u8>>) {
        self.send(Command::SetPicture { picture: picture.map(Into::into) });
    }

    /// What this person says of themselves from now on.
    pub(crate) fn set_about(self, text: String) {
        self.naming.set(true);
        self.send(Command::SetAbout { text });
    }

    /// What this person lets others know from now on.
    pub(crate) fn set_privacy(self, privacy: Privacy) {
        self.send(Command::SetPrivacy { privacy });
    }

    /// Takes back what was said about a name.
    pub(crate) fn name_edited(self) {
        self.name_refused.set(false);
    }

    /// Asks for the twelve words.
    pub(crate) fn show_words(self) {
        self.words_right.set(None);
        self.send(Command::ShowWords);
    }

    /// Gives back the words that were asked for.
    pub(crate) fn confirm_words(self, answers: Vec<WordAnswer>) {
        self.words_right.set(None);
        self.send(Command::ConfirmWords { answers });
    }

    /// Takes back what was said about the words.
    pub(crate) fn words_edited(self) {
        self.words_right.set(None);
    }

    /// Forgets the words: their page was left.
    pub(crate) fn hide_words(self) {
        self.words.set(None);
        self.words_right.set(None);
    }

    /// Opens the link of a person or a group.
    pub(crate) fn open_link(self, link: String) {
        self.link.set(LinkState::Opening);
        self.aside(|aside| aside.opening = Some(link.clone()));
        self.send(opening(link));
    }

    /// Takes back what was said about a link.
    pub(crate) fn link_edited(self) {
        self.aside(|aside| aside.opening = None);
        self.link.set(LinkState::Idle);
    }

    /// Opens a conversation: its last messages are asked for.
    pub(crate) fn open(self, chat: ChatId) {
        let view = self.chats.with_untracked(|chats| chats.find(chat)).map(|view| view.get_untracked());
        let (unread, first_unread) = view.as_ref().map_or((0, None), |chat| (chat.unread, chat.first_unread));
        if view.is_some_and(|chat| chat.arranged.unread) {
            self.arrange(chat, Arrange::Unread(false));
        }
        self.open.set(Some(chat));
        self.history.set(History::opening());
        self.unread_from.set(first_unread.filter(|_| unread > 0));
        // With unread messages the reader is placed at their line; only then it shows whether the end is in view.
        self.following.set(unread == 0);
        self.aside(|aside| aside.seen = None);
        self.seek_no_more();
        self.choose_none();
        if self.searched.get_untracked() != Some(chat) {
            self.searched.set(None);
        }
        let limit = u32::try_from(STEP).unwrap_or(MAX_PAGE);
        // The unread line and a little before it should be there.
        let limit = limit.max(unread.saturating_add(limit / 4)).min(MAX_PAGE);
        self.send(Command::Load { chat, before: None, limit });
        self.ask_answered(chat);
    }

    /// Closes it, unless another was opened meanwhile.
    pub(crate) fn close(self, chat: ChatId) {
        self.keep_now();
        if self.open.get_untracked() == Some(chat) {
            self.open.set(None);
            self.searched.set(None);
            self.history.set(History::default());
            self.unread_from.set(None);
        }
    }

    /// Asks what all conversations take on this device.
    pub(crate) fn measure(self) {
        let chats = self.chats.with_untracked(|chats| chats.rows().iter().map(|(id, _)| *id).collect());
        self.send(Command::Storage { chats });
    }

    /// Deletes the messages of a conversation on this device.
    pub(crate) fn clear(self, chat: ChatId) {
        self.send(Command::Clear { chat });
    }

    /// They are gone.
    pub(super) fn cleared(self, chat: ChatId) {
        self.stored.update(|stored| stored.retain(|one| one.chat != chat));
        if self.open.get_untracked() == Some(chat) {
            self.history.set(History::opening());
            self.unread_from.set(None);
            self.load(chat, None);
        }
    }

    /// The page speaks another language.
    pub(crate) fn speaks_anew(self) {
        self.chats.with_untracked(Chats::name);
    }

    /// Opens what this person writes to themselves.
    pub(crate) fn open_notes(self) {
        self.send(Command::OpenNotes);
    }

    pub(super) fn load(self, chat: ChatId, before: Option<u64>) {
        let limit = u32::try_from(STEP).unwrap_or(MAX_PAGE);
        self.send(Command::Load { chat, before, limit });
    }

    /// Shows older messages of the open conversation.
    pub(crate) fn older(self) {
        let Some(chat) = self.open.get_untracked() else {
            return;
        };
        if !self.history.with_untracked(History::has_older) || self.history.with_untracked(History::loading) {
            return;
        }
        let before = self.history.try_update(History::older).flatten();
        if before.is_some() {
            self.load(chat, before);
        }
    }

    /// Shows newer messages of the open conversation, where they are not drawn.
    pub(crate) fn newer(self) {
        let Some(chat) = self.open.get_untracked() else { return };
        if self.history.with_untracked(|history| history.ends_here() || history.loading()) {
            return;
        }
        let before = self.history.try_update(History::newer).flatten();
        if before.is_some() {
            self.load(chat, before);
        }
    }

    /// Shows the newest messages of the open conversation: at once, or when they have come.
    pub(crate) fn latest(self) {
        self.seek_no_more();
        if !self.history.with_untracked(History::ends_here)
            && self.history.try_update(History::latest).unwrap_or_default()
            && let Some(chat) = self.open.get_untracked()
        {
            self.load(chat, None);
        }
        self.following.set(!self.history.with_untracked(History::returns));
    }

    /// The reader came to the end of the open conversation, or left it.
    pub(crate) fn follow(self, following: bool) {
        if self.following.get_untracked() != following {
            self.following.set(following);
        }
    }

    /// Everything in the open conversation up to its end is on the screen: says so, once.
    pub(crate) fn look(self, chat: ChatId, unread: u32) {
        let at_end = self.following.get_untracked()
            && self.history.with_untracked(|history| history.loaded() && history.ends_here());
        let newest = self.history.with_untracked(History::newest);
        let Some(order) = newest.filter(|_| at_end && unread > 0 && page_looked_at()) else {
            return;
        };
        if self.aside(|aside| aside.seen.replace((chat, order))) != Some((chat, order)) {
            self.send(Command::Seen { chat, order });
        }
    }

    /// Tracks what lies over the conversation: it is told whenever that has gone.
    pub(crate) fn track_bared(self) {
        self.bared.track();
    }

    /// A dialog or a menu has left the page: what it lay over can be read again.
    pub(crate) fn bare(self) {
        let _gone = self.bared.try_set(());
    }

    /// The first message of the open conversation that was not seen.
    pub(crate) fn first_unseen(self) -> Option<(ChatId, u64)> {
        let chat = self.open.get_untracked()?;
        let view = self.chats.with_untracked(|chats| chats.find(chat))?;
        Some((chat, view.with_untracked(|chat| chat.first_unread)?))
    }

    /// What is in the open conversation from one message to another was on the screen: says so. Where something unread stands above
    /// them, all of it is still to be read.
    pub(crate) fn saw(self, top: u64, order: u64) {
        if let Some((chat, from)) = self.first_unseen()
            && (top..=order).contains(&from)
            && page_looked_at()
        {
            self.send(Command::Seen { chat, order });
        }
    }

    /// Writes a message, which may answer another.
    pub(super) fn write(self, chat: ChatId, text: String, aim: Option<Aim>) {
        self.draft(chat, String::new());
        self.unread_from.set(None);
        self.latest();
        let spelled = self.spelled(chat, &text);
        let answered = aim.as_ref().map(|aim| aim.order);
        let tag = self.keep_unsaved(chat, text, aim);
        match answered {
            Some(order) => {
                self.end_aim(chat);
                self.send(Command::Reply { chat, order, text: spelled, tag });
            }
            None => self.send(Command::Send { chat, text: spelled, tag }),
        }
    }

    /// Keeps a text until it is stored. Answers its tag.
    pub(super) fn keep_unsaved(self, chat: ChatId, text: String, aim: Option<Aim>) -> u32 {
        let tag = self.next_tag();
        self.aside(|aside| aside.unsaved.push(Unsaved { tag, chat, text, aim }));
        tag
    }

    /// Something was written that is not stored yet: leaving now would lose it.
    pub(crate) fn has_unsaved(self) -> bool {
        self.aside(|aside| !aside.unsaved.is_empty())
    }

    /// Keeps what is written and not sent.
    pub(crate) fn draft(self, chat: ChatId, text: String) {
        self.drafts.update(|drafts| {
            if text.is_empty() {
                drafts.remove(&chat);
                self.aside(|aside| _ = aside.returned.remove(&chat));
            } else {
                drafts.insert(chat, text);
            }
        });
        self.keep_draft(chat);
    }

    /// Tries a failed message again.
    pub(crate) fn retry(self, chat: ChatId, order: u64) {
        self.send(Command::Retry { chat, order });
    }

    /// Accepts a request.
    pub(crate) fn accept(self, chat: ChatId) {
        self.send(Command::Accept { chat });
    }

    /// Blocks the person.
    pub(crate) fn block(self, chat: ChatId) {
        self.send(Command::Block { chat });
    }

    /// Takes the block back.
    pub(crate) fn unblock(self, chat: ChatId) {
        self.send(Command::Unblock { chat });
    }

    /// Deletes the conversation.
    pub(crate) fn delete(self, chat: ChatId) {
        self.aside(|aside| aside.deleting = Some(chat));
        self.send(Command::Delete { chat });
    }

    /// Takes the device over from another tab.
    pub(crate) fn use_here(self) {
        self.send(Command::UseHere);
    }

    /// Connects now.
    pub(crate) fn reconnect(self) {
        self.send(Command::Reconnect);
    }

    /// Shows a sentence for a while.
    pub(crate) fn toast(self, text: String) {
        let id = self.next_tag();
        self.toasts.update(|toasts| toasts.push(Toast { id, text }));
        set_timeout(move || self.dismiss(id), TOAST_TIME);
    }

    pub(crate) fn dismiss(self, id: u32) {
        self.toasts.update(|toasts| toasts.retain(|toast| toast.id != id));
    }
}
