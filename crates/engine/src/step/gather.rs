//! Gathering: the cards of people who are to come into a conversation, and a key package of each of their devices.

use openmls::prelude::KeyPackage;
use xchat_wire::{ClientFrame, Epoch, PublicKey, Reply, Right};

use super::save::RETRY_ROOM_MS;
use crate::{
    Engine,
    api::ChatId,
    card::{self, CardDevice, Link, SignedCard},
    connection::{Found, Gathering, Purpose},
    mls::check_package,
};

/// Key packages that are taken of one device before it is given up: some may have lain too long.
const PACKAGE_TRIES: u8 = 24;

impl Engine {
    /// Asks for the cards of these people, if nothing is being gathered for the conversation and nothing has to wait.
    pub(super) fn gather(&mut self, id: ChatId, links: Vec<Link>) {
        let Some(connection) = &mut self.connection else { return };
        let early = connection.retry.get(&id).is_some_and(|at| *at > self.now);
        if early || connection.gathering.contains_key(&id) {
            return;
        }
        connection.retry.remove(&id);
        connection.gatherings += 1;
        let number = connection.gatherings;
        let asked = links.iter().map(|link| link.identity).collect();
        connection.gathering.insert(id, Gathering { number, outstanding: links.len(), asked, found: Vec::new() });
        for link in links {
            let cell = link.cell();
            self.ask(Purpose::GatherCard { chat: id, number, link }, |request| ClientFrame::GetCell { request, cell });
        }
    }

    /// Whether packages are being gathered for a conversation.
    pub(super) fn is_gathering(&self, id: ChatId) -> bool {
        self.gathering(id).is_some_and(|gathering| gathering.outstanding > 0)
    }

    fn gathering(&self, id: ChatId) -> Option<&Gathering> {
        self.connection.as_ref()?.gathering.get(&id)
    }

    /// What was gathered. None: nothing was asked for, or answers are outstanding.
    pub(super) fn gathered(&self, id: ChatId) -> Option<&[Found]> {
        self.gathering(id).filter(|gathering| gathering.outstanding == 0).map(|gathering| gathering.found.as_slice())
    }

    /// Remembers whose devices the gathering did not reach.
    pub(super) fn note_unreached(&mut self, id: ChatId) {
        let Some(connection) = &mut self.connection else { return };
        let Some(Gathering { asked, found, .. }) = connection.gathering.get(&id) else { return };
        let missed = asked.iter().filter(|person| !found.iter().any(|found| found.person == **person));
        connection.unreached.entry(id).or_default().extend(missed.copied());
    }

    /// What was gathered of people who are in by now is used up.
    pub(super) fn use_up(&mut self, id: ChatId, came: impl Fn(&PublicKey) -> bool) {
        let Some(gathering) = self.connection.as_mut().and_then(|connection| connection.gathering.get_mut(&id)) else {
            return;
        };
        gathering.found.retain(|found| !came(&found.person));
        if gathering.found.is_empty() {
            self.end_gathering(id);
        }
    }

    /// What was gathered is used up, or of no use.
    pub(super) fn end_gathering(&mut self, id: ChatId) {
        if let Some(connection) = &mut self.connection {
            connection.gathering.remove(&id);
        }
    }

    /// Somebody cannot be reached now; tried again after a while, or with the next connection.
    pub(super) fn retry_later(&mut self, id: ChatId) {
        self.end_gathering(id);
        if let Some(connection) = &mut self.connection {
            connection.retry.insert(id, self.now + RETRY_ROOM_MS);
        }
    }

    /// Whether what did not work a while ago still has to wait.
    pub(super) fn is_put_off(&self, id: ChatId) -> bool {
        self.connection.as_ref().and_then(|connection| connection.retry.get(&id)).is_some_and(|at| *at > self.now)
    }

    /// A card: a key package of each of its devices that this relay reaches. Without a fresh card the known one is used.
    pub(super) fn gather_card(&mut self, id: ChatId, number: u64, link: &Link, reply: Reply) {
        let fresh = match reply {
            Reply::Cell { version, body } => card::open_card(link, version, &body).ok(),
            _ => None,
        };
        let contact = super::chat::chat_id(&link.identity);
        // A room would be made by a device that is not on the card any more.
        if Some(contact) == self.own_chat()
            && let Some((account, card)) = self.account.clone().zip(fresh.as_ref())
        {
            self.adopt_card(&account, card);
        }
        if let Some(card) = fresh.clone().filter(|_| self.contacts.contains_key(&contact)) {
            self.keep_card(contact, card);
        }
        let known = || SignedCard::open(&self.contacts.get(&contact)?.card).ok();
        let own_inbox = self.account.as_ref().map(|account| account.inbox);
        let card = fresh.or_else(known);
        let devices = card.iter().flat_map(|card| &card.card().devices);
        let devices = devices.filter(|device| device.relay == self.origin && Some(device.inbox) != own_inbox);
        for device in devices.cloned().collect::<Vec<_>>() {
            self.take_package(id, number, link.identity, device, PACKAGE_TRIES);
        }
        self.answered(id, number);
    }

    fn take_package(&mut self, id: ChatId, number: u64, person: PublicKey, device: CardDevice, tries: u8) {
        let key = device.writer.signing_key();
        let Some(proof) = self.prove(&key, Right::InboxWriter, &device.inbox, Epoch(0)) else { return };
        // Nobody waits for what an ended gathering would have found.
        let Some(gathering) = self.gathering_mut(id, number) else { return };
        gathering.outstanding += 1;
        let inbox = device.inbox;
        let purpose = Purpose::GatherPackage { chat: id, number, person, device: Box::new(device), tries };
        self.ask(purpose, |request| ClientFrame::TakePackage { request, inbox, proof });
    }

    /// A key package; one that lay too long, or is no good, is followed by the next.
    pub(super) fn gather_package(
        &mut self,
        id: ChatId,
        number: u64,
        person: PublicKey,
        device: CardDevice,
        tries: u8,
        reply: Reply,
    ) {
        if let Reply::Package { package, .. } = reply {
            let opened = card::open_package(&device.writer, &device.inbox, &package);
            let checked = opened.ok().and_then(|package| check_package(&self.provider, &package, &person).ok());
            let own = |package: &KeyPackage| package.leaf_node().signature_key().as_slice() == device.key.as_bytes();
            let checked = checked.filter(own);
            let gathering = self.gathering_mut(id, number);
            match (checked, gathering) {
                (Some(package), Some(gathering)) => gathering.found.push(Found { person, device, package }),
                (None, Some(_)) if tries > 0 => self.take_package(id, number, person, device, tries - 1),
                _ => {}
            }
        }
        self.answered(id, number);
    }

    fn gathering_mut(&mut self, id: ChatId, number: u64) -> Option<&mut Gathering> {
        let gathering = self.connection.as_mut()?.gathering.get_mut(&id)?;
        (gathering.number == number).then_some(gathering)
    }

    fn answered(&mut self, id: ChatId, number: u64) {
        let Some(gathering) = self.gathering_mut(id, number) else { return };
        gathering.outstanding = gathering.outstanding.saturating_sub(1);
        if gathering.outstanding == 0 {
            self.out.pump.insert(id);
        }
    }
}
