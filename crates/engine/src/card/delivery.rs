//! What is inside an envelope.

use minicbor::{CborLen, bytes::ByteSlice};
use thiserror::Error;
use xchat_wire::{
    Address,
    cbor::{Decode, Encode},
};

use super::{CardError, Join, Link, MAX_ENVELOPE_PLAINTEXT, Origin, Rejoin, SignedCard};

const VERSION: u32 = 1;
const WELCOME: u32 = 0;
const REJOIN: u32 = 1;
const LINK: u32 = 2;
const JOIN: u32 = 3;

/// Why the content of an envelope is of no use. All are final: acknowledge and forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DeliveryError {
    /// Not the CBOR of a delivery, or a part of it breaks its rules.
    #[error("not a delivery")]
    Malformed,
    /// Made by a later version of the app.
    #[error("delivery of unknown version {0}")]
    Version(u32),
    /// Of a kind that this version does not know.
    #[error("delivery of unknown kind {0}")]
    Kind(u32),
    /// The sender's card does not hold.
    #[error("delivery with a bad card: {0}")]
    Card(#[from] CardError),
    /// The sender's card and the sender's link are of two identities.
    #[error("delivery whose card and link are of two identities")]
    OtherIdentity,
}

/// Who sends a delivery: a link, and the signed card that it leads to.
pub(super) fn sender_of(link: &[u8], card: &[u8]) -> Result<(Link, SignedCard), DeliveryError> {
    let link: &[u8; Link::LEN] = link.try_into().map_err(|_| DeliveryError::Malformed)?;
    let link = Link::from_bytes(link).map_err(|_| DeliveryError::Malformed)?;
    let card = SignedCard::open(card)?;
    if card.card().identity != link.identity {
        return Err(DeliveryError::OtherIdentity);
    }
    Ok((link, card))
}

/// One delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// An invitation into an MLS group.
    Welcome(Box<Welcome>),
    /// A device asks to be let in anew.
    Rejoin(Box<Rejoin>),
    /// A step of linking a device, as its own module encodes it.
    Link(Vec<u8>),
    /// Somebody with a group's invite link asks to be let in.
    Join(Box<Join>),
}

/// An invitation. The card says who claims to invite; the group's own leaves (with their certificates) prove it, so the
/// receiver compares the inviter's identity there with the card's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcome {
    /// The relay that holds the group's log.
    pub relay: Origin,
    /// The log.
    pub log: Address,
    /// The MLS Welcome (RFC 9420 12.4.3.1), encoded.
    pub welcome: Vec<u8>,
    /// Where the sender's card is found from now on.
    pub sender: Link,
    /// The sender's card as of now.
    pub card: SignedCard,
    /// The id of the group that is joined, as its state has it; none for a conversation of two.
    pub room: Option<[u8; 32]>,
    /// The MLS epoch that is the log's epoch 0; above it for a group that fell back to a log of another address than its id.
    pub base: u64,
    /// For another device of the sender's own: the conversation as the sender has it.
    pub own: Option<Vec<u8>>,
    /// Where the MLS Welcome lies, encoded, when it is too large to be here: a sealed blob that all share whom the commit brings in.
    pub elsewhere: Option<Vec<u8>>,
    /// The room's generation, for a conversation of two.
    pub generation: u64,
}

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct Frame<'b> {
    #[n(0)]
    version: u32,
    #[n(1)]
    kind: u32,
    #[b(2)]
    body: &'b ByteSlice,
}

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct WelcomeBody<'b> {
    #[n(0)]
    relay: Origin,
    #[n(1)]
    log: Address,
    #[b(2)]
    welcome: &'b ByteSlice,
    #[b(3)]
    sender: &'b ByteSlice,
    #[b(4)]
    card: &'b ByteSlice,
    #[n(5)]
    #[cbor(with = "minicbor::bytes")]
    room: Option<[u8; 32]>,
    #[n(6)]
    base: Option<u64>,
    #[b(7)]
    own: Option<&'b ByteSlice>,
    #[b(8)]
    elsewhere: Option<&'b ByteSlice>,
    #[n(9)]
    generation: Option<u64>,
}

impl Delivery {
    /// The plaintext for an envelope; one too large is refused there.
    pub fn encode(&self) -> Vec<u8> {
        let (kind, body) = match self {
            Self::Welcome(welcome) => (WELCOME, welcome.encode()),
            Self::Rejoin(rejoin) => (REJOIN, rejoin.encode()),
            Self::Link(step) => (LINK, step.clone()),
            Self::Join(join) => (JOIN, join.encode()),
        };
        let body = crate::later::written(body);
        crate::later::written(xchat_wire::encode(&Frame { version: VERSION, kind, body: body.as_slice().into() }))
    }

    /// Reads the plaintext of an envelope: bounds, shape, then the card's signature.
    pub fn decode(bytes: &[u8]) -> Result<Self, DeliveryError> {
        if bytes.len() > MAX_ENVELOPE_PLAINTEXT {
            return Err(DeliveryError::Malformed);
        }
        let frame: Frame<'_> = xchat_wire::decode(bytes).map_err(|_| DeliveryError::Malformed)?;
        match (frame.version, frame.kind) {
            (VERSION, WELCOME) => Welcome::decode(frame.body).map(Box::new).map(Self::Welcome),
            (VERSION, REJOIN) => Rejoin::decode(frame.body).map(Box::new).map(Self::Rejoin),
            (VERSION, LINK) => Ok(Self::Link(frame.body.to_vec())),
            (VERSION, JOIN) => Join::decode(frame.body).map(Box::new).map(Self::Join),
            (VERSION, kind) => Err(DeliveryError::Kind(kind)),
            (version, _) => Err(DeliveryError::Version(version)),
        }
    }
}

impl Welcome {
    fn encode(&self) -> Vec<u8> {
        xchat_wire::encode(&WelcomeBody {
            relay: self.relay.clone(),
            log: self.log,
            welcome: self.welcome.as_slice().into(),
            sender: self.sender.to_bytes().as_slice().into(),
            card: self.card.bytes().into(),
            room: self.room,
            base: (self.base > 0).then_some(self.base),
            own: self.own.as_deref().map(Into::into),
            elsewhere: self.elsewhere.as_deref().map(Into::into),
            generation: (self.generation > 0).then_some(self.generation),
        })
    }

    fn decode(bytes: &[u8]) -> Result<Self, DeliveryError> {
        let body: WelcomeBody<'_> = xchat_wire::decode(bytes).map_err(|_| DeliveryError::Malformed)?;
        let (sender, card) = sender_of(body.sender, body.card)?;
        let (room, base, generation) = (body.room, body.base.unwrap_or(0), body.generation.unwrap_or(0));
        let [own, elsewhere] = [body.own, body.elsewhere].map(|bytes| bytes.map(|bytes| bytes.to_vec()));
        let (relay, log, welcome) = (body.relay, body.log, body.welcome.to_vec());
        Ok(Self { relay, log, welcome, sender, card, room, base, own, elsewhere, generation })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::contact::tests::{card, key};
    use super::super::{Card, CardSecret};
    use super::*;
    use crate::identity::IdentityKey;

    fn welcome() -> Welcome {
        Welcome {
            relay: Origin::parse("https://chat.example").unwrap(),
            log: Address::new([2; 32]),
            welcome: vec![1, 2, 3],
            sender: Link { identity: key().public(), secret: CardSecret::new([9; 16]) },
            card: Card { devices: Vec::new(), ..card() }.sign(&key()).unwrap(),
            room: None,
            base: 0,
            own: None,
            elsewhere: None,
            generation: 0,
        }
    }

    #[test]
    fn the_bytes_are_frozen() {
        assert_eq!(
            hex::encode(Delivery::Welcome(Box::new(welcome())).encode()),
            "a3000101000258eba5007468747470733a2f2f636861742e6578616d706c6501582002020202020202020202020202020202020202020202020202020202020202020243010203035830ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c09090909090909090909090909090909045876a200582fa50001015820ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c0263416461038004030158405e1a110fd597ae2346997c7e128cf70abc4eef877bafc23680c816e35945d5ff7b219e39713e860016bbabcd5beea8268e97fa049fd910afc398142e3cab4f08"
        );
    }

    #[test]
    fn a_welcome_arrives_as_it_was_sent() {
        let card = card().sign(&key()).unwrap();
        let delivery = Delivery::Welcome(Box::new(Welcome { card, generation: 7, ..welcome() }));
        assert_eq!(Delivery::decode(&delivery.encode()).unwrap(), delivery);
    }

    #[test]
    fn a_card_that_does_not_belong_to_the_link_is_refused() {
        let eve = IdentityKey::from_seed(&[8; 32]);
        let evil = Card { identity: eve.public(), ..card() }.sign(&eve).unwrap();
        let delivery = Delivery::Welcome(Box::new(Welcome { card: evil, ..welcome() }));
        assert_eq!(Delivery::decode(&delivery.encode()), Err(DeliveryError::OtherIdentity));
    }

    #[test]
    fn a_card_whose_signature_does_not_hold_is_refused() {
        let mut bytes = Delivery::Welcome(Box::new(welcome())).encode();
        *bytes.last_mut().unwrap() ^= 1;
        assert_eq!(Delivery::decode(&bytes), Err(DeliveryError::Card(CardError::Signature)));
    }

    #[test]
    fn later_versions_and_kinds_are_named() {
        let frame = |version, kind| xchat_wire::encode(&Frame { version, kind, body: [].as_slice().into() });
        assert_eq!(Delivery::decode(&frame(2, 0)), Err(DeliveryError::Version(2)));
        assert_eq!(Delivery::decode(&frame(1, 7)), Err(DeliveryError::Kind(7)));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            prop_assert!(Delivery::decode(&bytes).is_err());
            let framed = xchat_wire::encode(&Frame { version: 1, kind: 0, body: bytes.as_slice().into() });
            prop_assert!(Delivery::decode(&framed).is_err());
        }

        #[test]
        fn no_shortened_welcome_passes(cut in 0usize..400) {
            let bytes = Delivery::Welcome(Box::new(welcome())).encode();
            prop_assert!(Delivery::decode(&bytes[..cut.min(bytes.len() - 1)]).is_err());
        }
    }
}
