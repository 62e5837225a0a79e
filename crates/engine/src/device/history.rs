//! What one device of a person gives another of the history: references to sealed chunks, and what is in them.

use minicbor::bytes::ByteVec;
use xchat_wire::{
    Address, PublicKey, Seq,
    cbor::{Decode, Encode},
};

use super::OwnPart;
use crate::{
    api::{ChatId, Mark},
    seal::BlobRef,
    state::GroupHead,
};

/// Conversations in one chunk.
pub(crate) const MAX_PARTS: usize = 32;
/// Messages in one chunk.
pub(crate) const MAX_ITEMS: usize = 2048;
/// The meaning of a chunk's keys.
pub(crate) const VERSION: u32 = 1;

/// A stretch of a conversation, in the giver's orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Span {
    #[n(0)]
    pub(crate) chat: ChatId,
    /// History lies below this one.
    #[n(1)]
    pub(crate) top: u64,
    /// Up to this one, which is not of it.
    #[n(2)]
    pub(crate) before: u64,
    /// From this one.
    #[n(3)]
    pub(crate) from: u64,
}

/// A sealed chunk at the relay.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Chunk {
    #[n(0)]
    pub(crate) blob: BlobRef,
    #[n(1)]
    pub(crate) parts: Vec<Stretch>,
    /// Conversations that are not whole with this, of so many.
    #[n(2)]
    pub(crate) left: u32,
    #[n(3)]
    pub(crate) of: u32,
}

/// What a chunk has of one conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Stretch {
    #[n(0)]
    pub(crate) span: Span,
    /// How far the giver had read the conversation's log. Who has not read as far would take what still comes for new.
    #[n(1)]
    pub(crate) read: Option<(Address, Seq)>,
}

/// A chunk's plaintext.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(crate) struct Pack {
    #[n(0)]
    pub(crate) version: u32,
    #[n(1)]
    pub(crate) sections: Vec<Section>,
}

/// What a chunk has of one conversation: as many sections as it has parts, in the same order.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(crate) struct Section {
    /// Newest first.
    #[n(0)]
    pub(crate) items: Vec<Item>,
    /// The conversation itself, when no welcome brings the other device into it.
    #[n(1)]
    pub(crate) head: Option<Box<Head>>,
    /// Who is or was in a group: rows.
    #[n(2)]
    #[cbor(default)]
    pub(crate) people: Vec<(PublicKey, ByteVec)>,
}

/// A conversation that nobody is brought into.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(crate) struct Head {
    #[n(0)]
    pub(crate) part: OwnPart,
    /// A group that this person is out of.
    #[n(1)]
    pub(crate) group: Option<GroupHead>,
    /// When the last message by the other person reached the relay, Unix milliseconds, also of those that are not given; not said where
    /// more has come since this was begun.
    #[n(2)]
    pub(crate) said: Option<u64>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Item {
    #[n(0)]
    pub(crate) order: u64,
    /// Its row.
    #[n(1)]
    pub(crate) row: ByteVec,
    /// The row of who has it.
    #[n(2)]
    pub(crate) receipts: Option<ByteVec>,
    /// How far an own one has come.
    #[n(3)]
    pub(crate) mark: Option<Mark>,
    #[n(4)]
    pub(crate) clock: Option<Clock>,
    /// It was not on the screen yet.
    #[n(5)]
    #[cbor(default)]
    pub(crate) unseen: bool,
    #[n(6)]
    #[cbor(default)]
    pub(crate) pinned: bool,
}

/// When a message vanishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Clock {
    /// So many seconds after it was read.
    #[n(0)]
    After(#[n(0)] u32),
    /// Then, Unix milliseconds.
    #[n(1)]
    At(#[n(0)] u64),
}

impl Chunk {
    /// Whether it is one that a giver makes.
    pub(crate) fn is_valid(&self) -> bool {
        let spans = self.parts.iter().map(|part| part.span);
        !self.parts.is_empty()
            && self.parts.len() <= MAX_PARTS
            && self.blob.size <= xchat_wire::MAX_BLOB
            && spans.into_iter().all(|span| span.from <= span.before && span.before <= span.top)
    }
}
