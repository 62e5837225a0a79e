//! Pictures of people and groups, by what names them. One is asked for when a view first shows it, and stays while the page lives.

use std::sync::Arc;

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView, Command, PersonId, PictureId, picture_kind};

use super::Session;
use crate::ui::browser::js::call;

/// Pictures that are held, at most; the one that came first goes first.
const MOST: usize = 512;

/// A picture as an address within the page.
pub(crate) type Source = Arc<str>;

/// What is here.
#[derive(Clone, Copy)]
pub(super) struct Pictures {
    here: RwSignal<Vec<(PictureId, Source)>>,
    asked: StoredValue<Vec<PictureId>>,
}

impl Pictures {
    pub(super) fn new() -> Self {
        Self { here: RwSignal::new(Vec::new()), asked: StoredValue::new(Vec::new()) }
    }
}

impl Session {
    /// The picture of a conversation, once it is here. Tracked.
    pub(crate) fn picture(self, chat: &ChatView) -> Option<Source> {
        self.source(chat.id, *chat.picture.as_deref()?)
    }

    /// The picture of somebody with whom there is a conversation. Tracked.
    pub(crate) fn picture_of(self, person: &PersonId) -> Option<Source> {
        let with = |chat: &ChatView| chat.person.as_deref() == Some(person);
        let row = self.chats.with(|chats| chats.rows().iter().find(|(_, chat)| chat.with(with)).cloned());
        row?.1.with(|chat| self.picture(chat))
    }

    /// The own one. Tracked.
    pub(crate) fn own_picture(self) -> Option<Source> {
        self.account.with(|account| data_address(account.as_ref()?.picture.as_ref()?))
    }

    fn source(self, chat: ChatId, id: PictureId) -> Option<Source> {
        let found = self.pictures.here.with(|here| here.iter().find(|(other, _)| *other == id).cloned());
        if found.is_none() && !self.pictures.asked.with_value(|asked| asked.contains(&id)) {
            self.pictures.asked.update_value(|asked| asked.push(id));
            self.send(Command::Picture { chat });
        }
        found.map(|(_, source)| source)
    }

    pub(super) fn picture_is(self, id: PictureId, bytes: &[u8]) {
        let Some(source) = data_address(bytes) else { return };
        self.pictures.asked.update_value(|asked| asked.retain(|other| *other != id));
        self.pictures.here.update(|here| {
            here.retain(|(other, _)| *other != id);
            if here.len() >= MOST {
                here.remove(0);
            }
            here.push((id, source));
        });
    }

    /// What was asked of an engine that has started anew is asked again.
    pub(super) fn ask_pictures(self) {
        self.pictures.asked.update_value(Vec::clear);
    }
}

/// Only what is an image by its first bytes, so that nothing else is ever handed to the browser.
pub(crate) fn data_address(bytes: &[u8]) -> Option<Source> {
    let kind = picture_kind(bytes)?;
    let latin: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let text = call(&window(), "btoa", &[latin.into()])?.as_string()?;
    Some(["data:", kind, ";base64,", &text].concat().into())
}
