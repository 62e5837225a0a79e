//! What may be seen once: a message with one file, which nothing on a device opens any more from the moment before it is shown.
//!
//! The path: the page has its bytes and says that it is about to show them -> the row holds no more than what it was, and a report goes out
//! (status expired), in one step -> this person's other devices and, once all others have looked, those of its sender do the same with
//! theirs. It is the receiver's app that keeps the promise: nothing makes another one keep it.

use xchat_wire::PublicKey;

use super::{act::What, claims::chunks_of, message::once};
use crate::{
    Engine,
    api::{Attachment, ChatId, Problem},
    content::{Message, MessageId, Status, StatusReport},
    room::Happened,
    rows::Table,
    state::{Kind, Place, Receipts, Role, Stored, key},
};

impl Engine {
    /// The person is about to look at a message that they may see once.
    pub(super) fn open_once(&mut self, id: ChatId, order: u64) -> Result<(), Problem> {
        let (stored, message) = self.sayable(id, order)?;
        let file = file_of(&stored).filter(|_| !stored.mine).ok_or(Problem::NoMessage)?;
        self.report_or_tell(id, vec![message], Status::Expired);
        self.put_opened(id, order, stored, &file);
        Ok(())
    }

    fn put_opened(&mut self, id: ChatId, order: u64, mut stored: Stored, file: &Attachment) {
        if stored.mine {
            self.give_up(stored.id, chunks_of(&stored));
            self.wait_no_more(id, &stored);
        }
        self.throw_away(&stored);
        stored.open(file.holds());
        self.put_message(id, order, &stored);
    }

    /// Somebody says that a message was opened. Whether it is an own one that they may open; one that this person has opened on another
    /// device is opened here too.
    pub(super) fn counts_as_opened(&mut self, id: ChatId, place: Place, by: &PublicKey) -> bool {
        let found = self.stored(id, place.order).and_then(|stored| file_of(&stored).map(|file| (stored, file)));
        let (Some((stored, file)), own) = (found, self.own_identity()) else { return false };
        match (place.role, own == Some(*by)) {
            (Role::Own, by_own) => !by_own,
            (Role::Theirs, true) => {
                self.put_opened(id, place.order, stored, &file);
                false
            }
            _ => false,
        }
    }

    /// An own message was sent. If it may be seen once, who is in the conversation by now is waited for.
    pub(super) fn wait_for_looks(&mut self, id: ChatId, message: &Message, message_id: &MessageId) {
        if once(message).is_some() {
            self.put_chat_row(id, Table::State, &key::of(key::ONCE, message_id.as_bytes()), Vec::new());
        }
    }

    /// Nobody is waited for any more.
    pub(super) fn wait_no_more(&mut self, id: ChatId, stored: &Stored) {
        if let Some(of) = stored.id {
            self.delete_chat_row(id, Table::State, &key::of(key::ONCE, of.as_bytes()));
        }
    }

    /// Who comes into a group has no key of what was sent before, and who is out may never look: neither is waited for, as if they had looked at
    /// no time.
    pub(super) fn excuse(&mut self, id: ChatId, happened: &[Happened]) {
        let rows = self.chat_rows(id, Table::State, key::ONCE);
        let ids = || rows.iter().filter_map(|(row, _)| MessageId::from_slice(row.strip_prefix(key::ONCE)?));
        for what in happened.iter().filter(|_| !rows.is_empty()) {
            if let Happened::Added(by) | Happened::Removed(by) | Happened::Left(by) = *what {
                let report = StatusReport::new(ids().map(|id| (id, Status::Expired)));
                self.will(id, What::Receipts { by, time: 0, report });
            }
        }
    }

    /// One more has looked at an own message. Once all others have, nothing is kept for anybody.
    pub(super) fn opened_by_another(&mut self, id: ChatId, order: u64, receipts: &Receipts) {
        let Some(chat) = self.chats.get(&id) else { return };
        let opened = |person: &PublicKey| receipts.people.iter().any(|had| had.by == *person && had.opened.is_some());
        let all = match (&chat.kind, chat.current) {
            (Kind::Direct(peer), _) => opened(peer),
            (Kind::Group(_), Some(log)) => {
                let own = self.own_identity();
                let roster = self.with_group(id, &log, |group, _| group.roster());
                roster.is_ok_and(|roster| roster.people().all(|person| own == Some(*person) || opened(person)))
            }
            (Kind::Group(_), None) => false,
        };
        let found =
            self.stored(id, order).filter(|_| all).and_then(|stored| file_of(&stored).map(|file| (stored, file)));
        if let Some((stored, file)) = found {
            self.put_opened(id, order, stored, &file);
        }
    }
}

/// What of a message may be seen once.
fn file_of(stored: &Stored) -> Option<Attachment> {
    stored.message().as_ref().and_then(once)
}
