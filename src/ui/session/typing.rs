//! That somebody is writing: told as it is typed, shown until its time is over or the message is there.

use std::time::Duration;

use leptos::prelude::*;
use xchat_engine::api::{Author, ChatId, Command, Event, MessageView, TYPING_MS};

use super::Session;
use crate::ui::browser::clock;

/// The engine is told of it this often at most, in milliseconds: it passes on far less.
const TELL_EVERY: u64 = 1_000;

/// Somebody who is writing now.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    chat: ChatId,
    person: Author,
    /// The conversation's last message when they said so. A later one of theirs is what they wrote.
    after: Option<u64>,
    /// Which timer ends it.
    number: u32,
}

impl Session {
    /// Who is writing in a conversation, longest first. Tracks it.
    pub(crate) fn writing(self, chat: ChatId) -> Vec<Author> {
        let here = |writer: &Writer| (writer.chat == chat).then(|| writer.person.clone());
        self.writers.with(|writers| writers.iter().filter_map(here).collect())
    }

    /// This person types.
    pub(super) fn tell_typing(self, chat: ChatId) {
        let tells = self.account.with_untracked(|account| account.as_ref().is_some_and(|own| own.privacy.typing));
        let now = clock::now();
        let told =
            self.aside(|aside| aside.told_typing).is_some_and(|(of, at)| of == chat && now.abs_diff(at) < TELL_EVERY);
        if tells && !told {
            self.aside(|aside| aside.told_typing = Some((chat, now)));
            self.send(Command::Typing { chat });
        }
    }

    /// Somebody else types.
    pub(super) fn types(self, event: Event) {
        let Event::Typing { chat, person, until } = event else { return };
        let Some(view) = self.chats.with_untracked(|chats| chats.find(chat)) else { return };
        let after = view.with_untracked(|view| view.last.as_ref().map(|last| last.order));
        let number = self.next_tag();
        let of = person.person;
        self.writers.update(|writers| {
            match writers.iter_mut().find(|writer| (writer.chat, writer.person.person) == (chat, of)) {
                Some(writer) => writer.number = number,
                None => writers.push(Writer { chat, person, after, number }),
            }
        });
        let left = until.saturating_sub(clock::now()).min(TYPING_MS);
        set_timeout(move || self.writes_no_more(&|writer| writer.number == number), Duration::from_millis(left));
    }

    /// A message came: whoever wrote it is done.
    pub(super) fn has_written(self, chat: ChatId, message: &MessageView) {
        self.writes_no_more(&|writer| {
            let theirs = message.author.as_ref().is_none_or(|author| author.person == writer.person.person);
            writer.chat == chat && !message.mine && theirs && writer.after.is_none_or(|after| after < message.order)
        });
    }

    /// Takes away whom this is true of. Told by a timer, which may outlive the page.
    pub(super) fn writes_no_more(self, done: &dyn Fn(&Writer) -> bool) {
        if self.writers.try_with_untracked(|writers| writers.iter().any(done)) == Some(true) {
            self.writers.update(|writers| writers.retain(|writer| !done(writer)));
        }
    }
}
