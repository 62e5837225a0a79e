//! Messages as the page shows them.

use minicbor::{CborLen, Decode, Encode};

use super::{Change, PersonId};
use crate::prose::Part;

/// How far an own message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Mark {
    /// It could not be sent and waits for the person.
    #[n(0)]
    Failed,
    /// Stored here, not yet read back from the relay.
    #[n(1)]
    Pending,
    /// In the relay's log.
    #[n(2)]
    Sent,
    /// On one of their devices.
    #[n(3)]
    Delivered,
    /// Seen by them.
    #[n(4)]
    Read,
}

/// A message as its bubble shows it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct MessageView {
    /// Its place in the conversation on this device; unique in it, increasing.
    #[n(0)]
    pub order: u64,
    #[n(1)]
    pub mine: bool,
    #[n(2)]
    pub body: Body,
    /// Unix milliseconds: when it was written (own) or reached the relay (theirs).
    #[n(3)]
    pub time: u64,
    /// Own messages only.
    #[n(4)]
    pub mark: Option<Mark>,
    /// Who wrote it, in a conversation of several people.
    #[n(5)]
    pub author: Option<Author>,
}

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct Author {
    #[n(0)]
    pub person: PersonId,
    /// What they call themselves; empty when it is not known.
    #[n(1)]
    pub name: String,
    /// 1 to 6.
    #[n(2)]
    pub colour: u8,
}

/// What a message holds.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum Body {
    /// Markdown (GFM-MIMI) or plain text.
    #[n(0)]
    #[cbor(map)]
    Text {
        /// As it was written.
        #[n(0)]
        text: String,
        /// What a bubble shows.
        #[n(1)]
        parts: Vec<Part>,
    },
    /// Content of a kind that this version does not know.
    #[n(1)]
    Unsupported,
    /// A line of the conversation's own, centred and grey.
    #[n(2)]
    #[cbor(map)]
    Notice {
        #[n(0)]
        notice: Notice,
    },
    /// What was said between these times (Unix milliseconds) is not on this device: a line like a notice.
    #[n(9)]
    #[cbor(map)]
    Gap {
        #[n(0)]
        from: u64,
        #[n(1)]
        to: u64,
    },
    /// What the author did to the group: a line like a notice.
    #[n(3)]
    #[cbor(map)]
    Changed {
        #[n(0)]
        changes: Vec<Change>,
    },
}

impl Body {
    /// A text with its tree. The engine's verb: the page only ever receives one.
    pub fn text(text: String) -> Self {
        Self::Text { parts: crate::prose::parse(&text), text }
    }
}

/// What a notice says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Notice {
    /// The relay showed the two sides different histories.
    #[n(0)]
    HistoryDiffers,
    /// A record could not be read; the sender's message is missing here.
    #[n(1)]
    Unreadable,
    /// The encrypted session broke and a fresh one was opened; nothing already here is lost.
    #[n(2)]
    Renewed,
    /// What is stored of a message cannot be read. It is left as it is.
    #[n(3)]
    Damaged,
}
