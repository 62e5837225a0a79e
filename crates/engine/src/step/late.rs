//! Welcomes that came before this device had read what was before them: that it was taken out of the same log, all that was said
//! in the room that the group has left, or that who sends it is not blocked any more.

use minicbor::bytes::ByteVec;
use xchat_wire::Address;

use crate::{
    Engine,
    api::{ChatId, ChatState},
    card,
    rows::Table,
    state::{self, Late, Versioned as _, key},
};

/// Welcomes of one conversation that are kept; the oldest goes first.
const MAX_LATE: usize = 8;

impl Engine {
    /// Whether a welcome is to be judged later: its log is one in which this device still is, as far as it has read, the room of
    /// the group has not been read to its end, or who sends it is blocked. What was said and done there comes before the move.
    pub(super) fn comes_early(&self, id: ChatId, log: &Address) -> bool {
        let Some(chat) = self.chats.get(&id) else { return false };
        let behind = |current: &Address| !self.connection.as_ref().is_some_and(|c| c.caught_up.contains_key(current));
        let inside = chat.group().is_some_and(|head| head.out.is_none());
        let blocked = chat.state == ChatState::Blocked;
        blocked || chat.room(log).is_some() || (inside && chat.current.as_ref().is_some_and(behind))
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
            let late = self.drop_late(id, &log);
            if let Some(Late { time, body, .. }) = late
                && let Some(card::Delivery::Welcome(welcome)) = self.unseal(&body)
            {
                // What is refused leaves nothing behind but a used-up key package.
                let _refused = self.welcomed(*welcome, &body, time);
                self.end_missing(id, &log);
            }
        }
    }

    /// A room that was begun by somebody who was blocked was missed until now.
    fn end_missing(&mut self, id: ChatId, log: &Address) {
        let chat = self.chats.get_mut(&id).filter(|chat| chat.room(log).is_some());
        if let Some(chat) = chat.filter(|chat| chat.is_silent(log)) {
            chat.renewing = false;
        }
    }

    /// A welcome is not kept any more.
    pub(super) fn drop_late(&mut self, id: ChatId, log: &Address) -> Option<Late> {
        self.delete_chat_row(id, Table::State, &key::late(log));
        self.held.get_mut(&id)?.late.remove(log)
    }
}
