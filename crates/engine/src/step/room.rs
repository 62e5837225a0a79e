//! Rooms: the MLS group and log under a conversation. Made, opened, chosen, given up.

use ed25519_dalek::SigningKey;
use minicbor::bytes::ByteVec;
use openmls::prelude::KeyPackage;
use openmls_traits::OpenMlsProvider as _;
use xchat_wire::{Address, ClientFrame, Epoch, PostId, Refusal, Reply, Right, Seq};

use super::{
    pump::place,
    save::{RETRY_ROOM_MS, UPDATE_EVERY_MS},
};
use crate::{
    Engine,
    api::{ChatId, ChatState, Notice},
    card::{self, CardDevice, CardSecret, Delivery, Link, SignedCard, Welcome},
    connection::Purpose,
    mls::{Group, MlsError, MlsProvider, check_package},
    rows::{Scope, Table},
    state::{self, Room, Secret, key},
};

/// Rooms of one conversation that are kept open; the oldest that is not in use goes first.
const MAX_ROOMS: usize = 4;
/// Key packages that are taken for one room before it is put off: some may have lain too long.
const PACKAGE_TRIES: u8 = 24;

impl Engine {
    /// First step towards a room: the other person's card as it is now.
    pub(super) fn make_room(&mut self, id: ChatId) {
        let Some(connection) = &mut self.connection else { return };
        let early = connection.retry.get(&id).is_some_and(|at| *at > self.now);
        if early || !connection.making.insert(id) {
            return;
        }
        connection.retry.remove(&id);
        let Some(cell) = self.peer_link(id).map(|link| link.cell()) else { return };
        self.ask(Purpose::RoomCard { chat: id }, |request| ClientFrame::GetCell { request, cell });
    }

    /// Second step: a key package of their device. Without a fresh card the known one is used.
    pub(super) fn room_card(&mut self, id: ChatId, reply: Reply) {
        if let Reply::Cell { version, body } = reply {
            if let Some(card) = self.peer_link(id).and_then(|link| card::open_card(&link, version, &body).ok()) {
                self.keep_card(id, card);
            }
        }
        let Some(device) = self.peer_device(id) else { return self.retry_later(id) };
        self.take_package(id, &device, PACKAGE_TRIES);
    }

    /// Where the card of a direct conversation's other person is.
    fn peer_link(&self, id: ChatId) -> Option<Link> {
        let secret = CardSecret::new(*self.contacts.get(&id)?.card_secret.bytes());
        Some(Link { identity: self.chats.get(&id)?.peer()?, secret })
    }

    fn take_package(&mut self, id: ChatId, device: &CardDevice, tries: u8) {
        let key = device.writer.signing_key();
        let Some(proof) = self.prove(&key, Right::InboxWriter, &device.inbox, Epoch(0)) else { return };
        let (inbox, purpose) = (device.inbox, Purpose::RoomPackage { chat: id, tries });
        self.ask(purpose, |request| ClientFrame::TakePackage { request, inbox, proof });
    }

    /// The device of theirs that this relay reaches.
    fn peer_device(&self, id: ChatId) -> Option<CardDevice> {
        let card = SignedCard::open(&self.contacts.get(&id)?.card).ok()?;
        card.card().devices.iter().find(|device| device.relay == self.origin).cloned()
    }

    /// Third step: group, log, and the commit that adds them, stored and sent together.
    pub(super) fn room_package(&mut self, id: ChatId, tries: u8, reply: Reply) {
        let Reply::Package { package, .. } = reply else { return self.retry_later(id) };
        // A welcome of theirs may have come first; then there is a room already.
        if self.chats.get(&id).is_none_or(|chat| chat.current.is_some()) {
            return self.made(id);
        }
        match self.build_room(id, &package) {
            Ok(log) => {
                self.made(id);
                self.open_room(id, &log);
                self.resend_commit(id, &log);
            }
            // One that lay too long, or is no good: the next may be.
            Err(_) => match self.peer_device(id) {
                Some(device) if tries > 0 => self.take_package(id, &device, tries - 1),
                _ => self.retry_later(id),
            },
        }
    }

    fn build_room(&mut self, id: ChatId, sealed_package: &[u8]) -> Result<Address, MlsError> {
        let account = self.account.clone().ok_or(MlsError::Missing)?;
        let device = self.peer_device(id).ok_or(MlsError::Missing)?;
        let peer = self.chats.get(&id).and_then(state::Chat::peer).ok_or(MlsError::Missing)?;
        let package =
            card::open_package(&device.writer, &device.inbox, sealed_package).map_err(|_| MlsError::Malformed)?;
        let package = check_package(&self.provider, &package, &peer)?;

        let log = Address::new(self.provider.rand().bytes());
        let built = self.build_group(id, &account, &device, package, &log);
        if built.is_err() {
            self.forget_room(id, &log);
        }
        built.map(|()| log)
    }

    fn build_group(
        &mut self,
        id: ChatId,
        account: &state::Account,
        device: &CardDevice,
        package: KeyPackage,
        log: &Address,
    ) -> Result<(), MlsError> {
        let log = *log;
        self.provider.storage().enter(Scope::Chat(id));
        let mut group = Group::create(&self.provider, &account.signer(), &account.certificate, &log)?;
        let access = group.access(&self.provider)?;
        let added = group.add(&self.provider, &account.signer(), &[package])?;
        let welcome = added.welcome.ok_or(MlsError::Missing)?;
        let welcome = Delivery::Welcome(Box::new(Welcome {
            relay: self.origin.clone(),
            log,
            welcome,
            sender: self.own_link(account),
            card: self.own_card(account).ok_or(MlsError::Missing)?,
        }));
        let body = card::seal_envelope(self.provider.crypto(), &device.seal_key, &device.inbox, &welcome.encode())
            .map_err(|_| MlsError::Malformed)?;
        let delivery = state::Delivery {
            inbox: device.inbox,
            writer: Secret::new(*device.writer.as_bytes()),
            post: PostId::new(self.provider.rand().bytes()),
            body: ByteVec::from(body),
        };
        let room = Room {
            log,
            epoch: group.epoch(),
            access: access.into(),
            cursor: Seq(0),
            chain: None,
            created: false,
            confirmed: false,
            own: true,
            update_at: self.now + UPDATE_EVERY_MS,
            differs: false,
        };
        let renewed = {
            let chat = self.chats.get_mut(&id).ok_or(MlsError::Missing)?;
            chat.rooms.push(room);
            chat.current = Some(log);
            std::mem::take(&mut chat.renewing)
        };
        self.put_commit(id, &log, added.commit, added.next_access.into(), vec![delivery]);
        if renewed {
            self.add_notice(id, Notice::Renewed);
        }
        Ok(())
    }

    fn made(&mut self, id: ChatId) {
        if let Some(connection) = &mut self.connection {
            connection.making.remove(&id);
        }
        self.out.pump.insert(id);
    }

    /// The other side cannot be reached now; tried again after a while, or with the next connection.
    pub(super) fn retry_later(&mut self, id: ChatId) {
        if let Some(connection) = &mut self.connection {
            connection.making.remove(&id);
            connection.retry.insert(id, self.now + RETRY_ROOM_MS);
        }
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
        if self.chats.get(&id).is_none_or(|chat| chat.room(log).is_none()) {
            return;
        }
        self.forget_room(id, log);
        let Some(chat) = self.chats.get_mut(&id) else { return };
        if chat.current.as_ref() == Some(log) {
            chat.current = chat.rooms.last().map(|room| room.log);
            // Renewed at once, so that the other side does not write into the void.
            chat.renewing = chat.current.is_none() && chat.state == ChatState::Open;
        }
        self.tell(&ClientFrame::Unsubscribe { address: *log });
        self.requeue(id, log, |_| true);
        self.out.chats_changed.insert(id);
        self.out.pump.insert(id);
    }

    /// Forgets a room: its place in the conversation, what was found out about it on this connection, its group and its rows.
    fn forget_room(&mut self, id: ChatId, log: &Address) {
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
        if let Ok(mut group) = Group::load(&self.provider, log) {
            // Rows of a group that does not even delete stay behind, unused.
            let _unused = group.delete(&self.provider);
        }
        self.delete_chat_row(id, Table::State, &key::commit(log));
        self.delete_chat_row(id, Table::State, &key::chain(log));
    }

    /// A room that came by welcome: chosen for new messages by a rule that both sides apply alike.
    ///
    /// When this side had begun a room of its own and has not heard from the other in it, both began at the same moment,
    /// and the lower log address wins. Else the other side began anew on purpose, and the new room wins.
    pub(super) fn add_room(&mut self, id: ChatId, room: Room) {
        let Some(chat) = self.chats.get_mut(&id) else { return };
        let keep = chat.current_room().is_some_and(|known| known.own && !known.confirmed && known.log < room.log);
        if !keep {
            chat.current = Some(room.log);
        }
        let log = room.log;
        chat.rooms.push(room);
        chat.renewing = false;
        let dropped = (chat.rooms.len() > MAX_ROOMS)
            .then(|| chat.rooms.iter().map(|room| room.log).find(|old| chat.current != Some(*old) && *old != log))
            .flatten();
        if let Some(old) = dropped {
            self.lose_room(id, &old);
        }
        self.out.chats_changed.insert(id);
        self.out.pump.insert(id);
        self.open_room(id, &log);
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
            None => Group::load(&self.provider, log)?,
        };
        let done = work(&mut group, &self.provider)?;
        self.groups.insert(*log, group);
        Ok(done)
    }

    /// The public key of a seed, for comparison with what a commit names.
    pub(super) fn public(seed: &[u8; 32]) -> xchat_wire::PublicKey {
        xchat_wire::PublicKey::new(SigningKey::from_bytes(seed).verifying_key().to_bytes())
    }
}
