//! What simulations make of an engine: one that breaks rules, that leaves out what only takes time, or of a later version, which says
//! what this one has never heard of.

use minicbor::bytes::ByteSlice;
use openmls_traits::OpenMlsProvider as _;
use xchat_wire::{ClientFrame, Epoch, Post, PostId, Right};

use crate::{
    Engine,
    api::ChatId,
    card::{self, SignedCard},
    connection::Purpose,
    later::{self, UNHEARD},
};

/// What waits to be said that nobody has heard of.
pub(crate) enum Unheard {
    Content(ChatId, Vec<u8>),
    Delivery(ChatId),
}

impl Engine {
    /// Makes of this device one that does what its person wants, whether they may or not.
    pub fn turn_hostile(&mut self) {
        self.hostile = true;
    }

    /// Shows no safety numbers, each of which takes thousands of hashes: in a simulation most of its time.
    pub fn omit_safety_numbers(&mut self) {
        self.omits_safety = true;
    }

    /// Makes and joins groups of suite 1 alone: without the hybrid key agreement, which is half of a simulation's time.
    pub fn speak_suite_1(&mut self) {
        self.provider.speak_suite_1();
    }

    /// Makes of this device one of a later version.
    pub fn become_later(&mut self) {
        self.later = true;
    }

    /// With the next step a content goes out that is not this version's.
    pub fn say_unheard(&mut self, chat: ChatId, content: Vec<u8>) {
        self.unheard.push(Unheard::Content(chat, content));
    }

    /// With the next step each device of the other person of a conversation gets a delivery of an unknown kind.
    pub fn deliver_unheard(&mut self, chat: ChatId) {
        self.unheard.push(Unheard::Delivery(chat));
    }

    /// A step begins.
    pub(crate) fn write_by_version(&self) {
        later::begin(self.later);
    }

    pub(crate) fn say_what_waits(&mut self) {
        for unheard in std::mem::take(&mut self.unheard) {
            match unheard {
                Unheard::Content(chat, content) if self.held.contains_key(&chat) => self.queue(chat, None, content),
                Unheard::Content(..) => {}
                Unheard::Delivery(chat) => self.deliver_unknown_kind(chat),
            }
        }
    }

    fn deliver_unknown_kind(&mut self, chat: ChatId) {
        let card = self.contacts.get(&chat).and_then(|contact| SignedCard::open(&contact.card).ok());
        let body: &ByteSlice = [UNHEARD].as_slice().into();
        let mut e = minicbor::Encoder::new(Vec::new());
        let frame = e.map(3).and_then(|e| e.u8(0)?.u8(1)?.u8(1)?.u8(UNHEARD)?.u8(2)?.bytes(body));
        if frame.is_err() {
            return;
        }
        let plain = e.into_writer();
        for to in card.iter().flat_map(|card| card.card().devices.iter()) {
            let sealed = card::seal_envelope(self.provider.crypto(), &to.seal_key, &to.inbox, &plain);
            let proof = self.prove(&to.writer.signing_key(), Right::InboxWriter, &to.inbox, Epoch(0));
            let (Ok(body), Some(proof)) = (sealed, proof) else { continue };
            let post = PostId::new(self.provider.rand().bytes());
            let delivery = Post { inbox: to.inbox, proof, post, body: body.into(), ttl: None };
            self.ask(Purpose::Plain, |request| ClientFrame::Deliver { request, delivery });
        }
    }
}
