//! Somebody asks a group's admin to be let in, or takes that back.

use minicbor::{CborLen, bytes::ByteSlice};
use xchat_wire::{
    Address, Signature,
    cbor::{Decode, Encode},
};

use super::{DeliveryError, InviteLink, Link, Origin, SignedCard, delivery::sender_of};
use crate::identity::{BadSignature, Context, IdentityKey, verify};

/// What somebody wants of a group that they are not in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Asks {
    /// To be let in.
    #[n(0)]
    ToJoin,
    /// Nothing any more.
    #[n(1)]
    Nothing,
}

/// The request. Its signature is by the identity that asks, over what only holders of the link know: so nobody asks in another's
/// name, and nobody without the link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// The relay that holds the link's cell.
    pub relay: Origin,
    /// The link's cell: says which group.
    pub cell: Address,
    /// Where the asking person's card is found.
    pub sender: Link,
    /// Their card as of now.
    pub card: SignedCard,
    /// When they asked, by their clock, in Unix milliseconds: of two the later holds.
    pub time: u64,
    pub asks: Asks,
    /// By the sender, see [`Join::check`].
    pub signature: Signature,
}

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct Body<'b> {
    #[n(0)]
    relay: Origin,
    #[n(1)]
    cell: Address,
    #[b(2)]
    sender: &'b ByteSlice,
    #[b(3)]
    card: &'b ByteSlice,
    #[n(4)]
    time: u64,
    #[n(5)]
    asks: Asks,
    #[n(6)]
    signature: Signature,
}

/// What is signed: the link's secret for this, the time, what is asked.
fn statement(link: &InviteLink, time: u64, asks: Asks) -> Vec<u8> {
    [link.challenge().as_slice(), &time.to_be_bytes(), &[asks as u8]].concat()
}

impl Join {
    /// A request by this identity to the group of a link.
    pub fn sign(
        key: &IdentityKey,
        link: &InviteLink,
        relay: Origin,
        sender: Link,
        card: SignedCard,
        (time, asks): (u64, Asks),
    ) -> Self {
        let signature = key.sign(Context::JoinRequest, &statement(link, time, asks));
        Self { relay, cell: link.cell(), sender, card, time, asks, signature }
    }

    /// Whether the identity that it names has signed it and knew this link.
    pub fn check(&self, link: &InviteLink) -> Result<(), BadSignature> {
        verify(&self.sender.identity, Context::JoinRequest, &statement(link, self.time, self.asks), &self.signature)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        xchat_wire::encode(&Body {
            relay: self.relay.clone(),
            cell: self.cell,
            sender: self.sender.to_bytes().as_slice().into(),
            card: self.card.bytes().into(),
            time: self.time,
            asks: self.asks,
            signature: self.signature,
        })
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DeliveryError> {
        let body: Body<'_> = xchat_wire::decode(bytes).map_err(|_| DeliveryError::Malformed)?;
        let (sender, card) = sender_of(body.sender, body.card)?;
        let Body { relay, cell, time, asks, signature, .. } = body;
        Ok(Self { relay, cell, sender, card, time, asks, signature })
    }
}

#[cfg(test)]
mod tests {
    use super::super::contact::tests::{card, key};
    use super::super::{CardSecret, Delivery};
    use super::*;

    fn link() -> InviteLink {
        InviteLink::new([3; 16])
    }

    fn join() -> Join {
        let sender = Link { identity: key().public(), secret: CardSecret::new([9; 16]) };
        let relay = Origin::parse("https://chat.example").unwrap();
        Join::sign(&key(), &link(), relay, sender, card().sign(&key()).unwrap(), (5, Asks::ToJoin))
    }

    #[test]
    fn a_request_arrives_as_it_was_sent_and_holds_for_its_link() {
        let delivery = Delivery::Join(Box::new(join()));
        assert_eq!(Delivery::decode(&delivery.encode()).unwrap(), delivery);
        assert_eq!(join().check(&link()), Ok(()));
        assert_eq!(join().check(&InviteLink::new([4; 16])), Err(BadSignature), "who does not have the link");
    }

    #[test]
    fn what_was_signed_cannot_be_changed_nor_said_in_anothers_name() {
        for bad in [Join { time: 6, ..join() }, Join { asks: Asks::Nothing, ..join() }] {
            assert_eq!(bad.check(&link()), Err(BadSignature));
        }
        let eve = IdentityKey::from_seed(&[8; 32]);
        let (Join { relay, sender, card, .. }, at) = (join(), (5, Asks::ToJoin));
        let forged = Join::sign(&eve, &link(), relay, sender, card, at);
        assert_eq!(forged.check(&link()), Err(BadSignature), "somebody else's card");
        let own = Join { sender: Link { identity: eve.public(), ..join().sender }, ..forged };
        assert_eq!(Delivery::decode(&Delivery::Join(Box::new(own)).encode()), Err(DeliveryError::OtherIdentity));
    }

    #[test]
    fn the_bytes_are_frozen() {
        let bytes = hex::encode(join().encode());
        let start = format!(
            "a700{}015820{}025830",
            "7468747470733a2f2f636861742e6578616d706c65",
            hex::encode(link().cell().as_bytes())
        );
        assert!(bytes.starts_with(&start), "{bytes}");
        let end = format!("040505000658 40{}", hex::encode(join().signature.as_bytes())).replace(' ', "");
        assert!(bytes.ends_with(&end), "{bytes}");
    }
}
