//! The contact card: who a person is and how each of their devices is reached, signed by their identity.

use std::fmt;

use minicbor::{CborLen, Decode, Encode};
use thiserror::Error;
use xchat_wire::{Address, PublicKey};
use zeroize::Zeroizing;

use super::cell::MAX_CARD;
use super::{Name, Origin, SealKey, WriterSeed};
use crate::identity::{Context, IdentityKey, Signed};

/// Most devices on a card; a card of this many fits a relay's cell.
pub const MAX_DEVICES: usize = 8;
/// The meaning of the statement's keys.
const FORMAT: u32 = 1;

/// Why bytes are no card, or a card cannot be signed. All are final for these bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CardError {
    /// Not the CBOR of a card, over the limit, or a part of it breaks its rules.
    #[error("not a contact card")]
    Malformed,
    /// Made by a later version of the app.
    #[error("contact card of unknown format {0}")]
    Format(u32),
    /// Over [`MAX_DEVICES`].
    #[error("contact card with {0} devices, over the limit of {MAX_DEVICES}")]
    Devices(usize),
    /// The identity that it names did not sign it.
    #[error("contact card is not signed by the identity that it names")]
    Signature,
    /// The card names another identity than the key at hand.
    #[error("contact card names another identity")]
    OtherIdentity,
}

/// What a card says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Who.
    pub identity: PublicKey,
    /// What they call themselves.
    pub name: Name,
    /// Where to write, at most [`MAX_DEVICES`].
    pub devices: Vec<CardDevice>,
    /// Grows with each change: of two good cards the higher holds.
    pub version: u64,
}

/// One device's inbox.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct CardDevice {
    /// The relay that holds the inbox.
    #[n(0)]
    pub relay: Origin,
    /// The inbox there.
    #[n(1)]
    pub inbox: Address,
    /// Whoever knows the card may write.
    #[n(2)]
    pub writer: WriterSeed,
    /// What deliveries are sealed to.
    #[n(3)]
    pub seal_key: SealKey,
}

/// What is signed. Later apps may add keys, which are skipped here; a change of meaning is a new format.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct Statement {
    #[n(0)]
    format: u32,
    #[n(1)]
    identity: PublicKey,
    #[n(2)]
    name: Name,
    #[n(3)]
    devices: Vec<CardDevice>,
    #[n(4)]
    version: u64,
}

/// The first key of [`Statement`] alone, to tell a later format from garbage.
#[derive(Decode)]
#[cbor(map)]
struct Format {
    #[n(0)]
    format: u32,
}

impl From<Card> for Statement {
    fn from(Card { identity, name, devices, version }: Card) -> Self {
        Self { format: FORMAT, identity, name, devices, version }
    }
}

impl From<Statement> for Card {
    fn from(Statement { identity, name, devices, version, .. }: Statement) -> Self {
        Self { identity, name, devices, version }
    }
}

impl Card {
    /// Signs the card as it is; fails if it names another identity or too many devices.
    pub fn sign(self, key: &IdentityKey) -> Result<SignedCard, CardError> {
        if self.identity != key.public() {
            return Err(CardError::OtherIdentity);
        }
        if self.devices.len() > MAX_DEVICES {
            return Err(CardError::Devices(self.devices.len()));
        }
        let statement = Statement::from(self);
        let encoded = Zeroizing::new(xchat_wire::encode(&statement));
        let bytes = Zeroizing::new(Signed::sign(key, Context::Card, &encoded));
        Ok(SignedCard { card: statement.into(), bytes })
    }
}

/// A card whose signature held, and its exact bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedCard {
    card: Card,
    bytes: Zeroizing<Vec<u8>>,
}

impl SignedCard {
    /// Checks bounds and signature. The caller compares the identity with the one that it expects.
    pub fn open(bytes: &[u8]) -> Result<Self, CardError> {
        if bytes.len() > MAX_CARD {
            return Err(CardError::Malformed);
        }
        let signed = Signed::read(bytes).ok_or(CardError::Malformed)?;
        let Format { format } = xchat_wire::decode(signed.statement()).map_err(|_| CardError::Malformed)?;
        if format != FORMAT {
            return Err(CardError::Format(format));
        }
        let statement: Statement = xchat_wire::decode(signed.statement()).map_err(|_| CardError::Malformed)?;
        let card = Card::from(statement);
        if card.devices.len() > MAX_DEVICES {
            return Err(CardError::Devices(card.devices.len()));
        }
        signed.check(&card.identity, Context::Card).map_err(|_| CardError::Signature)?;
        Ok(Self { card, bytes: Zeroizing::new(bytes.to_vec()) })
    }

    /// What it says.
    pub const fn card(&self) -> &Card {
        &self.card
    }

    /// What was signed, with its signature: to be kept and passed on as it is.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for SignedCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SignedCard").field(&self.card).finish()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::super::SEAL_KEY_LEN;
    use super::*;

    pub(in super::super) fn key() -> IdentityKey {
        IdentityKey::from_seed(&[7; 32])
    }

    pub(in super::super) fn device(relay: &str) -> CardDevice {
        CardDevice {
            relay: Origin::parse(relay).unwrap(),
            inbox: Address::new([1; 32]),
            writer: WriterSeed::new([2; 32]),
            seal_key: SealKey::from_slice(&[3; SEAL_KEY_LEN]).unwrap(),
        }
    }

    pub(in super::super) fn card() -> Card {
        Card {
            identity: key().public(),
            name: Name::parse("Ada").unwrap(),
            devices: vec![device("https://chat.example")],
            version: 3,
        }
    }

    pub(in super::super) fn largest() -> Card {
        let relay = format!("https://{}", "a".repeat(247));
        Card {
            name: Name::parse(&"\u{1f980}".repeat(48)).unwrap(),
            devices: vec![device(&relay); MAX_DEVICES],
            version: u64::MAX,
            ..card()
        }
    }

    fn encode(card: &Card) -> Vec<u8> {
        xchat_wire::encode(&Statement::from(card.clone()))
    }

    fn signed(statement: &[u8]) -> Vec<u8> {
        Signed::sign(&key(), Context::Card, statement)
    }

    #[test]
    fn the_bytes_are_frozen() {
        use sha2::{Digest, Sha256};
        let card = Card { devices: Vec::new(), ..card() }.sign(&key()).unwrap();
        assert_eq!(hex::encode(card.bytes()), "?1");
        let card = super::tests::card().sign(&key()).unwrap();
        assert_eq!(hex::encode(Sha256::digest(card.bytes())), "?2");
    }

    #[test]
    fn a_signed_card_opens_as_it_was() {
        let signed = card().sign(&key()).unwrap();
        assert_eq!(SignedCard::open(signed.bytes()).unwrap(), signed);
        assert_eq!(signed.card(), &card());
    }

    #[test]
    fn the_largest_card_is_within_the_limit() {
        let signed = largest().sign(&key()).unwrap();
        assert_eq!(SignedCard::open(signed.bytes()).unwrap().card(), &largest());
    }

    #[test]
    fn nobody_signs_a_card_of_someone_else() {
        let stranger = IdentityKey::from_seed(&[8; 32]);
        assert_eq!(card().sign(&stranger), Err(CardError::OtherIdentity));
        let forged = Signed::sign(&stranger, Context::Card, &encode(&card()));
        assert_eq!(SignedCard::open(&forged), Err(CardError::Signature));
    }

    #[test]
    fn a_certificate_of_the_same_bytes_is_no_card() {
        let other = Signed::sign(&key(), Context::DeviceCertificate, &encode(&card()));
        assert_eq!(SignedCard::open(&other), Err(CardError::Signature));
    }

    #[test]
    fn too_many_devices_are_refused_on_both_ways() {
        let crowd = Card { devices: vec![device("https://chat.example"); MAX_DEVICES + 1], ..card() };
        assert_eq!(SignedCard::open(&signed(&encode(&crowd))), Err(CardError::Devices(9)));
        assert_eq!(crowd.sign(&key()), Err(CardError::Devices(9)));
    }

    #[test]
    fn keys_of_a_later_app_are_skipped_and_a_later_format_is_named() {
        let mut statement = encode(&card());
        statement[0] = 0xa6;
        statement.extend_from_slice(&[0x05, 0x61, b'x']);
        assert_eq!(SignedCard::open(&signed(&statement)).unwrap().card(), &card());
        let mut statement = encode(&card());
        statement[2] = 2;
        assert_eq!(SignedCard::open(&signed(&statement)), Err(CardError::Format(2)));
    }

    #[test]
    fn no_flipped_bit_passes() {
        let good = card().sign(&key()).unwrap();
        for at in 0..good.bytes().len() {
            let mut bad = good.bytes().to_vec();
            bad[at] ^= 1 << (at % 8);
            assert!(SignedCard::open(&bad).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_name_that_breaks_the_rules_makes_no_card() {
        let bytes = encode(&card());
        let at = bytes.windows(3).position(|window| window == b"Ada").unwrap();
        let mut bad = bytes;
        bad[at] = b'\n';
        assert_eq!(SignedCard::open(&signed(&bad)), Err(CardError::Malformed));
    }

    #[test]
    fn debug_shows_no_writer_seed() {
        let text = format!("{:?}", card().sign(&key()).unwrap());
        assert!(text.contains("WriterSeed(..)") && !text.contains("Ada"), "{text}");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            prop_assert!(SignedCard::open(&bytes).is_err());
            prop_assert!(SignedCard::open(&signed(&bytes)).is_err());
        }
    }
}
