//! What a person wants of a group, until a commit that does it was read back or it makes no sense any more.

use minicbor::bytes::ByteVec;
use xchat_wire::{
    Epoch, PostId, PublicKey,
    cbor::{Decode, Encode},
};

use super::{Secret, Versioned};
use crate::{
    card::CardDevice,
    room::{Role, Who},
};

/// One row, in the order of its number. At most one of a group's is in a commit at a time; one whose commit lost the race for its
/// epoch is done again, on top of the winner.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Intent {
    #[n(0)]
    pub(crate) version: u8,
    #[n(1)]
    pub(crate) want: Want,
    /// How often it was put off because somebody could not be reached.
    #[n(2)]
    pub(crate) tries: u8,
}

#[derive(Debug, Clone, Encode, Decode)]
pub(crate) enum Want {
    /// All devices of these people come in.
    #[n(0)]
    Add(#[n(0)] Vec<Invitee>),
    /// All devices of this person go.
    #[n(1)]
    Remove(#[n(0)] PublicKey),
    #[n(2)]
    Rename(#[n(0)] String),
    #[n(3)]
    Describe(#[n(0)] String),
    #[n(4)]
    Role(#[n(0)] PublicKey, #[n(1)] Role),
    #[n(5)]
    MayAdd(#[n(0)] Who),
    #[n(6)]
    MayChange(#[n(0)] Who),
    #[n(7)]
    Timer(#[n(0)] Option<u32>),
    /// This person's devices go.
    #[n(8)]
    Leave,
    /// A device that lost the group comes in anew.
    #[n(9)]
    #[cbor(map)]
    Readd {
        #[n(0)]
        person: PublicKey,
        /// The device's signature key.
        #[n(1)]
        key: PublicKey,
        /// Where its welcome goes.
        #[n(2)]
        device: Box<CardDevice>,
        /// The key package that it asked with.
        #[n(3)]
        package: ByteVec,
    },
    /// A new secret for join requests in the place of this one, or none in the place of any.
    #[n(10)]
    #[cbor(map)]
    Invite {
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        secret: Option<[u8; 16]>,
        #[n(1)]
        #[cbor(with = "minicbor::bytes")]
        instead: Option<[u8; 16]>,
    },
    /// Another picture, or none.
    #[n(11)]
    Picture(#[n(0)] Option<ByteVec>),
    /// All devices of these people come into the room that the group moved to. Wished for until they are in it.
    #[n(20)]
    Bring(#[n(0)] Vec<Invitee>),
}

impl Want {
    /// Whether another device asked for it.
    pub(crate) fn is_readd(&self) -> bool {
        matches!(self, Self::Readd { .. })
    }

    /// The picture that is wanted.
    pub(crate) fn picture(&self) -> Option<&[u8]> {
        match self {
            Self::Picture(picture) => picture.as_ref().map(|bytes| bytes.as_slice()),
            _ => None,
        }
    }

    /// Who is to come in, if that is what is wanted.
    pub(crate) fn invitees(&self) -> Option<&Vec<Invitee>> {
        match self {
            Self::Add(people) | Self::Bring(people) => Some(people),
            _ => None,
        }
    }

    /// The same, of these people.
    pub(crate) fn with_invitees(&self, people: Vec<Invitee>) -> Self {
        match self {
            Self::Bring(_) => Self::Bring(people),
            _ => Self::Add(people),
        }
    }
}

/// Somebody who is to come in, and where their card is.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Invitee {
    #[n(0)]
    pub(crate) person: PublicKey,
    #[n(1)]
    pub(crate) card_secret: Secret<16>,
}

impl Versioned for Intent {
    const NAME: &'static str = "intent";
    const VERSION: u8 = 1;
}

/// Somebody who is or was in a group, as they last called themselves there.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Person {
    #[n(0)]
    pub(crate) version: u8,
    #[n(1)]
    pub(crate) name: String,
    #[n(2)]
    pub(crate) card_secret: Secret<16>,
    /// They are a member, as this device knows it: of the room of so many moves. None: they went.
    #[n(3)]
    pub(crate) moves: Option<u32>,
}

impl Versioned for Person {
    const NAME: &'static str = "person";
    const VERSION: u8 = 1;
}

/// What this device proposed in an epoch of a group: that its person's devices leave. Sent as these bytes until the epoch is over.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Proposal {
    #[n(0)]
    pub(crate) version: u8,
    #[n(1)]
    pub(crate) epoch: Epoch,
    #[n(2)]
    pub(crate) posts: Vec<(PostId, ByteVec)>,
}

impl Versioned for Proposal {
    const NAME: &'static str = "proposal";
    const VERSION: u8 = 1;
}
