//! Our own part: a poll, what people choose in it, and its end.
//!
//! A poll is a message of its own; a vote and the end are messages in reply to it. A person's latest vote counts, and the end
//! counts only from the poll's author; both are the receiver's to check.

use minicbor::CborLen;
use thiserror::Error;
use xchat_wire::cbor::{Decode, Encode};

use super::{Disposition, Message, MessageId, Part};

/// The content type of the part.
pub const POLL_TYPE: &str = "application/vnd.xchat.poll+cbor";
/// Longest question in bytes of UTF-8.
pub const MAX_QUESTION: usize = 512;
/// Fewest options of a poll.
pub const MIN_OPTIONS: usize = 2;
/// Most options of a poll.
pub const MAX_OPTIONS: usize = 12;
/// Longest option in bytes of UTF-8.
pub const MAX_OPTION: usize = 128;
const VERSION: u32 = 1;

/// The bytes are no part of a poll, or one of a later version or out of bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a poll")]
pub struct PollError;

/// A question and what may be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct Poll {
    /// 1 to [`MAX_QUESTION`] bytes, not blank.
    #[n(0)]
    pub question: String,
    /// [`MIN_OPTIONS`] to [`MAX_OPTIONS`], each of 1 to [`MAX_OPTION`] bytes, not blank.
    #[n(1)]
    pub options: Vec<String>,
    /// How many of them one person may choose.
    #[n(2)]
    pub choice: Choice,
}

/// How many options one person may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Choice {
    /// One.
    #[n(0)]
    Single,
    /// Any number.
    #[n(1)]
    Multiple,
}

/// What a message says about a poll.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum PollPart {
    /// A new one.
    #[n(0)]
    Ask(#[n(0)] Poll),
    /// What its sender chooses in the poll that it replies to: positions of options, ascending. None: the vote is taken back.
    #[n(1)]
    Vote(#[n(0)] Vec<u8>),
    /// The poll that it replies to has ended.
    #[n(2)]
    Close,
}

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct Content {
    #[n(0)]
    version: u32,
    #[n(1)]
    part: PollPart,
}

/// The first key of [`Content`] alone.
#[derive(Decode)]
#[cbor(map)]
struct Version {
    #[n(0)]
    version: u32,
}

impl Poll {
    /// Whether it keeps within its bounds.
    pub fn is_valid(&self) -> bool {
        let fits = |text: &str, most: usize| !text.trim().is_empty() && text.len() <= most;
        fits(&self.question, MAX_QUESTION)
            && (MIN_OPTIONS..=MAX_OPTIONS).contains(&self.options.len())
            && self.options.iter().all(|option| fits(option, MAX_OPTION))
    }

    /// Whether these positions are a vote in it.
    pub fn takes(&self, choices: &[u8]) -> bool {
        let most = match self.choice {
            Choice::Single => 1,
            Choice::Multiple => self.options.len(),
        };
        choices.len() <= most && choices.iter().all(|choice| usize::from(*choice) < self.options.len())
    }
}

impl PollPart {
    /// What a message says about a poll; `None` if it is another kind of message.
    pub fn of(message: &Message) -> Result<Option<Self>, PollError> {
        message.part.content(POLL_TYPE).map(Self::decode).transpose()
    }

    /// The part as a message. A vote or an end names its poll.
    pub fn message(&self, salt: [u8; 16], poll: Option<MessageId>) -> Message {
        let disposition = match self {
            Self::Ask(_) => Disposition::Render,
            Self::Vote(_) | Self::Close => Disposition::Unspecified,
        };
        let part = Part::single(disposition, POLL_TYPE, self.encode());
        Message { in_reply_to: poll, ..Message::of(salt, part) }
    }

    /// CBOR map {0: version, 1: part}.
    pub fn encode(&self) -> Vec<u8> {
        xchat_wire::encode(&Content { version: VERSION, part: self.clone() })
    }

    /// Back from [`PollPart::encode`], within its bounds.
    pub fn decode(bytes: &[u8]) -> Result<Self, PollError> {
        let Version { version } = xchat_wire::decode(bytes).map_err(|_| PollError)?;
        if version != VERSION {
            return Err(PollError);
        }
        let Content { part, .. } = xchat_wire::decode(bytes).map_err(|_| PollError)?;
        let valid = match &part {
            Self::Ask(poll) => poll.is_valid(),
            Self::Vote(choices) => choices.len() <= MAX_OPTIONS && choices.is_sorted_by(|a, b| a < b),
            Self::Close => true,
        };
        if valid { Ok(part) } else { Err(PollError) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn poll(options: usize) -> Poll {
        Poll { question: "When?".to_owned(), options: vec!["now".to_owned(); options], choice: Choice::Single }
    }

    #[test]
    fn the_bytes_are_frozen() {
        let two = Poll { options: vec!["a".to_owned(), "b".to_owned()], ..poll(2) };
        let hex = |part: PollPart| hex::encode(part.encode());
        assert_eq!(hex(PollPart::Ask(two)), "a2000101820081a300655768656e3f0182616161620200");
        assert_eq!(hex(PollPart::Vote(vec![0, 3])), "a2000101820181820003");
        assert_eq!(hex(PollPart::Close), "a2000101820280");
    }

    #[test]
    fn a_poll_out_of_bounds_is_none() {
        let read = |poll: Poll| PollPart::decode(&PollPart::Ask(poll).encode());
        for options in [2, 12] {
            assert!(read(poll(options)).is_ok());
        }
        for options in [0, 1, 13] {
            assert_eq!(read(poll(options)), Err(PollError));
        }
        assert_eq!(read(Poll { question: " ".to_owned(), ..poll(2) }), Err(PollError));
        assert_eq!(read(Poll { question: "x".repeat(MAX_QUESTION + 1), ..poll(2) }), Err(PollError));
        assert_eq!(read(Poll { options: vec!["x".repeat(MAX_OPTION + 1); 2], ..poll(2) }), Err(PollError));
        assert_eq!(PollPart::decode(&PollPart::Vote(vec![1, 1]).encode()), Err(PollError), "an option twice");
        assert_eq!(PollPart::decode(&PollPart::Vote((0..13).collect()).encode()), Err(PollError));
        let mut later = PollPart::Close.encode();
        later[2] = 2;
        assert_eq!(PollPart::decode(&later), Err(PollError));
    }

    #[test]
    fn a_vote_is_within_its_poll() {
        assert!(poll(3).takes(&[2]) && poll(3).takes(&[]));
        assert!(!poll(3).takes(&[3]) && !poll(3).takes(&[0, 1]));
        assert!(Poll { choice: Choice::Multiple, ..poll(3) }.takes(&[0, 1, 2]));
    }

    #[test]
    fn a_vote_is_a_message_in_reply_to_its_poll_and_a_text_is_no_poll() {
        let message = PollPart::Vote(vec![1]).message([1; 16], Some(MessageId::new([2; 32])));
        let message = Message::decode(&message.encode()).unwrap();
        assert_eq!(message.in_reply_to, Some(MessageId::new([2; 32])));
        assert_eq!(PollPart::of(&message), Ok(Some(PollPart::Vote(vec![1]))));
        assert_eq!(PollPart::of(&Message::text([1; 16], "hi")), Ok(None));
    }

    proptest! {
        #[test]
        fn every_poll_and_every_vote_survive(
            question in "[a-z]{1,40}",
            options in prop::collection::vec("[a-z]{1,20}", MIN_OPTIONS..=MAX_OPTIONS),
            multiple: bool,
            votes in prop::collection::btree_set(0u8..12, 0..12),
        ) {
            let choice = if multiple { Choice::Multiple } else { Choice::Single };
            let ask = PollPart::Ask(Poll { question, options, choice });
            prop_assert_eq!(PollPart::decode(&ask.encode()), Ok(ask));
            let vote = PollPart::Vote(votes.into_iter().collect());
            prop_assert_eq!(PollPart::decode(&vote.encode()), Ok(vote));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = PollPart::decode(&bytes);
        }
    }
}
