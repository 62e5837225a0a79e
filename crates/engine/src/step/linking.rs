//! Linking a device: the new one's side and that of the device that brings it in. Nothing of it is stored before it is done; whoever
//! restarts in between begins again.

use openmls_traits::OpenMlsProvider as _;
use xchat_wire::{Address, ClientFrame, Epoch, Record, Reply, Right, Seq};

use crate::{
    Engine,
    api::{Event, Problem},
    card::{self, CardDevice, Delivery, MAX_DEVICES, SealKeyPair, WriterSeed},
    connection::Purpose,
    device::{
        DeviceLink, Grant, LinkStep, MAX_DEVICE_NAME, OFFER_CELL, Offer, commitment, link_code, open_offer, seal_offer,
    },
    state::Secret,
};

/// Steps of kind *ready* that make this device read its card, within [`READY_MS`]: as many as a person can have devices. Anybody who
/// has the card can send one.
const MAX_READY: usize = MAX_DEVICES;
/// See [`MAX_READY`], in milliseconds: 1 minute.
const READY_MS: u64 = 60_000;

/// A linking under way.
pub(crate) enum Linking {
    /// This is the new device.
    New(Box<New>),
    /// This device brings another one in.
    Old(Box<Old>),
}

/// The new device, before it is anybody's.
pub(crate) struct New {
    link: DeviceLink,
    pub(super) device: Secret,
    pub(super) inbox: Address,
    pub(super) owner: Secret,
    pub(super) writer: Secret,
    pub(super) seal: Secret,
    nonce: [u8; 32],
    pub(super) cursor: Seq,
    name: String,
    /// The first device that began, and its nonce; the grant must repeat it. Another one gets neither nonce nor digits: whoever could ask
    /// for many would choose among them.
    started: Option<([u8; 32], Box<CardDevice>)>,
    confirmed: bool,
    pub(super) grant: Option<Grant>,
}

/// The device that has read the offer.
pub(crate) struct Old {
    link: DeviceLink,
    offer: Option<Offer>,
    nonce: [u8; 32],
    /// Shown, and not yet said to be right.
    code: Option<String>,
    /// The new device is given the history.
    history: bool,
}

impl Linking {
    fn is_new_and_not_started(&self) -> bool {
        matches!(self, Self::New(new) if new.started.is_none())
    }
}

impl New {
    /// How the device is reached.
    fn card_device(&self, engine: &Engine) -> Option<CardDevice> {
        Some(CardDevice {
            relay: engine.origin.clone(),
            inbox: self.inbox,
            writer: WriterSeed::new(*self.writer.bytes()),
            seal_key: self.seal_pair(engine)?.public().clone(),
            key: Engine::public(self.device.bytes()),
        })
    }

    fn seal_pair(&self, engine: &Engine) -> Option<SealKeyPair> {
        SealKeyPair::derive(engine.provider.crypto(), self.seal.bytes()).ok()
    }

    fn offer(&self, engine: &Engine) -> Option<Offer> {
        Some(Offer::new(self.card_device(engine)?, commitment(&self.nonce), self.name.clone()))
    }
}

impl Engine {
    /// Shows a link with which another device can bring this one in.
    pub(super) fn link_this_device(&mut self, name: &str) -> Result<(), Problem> {
        if self.account.is_some() {
            return Err(Problem::AccountExists);
        }
        let rng = self.provider.rand();
        let new = New {
            link: DeviceLink::new(rng.bytes()),
            device: Secret::new(rng.bytes()),
            inbox: Address::new(rng.bytes()),
            owner: Secret::new(rng.bytes()),
            writer: Secret::new(rng.bytes()),
            seal: Secret::new(rng.bytes()),
            nonce: rng.bytes(),
            cursor: Seq(0),
            name: name.chars().take(MAX_DEVICE_NAME / 4).collect(),
            started: None,
            confirmed: false,
            grant: None,
        };
        let link = new.link.text(&self.origin);
        self.linking = Some(Linking::New(Box::new(new)));
        self.out.events.push(Event::DeviceLink { link });
        self.offer_this_device();
        Ok(())
    }

    /// Lays the offer out and listens for an answer.
    pub(super) fn offer_this_device(&mut self) {
        let Some(Linking::New(new)) = &self.linking else { return };
        let (Some(offer), inbox) = (new.offer(self), new.inbox) else { return };
        let (owner, writer) = (new.owner.signing_key(), WriterSeed::new(*new.writer.bytes()).public());
        let (cell, cell_owner, after) = (new.link.cell(), new.link.owner(), new.cursor);
        let body = seal_offer(&new.link, &offer, self.provider.rand().bytes()).into();
        let proofs = self.prove(&owner, Right::InboxOwner, &inbox, Epoch(0)).zip(self.prove(
            &cell_owner,
            Right::CellOwner,
            &cell,
            Epoch(0),
        ));
        let Some((proof, cell_proof)) = proofs else { return };
        self.ask(Purpose::Plain, |request| ClientFrame::CreateInbox { request, inbox, proof, writer });
        self.subscribe(inbox, after);
        self.ask(Purpose::Plain, |request| ClientFrame::PutCell {
            request,
            cell,
            proof: cell_proof,
            version: OFFER_CELL,
            body,
        });
    }

    /// Reads the offer that a new device shows.
    pub(super) fn link_device(&mut self, text: &str) -> Result<(), Problem> {
        let others = self.account.as_ref().ok_or(Problem::NoChat)?.others.len();
        if !DeviceLink::is_one(text) {
            return Err(Problem::NotALink);
        }
        let link = DeviceLink::parse(text, &self.origin).ok_or(Problem::LinkDamaged)?;
        // A card with one more would hold for nobody.
        if 1 + others >= MAX_DEVICES {
            return Err(Problem::TooMany);
        }
        if self.connection.is_none() {
            return Err(Problem::Offline);
        }
        let cell = link.cell();
        let nonce = self.provider.rand().bytes();
        self.linking = Some(Linking::Old(Box::new(Old { link, offer: None, nonce, code: None, history: true })));
        self.ask(Purpose::LinkOffer, |request| ClientFrame::GetCell { request, cell });
        Ok(())
    }

    /// The offer: answered with this device's nonce.
    pub(super) fn link_offer(&mut self, reply: Reply) {
        let Some(Linking::Old(old)) = &mut self.linking else { return };
        let offer = match reply {
            // An offer is put once: above its version lies what somebody else put there.
            Reply::Cell { version: OFFER_CELL, body } => open_offer(&old.link, &body),
            _ => None,
        };
        let Some(offer) = offer.filter(|offer| offer.device.relay == self.origin) else {
            self.linking = None;
            return self.refuse(Problem::CardMissing);
        };
        let (nonce, to) = (old.nonce, offer.device.clone());
        old.offer = Some(offer);
        let Some(device) = self.own_device() else { return };
        self.send_step(&to, &LinkStep::Start { nonce, device: Box::new(device) });
    }

    fn send_step(&mut self, to: &CardDevice, step: &LinkStep) {
        self.deliver_step(to, step, Purpose::Plain);
    }

    pub(super) fn deliver_step(&mut self, to: &CardDevice, step: &LinkStep, purpose: Purpose) {
        let plain = zeroize::Zeroizing::new(crate::state::encode(step));
        let delivery = zeroize::Zeroizing::new(Delivery::Link(plain.to_vec()).encode());
        // What is not sent is missed by the person, who begins again.
        let _failed = self.deliver(to, &delivery, purpose);
    }

    /// A delivery to the inbox of a device that is nobody's yet.
    pub(super) fn offered_delivery(&mut self, inbox: &Address, record: &Record) {
        let Some(Linking::New(new)) = &mut self.linking else { return };
        // An inbox of an offer before this one is still heard.
        if new.inbox != *inbox || record.seq <= new.cursor {
            return;
        }
        new.cursor = record.seq;
        let Some(Linking::New(new)) = &self.linking else { return };
        let opened = new
            .seal_pair(self)
            .and_then(|pair| card::open_envelope(self.provider.crypto(), &pair, &new.inbox, &record.body).ok());
        let Some(Ok(Delivery::Link(step))) = opened.map(|bytes| Delivery::decode(&bytes)) else { return };
        match minicbor::decode(&step) {
            Ok(LinkStep::Start { nonce, device }) => self.link_started(&nonce, &device),
            Ok(LinkStep::Grant(grant)) => self.link_granted(*grant),
            Ok(LinkStep::Differ { nonce }) => self.link_differs(&nonce),
            Ok(LinkStep::Reveal { .. } | LinkStep::Ready) | Err(_) => {}
        }
    }

    fn link_started(&mut self, theirs: &[u8; 32], device: &CardDevice) {
        let Some(Linking::New(new)) = self.linking.as_ref().filter(|linking| linking.is_new_and_not_started()) else {
            return;
        };
        let Some(offer) = new.offer(self) else { return };
        let nonce = new.nonce;
        if let Some(Linking::New(new)) = &mut self.linking {
            new.started = Some((*theirs, Box::new(device.clone())));
        }
        let code = link_code(&offer, theirs, &nonce, device);
        self.send_step(device, &LinkStep::Reveal { nonce });
        self.out.events.push(Event::LinkCode { code });
    }

    fn link_granted(&mut self, grant: Grant) {
        let Some(Linking::New(new)) = &mut self.linking else { return };
        // Only the device whose digits are shown knows the nonce that it began with.
        if new.started.as_ref().is_none_or(|(start, _)| *start != grant.start) || new.grant.is_some() {
            return;
        }
        new.grant = Some(grant);
        if new.confirmed {
            self.become_linked();
        }
    }

    /// A step that comes to a device with an account.
    pub(super) fn link_step(&mut self, step: &[u8]) {
        match minicbor::decode(step) {
            Ok(LinkStep::Reveal { nonce }) => self.link_revealed(&nonce),
            // A device was linked: the card says which.
            Ok(LinkStep::Ready) => self.told_ready(),
            Ok(LinkStep::Differ { nonce }) => self.link_differs(&nonce),
            Ok(LinkStep::Start { .. } | LinkStep::Grant(_)) | Err(_) => {}
        }
    }

    fn told_ready(&mut self) {
        let expected = self.account.as_ref().is_some_and(|account| {
            // Who has never granted anything to anybody has no other device. One that was taken off may have, just before.
            let own = Self::public(account.device.bytes());
            let named = account.names.iter().any(|named| named.key != own);
            named || !account.others.is_empty() || !account.revoked.is_empty()
        });
        let now = self.now;
        let Some(connection) = self.connection.as_mut().filter(|_| expected) else { return };
        let (count, since) = connection.ready;
        let (count, since) = if since.saturating_add(READY_MS) <= now { (0, now) } else { (count, since) };
        connection.ready = (count.saturating_add(1), since);
        if count < MAX_READY {
            self.ask_for_own_card();
        }
    }

    fn link_revealed(&mut self, theirs: &[u8; 32]) {
        let Some(device) = self.own_device() else { return };
        let Some(Linking::Old(old)) = &mut self.linking else { return };
        let Some(offer) = old.offer.as_ref().filter(|offer| offer.commitment == commitment(theirs)) else { return };
        if old.code.is_some() {
            return;
        }
        let code = link_code(offer, &old.nonce, theirs, &device);
        old.code = Some(code.clone());
        self.out.events.push(Event::LinkCode { code });
    }

    /// Whether the device that is being linked gets the history.
    pub(super) fn share_history(&mut self, on: bool) -> Result<(), Problem> {
        let Some(Linking::Old(old)) = &mut self.linking else { return Err(Problem::NoChat) };
        old.history = on;
        Ok(())
    }

    /// The person has compared the digits.
    pub(super) fn confirm_link(&mut self, right: bool) -> Result<(), Problem> {
        if !right {
            self.tell_that_it_differs();
            self.linking = None;
            self.out.events.push(Event::LinkEnded);
            return Ok(());
        }
        match &mut self.linking {
            Some(Linking::New(new)) if new.started.is_some() => {
                new.confirmed = true;
                if new.grant.is_some() {
                    self.become_linked();
                }
                Ok(())
            }
            Some(Linking::Old(old)) if old.code.is_some() => {
                // Kept until the relay has the grant: until then it can be confirmed again.
                let (to, start) = (old.offer.clone().ok_or(Problem::NoChat)?, old.nonce);
                let history = old.history;
                self.grant_to(&to, start, history)
            }
            _ => Err(Problem::NoChat),
        }
    }

    /// The other device ends it too.
    fn tell_that_it_differs(&mut self) {
        let step = match &self.linking {
            Some(Linking::New(new)) => new.started.as_ref().map(|(_, device)| ((**device).clone(), new.nonce)),
            Some(Linking::Old(old)) if old.code.is_some() => {
                old.offer.as_ref().map(|offer| (offer.device.clone(), old.nonce))
            }
            _ => None,
        };
        if let Some((to, nonce)) = step {
            self.send_step(&to, &LinkStep::Differ { nonce });
        }
    }

    /// It was said there that the digits are not alike, or that nobody wants this.
    fn link_differs(&mut self, theirs: &[u8; 32]) {
        let ends = match &self.linking {
            // Once both have confirmed it is done.
            Some(Linking::New(new)) if new.confirmed && new.grant.is_some() => false,
            Some(Linking::New(new)) => new.started.as_ref().is_some_and(|(start, _)| start == theirs),
            Some(Linking::Old(old)) => {
                old.code.is_some() && old.offer.as_ref().is_some_and(|offer| offer.commitment == commitment(theirs))
            }
            None => false,
        };
        if ends {
            self.linking = None;
            self.refuse(Problem::NoChat);
        }
    }

    fn grant_to(&mut self, offer: &Offer, start: [u8; 32], history: bool) -> Result<(), Problem> {
        if self.connection.is_none() {
            return Err(Problem::Offline);
        }
        self.call_new_device(offer.device.key, &offer.name);
        let account = self.account.as_mut().ok_or(Problem::NoChat)?;
        account.granted = Some(account.privacy);
        self.out.account_changed = true;
        let account = account.clone();
        let this = self.own_device().ok_or(Problem::RowDamaged)?;
        let devices = std::iter::once(this).chain(account.others.iter().cloned()).collect();
        let grant = Grant {
            name: account.name,
            picture: account.picture,
            about: account.about,
            identity: account.identity,
            backup: account.backup,
            backup_owner: account.backup_owner,
            card_owner: account.card_owner,
            card_secret: account.card_secret,
            card_version: account.card_version,
            devices,
            privacy: account.privacy,
            names: account.names,
            start,
            history,
        };
        self.deliver_step(&offer.device, &LinkStep::Grant(Box::new(grant)), Purpose::Grant);
        Ok(())
    }

    /// The relay's word on the grant: it lies in the new device's inbox, or the person may try again.
    pub(super) fn granted(&mut self, reply: &Reply) {
        let Some(Linking::Old(old)) = &self.linking else { return };
        let to = old.offer.as_ref().filter(|_| old.history).map(|offer| offer.device.key);
        if !matches!(reply, Reply::Accepted { .. }) {
            return self.refuse(Problem::Offline);
        }
        self.linking = None;
        self.begin_own_chat();
        if let Some(to) = to {
            self.give_history(to);
        }
        self.out.events.push(Event::LinkEnded);
    }
}
