//! A person's devices: the list that their card has, kept alike on all of them, and every conversation brought in line with it.

use xchat_wire::{Address, Epoch, PublicKey};

use super::chat::chat_id;
use crate::{
    Engine,
    api::{ChatId, ChatState, Event, PersonId, Problem},
    card::{self, CardDevice, Link, SignedCard},
    connection::Found,
    device::{Arranged, OwnPart, Sync},
    mls::{MlsError, Plan},
    room::Roster,
    state::{Account, Chat, Held, Kind},
};

impl Engine {
    /// How this device is reached. None only when the account's row makes no sense.
    pub(super) fn own_device(&self) -> Option<CardDevice> {
        let account = self.account.as_ref()?;
        Some(CardDevice {
            relay: self.origin.clone(),
            inbox: account.inbox,
            writer: account.writer(),
            seal_key: self.seal_pair()?.public().clone(),
            key: Self::public(account.device.bytes()),
        })
    }

    /// Another device of this person has taken this one off the card.
    pub(super) fn revoked_here(&mut self) {
        if let Some(account) = self.account.as_mut().filter(|account| !account.out) {
            account.out = true;
            self.out.account_changed = true;
            self.linking = None;
            self.tell_account();
        }
    }

    fn tell_account(&mut self) {
        let view = self.account.as_ref().map(|account| self.account_view(account));
        self.out.events.extend(view.map(|account| Event::Account { account }));
    }

    /// The card has this device (again).
    pub(super) fn listed_here(&mut self) {
        if let Some(account) = self.account.as_mut().filter(|account| account.out) {
            account.out = false;
            self.tell_account();
            self.out.pump.extend(self.chats.keys().copied());
        }
    }

    /// Takes a device off the card, and with it out of every conversation.
    pub(super) fn revoke_device(&mut self, device: &PersonId) -> Result<(), Problem> {
        let key = PublicKey::new(device.0);
        let account = self.account.as_ref().ok_or(Problem::NoChat)?;
        if !account.others.iter().any(|other| other.key == key) {
            return Err(Problem::NoChat);
        }
        self.take_off(key);
        self.sync(Sync::Revoked { key });
        Ok(())
    }

    /// Another device of this person has revoked one. Without its word a card that the revoked one signs would bring it back here.
    pub(super) fn revoked_elsewhere(&mut self, key: PublicKey) {
        let known = self.account.as_ref().is_some_and(|account| account.revoked.contains(&key));
        if known || self.own_device().is_none_or(|device| device.key == key) {
            return;
        }
        self.take_off(key);
    }

    /// Off the card, for good, and out of every conversation.
    fn take_off(&mut self, key: PublicKey) {
        let Some(account) = &mut self.account else { return };
        let listed = account.others.iter().any(|other| other.key == key);
        account.others.retain(|other| other.key != key);
        account.names.retain(|named| named.key != key);
        account.revoked.push(key);
        self.out.account_changed = true;
        self.drop_give(&key);
        let Some(account) = self.account.as_mut().filter(|_| listed) else { return };
        account.card_version += 1;
        self.others_changed(&[]);
        self.publish_card();
    }

    /// Whether a conversation's room may not have the devices that the card has.
    pub(super) fn devices_due(&self, chat: &Chat) -> bool {
        let version = self.account.as_ref().map_or(0, |account| account.devices_version);
        self.is_active(chat) && chat.current_room().is_some_and(|room| room.devices_seen < version)
    }

    /// Takes devices that are not on the card any more out of a room, before anything else is done in it. Whether a commit is under
    /// way.
    pub(super) fn take_revoked_out(&mut self, id: ChatId, log: &Address) -> bool {
        let Some((removes, _)) = self.out_of_line(id, log).filter(|(removes, _)| !removes.is_empty()) else {
            return false;
        };
        let staged = self.stage(id, log, Plan { renew: true, removes, ..Plan::default() }, &[], None);
        self.send_staged(id, log, &staged)
    }

    /// Brings devices that are on the card and not in a room into it. Whether a commit is under way.
    pub(super) fn bring_devices_in_line(&mut self, id: ChatId, log: &Address) -> bool {
        if self.is_put_off(id) {
            return false;
        }
        let Some((removes, missing)) = self.out_of_line(id, log) else { return false };
        let Some(account) = self.account.clone() else { return false };
        if missing.is_empty() {
            if removes.is_empty() {
                if let Some(room) = self.chats.get_mut(&id).and_then(|chat| chat.room_mut(log)) {
                    room.devices_seen = account.devices_version;
                }
                self.out.chats_changed.insert(id);
            }
            return false;
        }
        let Some(gathered) = self.gathered(id).map(<[Found]>::to_vec) else {
            if !self.is_gathering(id) {
                self.gather(id, vec![self.own_link(&account)]);
            }
            return false;
        };
        self.end_gathering(id);
        let found: Vec<Found> = gathered.into_iter().filter(|found| missing.contains(&found.device.key)).collect();
        if found.is_empty() {
            self.retry_later(id);
            return false;
        }
        let staged = self.stage_adds(id, log, &found);
        self.send_staged(id, log, &staged)
    }

    /// Own leaves of a room that are not on the card, and devices on it that have no leaf. None: the room needs no look.
    pub(super) fn out_of_line(&mut self, id: ChatId, log: &Address) -> Option<(Vec<u32>, Vec<PublicKey>)> {
        self.chats.get(&id).filter(|chat| self.devices_due(chat))?;
        let (account, own) = (self.account.clone()?, self.own_identity()?);
        let roster = self.with_group(id, log, |group, _| group.roster()).ok()?;
        Some(differences(&account, &own, &roster))
    }

    fn send_staged(&mut self, id: ChatId, log: &Address, staged: &Result<(), MlsError>) -> bool {
        match staged {
            Ok(()) => self.resend_commit(id, log),
            Err(_) => self.retry_later(id),
        }
        staged.is_ok()
    }

    /// What this person's devices tell each other is for all of them, and so is what this one writes first in a room: it waits
    /// until all are there, but not for one that could not be reached on this connection.
    pub(super) fn waits_for_devices(&self, id: ChatId) -> bool {
        let tried = self.connection.as_ref().is_some_and(|connection| connection.retry.contains_key(&id));
        let Some(chat) = self.chats.get(&id).filter(|chat| !tried && self.devices_due(chat)) else { return false };
        self.own_chat() == Some(id) || chat.current_room().is_some_and(|room| room.devices_seen == 0)
    }

    /// Whether a contact has taken a device off their card since the version that it shows.
    pub(super) fn was_taken_off(&self, id: ChatId, device: &PublicKey, version: u64) -> bool {
        let contact = self.contacts.get(&id).filter(|contact| contact.card_version > version);
        let card = contact.and_then(|contact| SignedCard::open(&contact.card).ok());
        card.is_some_and(|card| card.card().devices.iter().all(|listed| listed.key != *device))
    }

    /// What another device of this person must know of a conversation that it comes into.
    pub(super) fn own_part(&self, id: ChatId) -> Option<OwnPart> {
        let chat = self.chats.get(&id)?;
        let contact = self.contacts.get(&id);
        let link = chat
            .peer()
            .zip(contact)
            .map(|(identity, contact)| Link { identity, secret: card::CardSecret::new(*contact.card_secret.bytes()) });
        let own = chat.peer() == self.own_identity();
        let own_link = self.account.as_ref().filter(|_| own).map(|account| self.own_link(account));
        let card = contact.map(|contact| contact.card.as_slice()).unwrap_or_default();
        let link = link.or(own_link);
        let mut part = OwnPart::new(chat.state, chat.next_order, link.as_ref().map(|link| (link, card)));
        part.arranged = chat.arranged.clone();
        // Lines that tell how a group came about are nothing that was said.
        let begun = chat.sent > 0 || self.held.get(&id).is_some_and(Held::has_received);
        part.begun = begun.then_some(true);
        part.invitation = chat.group().map(|head| head.invitation);
        part.privacy = self.account.as_ref().filter(|_| own).map(|account| account.privacy);
        Some(part)
    }

    /// Whether this person has other devices to tell.
    pub(super) fn has_others(&self) -> bool {
        self.account.as_ref().is_some_and(|account| !account.others.is_empty())
    }

    /// Whether others may hear what this one tells them: those on the card, and any that are still in the room of this person's devices.
    /// Who was taken off there may have brought one in just before, which this device does not know yet.
    pub(crate) fn tells_others(&self) -> bool {
        let own = self.own_chat().and_then(|own| self.chats.get(&own));
        self.has_others() || own.is_some_and(|own| self.devices_due(own))
    }

    /// The conversation of this person with themselves: their notes, and what their devices tell each other.
    pub(crate) fn own_chat(&self) -> Option<ChatId> {
        self.own_identity().map(|own| chat_id(&own))
    }

    /// Makes that conversation if it is not there. It shows once something is written in it.
    pub(super) fn begin_own_chat(&mut self) {
        let (Some(own), Some(id)) = (self.own_identity(), self.own_chat()) else { return };
        if self.chats.contains_key(&id) || self.damaged.contains(&id) {
            return;
        }
        self.add_chat(id, Kind::Direct(own), ChatState::Open);
        if let Some(chat) = self.chats.get_mut(&id) {
            chat.hidden = true;
        }
        self.make_own_room(id);
    }

    /// Tells this person's other devices.
    pub(super) fn sync(&mut self, sync: Sync) {
        let Some(id) = self.own_chat().filter(|_| self.tells_others()) else { return };
        self.begin_own_chat();
        let content = sync.message(self.salt()).encode();
        self.queue(id, None, content);
    }

    /// Devices that have come into the room of this person's devices are told what was said there before.
    pub(super) fn tell_new_devices(&mut self, id: ChatId) {
        let Some(account) = self.account.as_ref().filter(|_| self.own_chat() == Some(id)) else { return };
        let mut untold = account.untold.clone();
        let before = untold.len();
        untold.retain(|device| !self.reaches(id, device));
        if let Some(account) = self.account.as_mut().filter(|_| untold.len() < before) {
            account.untold = untold;
            self.out.account_changed = true;
            let names = account.names.clone();
            names.into_iter().for_each(|named| self.sync_last(Sync::Named(named)));
            self.tell_strangers();
            self.tell_drafts_soon();
        }
    }

    /// Tells a new device of those in whose rooms it is brought by nobody: who was met and not written to, and who is blocked.
    fn tell_strangers(&mut self) {
        let strangers: Vec<ChatId> = self.strangers().collect();
        strangers.into_iter().for_each(|id| self.tell_stranger(id));
    }

    /// Those of whom it is told.
    pub(super) fn strangers(&self) -> impl Iterator<Item = ChatId> {
        let silent = |chat: &&Chat| match chat.state {
            ChatState::New => !chat.hidden,
            ChatState::Blocked => true,
            ChatState::Request | ChatState::Open => false,
        };
        self.chats.values().filter(silent).map(|chat| chat.id)
    }

    /// Tells of somebody whom other devices may not know: who it is, and how this person stands to them.
    pub(super) fn tell_stranger(&mut self, id: ChatId) {
        let (Some(chat), Some(contact)) = (self.chats.get(&id), self.contacts.get(&id)) else { return };
        let (Some(identity), card) = (chat.peer(), contact.card.clone()) else { return };
        let (blocked, hidden, arranged) = (chat.state == ChatState::Blocked, chat.hidden, chat.arranged.clone());
        let link = Link { identity, secret: card::CardSecret::new(*contact.card_secret.bytes()) };
        self.sync(Sync::Contact { link: link.to_bytes().to_vec().into(), card });
        if blocked {
            self.sync_state(id);
        }
        if hidden {
            self.sync_hidden(id);
        }
        Arranged::set_in(&arranged).for_each(|what| self.sync_last(Sync::Arranged { chat: id, what }));
    }

    /// Tells them how this person stands to a conversation.
    pub(super) fn sync_state(&mut self, id: ChatId) {
        let Some(chat) = self.chats.get(&id) else { return };
        let invitation = chat.group().map(|head| head.invitation);
        self.sync_last(Sync::Chat { chat: id, state: Some(chat.state), hidden: None, invitation });
    }

    /// Tells them whether a conversation is in the list.
    pub(super) fn sync_hidden(&mut self, id: ChatId) {
        let Some(chat) = self.chats.get(&id) else { return };
        self.sync_last(Sync::Chat { chat: id, state: None, hidden: Some(chat.hidden), invitation: None });
    }
}

/// Leaves of this person that are not on the card, and devices on it that have no leaf.
fn differences(account: &Account, own: &PublicKey, roster: &Roster) -> (Vec<u32>, Vec<PublicKey>) {
    let this = Engine::public(account.device.bytes());
    let wanted: Vec<PublicKey> = std::iter::once(this).chain(account.others.iter().map(|device| device.key)).collect();
    let leaves: Vec<_> = roster.of_person(own).collect();
    let removes = leaves.iter().filter(|leaf| !wanted.contains(&leaf.device.key)).map(|leaf| leaf.index).collect();
    let missing = wanted.into_iter().filter(|key| !leaves.iter().any(|leaf| leaf.device.key == *key)).collect();
    (removes, missing)
}

impl Engine {
    /// A welcome into a conversation of two by another device of this person.
    pub(super) fn welcomed_by_own_device(
        &mut self,
        id: ChatId,
        part: &OwnPart,
        roster: &Roster,
    ) -> Result<(), MlsError> {
        let own = self.own_identity().ok_or(MlsError::Missing)?;
        let peer = part.link().ok_or(MlsError::Foreign)?;
        if id != chat_id(&peer.identity)
            || !roster.has(&own)
            || !roster.has(&peer.identity)
            || !roster.people().all(|person| *person == own || *person == peer.identity)
        {
            return Err(MlsError::Foreign);
        }
        // What was turned before this device reads the log. One that reads it already knows better, but not one alone in a room that it
        // has begun.
        let room = self.chats.get(&id).and_then(Chat::current_room);
        let joins = room.is_none_or(|room| !room.confirmed && room.epoch == Epoch(0));
        if let Some(privacy) = part.privacy.filter(|_| peer.identity == own && joins) {
            self.tells_as(privacy);
        }
        if !self.chats.contains_key(&id) {
            self.add_chat(id, Kind::Direct(peer.identity), part.state);
            if let Some(chat) = self.chats.get_mut(&id) {
                chat.hidden = peer.identity == own;
                chat.next_order = chat.next_order.max(part.next_order);
                chat.arranged = part.arranged.clone();
            }
            self.begins_here(id, part);
        } else if let Some(chat) = self.chats.get_mut(&id).filter(|chat| chat.state == ChatState::New) {
            // Met on this device too, which had not heard how far the others have come.
            chat.state = part.state;
            chat.next_order = chat.next_order.max(part.next_order);
            self.begins_here(id, part);
            self.arranged_before(id, &part.arranged);
        }
        if let Some(card) = part.card.as_ref().and_then(|card| SignedCard::open(card).ok())
            && card.card().identity == peer.identity
            && peer.identity != own
        {
            self.meet(id, peer.secret, card);
        }
        Ok(())
    }
}
