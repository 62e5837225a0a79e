//! Messages: what a person does with one that is there, and what the one that is being written is about.

use leptos::prelude::*;
use minicbor::bytes::ByteVec;
use xchat_engine::api::{Body, ChatId, Command, Event, Mark, MessageView};

use super::Session;
use super::mention::{Picked, spell, unspell};

/// What a message that is being written is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aim {
    pub(crate) chat: ChatId,
    /// The message that is answered or changed.
    pub(crate) order: u64,
    /// Its new text, where it is being changed; else it is answered.
    pub(crate) edit: Option<String>,
    /// Who wrote it; none: this person.
    pub(crate) who: Option<String>,
    /// Its words, on one line. None: the message is not known yet.
    pub(crate) words: Option<String>,
}

/// What is known of a message: of this one in this conversation, these bytes of a `Known`.
pub(crate) type About = (ChatId, u64, ByteVec);

/// Whether this person may change it: an own text that is on its way or there, and that they did not pass on.
pub(crate) fn can_edit(message: &MessageView) -> bool {
    let text = matches!(message.body, Body::Text { .. });
    text && message.mine && !message.forwarded && message.mark != Some(Mark::Failed)
}

impl Session {
    /// What the message that is being written in a conversation is about. Tracks it.
    pub(crate) fn aim(self, chat: ChatId) -> Option<Aim> {
        self.aims.with(|aims| aims.iter().find(|aim| aim.chat == chat).cloned())
    }

    /// From now on it is about this.
    pub(crate) fn aim_at(self, aim: Aim) {
        let chat = aim.chat;
        self.set_aim(chat, Some(aim));
        self.keep_draft(chat);
    }

    pub(super) fn set_aim(self, chat: ChatId, aim: Option<Aim>) {
        self.aims.update(|aims| {
            aims.retain(|other| other.chat != chat);
            aims.extend(aim);
        });
    }

    /// From now on it is about nothing.
    pub(crate) fn end_aim(self, chat: ChatId) {
        self.set_aim(chat, None);
        self.keep_draft(chat);
    }

    /// The message that it is about is no more.
    pub(super) fn aim_gone(self, chat: ChatId, order: u64) {
        if untrack(|| self.aim(chat)).is_some_and(|aim| aim.order == order) {
            self.end_aim(chat);
        }
    }

    /// What stands in the composer. Tracks it.
    pub(crate) fn written(self, chat: ChatId) -> String {
        let draft = || self.drafts.with(|drafts| drafts.get(&chat).cloned().unwrap_or_default());
        self.aim(chat).and_then(|aim| aim.edit).unwrap_or_else(draft)
    }

    /// Keeps what was typed.
    pub(crate) fn typed(self, chat: ChatId, text: String) {
        let editing = untrack(|| self.aim(chat)).is_some_and(|aim| aim.edit.is_some());
        match editing {
            true => self.aims.update(|aims| {
                if let Some(aim) = aims.iter_mut().find(|aim| aim.chat == chat) {
                    aim.edit = Some(text);
                }
            }),
            false => {
                if !text.trim().is_empty() {
                    self.tell_typing(chat);
                }
                self.draft(chat, text);
            }
        }
    }

    /// Sends what stands in the composer: a message, an answer, or the new text of an own message.
    pub(crate) fn submit(self, chat: ChatId) {
        let (aim, text) = untrack(|| (self.aim(chat), self.written(chat)));
        match aim {
            Some(Aim { order, edit: Some(_), .. }) => {
                self.end_aim(chat);
                let text = self.spelled(chat, &text);
                self.send(Command::Edit { chat, order, text });
            }
            aim => self.write(chat, text, aim),
        }
    }

    /// From now on this person's name, after an `@`, means them.
    pub(crate) fn pick(self, chat: ChatId, person: Picked) {
        self.aside(|aside| {
            aside.picked.retain(|(of, other)| (*of, &other.name) != (chat, &person.name));
            aside.picked.push((chat, person));
        });
    }

    /// What is sent of what was written.
    pub(super) fn spelled(self, chat: ChatId, text: &str) -> String {
        let of_chat = |(of, person): &(ChatId, Picked)| (*of == chat).then(|| person.clone());
        let picked: Vec<Picked> = self.aside(|aside| aside.picked.iter().filter_map(of_chat).collect());
        spell(text, &picked)
    }

    /// What the field shows of what was sent.
    pub(crate) fn unspelled(self, chat: ChatId, text: &str) -> String {
        let mut people = Vec::new();
        let shown = unspell(text, &mut people);
        people.into_iter().for_each(|person| self.pick(chat, person));
        shown
    }

    /// Reacts to a message, or takes that back.
    pub(crate) fn react(self, chat: ChatId, order: u64, emoji: String, on: bool) {
        self.send(Command::React { chat, order, emoji, on });
    }

    /// Asks a question. If it cannot be stored, its words come back as a draft.
    pub(crate) fn ask(self, chat: ChatId, question: String, options: Vec<String>, multiple: bool) {
        self.latest();
        let text = format!("{question}\n\n{}", options.join("\n"));
        let tag = self.keep_unsaved(chat, text, None);
        self.send(Command::Poll { chat, question, options, multiple, tag });
    }

    /// Chooses in a poll.
    pub(crate) fn vote(self, chat: ChatId, order: u64, choices: Vec<u8>) {
        self.send(Command::Vote { chat, order, choices });
    }

    /// Ends an own poll.
    pub(crate) fn end_poll(self, chat: ChatId, order: u64) {
        self.send(Command::ClosePoll { chat, order });
    }

    /// Deletes an own message for everybody.
    pub(crate) fn delete_for_all(self, chat: ChatId, order: u64) {
        self.send(Command::DeleteForAll { chat, order });
    }

    /// Deletes a message here.
    pub(crate) fn delete_for_me(self, chat: ChatId, order: u64) {
        self.send(Command::DeleteForMe { chat, order });
    }

    /// Passes a message on.
    pub(crate) fn forward(self, chat: ChatId, order: u64, to: Vec<ChatId>) {
        self.send(Command::Forward { chat, order, to });
    }

    /// Pins a message, or takes that back.
    pub(crate) fn pin(self, chat: ChatId, order: u64, on: bool) {
        self.send(Command::Pin { chat, order, on });
    }

    /// Sets how long new messages live after they were read; none: for ever.
    pub(crate) fn set_timer(self, chat: ChatId, seconds: Option<u32>) {
        self.send(Command::SetTimer { chat, seconds });
    }

    /// Asks what is known of a message.
    pub(crate) fn ask_details(self, chat: ChatId, order: u64) {
        self.known.set(None);
        self.send(Command::Details { chat, order });
    }

    /// What is known of the message that was asked about last, once that is answered.
    pub(crate) fn known(self) -> ReadSignal<Option<About>> {
        self.known.read_only()
    }

    pub(super) fn details_are(self, event: Event) {
        if let Event::Details { chat, order, known } = event {
            self.known.set(Some((chat, order, known)));
        }
    }
}
