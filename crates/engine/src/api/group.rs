//! Groups as the page shows and changes them.

use minicbor::{CborLen, bytes::ByteVec};
use xchat_wire::cbor::{Decode, Encode};

use super::{Author, PersonId};
pub use crate::room::{MAX_DESCRIPTION, Role, Who};

/// What is shown of a group beside what every conversation has.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct GroupView {
    #[n(0)]
    pub description: String,
    /// How many people are in it.
    #[n(1)]
    pub people: u32,
    /// What this person may do.
    #[n(2)]
    pub role: Role,
    #[n(3)]
    pub may_add: Who,
    /// Who may change name, description and timer.
    #[n(4)]
    pub may_change: Who,
    /// Messages vanish so many seconds after they were read.
    #[n(5)]
    pub timer: Option<u32>,
    /// Why nothing can be written here any more.
    #[n(6)]
    pub out: Option<OutView>,
    /// Who brought this person in, while they are asked whether they want to be in it.
    #[n(7)]
    pub inviter: Option<Author>,
    /// The invite link, for those who may hand it out.
    #[n(20)]
    pub invite: Option<String>,
    /// People who ask to be let in and wait for an answer by this person.
    #[n(21)]
    pub requests: u32,
}

/// Why this person is not in a group.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum OutView {
    /// They left.
    #[n(0)]
    Left,
    /// Somebody took them out.
    #[n(1)]
    #[cbor(map)]
    Removed {
        #[n(0)]
        by: Author,
    },
    /// This device was away for too long, or lost what it needs; it has asked the others to let it in again.
    #[n(2)]
    Lost,
}

/// One person of a group.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct MemberView {
    #[n(0)]
    pub person: PersonId,
    /// What they call themselves; empty when it is not known.
    #[n(1)]
    pub name: String,
    /// `xc1...`
    #[n(2)]
    pub address: String,
    /// 1 to 6.
    #[n(3)]
    pub colour: u8,
    #[n(4)]
    pub role: Role,
    /// The person who lives in this browser.
    #[n(5)]
    pub me: bool,
    /// How many devices of theirs are in it.
    #[n(6)]
    pub devices: u32,
}

/// What a person wants of a group. It is done when there is a connection and its turn comes, and judged again then.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum GroupChange {
    /// Contacts, or people who were in the group.
    #[n(0)]
    #[cbor(map)]
    Add {
        #[n(0)]
        people: Vec<PersonId>,
    },
    #[n(1)]
    #[cbor(map)]
    Remove {
        #[n(0)]
        person: PersonId,
    },
    #[n(2)]
    #[cbor(map)]
    Rename {
        #[n(0)]
        name: String,
    },
    #[n(3)]
    #[cbor(map)]
    Describe {
        #[n(0)]
        text: String,
    },
    #[n(4)]
    #[cbor(map)]
    Role {
        #[n(0)]
        person: PersonId,
        #[n(1)]
        role: Role,
    },
    #[n(5)]
    #[cbor(map)]
    MayAdd {
        #[n(0)]
        who: Who,
    },
    #[n(6)]
    #[cbor(map)]
    MayChange {
        #[n(0)]
        who: Who,
    },
    /// Seconds after which messages vanish once they were read; none: they stay.
    #[n(7)]
    #[cbor(map)]
    Timer {
        #[n(0)]
        seconds: Option<u32>,
    },
    /// Another picture for the group: JPEG, PNG or WebP of at most [`MAX_PICTURE`](super::MAX_PICTURE) bytes; none: it has none.
    #[n(8)]
    #[cbor(map)]
    Picture {
        #[n(0)]
        picture: Option<ByteVec>,
    },
    /// Everybody comes into a fresh group with the same name, roles and rules, but for these people: what an admin does when a group
    /// is broken.
    #[n(20)]
    #[cbor(map)]
    Move {
        #[n(0)]
        without: Vec<PersonId>,
    },
    /// A fresh invite link in the place of the one that there is, or none: an old one is dead at once.
    #[n(23)]
    #[cbor(map)]
    Invite {
        #[n(0)]
        on: bool,
    },
    /// Lets somebody in who has asked by the link.
    #[n(24)]
    #[cbor(map)]
    Approve {
        #[n(0)]
        person: PersonId,
    },
    /// Does not let them in, and not later by this link either. They do not hear of it.
    #[n(25)]
    #[cbor(map)]
    Decline {
        #[n(0)]
        person: PersonId,
    },
}

/// One thing that happened to a group. Who did it is the message's author, or this person when it has none.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum Change {
    #[n(0)]
    #[cbor(map)]
    Added {
        #[n(0)]
        who: Author,
    },
    #[n(1)]
    #[cbor(map)]
    Removed {
        #[n(0)]
        who: Author,
    },
    /// Of their own will.
    #[n(2)]
    #[cbor(map)]
    Left {
        #[n(0)]
        who: Author,
    },
    #[n(3)]
    #[cbor(map)]
    Renamed {
        #[n(0)]
        name: String,
    },
    #[n(4)]
    Described,
    #[n(5)]
    #[cbor(map)]
    Role {
        #[n(0)]
        who: Author,
        #[n(1)]
        role: Role,
    },
    #[n(6)]
    #[cbor(map)]
    MayAdd {
        #[n(0)]
        who: Who,
    },
    #[n(7)]
    #[cbor(map)]
    MayChange {
        #[n(0)]
        who: Who,
    },
    #[n(8)]
    #[cbor(map)]
    Timer {
        #[n(0)]
        seconds: Option<u32>,
    },
    /// Somebody tried what they had no right to, and is taken out for it.
    #[n(9)]
    #[cbor(map)]
    Breach {
        #[n(0)]
        who: Author,
    },
    /// It has a new picture, or none any more.
    #[n(10)]
    #[cbor(map)]
    Pictured {
        #[n(0)]
        on: bool,
    },
    /// The group goes on with fresh keys, in a fresh place.
    #[n(20)]
    Moved,
    /// This device could not bring somebody into the fresh place yet, and goes on trying.
    #[n(21)]
    #[cbor(map)]
    NotReached {
        #[n(0)]
        who: Author,
    },
    /// In a conversation of two: what the other is called now.
    #[n(30)]
    #[cbor(map)]
    Called {
        /// What they were called before; empty: this is not about that.
        #[n(0)]
        was: String,
        #[n(1)]
        name: String,
        /// Somebody else whom this person knows is called so, too.
        #[n(2)]
        alike: bool,
    },
}
