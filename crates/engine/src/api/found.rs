//! What a search finds.

use minicbor::{CborLen, bytes::ByteVec};
use xchat_wire::cbor::{Decode, Encode};

use super::{Author, ChatId};

/// Some of what a search finds, the latest first. Few hits, or none, need not be all: a step reads so much and no more.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct Found {
    /// The number of the search.
    #[n(0)]
    pub search: u32,
    #[n(1)]
    pub hits: Vec<Hit>,
    /// Where to go on, for the same query. None: these are all.
    #[n(2)]
    pub more: Option<ByteVec>,
}

/// A message in which all words of a query stand.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct Hit {
    #[n(0)]
    pub chat: ChatId,
    #[n(1)]
    pub order: u64,
    #[n(2)]
    pub mine: bool,
    /// Who wrote it, in a conversation of several people. Their name is empty where it is not known.
    #[n(3)]
    pub author: Option<Author>,
    /// As the message's own, Unix milliseconds.
    #[n(4)]
    pub time: u64,
    /// Some of its words on one line: by turns what does not match, which may be empty, and what does.
    #[n(5)]
    pub snippet: Vec<String>,
    /// As the message's own. For a gallery alone.
    #[n(6)]
    pub attachments: Option<ByteVec>,
    /// The addresses that its links lead to. For a gallery alone.
    #[n(7)]
    pub links: Vec<String>,
}
