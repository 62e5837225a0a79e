//! How conversations are kept: what the list's menu asks for, and drafts, which outlive the page.

use std::time::Duration;

use leptos::prelude::*;
use xchat_engine::api::{Arrange, ChatId, ChatView, Command, Draft, MAX_TEXT, MessageView};

use super::{Aim, Session};
use crate::ui::chat::aim;

/// A draft is given to the engine once nothing was typed for so long.
const KEEP_AFTER: Duration = Duration::from_millis(500);

impl Session {
    /// Changes how a conversation is kept.
    pub(crate) fn arrange(self, chat: ChatId, change: Arrange) {
        self.send(Command::Arrange { chat, change });
    }

    /// All of a conversation counts as seen, and it is not marked unread any more.
    pub(crate) fn mark_read(self, chat: ChatId) {
        let last = self.chats.with_untracked(|chats| chats.find(chat));
        let order = last.and_then(|view| view.with_untracked(|chat| chat.last.as_ref().map(|last| last.order)));
        self.send(Command::Seen { chat, order: order.unwrap_or(0) });
    }

    /// A draft has changed: the engine hears of it when the typing rests.
    pub(super) fn keep_draft(self, chat: ChatId) {
        let (number, waiting) = self.aside(|aside| aside.keeping);
        if waiting.is_some_and(|other| other != chat) {
            self.keep_now();
        }
        let number = number.wrapping_add(1);
        self.aside(|aside| aside.keeping = (number, Some(chat)));
        let rested = move || {
            if self.aside(|aside| aside.keeping.0) == number {
                self.keep_now();
            }
        };
        set_timeout(rested, KEEP_AFTER);
    }

    /// Gives the engine the draft that it has not heard of.
    pub(crate) fn keep_now(self) {
        // A conversation is also closed when the whole page goes.
        let Some(chat) = self.aside(|aside| aside.keeping.1.take()) else { return };
        let text = self.drafts.with_untracked(|drafts| drafts.get(&chat).cloned()).unwrap_or_default();
        // The composer says that it is too long; what was kept before stays.
        if text.len() <= MAX_TEXT {
            let reply = self.reply(chat);
            let draft = Some(Draft { text, reply }).filter(|draft| !draft.text.is_empty());
            self.send(Command::Draft { chat, draft });
        }
    }

    /// Another device has changed a draft. What is being typed here goes before it.
    pub(super) fn drafted(self, chat: ChatId, draft: Option<Draft>) {
        if self.aside(|aside| aside.keeping.1) == Some(chat) {
            return;
        }
        self.aside(|aside| _ = aside.returned.remove(&chat));
        self.replies_to(chat, draft.as_ref().and_then(|draft| draft.reply));
        self.drafts.update(|drafts| match draft {
            Some(draft) => _ = drafts.insert(chat, draft.text),
            None => _ = drafts.remove(&chat),
        });
    }

    /// What was begun before this page was opened.
    pub(super) fn restore_drafts(self, chats: &[ChatView]) {
        for chat in chats {
            self.replies_to(chat.id, chat.draft.as_ref().and_then(|draft| draft.reply));
        }
        let kept = |chat: &ChatView| Some((chat.id, chat.draft.as_ref()?.text.clone()));
        let kept: Vec<_> = chats.iter().filter_map(kept).collect();
        if !kept.is_empty() {
            self.drafts.update(|drafts| kept.into_iter().for_each(|(id, text)| _ = drafts.entry(id).or_insert(text)));
        }
    }
    /// The message that a conversation's draft answers.
    fn reply(self, chat: ChatId) -> Option<u64> {
        untrack(|| self.aim(chat)).filter(|aim| aim.edit.is_none()).map(|aim| aim.order)
    }

    /// What a draft answers that was not begun on this page. The message itself is asked for when the conversation opens.
    fn replies_to(self, chat: ChatId, order: Option<u64>) {
        let editing = untrack(|| self.aim(chat)).is_some_and(|aim| aim.edit.is_some());
        if editing || self.reply(chat) == order {
            return;
        }
        self.set_aim(chat, order.map(|order| Aim { chat, order, edit: None, who: None, words: None }));
        if self.open.get_untracked() == Some(chat) {
            self.ask_answered(chat);
        }
    }

    /// Asks for the message that a draft answers, however far up it is.
    pub(super) fn ask_answered(self, chat: ChatId) {
        if let Some(order) = self.unknown(chat) {
            self.send(Command::Load { chat, before: Some(order + 1), limit: 1 });
        }
    }

    /// What a draft answers, while the message is not known.
    fn unknown(self, chat: ChatId) -> Option<u64> {
        untrack(|| self.aim(chat)).filter(|aim| aim.words.is_none()).map(|aim| aim.order)
    }

    /// Whether a page is the answer to that.
    pub(super) fn is_answered(self, chat: ChatId, page: &[MessageView], before: Option<u64>) -> bool {
        let Some(order) = self.unknown(chat).filter(|order| before == Some(order + 1)) else { return false };
        let message = page.last().filter(|message| message.order == order);
        let view = untrack(|| self.chat(chat));
        self.set_aim(chat, message.zip(view).map(|(message, view)| aim(chat, view, message)));
        true
    }
}
