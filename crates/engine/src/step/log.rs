//! Records of logs, in the order that the relay gave them: echoes and messages. Commits are `commit.rs`'s.

use minicbor::CborLen;
use xchat_wire::{
    Address, ChainHash, Kind, Record, Seq,
    cbor::{Decode, Encode},
    chain_start,
};

use crate::{
    Engine,
    api::{ChatId, Notice},
    mls::{Content, MlsError},
    state::{Room, Waiting},
};

use super::relay::AGAIN_MS;

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
        if self.account.is_none() {
            return self.offered_delivery(&record);
        }
        if self.account.as_ref().is_some_and(|account| account.inbox == address) {
            return self.delivery(record);
        }
        let Some(id) = self.chat_of_log(&address) else { return };
        let Some(room) = self.chats[&id].room(&address).cloned() else { return };
        if record.seq <= room.cursor || self.is_doubted(&address) {
            return;
        }
        let fits = self.fits(&room, &record);
        if !fits && self.doubts(&room, record.seq) {
            return;
        }
        self.follow_chain(id, &room, &record);
        if !fits {
            self.history_differs(id, &room.log);
        }
        match record.kind {
            Kind::Message => self.message_record(id, &room, &record),
            Kind::Commit => self.commit_record(id, &room, &record),
            Kind::Delivery => {}
        }
    }

    /// Whether the relay's chain holds with this record, and nothing that it keeps was left out before it.
    fn fits(&self, room: &Room, record: &Record) -> bool {
        let before = match (room.chain, room.cursor) {
            (Some(chain), cursor) if cursor == record.previous => Some(chain),
            (None, _) if record.previous == Seq(0) => Some(chain_start(&room.log)),
            // Joined here, or what lay between has expired: the chain is taken up from this record.
            _ => None,
        };
        let expected = before.map(|chain| {
            chain.extend(record.seq, record.epoch, record.kind, &record.post, record.next_key.as_ref(), &record.body)
        });
        // Records between the cursor and this one that the relay says it keeps were withheld.
        let first = self.connection.as_ref().and_then(|connection| connection.first.get(&room.log));
        let gap = room.cursor > Seq(0) && record.previous != room.cursor;
        let withheld = gap && first.is_some_and(|first| room.cursor.0 + 1 >= first.0);
        !withheld && expected.is_none_or(|expected| expected == record.chain)
    }

    /// A record that does not fit is not believed at once: acting on a commit that only this device was shown would part it from all
    /// others. The log is read once more on a new connection; a relay that stands by its word then is followed, and told of.
    pub(super) fn doubts(&mut self, room: &Room, seq: Seq) -> bool {
        if room.differs || self.doubted.insert(room.log, seq) == Some(seq) {
            return false;
        }
        if let Some(connection) = &mut self.connection {
            connection.doubted.insert(room.log);
        }
        self.out.reconnect = Some(AGAIN_MS);
        true
    }

    /// Whether nothing more is believed of a log on this connection.
    pub(super) fn is_doubted(&self, log: &Address) -> bool {
        self.connection.as_ref().is_some_and(|connection| connection.doubted.contains(log))
    }

    /// Moves the room's cursor past the record.
    fn follow_chain(&mut self, id: ChatId, room: &Room, record: &Record) {
        self.held.entry(id).or_default().saw(&room.log, record.seq, record.chain);
        if let Some(room) = self.chats.get_mut(&id).and_then(|chat| chat.room_mut(&room.log)) {
            room.cursor = record.seq;
            room.seen_at = record.time;
            room.chain = Some(record.chain);
        }
        self.out.chats_changed.insert(id);
    }

    fn history_differs(&mut self, id: ChatId, log: &Address) {
        let room = self.chats.get_mut(&id).and_then(|chat| chat.room_mut(log));
        if let Some(room) = room.filter(|room| !room.differs) {
            room.differs = true;
            self.add_notice(id, Notice::HistoryDiffers);
        }
    }

    fn message_record(&mut self, id: ChatId, room: &Room, record: &Record) {
        if self.is_own_proposal(id, &room.log, &record.post, &record.body) {
            self.out.pump.insert(id);
            return;
        }
        if self.echo(id, record) {
            return;
        }
        if record.epoch != room.epoch {
            return self.unreadable(id);
        }
        match self.open(id, room, &record.body) {
            // Whoever never was in the group says nothing in it, whatever room somebody has brought them into.
            Ok(Content::Message { sender, .. }) if room.left_at.is_some() && !self.has_met(id, &sender) => {}
            Ok(Content::Message { sender, bytes, authenticated }) => {
                self.compare_points(id, room, &authenticated);
                self.heard_in(id, &room.log);
                match self.own_identity() == Some(sender) {
                    true => self.own_incoming(id, &sender, record.time, &bytes),
                    false => self.incoming(id, &sender, record.time, &bytes),
                }
            }
            Ok(Content::Leaving) => self.plan_take_up(id, room),
            Ok(Content::Nothing) => {}
            Ok(Content::Commit(_) | Content::Broken(_)) | Err(_) => self.unreadable(id),
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
        self.with_group(id, &room.log, |group, provider| group.process(provider, &room.log, body))
    }

    fn compare_points(&mut self, id: ChatId, room: &Room, authenticated: &[u8]) {
        let Ok(theirs) = xchat_wire::decode::<Point>(authenticated) else { return };
        if self.held.get(&id).is_some_and(|held| held.contradicts(&room.log, theirs.seq, &theirs.chain)) {
            self.history_differs(id, &room.log);
        }
    }

    /// The other side is in this room. If it was never heard in the current one, that one may be dead: this one is used.
    pub(super) fn heard_in(&mut self, id: ChatId, log: &Address) {
        let Some(chat) = self.chats.get_mut(&id) else { return };
        if let Some(room) = chat.room_mut(log) {
            room.confirmed = true;
        }
        if chat.group().is_none() && chat.current_room().is_none_or(|room| !room.confirmed) {
            chat.current = Some(*log);
        }
    }
}
