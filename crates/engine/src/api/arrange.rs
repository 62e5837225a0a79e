//! How a person keeps a conversation: archived, muted, pinned, marked unread, half written. Nobody else learns it.

use minicbor::CborLen;
use xchat_wire::cbor::{Decode, Encode};

/// [`Arrangement::muted_until`] of what is muted for ever.
pub const FOR_EVER: u64 = u64::MAX;

/// How a conversation is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct Arrangement {
    /// Archived: what the relay dates later (Unix milliseconds) brings it back.
    #[n(0)]
    pub archived: Option<u64>,
    /// Unix milliseconds, or [`FOR_EVER`]. What is past means nothing.
    #[n(1)]
    pub muted_until: Option<u64>,
    /// Pinned: the lowest stands first, and of two alike that with the lower id.
    #[n(2)]
    pub pinned: Option<u64>,
    /// Marked unread by the person, whatever was read.
    #[n(3)]
    pub unread: bool,
    /// The person has compared the safety number, and it was the same.
    #[n(4)]
    pub verified: bool,
}

impl Arrangement {
    /// Whether it counts and tells nothing now.
    pub fn is_muted(&self, now: u64) -> bool {
        self.muted_until.is_some_and(|until| until > now)
    }
}

/// A change of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum Arrange {
    #[n(0)]
    Archive(#[n(0)] bool),
    /// Until then (Unix milliseconds, or [`FOR_EVER`]); none: no more.
    #[n(1)]
    Mute(#[n(0)] Option<u64>),
    /// The place among the pinned, 0 first; none: no more.
    #[n(2)]
    Pin(#[n(0)] Option<u32>),
    #[n(3)]
    Unread(#[n(0)] bool),
    /// Only a conversation of two has a number to compare.
    #[n(4)]
    Verify(#[n(0)] bool),
}

/// A message that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct Draft {
    /// At most [`MAX_TEXT`](super::MAX_TEXT) bytes.
    #[n(0)]
    pub text: String,
    /// The message that it answers.
    #[n(1)]
    pub reply: Option<u64>,
}
