//! Messages with files: what is said about them to the engine. What is said is bytes, which only a part of the page writes.

use std::any::Any;
use std::rc::Rc;

use leptos::prelude::*;
use xchat_engine::api::{ChatId, Command};

use super::Session;

impl Session {
    /// What a part of the page keeps for a conversation while the page is open.
    pub(crate) fn keep_by(self, chat: ChatId, new: impl FnOnce() -> Rc<dyn Any>) -> Rc<dyn Any> {
        let found = |(of, kept): &(ChatId, Rc<dyn Any>)| (*of == chat).then(|| kept.clone());
        if let Some(kept) = self.aside(|aside| aside.by_part.iter().find_map(found)) {
            return kept;
        }
        // It may ask for something of the session meanwhile.
        let kept = new();
        self.aside(|aside| aside.by_part.push((chat, kept.clone())));
        kept
    }

    /// All that parts of the page keep for conversations.
    pub(crate) fn kept(self) -> Vec<(ChatId, Rc<dyn Any>)> {
        self.aside(|aside| aside.by_part.clone())
    }

    /// Says something about the files of a conversation, by the bytes of a `FileCommand`.
    pub(crate) fn about_files(self, chat: ChatId, tag: Option<u32>, reply: Option<u64>, what: Vec<u8>) {
        self.send(Command::Files { chat, reply, tag, what: what.into() });
    }

    /// What stands in the composer goes with files: it is kept until they are stored. Answers its tag, its words as they are sent, and
    /// the message that it answers.
    pub(crate) fn begin_files(self, chat: ChatId) -> (u32, String, Option<u64>) {
        let (aim, text) = untrack(|| (self.aim(chat), self.written(chat)));
        // What changes a message stays where it is, and what was written before with it.
        if aim.as_ref().is_some_and(|aim| aim.edit.is_some()) {
            return (self.keep_unsaved(chat, String::new(), None), String::new(), None);
        }
        let reply = aim.as_ref().map(|aim| aim.order);
        if reply.is_some() {
            self.set_aim(chat, None);
        }
        self.draft(chat, String::new());
        let spelled = self.spelled(chat, &text);
        (self.keep_unsaved(chat, text, aim), spelled, reply)
    }

    /// Writes the message of this tag, by the bytes of a `FileCommand`.
    pub(crate) fn write_files(self, chat: ChatId, tag: u32, reply: Option<u64>, what: Vec<u8>) {
        if self.open.get_untracked() == Some(chat) {
            self.unread_from.set(None);
            self.latest();
        }
        self.about_files(chat, Some(tag), reply, what);
    }

    /// The message of this tag is not to be written: its words come back.
    pub(crate) fn take_back(self, tag: u32) {
        if let Some(kept) = self.answered(tag) {
            self.to_draft(kept);
        }
    }
}
