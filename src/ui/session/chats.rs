//! The conversations in their order, each behind a signal of its own.

use std::cmp::Reverse;

use leptos::prelude::*;
use xchat_engine::api::in_order;
use xchat_engine::api::{ChatId, ChatState, ChatView, Mark, MessageView, PersonId};

use super::raised;
use crate::ui::i18n::text;

/// All conversations: the pinned ones in their order, then the others, latest first.
#[derive(Debug, Clone, Default)]
pub struct Chats {
    rows: Vec<(ChatId, ArcRwSignal<ChatView>)>,
}

/// Somebody whom a group can be made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Who it is.
    pub person: PersonId,
    /// The conversation with them.
    pub chat: ChatId,
    /// What they call themselves.
    pub name: String,
    /// 1 to 6.
    pub colour: u8,
}

/// The conversation of this person with themselves has no name of its own.
fn named(mut chat: ChatView) -> ChatView {
    if chat.notes {
        chat.name = text().notes.to_owned();
    }
    chat
}

impl Chats {
    /// From a snapshot; rows that were there keep their signals.
    pub(super) fn replace(&mut self, chats: Vec<ChatView>) {
        let known = std::mem::take(&mut self.rows);
        for chat in chats.into_iter().map(named) {
            let row = known.iter().find(|(id, _)| *id == chat.id);
            match row {
                Some((id, view)) => {
                    self.rows.push((*id, view.clone()));
                    view.set(chat);
                }
                None => self.rows.push((chat.id, ArcRwSignal::new(chat))),
            }
        }
        self.sort();
    }

    /// A conversation that is new or changed. Answers whether the list itself changed.
    pub(super) fn put(&mut self, chat: ChatView) -> bool {
        let chat = named(chat);
        match self.find(chat.id) {
            Some(view) => {
                view.set(chat);
                self.sort()
            }
            None => {
                self.rows.push((chat.id, ArcRwSignal::new(chat)));
                self.sort();
                true
            }
        }
    }

    /// Names what the page names, in the language that it speaks now.
    pub(super) fn name(&self) {
        let notes = self.rows.iter().find(|(_, view)| view.with_untracked(|chat| chat.notes));
        if let Some((_, view)) = notes {
            view.update(|chat| chat.name = text().notes.to_owned());
        }
    }

    /// A conversation that is gone.
    pub(super) fn remove(&mut self, id: ChatId) {
        self.rows.retain(|(row, _)| *row != id);
    }

    /// Whether a message is later than all that were there.
    pub(super) fn is_news(&self, id: ChatId, order: u64) -> bool {
        let last = |view: ArcRwSignal<ChatView>| view.with_untracked(|chat| chat.last.as_ref().map(|last| last.order));
        self.find(id).is_some_and(|view| last(view).is_none_or(|last| last < order))
    }

    /// A message that is the latest of its conversation, or a change to it.
    pub(super) fn message(&self, id: ChatId, message: &MessageView) {
        let Some(view) = self.find(id) else { return };
        let later = view.with_untracked(|chat| match &chat.last {
            Some(last) => last.order <= message.order && last != message,
            None => true,
        });
        if later {
            view.update(|chat| chat.last = Some(message.clone()));
        }
    }

    /// Gives the last message of a row exactly this mark, if it is the one.
    pub(super) fn mark(&self, id: ChatId, order: u64, to: Mark) {
        let Some(view) = self.find(id) else { return };
        let shown = view
            .with_untracked(|chat| chat.last.as_ref().is_some_and(|last| last.mark.is_some() && last.order == order));
        if shown {
            view.update(|chat| {
                if let Some(last) = &mut chat.last {
                    last.mark = Some(to);
                }
            });
        }
    }

    /// Raises the mark that a row shows.
    pub(super) fn raise(&self, id: ChatId, upto: u64, to: Mark) {
        let Some(view) = self.find(id) else { return };
        let changes = view.with_untracked(|chat| {
            chat.last.as_ref().is_some_and(|last| last.mine && last.order <= upto && raised(last.mark, to) != last.mark)
        });
        if changes {
            view.update(|chat| {
                if let Some(last) = &mut chat.last {
                    last.mark = raised(last.mark, to);
                }
            });
        }
    }

    /// The signal of one conversation.
    pub fn find(&self, id: ChatId) -> Option<ArcRwSignal<ChatView>> {
        self.rows.iter().find(|(row, _)| *row == id).map(|(_, view)| view.clone())
    }

    /// Latest first.
    pub fn rows(&self) -> &[(ChatId, ArcRwSignal<ChatView>)] {
        &self.rows
    }

    /// People with whom a conversation is open, latest first. Tracks each row.
    pub fn contacts(&self) -> Vec<Contact> {
        let contact = |(id, view): &(ChatId, ArcRwSignal<ChatView>)| {
            view.with(|chat| {
                let person = *chat.person.as_deref().filter(|_| chat.state == ChatState::Open && !chat.notes)?;
                Some(Contact { person, chat: *id, name: chat.name.clone(), colour: chat.colour })
            })
        };
        self.rows.iter().filter_map(contact).collect()
    }

    /// Unread messages of everyone who is not blocked or muted at this time; what is marked unread counts as one. Tracks each row.
    pub fn unread(&self, now: u64) -> u32 {
        self.rows
            .iter()
            .map(|(_, view)| {
                view.with(|chat| match chat.state {
                    ChatState::Blocked => 0,
                    _ if chat.arranged.is_muted(now) => 0,
                    ChatState::New | ChatState::Request | ChatState::Open => {
                        chat.unread.max(chat.arranged.unread.into())
                    }
                })
            })
            .sum()
    }

    /// Pinned first, then latest first; of two that are equal, always the same. Answers whether that moved anything.
    fn sort(&mut self) -> bool {
        let key = |(id, view): &(ChatId, ArcRwSignal<ChatView>)| {
            let of = |chat: &ChatView| (chat.arranged.pinned.unwrap_or(u64::MAX), Reverse(chat.time));
            let (pinned, time) = view.with_untracked(of);
            // Two of one place stand alike on all devices.
            (pinned, time, *id)
        };
        if self.rows.is_sorted_by_key(key) {
            return false;
        }
        in_order(&mut self.rows, |a, b| key(a) < key(b));
        true
    }
}
