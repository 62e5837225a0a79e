//! The link that a person hands out: `https://HOST/#add/<64 characters>`.
//!
//! It holds the identity key and the card secret. A URL's fragment is never sent to a server, so the relay that serves the
//! page learns neither; where the card lies and how it is sealed derive from both.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use hkdf::Hkdf;
use minicbor::CborLen;
use sha2::Sha256;
use thiserror::Error;
use xchat_wire::{
    Address, PublicKey,
    cbor::{Decode, Encode},
};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::Origin;
use crate::identity::is_usable_key;

const ROUTE: &str = "#add/";
/// Characters of the payload: 48 bytes in base64url.
const PAYLOAD: usize = 64;
/// A pasted text longer than this many bytes is not looked at.
pub(super) const MAX_TEXT: usize = 4096;

/// Why a text is no link to a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LinkError {
    /// Nothing in it looks like one.
    #[error("this is not a contact link")]
    NotALink,
    /// It begins like one, but its end is missing: {0} of 64 characters.
    #[error("the contact link is incomplete: {0} of {PAYLOAD} characters")]
    Incomplete(usize),
    /// Complete, but a character was changed or something was added.
    #[error("the contact link is damaged")]
    Damaged,
}

/// 16 random bytes that only those who have the link know. Wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub struct CardSecret(#[cbor(n(0), with = "minicbor::bytes")] [u8; 16]);

impl CardSecret {
    /// Wraps 16 fresh random bytes, or those of a sealed row.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes, for a sealed row.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for CardSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardSecret(..)")
    }
}

/// Whose card, and the secret that finds and opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Who the card must be signed by.
    pub identity: PublicKey,
    /// Known to those who were given the link.
    pub secret: CardSecret,
}

/// A link as it was pasted or opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastedLink {
    /// What it points to.
    pub link: Link,
    /// Where it points to, if a whole URL was given: the relay whose cell holds the card.
    pub origin: Option<Origin>,
}

impl Link {
    /// Length of [`Link::to_bytes`].
    pub const LEN: usize = 48;

    /// Identity key, then card secret.
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[..32].copy_from_slice(self.identity.as_bytes());
        bytes[32..].copy_from_slice(self.secret.as_bytes());
        bytes
    }

    /// Back from [`Link::to_bytes`]; damaged if the key in it is none.
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Result<Self, LinkError> {
        let (mut identity, mut secret) = ([0; 32], [0; 16]);
        identity.copy_from_slice(&bytes[..32]);
        secret.copy_from_slice(&bytes[32..]);
        let identity = PublicKey::new(identity);
        if !is_usable_key(&identity) {
            return Err(LinkError::Damaged);
        }
        Ok(Self { identity, secret: CardSecret(secret) })
    }

    /// `ORIGIN/#add/<64 base64url characters>`.
    pub fn text(&self, origin: &Origin) -> String {
        format!("{origin}/{ROUTE}{}", Base64UrlUnpadded::encode_string(&self.to_bytes()))
    }

    /// Reads a pasted text: a whole URL, its fragment, or the 64 characters alone. Words, quotes and angle brackets around
    /// it are forgiven, as are a missing `https://` and a path between host and fragment (an embedded app).
    pub fn parse(text: &str) -> Result<PastedLink, LinkError> {
        if text.len() > MAX_TEXT {
            return Err(LinkError::NotALink);
        }
        let text = text.split_whitespace().find(|word| word.contains(ROUTE)).unwrap_or(text.trim());
        let text = text.trim_matches(['<', '>', '"', '\'', '(', ')', ',', '.']);
        let (before, payload) = match text.split_once(ROUTE) {
            Some((before, payload)) => (before, payload),
            None if text.len() == PAYLOAD => ("", text),
            None => return Err(LinkError::NotALink),
        };
        let well_formed = payload.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_');
        match payload.len() {
            PAYLOAD if well_formed => {}
            // Any 64 bytes without the route could be anything.
            PAYLOAD if before.is_empty() && !text.starts_with(ROUTE) => return Err(LinkError::NotALink),
            length if length < PAYLOAD && well_formed => return Err(LinkError::Incomplete(length)),
            _ => return Err(LinkError::Damaged),
        }
        let mut bytes = Zeroizing::new([0; Self::LEN]);
        Base64UrlUnpadded::decode(payload, bytes.as_mut_slice()).map_err(|_| LinkError::Damaged)?;
        Ok(PastedLink { link: Self::from_bytes(&bytes)?, origin: origin_of(before)? })
    }

    /// Where the card's cell lies.
    pub fn cell(&self) -> Address {
        Address::new(*self.derive(b"card cell address"))
    }

    /// What seals the card in its cell.
    pub(super) fn sealing_key(&self) -> Zeroizing<[u8; 32]> {
        self.derive(b"card sealing key")
    }

    /// HKDF-SHA256 (RFC 5869): the secret is the input, the identity key the salt.
    fn derive(&self, label: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(self.identity.as_bytes()), self.secret.as_bytes())
            .expand_multi_info(&[b"xchat card 1 ", label], key.as_mut_slice())
            .expect("32 bytes are within what HKDF-SHA256 gives");
        key
    }
}

/// The origin in what stands before the fragment; `None` if nothing does.
pub(super) fn origin_of(before: &str) -> Result<Option<Origin>, LinkError> {
    if before.is_empty() || before == "/" {
        return Ok(None);
    }
    let (scheme, rest) = before.split_once("://").unwrap_or(("https", before));
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let origin = format!("{scheme}://{host}").to_ascii_lowercase();
    Origin::parse(&origin).map(Some).map_err(|_| LinkError::Damaged)
}

#[cfg(test)]
mod tests;
