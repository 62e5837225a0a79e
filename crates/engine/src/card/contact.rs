//! The contact card: who a person is and how each of their devices is reached, signed by their identity.

use std::fmt;

use minicbor::{CborLen, bytes::ByteVec};
use thiserror::Error;
use xchat_wire::{
    Address, PublicKey,
    cbor::{Decode, Encode},
};
use zeroize::Zeroizing;

use super::cell::MAX_CARD;
use super::{About, Name, Origin, SealKey, WriterSeed};
use crate::{
    identity::{Context, IdentityKey, Signed},
    picture::PictureId,
};

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
    /// What they look like: JPEG, PNG or WebP of at most [`MAX_PICTURE`](crate::api::MAX_PICTURE) bytes. What is none is left out.
    pub picture: Option<ByteVec>,
    /// What they say of themselves.
    pub about: Option<About>,
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
    /// Its MLS signature key: only its own key packages are taken out of its pool.
    #[n(4)]
    pub key: PublicKey,
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
    #[n(5)]
    picture: Option<ByteVec>,
    #[n(6)]
    about: Option<String>,
}

/// The first key of [`Statement`] alone, to tell a later format from garbage.
#[derive(Decode)]
#[cbor(map)]
struct Format {
    #[n(0)]
    format: u32,
}

impl From<Card> for Statement {
    fn from(Card { identity, name, devices, version, picture, about }: Card) -> Self {
        let about = about.map(About::into_text);
        Self { format: FORMAT, identity, name, devices, version, picture, about }
    }
}

impl From<Statement> for Card {
    fn from(Statement { identity, name, devices, version, picture, about, .. }: Statement) -> Self {
        let picture = picture.filter(|bytes| PictureId::of(bytes).is_some());
        Self { identity, name, devices, version, picture, about: About::claimed(about) }
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
        let encoded = Zeroizing::new(crate::later::written(xchat_wire::encode(&statement)));
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
pub(super) mod tests;
