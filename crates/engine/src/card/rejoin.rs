//! A device that lost a group asks its members to let it in anew.

use minicbor::{CborLen, bytes::ByteSlice};
use xchat_wire::{
    Address,
    cbor::{Decode, Encode},
};

use super::{DeliveryError, Link, Origin, SignedCard, delivery::sender_of};

/// The request. That it comes from the device is proved by the key package in it, which the device made for this group alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejoin {
    /// The relay that holds the group's log.
    pub relay: Origin,
    /// The group's id, as its state has it.
    pub room: [u8; 32],
    /// Where the asking person's card is found.
    pub sender: Link,
    /// Their card as of now.
    pub card: SignedCard,
    /// The inbox of the device, one of the card's.
    pub inbox: Address,
    /// The key package with which it is to come in, an MLS message, encoded.
    pub package: Vec<u8>,
}

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct Body<'b> {
    #[n(0)]
    relay: Origin,
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    room: [u8; 32],
    #[b(2)]
    sender: &'b ByteSlice,
    #[b(3)]
    card: &'b ByteSlice,
    #[n(4)]
    inbox: Address,
    #[b(5)]
    package: &'b ByteSlice,
}

impl Rejoin {
    pub(super) fn encode(&self) -> Vec<u8> {
        xchat_wire::encode(&Body {
            relay: self.relay.clone(),
            room: self.room,
            sender: self.sender.to_bytes().as_slice().into(),
            card: self.card.bytes().into(),
            inbox: self.inbox,
            package: self.package.as_slice().into(),
        })
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DeliveryError> {
        let body: Body<'_> = xchat_wire::decode(bytes).map_err(|_| DeliveryError::Malformed)?;
        let (sender, card) = sender_of(body.sender, body.card)?;
        if !card.card().devices.iter().any(|device| device.inbox == body.inbox) {
            return Err(DeliveryError::Malformed);
        }
        let package = body.package.to_vec();
        Ok(Self { relay: body.relay, room: body.room, sender, card, inbox: body.inbox, package })
    }
}

#[cfg(test)]
mod tests {
    use super::super::contact::tests::{card, key};
    use super::super::{CardSecret, Delivery};
    use super::*;

    fn rejoin() -> Rejoin {
        let card = card().sign(&key()).unwrap();
        Rejoin {
            relay: Origin::parse("https://chat.example").unwrap(),
            room: [7; 32],
            sender: Link { identity: key().public(), secret: CardSecret::new([9; 16]) },
            inbox: card.card().devices[0].inbox,
            card,
            package: vec![1, 2, 3],
        }
    }

    #[test]
    fn a_request_arrives_as_it_was_sent_and_names_a_device_of_the_card() {
        let delivery = Delivery::Rejoin(Box::new(rejoin()));
        assert_eq!(Delivery::decode(&delivery.encode()).unwrap(), delivery);
        let elsewhere = Delivery::Rejoin(Box::new(Rejoin { inbox: Address::new([2; 32]), ..rejoin() }));
        assert_eq!(Delivery::decode(&elsewhere.encode()), Err(DeliveryError::Malformed));
    }

    #[test]
    fn the_bytes_are_frozen() {
        let bytes = rejoin().encode();
        let start = format!("a600{}015820{}025830", "7468747470733a2f2f636861742e6578616d706c65", "07".repeat(32));
        assert!(hex::encode(&bytes).starts_with(&start), "{}", hex::encode(&bytes));
        assert!(hex::encode(&bytes).ends_with("0543010203"));
    }
}
