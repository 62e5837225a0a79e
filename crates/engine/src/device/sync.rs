//! What one device of a person tells the others: contents of their own group that nobody else is in.

use minicbor::bytes::ByteVec;
use xchat_wire::{
    PublicKey,
    cbor::{Decode, Encode},
};

use super::Named;
use crate::{
    api::{Arrangement, ChatId, ChatState, MAX_TEXT},
    content::{Disposition, Message, MessageId, Part},
};

/// The content type of the part.
const SYNC_TYPE: &str = "application/vnd.xchat.sync+cbor";
const VERSION: u32 = 1;

/// One thing. What a later version adds is skipped.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Sync {
    /// How a conversation stands for this person.
    #[n(0)]
    #[cbor(map)]
    Chat {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        state: ChatState,
        /// It was deleted.
        #[n(2)]
        hidden: bool,
    },
    /// Somebody's contact link was opened.
    #[n(1)]
    #[cbor(map)]
    Contact {
        /// 48 bytes.
        #[n(0)]
        link: ByteVec,
        /// The signed card.
        #[n(1)]
        card: ByteVec,
    },
    /// These messages were on the screen.
    #[n(2)]
    #[cbor(map)]
    Seen {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        messages: Vec<MessageId>,
    },
    /// A device of this person was taken off: no card brings it back.
    #[n(3)]
    #[cbor(map)]
    Revoked {
        #[n(0)]
        key: PublicKey,
    },
    /// What a device of this person is called.
    #[n(21)]
    Named(#[n(0)] Named),
    /// How a conversation is kept.
    #[n(10)]
    #[cbor(map)]
    Arranged {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        what: Arranged,
    },
    /// What is begun in a conversation.
    #[n(11)]
    #[cbor(map)]
    Draft {
        #[n(0)]
        chat: ChatId,
        /// Empty: nothing. At most [`MAX_TEXT`] bytes.
        #[n(1)]
        text: String,
        /// The message that it answers.
        #[n(2)]
        reply: Option<MessageId>,
    },
}

/// One thing of an [`Arrangement`]: a register that the last writer sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Arranged {
    #[n(0)]
    Archived(#[n(0)] Option<u64>),
    #[n(1)]
    MutedUntil(#[n(0)] Option<u64>),
    #[n(2)]
    Pinned(#[n(0)] Option<u64>),
    #[n(3)]
    Unread(#[n(0)] bool),
}

impl Arranged {
    pub(crate) fn apply(self, arranged: &mut Arrangement) {
        match self {
            Self::Archived(at) => arranged.archived = at,
            Self::MutedUntil(until) => arranged.muted_until = until,
            Self::Pinned(place) => arranged.pinned = place,
            Self::Unread(on) => arranged.unread = on,
        }
    }

    fn number(self) -> u8 {
        match self {
            Self::Archived(_) => 0,
            Self::MutedUntil(_) => 1,
            Self::Pinned(_) => 2,
            Self::Unread(_) => 3,
        }
    }
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Frame {
    #[n(0)]
    version: u32,
    #[n(1)]
    sync: Sync,
}

impl Sync {
    /// The conversation that it is about.
    pub(crate) fn chat(&self) -> Option<ChatId> {
        match self {
            Self::Chat { chat, .. }
            | Self::Seen { chat, .. }
            | Self::Arranged { chat, .. }
            | Self::Draft { chat, .. } => Some(*chat),
            Self::Contact { .. } | Self::Revoked { .. } | Self::Named(_) => None,
        }
    }

    /// The register that it sets: of those that set the same one only the last counts. None: it sets none.
    pub(crate) fn register(&self) -> Option<(&[u8], u8)> {
        const DRAFT: u8 = 4;
        const NAME: u8 = 5;
        match self {
            Self::Arranged { chat, what } => Some((&chat.0, what.number())),
            Self::Draft { chat, .. } => Some((&chat.0, DRAFT)),
            Self::Named(named) => Some((named.key.as_bytes(), NAME)),
            _ => None,
        }
    }

    /// As a content.
    pub(crate) fn message(self, salt: [u8; 16]) -> Message {
        let bytes = minicbor::to_vec(Frame { version: VERSION, sync: self }).expect("a Vec takes every byte");
        Message::of(salt, Part::single(Disposition::Unspecified, SYNC_TYPE, bytes))
    }

    /// Back from [`Sync::message`]. None also for what this version does not know, and for what no device says.
    pub(crate) fn of(message: &Message) -> Option<Self> {
        let frame: Frame = minicbor::decode(message.part.content(SYNC_TYPE)?).ok()?;
        let too_long = matches!(&frame.sync, Self::Draft { text, .. } if text.len() > MAX_TEXT);
        (frame.version == VERSION && !too_long).then_some(frame.sync)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_frozen_and_a_content_of_another_kind_says_nothing() {
        let sync = Sync::Chat { chat: ChatId([1; 16]), state: ChatState::Blocked, hidden: true };
        let message = sync.clone().message([0; 16]);
        let bytes = hex::encode(message.part.content(SYNC_TYPE).unwrap());
        assert_eq!(bytes, format!("a20001018200a30050{}010302f5", "01".repeat(16)));
        assert_eq!(Sync::of(&Message::decode(&message.encode()).unwrap()), Some(sync));
        let revoked = Sync::Revoked { key: PublicKey::new([2; 32]) }.message([0; 16]);
        let bytes = hex::encode(revoked.part.content(SYNC_TYPE).unwrap());
        assert_eq!(bytes, format!("a20001018203a1005820{}", "02".repeat(32)));
        let named = Named { key: PublicKey::new([2; 32]), name: "Mac".to_owned(), since: 7 };
        let bytes = hex::encode(Sync::Named(named).message([0; 16]).part.content(SYNC_TYPE).unwrap());
        assert_eq!(bytes, format!("a2000101821581a3005820{}01634d61630207", "02".repeat(32)));
        let pinned = Sync::Arranged { chat: ChatId([1; 16]), what: Arranged::Pinned(Some(3)) };
        let bytes = hex::encode(pinned.clone().message([0; 16]).part.content(SYNC_TYPE).unwrap());
        assert_eq!(bytes, format!("a2000101820aa20050{}0182028103", "01".repeat(16)));
        assert_eq!(Sync::of(&pinned.clone().message([0; 16])), Some(pinned));
        assert_eq!(Sync::of(&Message::text([0; 16], "hi")), None);
    }

    #[test]
    fn a_draft_that_is_too_long_says_nothing() {
        let draft = |length| Sync::Draft { chat: ChatId([1; 16]), text: "x".repeat(length), reply: None };
        assert_eq!(Sync::of(&draft(MAX_TEXT).message([0; 16])), Some(draft(MAX_TEXT)));
        assert_eq!(Sync::of(&draft(MAX_TEXT + 1).message([0; 16])), None);
    }
}
