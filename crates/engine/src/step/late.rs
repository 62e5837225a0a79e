//! Welcomes that came before this device had read what was before them: that it was taken out of the same log, or all that was said
//! in the room that the group has left.

use minicbor::bytes::ByteVec;
use xchat_wire::Address;

use crate::{
    Engine,
    api::ChatId,
    card,
    rows::Table,
    state::{self, Late, Versioned as _, key},
};

/// Welcomes of one conversation that are kept; the oldest goes first.
const MAX_LATE: usize = 8;

impl Engine {
    /// Whether a welcome is to be judged later: its log is one in which this device still is, as far as it has read, or the room of
    /// the group has not been read to its end. What was said and done there comes before the move.
    pub(super) fn comes_early(&self, id: ChatId, log: &Address) -> bool {
        let Some(chat) = self.chats.get(&id) else { return false };
        let behind = |current: &Address| !self.connection.as_ref().is_some_and(|c| c.caught_up.contains_key(current));
        let inside = chat.group().is_some_and(|head| head.out.is_none());
        chat.room(log).is_some() || (inside && chat.current.as_ref().is_some_and(behind))
    }

    /// Keeps a welcome that comes early. Of several into one log the newest counts.
    ///
    /// It must not be taken at once: whoever is in the log now would lose their place to anybody's word.
    pub(super) fn keep_late(&mut self, id: ChatId, log: &Address, body: ByteVec, time: u64) {
        let late = Late { version: Late::VERSION, time, body };
        self.put_chat_row(id, Table::State, &key::late(log), state::encode(&late));
        let kept = &mut self.held.entry(id).or_default().late;
        kept.insert(*log, late);
        let oldest = kept.iter().min_by_key(|(_, late)| late.time).map(|(log, _)| *log);
        if let Some(oldest) = oldest.filter(|_| kept.len() > MAX_LATE) {
            kept.remove(&oldest);
            self.delete_chat_row(id, Table::State, &key::late(&oldest));
        }
    }

    /// Takes the welcomes that came early and do not any more, in the order in which they came.
    pub(super) fn take_late(&mut self, id: ChatId) {
        loop {
            let kept = self.held.get(&id).into_iter().flat_map(|held| &held.late);
            let next = kept.filter(|(log, _)| !self.comes_early(id, log)).min_by_key(|(_, late)| late.time);
            let Some(log) = next.map(|(log, _)| *log) else { return };
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
