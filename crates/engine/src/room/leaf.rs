//! What a member says of themselves in their leaf: a name, and where their contact card is.

use xchat_wire::cbor::{Decode, Encode};

use super::RoomId;
use crate::{card::Name, state::Secret};

/// Type of the leaf-node extension: of the range for private use (RFC 9420 17.3).
pub(crate) const LEAF_EXTENSION: u16 = 0xF0C2;
/// Largest profile in bytes.
const MAX_PROFILE: usize = 1024;
const VERSION: u32 = 1;

/// A claim of the leaf's owner, signed with the leaf. Members alone see it: a leaf travels encrypted or sealed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct LeafProfile {
    #[n(0)]
    version: u32,
    #[n(1)]
    pub(crate) name: Name,
    /// With the identity key it makes the contact link: members may write to each other.
    #[n(2)]
    pub(crate) card_secret: Secret<16>,
    /// When the leaf was made, by its device's clock, in Unix milliseconds: of two leaves of a device the later one holds.
    #[n(3)]
    pub(crate) made: u64,
    /// The one group that the leaf may come into: set in a request to be let in anew.
    #[n(4)]
    pub(crate) for_room: Option<RoomId>,
}

impl LeafProfile {
    pub(crate) fn new(name: Name, card_secret: Secret<16>, made: u64) -> Self {
        Self { version: VERSION, name, card_secret, made, for_room: None }
    }

    /// The extension's bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        crate::later::written(minicbor::to_vec(self).expect("a Vec takes every byte"))
    }

    /// None for what makes no sense or is of a later version: its owner is then known by their key alone.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let profile: Self = xchat_wire::decode(bytes).ok().filter(|_| bytes.len() <= MAX_PROFILE)?;
        (profile.version == VERSION).then_some(profile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_frozen_and_a_later_version_says_nothing() {
        let profile = LeafProfile::new(Name::parse("Ada").unwrap(), Secret::new([9; 16]), 5);
        let mut bytes = profile.to_bytes();
        assert_eq!(hex::encode(&bytes), format!("a400010163416461025{}", format_args!("0{}0305", "09".repeat(16))));
        assert_eq!(LeafProfile::from_bytes(&bytes), Some(profile));
        bytes[2] = 2;
        assert_eq!(LeafProfile::from_bytes(&bytes), None);
        assert_eq!(LeafProfile::from_bytes(&[]), None);
    }
}
