//! Our own part: the sender's contact card, sent into a conversation when it changes.

use minicbor::{CborLen, bytes::ByteSlice};
use thiserror::Error;
use xchat_wire::cbor::{Decode, Encode};

use super::{Disposition, Message, Part};
use crate::card::Link;

/// The content type of the part.
pub const PROFILE_TYPE: &str = "application/vnd.xchat.card+cbor";
const VERSION: u32 = 1;

/// Why a profile is of no use. What is known of the person stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ProfileError {
    /// Not the CBOR of a profile.
    #[error("not a profile")]
    Malformed,
    /// Made by a later version of the app.
    #[error("profile of unknown version {0}")]
    Version(u32),
}

/// What a sender says of themselves. A claim: the receiver opens the card ([`crate::card::SignedCard::open`]) and compares
/// its identity, and the link's, with that of the sending leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Where the card is found from now on.
    pub link: Link,
    /// The signed card's bytes.
    pub card: Vec<u8>,
}

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct Content<'b> {
    #[n(0)]
    version: u32,
    #[b(1)]
    link: &'b ByteSlice,
    #[b(2)]
    card: &'b ByteSlice,
}

/// The first key of [`Content`] alone, to tell a later version from garbage.
#[derive(Decode)]
#[cbor(map)]
struct Version {
    #[n(0)]
    version: u32,
}

impl Profile {
    /// The profile that a message is; `None` if it is another kind of message.
    pub fn of(message: &Message) -> Result<Option<Self>, ProfileError> {
        match message.part.content(PROFILE_TYPE) {
            Some(content) if message.part.disposition == Disposition::Profile => Self::decode(content).map(Some),
            _ => Ok(None),
        }
    }

    /// The profile as a message.
    pub fn message(&self, salt: [u8; 16]) -> Message {
        Message::of(salt, Part::single(Disposition::Profile, PROFILE_TYPE, self.encode()))
    }

    /// CBOR map {0: version, 1: link (48 bytes), 2: signed card}.
    pub fn encode(&self) -> Vec<u8> {
        xchat_wire::encode(&Content {
            version: VERSION,
            link: self.link.to_bytes().as_slice().into(),
            card: self.card.as_slice().into(),
        })
    }

    /// Back from [`Profile::encode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, ProfileError> {
        let Version { version } = xchat_wire::decode(bytes).map_err(|_| ProfileError::Malformed)?;
        if version != VERSION {
            return Err(ProfileError::Version(version));
        }
        let content: Content<'_> = xchat_wire::decode(bytes).map_err(|_| ProfileError::Malformed)?;
        let link: &[u8; Link::LEN] = content.link.as_ref().try_into().map_err(|_| ProfileError::Malformed)?;
        let link = Link::from_bytes(link).map_err(|_| ProfileError::Malformed)?;
        Ok(Self { link, card: content.card.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::card::CardSecret;
    use crate::identity::IdentityKey;

    fn profile() -> Profile {
        let identity = IdentityKey::from_seed(&[7; 32]).public();
        Profile { link: Link { identity, secret: CardSecret::new([9; 16]) }, card: vec![1, 2, 3] }
    }

    #[test]
    fn a_profile_survives_being_a_message_and_a_text_is_none() {
        let message = profile().message([2; 16]);
        let received = Message::decode(&message.encode()).unwrap();
        assert_eq!(Profile::of(&received), Ok(Some(profile())));
        assert_eq!(Profile::of(&Message::text([2; 16], "hi")), Ok(None));
    }

    #[test]
    fn a_card_that_is_shown_as_a_file_is_no_profile() {
        let part = Part::single(Disposition::Attachment, PROFILE_TYPE, profile().encode());
        assert_eq!(Profile::of(&Message::of([2; 16], part)), Ok(None));
    }

    #[test]
    fn the_bytes_are_frozen() {
        assert_eq!(
            hex::encode(profile().encode()),
            "a30001015830ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c090909090909090909090909090909090243010203"
        );
    }

    #[test]
    fn a_later_version_is_named() {
        let mut bytes = profile().encode();
        bytes[2] = 2;
        assert_eq!(Profile::decode(&bytes), Err(ProfileError::Version(2)));
    }

    #[test]
    fn a_link_of_another_length_or_without_a_key_is_refused() {
        let with =
            |link: &[u8]| xchat_wire::encode(&Content { version: 1, link: link.into(), card: [].as_slice().into() });
        assert_eq!(Profile::decode(&with(&[0; 47])), Err(ProfileError::Malformed));
        let mut weak = [0; 48];
        weak[0] = 1;
        assert_eq!(Profile::decode(&with(&weak)), Err(ProfileError::Malformed));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            prop_assert!(Profile::decode(&bytes).is_err());
        }
    }
}
