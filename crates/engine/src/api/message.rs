//! Messages as the page shows them.

use minicbor::{CborLen, bytes::ByteVec};
use xchat_wire::cbor::{Decode, Encode};

use super::{Change, Holds, PersonId};
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
    /// Own messages only, and none that was deleted: nobody waits for it.
    #[n(4)]
    pub mark: Option<Mark>,
    /// Who wrote it, in a conversation of several people.
    #[n(5)]
    pub author: Option<Author>,
    /// What it answers.
    #[n(6)]
    pub quote: Option<Quote>,
    /// When its author changed it last, Unix milliseconds.
    #[n(7)]
    pub edited: Option<u64>,
    /// By emoji, in the order in which each came first.
    #[n(8)]
    pub reactions: Vec<Reaction>,
    /// It mentions this person.
    #[n(9)]
    pub mentions_me: bool,
    /// Its sender passes on what somebody else wrote.
    #[n(10)]
    pub forwarded: bool,
    /// When it vanishes.
    #[n(12)]
    pub vanishes: Option<Vanishes>,
    /// What its first file is.
    #[n(13)]
    pub holds: Option<Holds>,
    /// The bytes of [`Attachments`](super::Attachments), which only a part of the page reads. None: it has no files. (Key 11 was a list of
    /// files without what opens them; it stands, empty, in conversations' rows.)
    #[n(14)]
    pub attachments: Option<ByteVec>,
}

impl MessageView {
    /// A message with nothing around it.
    pub fn bare(order: u64, mine: bool, body: Body, time: u64) -> Self {
        Self {
            order,
            mine,
            body,
            time,
            mark: None,
            author: None,
            quote: None,
            edited: None,
            reactions: Vec::new(),
            mentions_me: false,
            forwarded: false,
            attachments: None,
            vanishes: None,
            holds: None,
        }
    }
}

/// What a message answers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum Quote {
    /// A message that is here.
    #[n(0)]
    #[cbor(map)]
    Here {
        #[n(0)]
        order: u64,
        #[n(1)]
        mine: bool,
        /// As [`MessageView::author`].
        #[n(2)]
        author: Option<Author>,
        /// Its words, on one line and shortened. Empty: it has none.
        #[n(3)]
        text: String,
        /// As [`MessageView::holds`].
        #[n(4)]
        holds: Option<Holds>,
    },
    /// A message whose author deleted it.
    #[n(1)]
    #[cbor(map)]
    Deleted {
        #[n(0)]
        order: u64,
    },
    /// One that this device does not have (any more).
    #[n(2)]
    Missing,
}

/// People who gave one emoji.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct Reaction {
    #[n(0)]
    pub emoji: String,
    /// How many.
    #[n(1)]
    pub count: u32,
    /// This person is among them.
    #[n(2)]
    pub mine: bool,
    /// The first [`MAX_NAMED`](super::MAX_NAMED) of them, without this person.
    #[n(3)]
    pub people: Vec<Author>,
}

/// When a message vanishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum Vanishes {
    /// So many seconds after it was read (theirs) or has reached the relay (own).
    #[n(0)]
    After(#[n(0)] u32),
    /// At this time, Unix milliseconds.
    #[n(1)]
    At(#[n(0)] u64),
}

/// One option of a poll.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct PollOption {
    #[n(0)]
    pub text: String,
    #[n(1)]
    pub votes: u32,
    /// This person chose it.
    #[n(2)]
    pub mine: bool,
}

/// What one person did with an own message.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct Receipt {
    #[n(0)]
    pub person: Author,
    /// When it was on a device of theirs, by the relay's clock.
    #[n(1)]
    pub delivered: Option<u64>,
    /// When they read it.
    #[n(2)]
    pub read: Option<u64>,
}

/// What one person has chosen in a poll.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct Voted {
    #[n(0)]
    pub person: Author,
    /// Places of the options, from 0.
    #[n(1)]
    pub choices: Vec<u8>,
}

/// What is known of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct Known {
    /// Who has an own message, and who has read it.
    #[n(0)]
    pub receipts: Vec<Receipt>,
    /// What its author changed, oldest first; at most the last few.
    #[n(1)]
    pub versions: Vec<Version>,
    /// What each has chosen in a poll.
    #[n(2)]
    pub votes: Vec<Voted>,
}

/// An earlier version of a message.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct Version {
    #[n(0)]
    pub text: String,
    /// When it was written.
    #[n(1)]
    pub time: u64,
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
    #[n(8)]
    #[cbor(map)]
    Changed {
        #[n(0)]
        changes: Vec<Change>,
    },
    /// Its author deleted it.
    #[n(3)]
    Deleted,
    /// A question with options.
    #[n(4)]
    #[cbor(map)]
    Poll {
        #[n(0)]
        question: String,
        #[n(1)]
        options: Vec<PollOption>,
        /// Several may be chosen.
        #[n(2)]
        multiple: bool,
        /// Its author has ended it.
        #[n(3)]
        closed: bool,
        /// People who have chosen something.
        #[n(4)]
        voters: u32,
    },
    /// Its author set how long new messages live after they were read; none: for ever. A line of the conversation's own.
    #[n(5)]
    #[cbor(map)]
    Timer {
        #[n(0)]
        seconds: Option<u32>,
    },
    /// What could be seen once was: theirs by this person, an own one by everybody who got it.
    #[n(10)]
    Opened(#[n(0)] Holds),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A conversation's row holds its latest message: one that was written before messages had files must not make it a damaged one.
    #[test]
    fn a_message_that_an_earlier_build_stored_is_still_read() {
        let message = MessageView::bare(7, true, Body::text("Hi".to_owned()), 1_700_000_000_000);
        let mut bytes = minicbor::to_vec(&message).unwrap();
        assert!((0xa0..0xb7).contains(&bytes[0]), "a map of so many entries");
        bytes[0] += 1;
        bytes.extend_from_slice(&[0x0b, 0x80]);
        assert_eq!(minicbor::decode::<MessageView>(&bytes).unwrap(), message);
        bytes.pop();
        // With a file: name, type and size.
        bytes.extend_from_slice(&[0x81, 0xa3, 0x00, 0x61, b'a', 0x01, 0x61, b'b', 0x02, 0x03]);
        assert_eq!(minicbor::decode::<MessageView>(&bytes).unwrap(), message);
    }
}
