//! Rooms: the MLS group and log under a conversation. Made, opened, chosen, given up.

use ed25519_dalek::SigningKey;
use openmls_traits::OpenMlsProvider as _;
use xchat_wire::{Address, ClientFrame, PublicKey, Refusal, Reply, Right};

use super::{pump::place, save::UPDATE_EVERY_MS};
use crate::{
    Engine,
    api::{ChatId, ChatState, Notice},
    card::{CardSecret, Link},
    connection::{Found, Purpose},
    mls::{Group, MlsError, MlsProvider},
    room::RoomState,
    rows::{Scope, Table},
    sorted::in_order,
    state::{Out, Room, key},
};

/// Rooms of one group that are kept open; the oldest that is not in use goes first.
pub(super) const MAX_ROOMS: usize = 4;
/// The same of a conversation of two, of which every device may begin one at the same moment; the last in their order goes first.
const MAX_ROOMS_OF_TWO: usize = 8;

impl Engine {
    /// A room for a conversation of two: key packages of the other person's devices, then group, log and the commit that adds
    /// them, stored and sent together.
    pub(super) fn make_room(&mut self, id: ChatId) {
        if self.is_out() {
            return;
        }
        if self.own_chat() == Some(id) {
            return self.make_own_room(id);
        }
        let Some(link) = self.peer_link(id) else { return };
        let peer = link.identity;
        let own = self
            .account
            .as_ref()
            .filter(|_| self.has_others() && !self.goes_without_own(id))
            .map(|account| self.own_link(account));
        let links = std::iter::once(link).chain(own).collect();
        let Some(mut found) = self.gathered(id).map(<[Found]>::to_vec) else { return self.gather(id, links) };
        if !found.iter().any(|found| found.person == peer) {
            return self.retry_later(id);
        }
        self.end_gathering(id);
        // Where not all fit, the other person comes first: this one brings in what is missing of their own.
        in_order(&mut found, |a, b| a.person == peer && b.person != peer);
        match self.build_room(id, &found) {
            Ok(log) => {
                self.open_room(id, &log);
                self.resend_commit(id, &log);
            }
            Err(_) => self.retry_later(id),
        }
    }

    /// A room for what this person's devices tell each other: this device alone, until the others are brought in.
    pub(super) fn make_own_room(&mut self, id: ChatId) {
        match self.begin_room(id, None) {
            Ok(log) => {
                if let Some(chat) = self.chats.get_mut(&id) {
                    chat.renewing = false;
                }
                self.open_room(id, &log);
                self.out.chats_changed.insert(id);
                self.out.pump.insert(id);
            }
            Err(_) => self.retry_later(id),
        }
    }

    /// Where the card of a direct conversation's other person is.
    fn peer_link(&self, id: ChatId) -> Option<Link> {
        let secret = CardSecret::new(*self.contacts.get(&id)?.card_secret.bytes());
        Some(Link { identity: self.chats.get(&id)?.peer()?, secret })
    }

    /// Whether a room is begun without this person's other devices: on this connection a relay has refused one with them, or it was
    /// seen whether they can be reached.
    pub(super) fn goes_without_own(&self, id: ChatId) -> bool {
        self.connection.as_ref().is_some_and(|connection| connection.without_own.contains(&id))
    }

    fn build_room(&mut self, id: ChatId, found: &[Found]) -> Result<Address, MlsError> {
        let log = self.begin_room(id, None)?;
        if let Err(error) = self.stage_adds(id, &log, found) {
            self.forget_room(id, &log);
            if let Some(chat) = self.chats.get_mut(&id) {
                chat.choose();
            }
            return Err(error);
        }
        let renewed = self.chats.get_mut(&id).is_some_and(|chat| std::mem::take(&mut chat.renewing));
        if renewed {
            self.add_notice(id, Notice::Renewed);
        }
        Ok(log)
    }

    /// A group of this device alone, with a log that is still to be created: a group's current room, or the first in the order of a
    /// conversation of two.
    pub(super) fn begin_room(&mut self, id: ChatId, state: Option<&RoomState>) -> Result<Address, MlsError> {
        let bearer = self.account.as_ref().and_then(|account| account.bearer(self.now)).ok_or(MlsError::Missing)?;
        let log = Address::new(self.provider.rand().bytes());
        self.provider.storage().enter(Scope::Chat(id));
        let picture = self.held.get(&id).and_then(|held| held.picture.clone());
        let state = state.map(|state| (state, picture.filter(|_| state.picture.is_some())));
        let confirmed = state.is_some();
        let group = Group::create(&self.provider, &bearer, &log, state)?;
        let access = group.access(&self.provider, &log)?.into();
        let update_at = self.now + UPDATE_EVERY_MS;
        let room = Room { created: false, confirmed, own: true, ..Room::new(log, access, update_at) };
        let chat = self.chats.get_mut(&id).ok_or(MlsError::Missing)?;
        match chat.group().is_some() {
            true => {
                chat.rooms.push(room);
                chat.current = Some(log);
            }
            false => {
                // By the clock, so that a device that knows of no room, of a person who has begun anew, stands above those there were.
                let generation = self.now.max(chat.generation.saturating_add(1));
                chat.hold(Room { generation, ..room });
            }
        }
        Ok(log)
    }

    /// Proves a room's epoch on this connection and reads its log on.
    pub(super) fn open_room(&mut self, id: ChatId, log: &Address) {
        let Some(room) = self.chats.get(&id).and_then(|chat| chat.room(log)).cloned() else { return };
        self.prove_room(id, &room);
        self.subscribe(room.log, room.cursor);
    }

    /// Proves a room's current epoch; a subscription under way goes on by itself.
    pub(super) fn prove_room(&mut self, id: ChatId, room: &Room) {
        let (log, epoch, access) = place(room);
        if let Some(connection) = &mut self.connection {
            connection.caught_up.remove(&log);
        }
        let Some(proof) = self.prove(&access.signing_key(), Right::Log, &log, epoch) else { return };
        let purpose = Purpose::Room { chat: id, log };
        match room.created {
            true => self.ask(purpose, |request| ClientFrame::Prove {
                request,
                right: Right::Log,
                address: log,
                epoch,
                proof,
            }),
            false => self.ask(purpose, |request| ClientFrame::CreateLog { request, log, proof }),
        }
    }

    /// The relay's word on a room: it is there, or it is lost.
    pub(super) fn room_opened(&mut self, id: ChatId, log: Address, reply: Reply) {
        match reply {
            Reply::Proved { log: kept, .. } => {
                if let (Some(kept), Some(connection)) = (kept, &mut self.connection) {
                    connection.first.insert(log, kept.first);
                }
                let room = self.chats.get_mut(&id).and_then(|chat| chat.room_mut(&log));
                if let Some(room) = room.filter(|room| !room.created) {
                    room.created = true;
                    self.out.chats_changed.insert(id);
                }
            }
            // Not now: the next connection asks again.
            Reply::Refused { reason: Refusal::Full | Refusal::TooLarge } => {}
            Reply::Refused { .. } => self.lose_room(id, &log),
            _ => {}
        }
    }

    /// Gives a room up: its log is gone, or its group does not work any more. What was not read back waits for the next.
    pub(super) fn lose_room(&mut self, id: ChatId, log: &Address) {
        let Some((chat, room)) = self.chats.get(&id).and_then(|chat| Some((chat, chat.room(log)?))) else { return };
        let (seen_at, leads) = (room.seen_at, chat.leads(room));
        self.refuse_further_history(id);
        self.forget_room(id, log);
        let Some(chat) = self.chats.get_mut(&id) else { return };
        if chat.group().is_none() {
            chat.choose();
            // Renewed at once, so that the other side does not write into the void: this device is still in it for them.
            chat.renewing |= leads && chat.state == ChatState::Open;
        } else if chat.current.as_ref() == Some(log) {
            chat.current = chat.rooms.iter().rfind(|room| room.left_at.is_none()).map(|room| room.log);
            let alone = chat.current.is_none();
            if let Some(head) = chat.group_mut().filter(|head| alone && head.out.is_none()) {
                head.out = Some(Out::Lost);
                head.asked = None;
                head.lost_from = Some(seen_at);
            }
        }
        self.tell(&ClientFrame::Unsubscribe { address: *log });
        self.requeue(id, log, None);
        self.out.chats_changed.insert(id);
        self.out.pump.insert(id);
    }

    /// Forgets a room: its place in the conversation, what was found out about it on this connection, its group and its rows.
    pub(super) fn forget_room(&mut self, id: ChatId, log: &Address) {
        let group = self.group_of(id, log);
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.rooms.retain(|room| room.log != *log);
        }
        if let Some(connection) = &mut self.connection {
            connection.forget(log);
        }
        if let Some(held) = self.held.get_mut(&id) {
            held.forget(log);
        }
        self.groups.remove(log);
        self.provider.storage().enter(Scope::Chat(id));
        // An id of 32 bytes encodes.
        let _erased = Group::erase(&self.provider, &group).is_ok();
        self.end_uploads(log);
        for row in [key::commit(log), key::chain(log), key::proposal(log)] {
            self.delete_chat_row(id, Table::State, &row);
        }
    }

    /// A room that came by welcome.
    pub(super) fn add_room(&mut self, id: ChatId, room: Room) {
        let Some(chat) = self.chats.get_mut(&id) else { return };
        if chat.group().is_some() {
            return self.add_group_room(id, room);
        }
        let log = room.log;
        // What was lost is replaced by a room that its maker has begun after it.
        chat.renewing &= room.generation <= chat.generation;
        chat.hold(room);
        let last = chat.rooms.iter().filter(|room| chat.current != Some(room.log)).min_by_key(|room| room.rank());
        if let Some(last) = last.map(|room| room.log).filter(|_| chat.rooms.len() > MAX_ROOMS_OF_TWO) {
            self.lose_room(id, &last);
        }
        self.out.chats_changed.insert(id);
        self.out.pump.insert(id);
        self.open_room(id, &log);
    }

    /// A room that has none of the other person's devices but such as they have taken off reaches nobody, whoever was heard in it.
    pub(super) fn doubt_deserted(&mut self, id: ChatId, peer: &PublicKey) {
        let logs: Vec<Address> = self.chats.get(&id).iter().flat_map(|chat| &chat.rooms).map(|room| room.log).collect();
        for log in logs {
            let Ok(roster) = self.with_group(id, &log, |group, _| group.roster()) else { continue };
            if roster.of_person(peer).all(|leaf| self.was_taken_off(id, &leaf.device.key, 0))
                && let Some(room) = self.chats.get_mut(&id).and_then(|chat| chat.room_mut(&log))
            {
                room.confirmed = false;
            }
        }
    }

    /// Works with a room's group. When the work fails the group is read from its rows again the next time.
    pub(super) fn with_group<T>(
        &mut self,
        id: ChatId,
        log: &Address,
        work: impl FnOnce(&mut Group, &MlsProvider) -> Result<T, MlsError>,
    ) -> Result<T, MlsError> {
        self.provider.storage().enter(Scope::Chat(id));
        let mut group = match self.groups.remove(log) {
            Some(group) => group,
            None => Group::load(&self.provider, &self.group_of(id, log))?,
        };
        let done = work(&mut group, &self.provider)?;
        self.groups.insert(*log, group);
        Ok(done)
    }

    /// Id of the MLS group that a log carries.
    fn group_of(&self, id: ChatId, log: &Address) -> Address {
        self.chats.get(&id).and_then(|chat| chat.room(log)).map_or(*log, |room| room.group)
    }

    /// The public key of a seed, for comparison with what a commit names.
    pub(super) fn public(seed: &[u8; 32]) -> PublicKey {
        PublicKey::new(SigningKey::from_bytes(seed).verifying_key().to_bytes())
    }
}
