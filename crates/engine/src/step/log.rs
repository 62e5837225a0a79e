//! Whether what the relay tells of a log is the log: its chain, its gaps, and what the others have seen of it.

use minicbor::CborLen;
use xchat_wire::{
    Address, ChainHash, PublicKey, Record, Seq,
    cbor::{Decode, Encode},
    chain_start,
};

use crate::{
    Engine,
    api::{ChatId, Notice},
    connection::Connection,
    state::{Chat, Room},
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

/// Whether a record is what the relay's chain has behind this one.
pub(super) fn follows(before: ChainHash, record: &Record) -> bool {
    let Record { seq, epoch, kind, post, next_key, body, chain, .. } = record;
    before.extend(*seq, *epoch, *kind, post, next_key.as_ref(), body) == *chain
}

impl Engine {
    /// Whether the relay's chain holds with this record, and nothing that it keeps was left out before it.
    pub(super) fn fits(&self, room: &Room, record: &Record) -> bool {
        let before = match (room.chain, room.cursor) {
            (Some(chain), cursor) if cursor == record.previous => Some(chain),
            (None, _) if record.previous == Seq(0) => Some(chain_start(&room.log)),
            // Joined here, or what lay between has expired: the chain is taken up from this record.
            _ => None,
        };
        // Records between the cursor and this one that the relay says it keeps were withheld. Who has just joined stands where they
        // began to listen.
        let of_log = |connection: &Connection| {
            (connection.first.get(&room.log).copied(), connection.caught_up.get(&room.log).copied())
        };
        let (first, head) = self.connection.as_ref().map(of_log).unwrap_or_default();
        let stand = Some(room.cursor).filter(|cursor| *cursor > Seq(0)).or(head);
        let gap = stand.filter(|stand| record.previous != *stand);
        let withheld = gap.zip(first).is_some_and(|(stand, first)| stand.0 + 1 >= first.0);
        !withheld && before.is_none_or(|before| follows(before, record))
    }

    /// A record that does not fit is not believed at once: acting on a commit that only this device was shown would part it from all
    /// others. The log is read once more on a new connection; a relay that stands by its word then is followed, and told of.
    pub(super) fn doubts(&mut self, room: &Room, seq: Seq) -> bool {
        !room.differs && self.doubts_once(room.log, seq)
    }

    /// The same of any log, or of the inbox.
    pub(super) fn doubts_once(&mut self, address: Address, seq: Seq) -> bool {
        if self.doubted.insert(address, seq) == Some(seq) {
            return false;
        }
        if let Some(connection) = &mut self.connection {
            connection.doubted.insert(address);
        }
        self.out.reconnect = Some(AGAIN_MS);
        true
    }

    /// Whether nothing more is believed of a log on this connection.
    pub(super) fn is_doubted(&self, log: &Address) -> bool {
        self.connection.as_ref().is_some_and(|connection| connection.doubted.contains(log))
    }

    /// Moves the room's cursor past the record.
    pub(super) fn follow_chain(&mut self, id: ChatId, room: &Room, record: &Record) {
        self.held.entry(id).or_default().saw(&room.log, record.seq, record.chain);
        if let Some(room) = self.chats.get_mut(&id).and_then(|chat| chat.room_mut(&room.log)) {
            room.cursor = record.seq;
            room.seen_at = record.time;
            room.chain = Some(record.chain);
        }
        self.out.chats_changed.insert(id);
    }

    pub(super) fn history_differs(&mut self, id: ChatId, log: &Address) {
        let room = self.chats.get_mut(&id).and_then(|chat| chat.room_mut(log));
        if let Some(room) = room.filter(|room| !room.differs) {
            room.differs = true;
            self.add_notice(id, Notice::HistoryDiffers);
        }
    }

    pub(super) fn compare_points(&mut self, id: ChatId, room: &Room, authenticated: &[u8]) {
        let Ok(theirs) = xchat_wire::decode::<Point>(authenticated) else { return };
        if self.held.get(&id).is_some_and(|held| held.contradicts(&room.log, theirs.seq, &theirs.chain)) {
            self.history_differs(id, &room.log);
        }
    }

    /// Somebody is in this room. One in which the other side was never heard may be dead for them.
    pub(super) fn heard_in(&mut self, id: ChatId, log: &Address, sender: &PublicKey, device: Option<&PublicKey>) {
        let other = self.own_chat() == Some(id) || self.own_identity() != Some(*sender);
        let unheard = |chat: &Chat| chat.group().is_none() && chat.room(log).is_some_and(|room| !room.confirmed);
        // Who was taken off does not hear for those who were not.
        if self.chats.get(&id).is_some_and(unheard) && device.is_some_and(|device| self.was_taken_off(id, device, 0)) {
            return;
        }
        let Some(chat) = self.chats.get_mut(&id).filter(|_| other) else { return };
        if let Some(room) = chat.room_mut(log) {
            room.confirmed = true;
        }
        if chat.group().is_none() && chat.choose() {
            self.out.chats_changed.insert(id);
            self.out.pump.insert(id);
        }
    }
}
