//! What a commit did to a group, in the order in which it is told.

use xchat_wire::{
    PublicKey,
    cbor::{Decode, Encode},
};

use super::{Role, Who};

/// One thing that happened. Who did it is said beside it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Happened {
    /// Somebody came in.
    #[n(0)]
    Added(#[n(0)] PublicKey),
    /// Somebody was taken out with all their devices.
    #[n(1)]
    Removed(#[n(0)] PublicKey),
    /// Somebody left of their own will.
    #[n(2)]
    Left(#[n(0)] PublicKey),
    /// A member has one device more.
    #[n(3)]
    DeviceAdded(#[n(0)] PublicKey),
    /// A member has one device less.
    #[n(4)]
    DeviceRemoved(#[n(0)] PublicKey),
    /// The group's new name.
    #[n(5)]
    Renamed(#[n(0)] String),
    /// The description changed.
    #[n(6)]
    Described,
    /// A person's new role.
    #[n(7)]
    Role(#[n(0)] PublicKey, #[n(1)] Role),
    /// Who may add people.
    #[n(8)]
    MayAdd(#[n(0)] Who),
    /// Who may change name, description and timer.
    #[n(9)]
    MayChange(#[n(0)] Who),
    /// Seconds after which messages vanish; none: they stay.
    #[n(10)]
    Timer(#[n(0)] Option<u32>),
    /// Whether there is an invite link: a new one, or none any more.
    #[n(11)]
    Invite(#[n(0)] bool),
    /// Somebody tried what they had no right to; the group goes on without it.
    #[n(12)]
    Breach(#[n(0)] PublicKey),
    /// The group has a new picture, or none any more.
    #[n(13)]
    Pictured(#[n(0)] bool),
    /// The group goes on in a fresh one.
    #[n(20)]
    Moved,
    /// Somebody could not be brought into the fresh one yet. Told to whoever moved it alone.
    #[n(21)]
    NotReached(#[n(0)] PublicKey),
    /// In a conversation of two: the other was called the first (empty: that is not told), and is called the second now; and whether
    /// somebody else whom this person knows is called so too.
    #[n(30)]
    Called(#[n(0)] String, #[n(1)] String, #[n(2)] bool),
}

impl Happened {
    /// Whether it is told in the conversation: who uses how many devices is nobody's business there.
    pub(crate) fn is_told(&self) -> bool {
        !matches!(self, Self::DeviceAdded(_) | Self::DeviceRemoved(_) | Self::Invite(_))
    }
}
