//! Records of logs, in the order that the relay gave them: echoes, messages, commits.

use minicbor::{CborLen, Decode, Encode};
use xchat_wire::{Address, ChainHash, Kind, PublicKey, Record, Seq, chain_start};

use super::save::UPDATE_EVERY_MS;
use crate::{
    Engine,
    api::{ChatId, Notice},
    mls::{Content, MlsError},
    rows::Table,
    state::{self, Room, Waiting, key},
};

/// What a sender had read of the log when it wrote: bound to each message as its authenticated data.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct Point {
    #[n(0)]
    seq: Seq,
    #[n(1)]
    chain: ChainHash,
}

/// The authenticated data of a message written now. Empty before the first record was read.
pub(super) fn point(room: &Room) -> Vec<u8> {
    match room.chain {
        Some(chain) => xchat_wire::encode(&Point { seq: room.cursor, chain }),
        None => Vec::new(),
    }
}

impl Engine {
    /// A record of a log or of the inbox.
    pub(super) fn record(&mut self, address: Address, record: Record) {
        if self.account.as_ref().is_some_and(|account| account.inbox == address) {
            return self.delivery(record);
        }
        let Some(id) = self.chat_of_log(&address) else { return };
        let Some(room) = self.chats[&id].room(&address).cloned() else { return };
        if record.seq <= room.cursor {
            return;
        }
        self.follow_chain(id, &room, &record);
        match record.kind {
            Kind::Message => self.message_record(id, &room, &record),
            Kind::Commit => self.commit_record(id, &room, &record),
            Kind::Delivery => {}
        }
    }

    /// Moves the room's cursor past the record, and checks that the relay's chain holds.
    fn follow_chain(&mut self, id: ChatId, room: &Room, record: &Record) {
        let before = match (room.chain, room.cursor) {
            (Some(chain), cursor) if cursor == record.previous => Some(chain),
            (None, _) if record.previous == Seq(0) => Some(chain_start(&room.log)),
            // Joined here, or what lay between has expired: the chain is taken up from this record.
            _ => None,
        };
        let expected = before.map(|chain| {
            chain.extend(record.seq, record.epoch, record.kind, &record.post, record.next_key.as_ref(), &record.body)
        });
        self.held.entry(id).or_default().saw(&room.log, record.seq, record.chain);
        if let Some(room) = self.chats.get_mut(&id).and_then(|chat| chat.room_mut(&room.log)) {
            room.cursor = record.seq;
            room.chain = Some(record.chain);
        }
        self.out.chats_changed.insert(id);
        // Records between the cursor and this one that the relay says it keeps were withheld.
        let first = self.connection.as_ref().and_then(|connection| connection.first.get(&room.log));
        let gap = room.cursor > Seq(0) && record.previous != room.cursor;
        let withheld = gap && first.is_some_and(|first| room.cursor.0 + 1 >= first.0);
        if withheld || expected.is_some_and(|expected| expected != record.chain) {
            self.history_differs(id, &room.log);
        }
    }

    fn history_differs(&mut self, id: ChatId, log: &Address) {
        let room = self.chats.get_mut(&id).and_then(|chat| chat.room_mut(log));
        if let Some(room) = room.filter(|room| !room.differs) {
            room.differs = true;
            self.add_notice(id, Notice::HistoryDiffers);
        }
    }

    fn message_record(&mut self, id: ChatId, room: &Room, record: &Record) {
        if self.echo(id, record) {
            return;
        }
        if record.epoch != room.epoch {
            return self.unreadable(id);
        }
        match self.open(id, room, &record.body) {
            Ok(Content::Message { sender, bytes, authenticated }) => {
                self.compare_points(id, room, &authenticated);
                self.heard_in(id, &room.log);
                if Some(sender) != self.own_identity() {
                    self.incoming(id, &sender, record.time, &bytes);
                }
            }
            Ok(Content::Own) => {}
            Ok(Content::Commit { .. }) | Err(_) => self.unreadable(id),
        }
    }

    /// An own message read back: it leaves the outbox.
    fn echo(&mut self, id: ChatId, record: &Record) -> bool {
        let found = self.entries(id).find(
            |(_, entry)| matches!(&entry.state, Waiting::Sealed(s) if s.post == record.post && s.body == record.body),
        );
        let found = found.map(|(number, entry)| (number, entry.order, entry.content.clone()));
        let Some((number, order, content)) = found else { return false };
        self.delete_entry(id, number);
        self.in_its_place(id, record.time, &content);
        self.out.pump.insert(id);
        if let (Some(order), Some(chat)) = (order, self.chats.get_mut(&id)) {
            chat.sent = chat.sent.max(order);
            chat.retried.retain(|retried| *retried != order);
            self.out.chats_changed.insert(id);
            self.show_mark(id, order);
            self.start_timer(id, order);
        }
        true
    }

    fn open(&mut self, id: ChatId, room: &Room, body: &[u8]) -> Result<Content, MlsError> {
        let allowed = self.allowed(id)?;
        self.with_group(id, &room.log, |group, provider| group.process(provider, body, &allowed))
    }

    /// Whose devices may be in a conversation's groups.
    fn allowed(&self, id: ChatId) -> Result<Vec<PublicKey>, MlsError> {
        let own = self.own_identity().ok_or(MlsError::Missing)?;
        Ok([Some(own), self.chats[&id].peer()].into_iter().flatten().collect())
    }

    fn compare_points(&mut self, id: ChatId, room: &Room, authenticated: &[u8]) {
        let Ok(theirs) = xchat_wire::decode::<Point>(authenticated) else { return };
        if self.held.get(&id).is_some_and(|held| held.contradicts(&room.log, theirs.seq, &theirs.chain)) {
            self.history_differs(id, &room.log);
        }
    }

    /// A commit. In a log the first that names an epoch wins; later ones of the same epoch are void.
    fn commit_record(&mut self, id: ChatId, room: &Room, record: &Record) {
        if record.epoch != room.epoch {
            return;
        }
        let own = self.pending_commit(id, &room.log).filter(|commit| commit.epoch == room.epoch);
        let merged = match own {
            Some(own) if own.post == record.post => self.merge_own(id, room, own.next_access),
            own => self.merge_theirs(id, room, record, own.is_some()),
        };
        match merged {
            Ok(()) => self.enter_epoch(id, room),
            Err(_) => self.lose_room(id, &room.log),
        }
    }

    fn merge_own(&mut self, id: ChatId, room: &Room, next_access: state::Secret) -> Result<(), MlsError> {
        let epoch = self.with_group(id, &room.log, |group, provider| {
            group.merge_own(provider)?;
            Ok(group.epoch())
        })?;
        self.delete_chat_row(id, Table::State, &key::commit(&room.log));
        self.set_epoch(id, room, epoch, next_access, true);
        Ok(())
    }

    fn merge_theirs(&mut self, id: ChatId, room: &Room, record: &Record, had_own: bool) -> Result<(), MlsError> {
        if had_own {
            self.clear_commit(id, &room.log)?;
        }
        let allowed = self.allowed(id)?;
        let (epoch, next_access) = self.with_group(id, &room.log, |group, provider| {
            let Content::Commit { staged, next_access } = group.process(provider, &record.body, &allowed)? else {
                return Err(MlsError::Malformed);
            };
            // Whoever names a key that the members cannot derive would lock them all out.
            if record.next_key != Some(Self::public(&next_access)) {
                return Err(MlsError::Policy);
            }
            group.merge(provider, *staged)?;
            Ok((group.epoch(), next_access))
        })?;
        self.set_epoch(id, room, epoch, next_access.into(), false);
        Ok(())
    }

    fn set_epoch(&mut self, id: ChatId, room: &Room, epoch: xchat_wire::Epoch, access: state::Secret, own: bool) {
        let update_at = self.now + UPDATE_EVERY_MS;
        if let Some(room) = self.chats.get_mut(&id).and_then(|chat| chat.room_mut(&room.log)) {
            room.epoch = epoch;
            room.access = access;
            if own {
                room.update_at = update_at;
            }
        }
        if !own {
            self.heard_in(id, &room.log);
        }
    }

    /// The other side is in this room. If it was never heard in the current one, that one may be dead: this one is used.
    fn heard_in(&mut self, id: ChatId, log: &Address) {
        let Some(chat) = self.chats.get_mut(&id) else { return };
        if let Some(room) = chat.room_mut(log) {
            room.confirmed = true;
        }
        if chat.current_room().is_none_or(|room| !room.confirmed) {
            chat.current = Some(*log);
        }
    }

    /// What was encrypted for the epoch that ended and was not read back was never accepted.
    fn enter_epoch(&mut self, id: ChatId, before: &Room) {
        if let Some(connection) = &mut self.connection {
            connection.commits.remove(&before.log);
        }
        self.requeue(id, &before.log, |epoch| epoch <= before.epoch);
        if let Some(room) = self.chats.get(&id).and_then(|chat| chat.room(&before.log)).cloned() {
            self.prove_room(id, &room);
        }
        self.out.chats_changed.insert(id);
        self.out.pump.insert(id);
    }
}
