//! Welcomes that came before this device had read that it was taken out of the same log.

use minicbor::bytes::ByteVec;
use xchat_wire::Address;

use crate::{
    Engine,
    api::ChatId,
    card,
    rows::Table,
    state::{self, Late, Versioned as _, key},
};

impl Engine {
    /// Keeps a welcome into a log whose removal of this device may not have been read yet. Of several the newest counts.
    ///
    /// It must not be taken at once: whoever is in the log now would lose their place to anybody's word.
    pub(super) fn keep_late(&mut self, id: ChatId, log: &Address, body: ByteVec, time: u64) {
        let late = Late { version: Late::VERSION, time, body };
        self.put_chat_row(id, Table::State, &key::late(log), state::encode(&late));
        self.held.entry(id).or_default().late.insert(*log, late);
    }

    /// Takes the welcomes into logs that this device is in no more.
    pub(super) fn take_late(&mut self, id: ChatId) {
        let Some(chat) = self.chats.get(&id) else { return };
        let late = self.held.get(&id).into_iter().flat_map(|held| &held.late);
        let free: Vec<Address> = late.map(|(log, _)| *log).filter(|log| chat.room(log).is_none()).collect();
        for log in free {
            self.delete_chat_row(id, Table::State, &key::late(&log));
            let late = self.held.get_mut(&id).and_then(|held| held.late.remove(&log));
            if let Some(Late { time, body, .. }) = late
                && let Some(card::Delivery::Welcome(welcome)) = self.unseal(&body)
            {
                // What is refused leaves nothing behind but a used-up key package.
                let _refused = self.welcomed(*welcome, &body, time);
            }
        }
    }
}
