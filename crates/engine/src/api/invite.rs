//! Invite links of groups as the page shows them, on both sides.

use minicbor::CborLen;
use xchat_wire::cbor::{Decode, Encode};

use super::{ChatId, PersonId};

/// What an invite link says of its group: the word of a member.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct InviteView {
    /// The whole link: what `AskToJoin` names.
    #[n(0)]
    pub link: String,
    #[n(1)]
    pub name: String,
    #[n(2)]
    pub description: String,
    /// How many people are in it.
    #[n(3)]
    pub people: u32,
    #[n(4)]
    pub standing: Standing,
}

/// How this person stands to the group of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum Standing {
    /// They can ask to be let in.
    #[n(0)]
    Outside,
    /// They have asked, and nobody has let them in so far.
    #[n(1)]
    Asked,
    /// They are in it: the conversation.
    #[n(2)]
    Inside(#[n(0)] ChatId),
}

/// A request of this person's that nobody has answered.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct JoinView {
    /// The link: what `WithdrawJoin` names.
    #[n(0)]
    pub link: String,
    /// What the group is called; empty until that is known.
    #[n(1)]
    pub name: String,
    /// When an admin's relay took the request last, Unix milliseconds; none: it waits for a connection.
    #[n(2)]
    pub asked_at: Option<u64>,
}

/// Somebody who asks to be let into a group.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct JoinRequestView {
    #[n(0)]
    pub person: PersonId,
    /// What they call themselves.
    #[n(1)]
    pub name: String,
    /// `xc1...`
    #[n(2)]
    pub address: String,
    /// 1 to 6.
    #[n(3)]
    pub colour: u8,
    /// When the request came, Unix milliseconds.
    #[n(4)]
    pub time: u64,
}
