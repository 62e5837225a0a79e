//! Pictures of conversations: kept as a row of their own, so that no other row grows by one.

use minicbor::bytes::ByteVec;

use crate::{
    Engine,
    api::{ChatId, Event, Problem},
    card::SignedCard,
    picture::PictureId,
    rows::Table,
    state::key,
};

impl Engine {
    /// The picture that a conversation has now. What is no picture counts as none.
    pub(super) fn keep_picture(&mut self, id: ChatId, bytes: Option<Vec<u8>>) {
        let picture = bytes.as_deref().and_then(PictureId::of);
        let Some(chat) = self.chats.get_mut(&id).filter(|chat| chat.picture != picture) else { return };
        chat.picture = picture;
        let bytes = bytes.filter(|_| picture.is_some());
        match &bytes {
            Some(bytes) => self.put_chat_row(id, Table::State, key::PICTURE, bytes.clone()),
            None => self.delete_chat_row(id, Table::State, key::PICTURE),
        }
        self.held.entry(id).or_default().picture = bytes;
        self.out.chats_changed.insert(id);
    }

    /// Gives the page the bytes.
    pub(super) fn show_picture(&mut self, id: ChatId) -> Result<(), Problem> {
        self.chats.get(&id).ok_or(Problem::NoChat)?;
        let card = || SignedCard::open(&self.contacts.get(&id)?.card).ok()?.card().picture.clone();
        let group = self.held.get(&id).and_then(|held| held.picture.clone());
        let bytes = group.map(ByteVec::from).or_else(card);
        if let Some((picture, bytes)) = bytes.and_then(|bytes| Some((PictureId::of(&bytes)?, bytes))) {
            self.out.events.push(Event::Picture { picture, bytes });
        }
        Ok(())
    }
}
