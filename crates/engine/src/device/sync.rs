//! What one device of a person tells the others: contents of their own group that nobody else is in.

use minicbor::bytes::ByteVec;
use xchat_wire::{
    Address, PublicKey,
    cbor::{Decode, Encode},
};

use super::{Chunk, Named, Span};
use crate::{
    api::{Arrangement, ChatId, ChatState, MAX_TEXT, Privacy},
    content::{Disposition, Message, MessageId, Part},
};

/// The content type of the part.
const SYNC_TYPE: &str = "application/vnd.xchat.sync+cbor";
const VERSION: u32 = 1;

/// One thing. What a later version adds is skipped.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Sync {
    /// How a conversation stands for this person: one of the two, so that who deletes it undoes no block.
    #[n(0)]
    #[cbor(map)]
    Chat {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        state: Option<ChatState>,
        /// It was deleted, or came back.
        #[n(2)]
        hidden: Option<bool>,
        /// Of a group, the invitation that the state is an answer to.
        #[n(3)]
        invitation: Option<u64>,
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
        /// And what could be seen of them once was.
        #[n(2)]
        #[cbor(default)]
        opened: bool,
    },
    /// A device of this person was taken off: no card brings it back.
    #[n(3)]
    #[cbor(map)]
    Revoked {
        #[n(0)]
        key: PublicKey,
    },
    /// To a device that takes history: a chunk of it lies at the relay. None: that was all.
    #[n(4)]
    #[cbor(map)]
    History {
        /// Both by their signature keys.
        #[n(0)]
        to: PublicKey,
        #[n(1)]
        from: PublicKey,
        #[n(2)]
        chunk: Option<Box<Chunk>>,
    },
    /// To a device that can give history: all of it is asked for, or these stretches once more.
    #[n(5)]
    #[cbor(map)]
    AskHistory {
        #[n(0)]
        of: PublicKey,
        #[n(1)]
        to: PublicKey,
        #[n(2)]
        spans: Vec<Span>,
    },
    /// To a device that came into a conversation of two when it was accepted: what was said in it before, up to this time, the others have.
    #[n(6)]
    #[cbor(map)]
    Lacks {
        #[n(0)]
        to: PublicKey,
        #[n(1)]
        chat: ChatId,
        /// Unix milliseconds.
        #[n(2)]
        until: u64,
    },
    /// A new name is on the own card.
    #[n(20)]
    Card,
    /// What a device of this person is called.
    #[n(22)]
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
    /// One of the switches for what this person tells others.
    #[n(23)]
    Tells(#[n(0)] Tells, #[n(1)] bool),
    /// Somebody who asked to come into a group was declined, for as long as its link is the one with this cell.
    #[n(21)]
    #[cbor(map)]
    Declined {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        cell: Address,
        #[n(2)]
        person: PublicKey,
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
    #[n(4)]
    Verified(#[n(0)] bool),
}

impl Arranged {
    pub(crate) fn apply(self, arranged: &mut Arrangement) {
        match self {
            Self::Archived(at) => arranged.archived = at,
            Self::MutedUntil(until) => arranged.muted_until = until,
            Self::Pinned(place) => arranged.pinned = place,
            Self::Unread(on) => arranged.unread = on,
            Self::Verified(on) => arranged.verified = on,
        }
    }

    /// The registers that say something.
    pub(crate) fn set_in(arranged: &Arrangement) -> impl Iterator<Item = Self> {
        let archived = arranged.archived.map(|at| Self::Archived(Some(at)));
        let muted = arranged.muted_until.map(|until| Self::MutedUntil(Some(until)));
        let pinned = arranged.pinned.map(|place| Self::Pinned(Some(place)));
        let unread = arranged.unread.then_some(Self::Unread(true));
        let verified = arranged.verified.then_some(Self::Verified(true));
        [archived, muted, pinned, unread, verified].into_iter().flatten()
    }

    /// Which register it is.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Archived(_) => 0,
            Self::MutedUntil(_) => 1,
            Self::Pinned(_) => 2,
            Self::Unread(_) => 3,
            Self::Verified(_) => 4,
        }
    }
}

/// One thing of a [`Privacy`]: a register that the last writer sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum Tells {
    #[n(0)]
    Delivered,
    #[n(1)]
    Read,
    #[n(2)]
    Typing,
}

impl Tells {
    pub(crate) const ALL: [Self; 3] = [Self::Delivered, Self::Read, Self::Typing];

    pub(crate) fn of(self, privacy: &mut Privacy) -> &mut bool {
        match self {
            Self::Delivered => &mut privacy.delivered,
            Self::Read => &mut privacy.read,
            Self::Typing => &mut privacy.typing,
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
            | Self::Declined { chat, .. }
            | Self::Lacks { chat, .. }
            | Self::Draft { chat, .. } => Some(*chat),
            Self::Contact { .. }
            | Self::Revoked { .. }
            | Self::Card
            | Self::Named(_)
            | Self::Tells(..)
            | Self::History { .. }
            | Self::AskHistory { .. } => None,
        }
    }

    /// The register that it sets: of those that set the same one only the last counts. None: it sets none.
    pub(crate) fn register(&self) -> Option<(&[u8], u8)> {
        const DRAFT: u8 = 4;
        const STATE: u8 = 5;
        const HIDDEN: u8 = 6;
        const NAME: u8 = 7;
        /// The person's own, and no conversation's: each switch has the next number.
        const TELLS: u8 = 8;
        match self {
            Self::Chat { chat, state, .. } => Some((&chat.0, if state.is_some() { STATE } else { HIDDEN })),
            Self::Arranged { chat, what } => Some((&chat.0, what.number())),
            Self::Draft { chat, .. } => Some((&chat.0, DRAFT)),
            Self::Named(named) => Some((named.key.as_bytes(), NAME)),
            Self::Tells(what, _) => Some((&[], TELLS + *what as u8)),
            _ => None,
        }
    }

    /// As a content.
    pub(crate) fn message(self, salt: [u8; 16]) -> Message {
        let bytes = minicbor::to_vec(Frame { version: VERSION, sync: self }).expect("a Vec takes every byte");
        let bytes = crate::later::written(bytes);
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
        let sync =
            Sync::Chat { chat: ChatId([1; 16]), state: Some(ChatState::Blocked), hidden: None, invitation: None };
        let message = sync.clone().message([0; 16]);
        let bytes = hex::encode(message.part.content(SYNC_TYPE).unwrap());
        assert_eq!(bytes, format!("a20001018200a20050{}0103", "01".repeat(16)));
        assert_eq!(Sync::of(&Message::decode(&message.encode()).unwrap()), Some(sync));
        let deleted =
            Sync::Chat { chat: ChatId([1; 16]), state: None, hidden: Some(true), invitation: None }.message([0; 16]);
        let bytes = hex::encode(deleted.part.content(SYNC_TYPE).unwrap());
        assert_eq!(bytes, format!("a20001018200a20050{}02f5", "01".repeat(16)));
        let revoked = Sync::Revoked { key: PublicKey::new([2; 32]) }.message([0; 16]);
        let bytes = hex::encode(revoked.part.content(SYNC_TYPE).unwrap());
        assert_eq!(bytes, format!("a20001018203a1005820{}", "02".repeat(32)));
        let bytes = hex::encode(Sync::Card.message([0; 16]).part.content(SYNC_TYPE).unwrap());
        assert_eq!(bytes, "a2000101821480");
        let named = Named { key: PublicKey::new([2; 32]), name: "Mac".to_owned(), since: 7 };
        let bytes = hex::encode(Sync::Named(named).message([0; 16]).part.content(SYNC_TYPE).unwrap());
        assert_eq!(bytes, format!("a2000101821681a3005820{}01634d61630207", "02".repeat(32)));
        let lacks = Sync::Lacks { to: PublicKey::new([2; 32]), chat: ChatId([1; 16]), until: 3 }.message([0; 16]);
        let bytes = hex::encode(lacks.part.content(SYNC_TYPE).unwrap());
        assert_eq!(bytes, format!("a20001018206a3005820{}0150{}0203", "02".repeat(32), "01".repeat(16)));
        let typing = Sync::Tells(Tells::Typing, false);
        let bytes = hex::encode(typing.clone().message([0; 16]).part.content(SYNC_TYPE).unwrap());
        assert_eq!(bytes, "a200010182178202f4");
        assert_eq!(Sync::of(&typing.clone().message([0; 16])), Some(typing));
        let pinned = Sync::Arranged { chat: ChatId([1; 16]), what: Arranged::Pinned(Some(3)) };
        let bytes = hex::encode(pinned.clone().message([0; 16]).part.content(SYNC_TYPE).unwrap());
        assert_eq!(bytes, format!("a2000101820aa20050{}0182028103", "01".repeat(16)));
        assert_eq!(Sync::of(&pinned.clone().message([0; 16])), Some(pinned));
        assert_eq!(Sync::of(&Message::text([0; 16], "hi")), None);
        let (cell, person) = (Address::new([3; 32]), PublicKey::new([4; 32]));
        let declined = Sync::Declined { chat: ChatId([1; 16]), cell, person };
        let bytes = hex::encode(declined.clone().message([0; 16]).part.content(SYNC_TYPE).unwrap());
        let (chat, cell, person) = ("01".repeat(16), "03".repeat(32), "04".repeat(32));
        assert_eq!(bytes, format!("a20001018215a30050{chat}015820{cell}025820{person}"));
        assert_eq!(Sync::of(&declined.clone().message([0; 16])), Some(declined));
    }

    #[test]
    fn the_bytes_of_history_are_frozen() {
        use crate::{device::Stretch, seal::BlobRef, state::Secret};
        use xchat_wire::{Address, BlobHash, Seq};
        let span = Span { chat: ChatId([1; 16]), top: 9, before: 8, from: 7 };
        let blob = BlobRef { hash: BlobHash::new([2; 32]), size: 300, key: Secret::new([3; 32]) };
        let read = Some((Address::new([4; 32]), Seq(5)));
        let chunk = Chunk { blob, parts: vec![Stretch { span, read }], left: 1, of: 6 };
        let (to, from) = (PublicKey::new([5; 32]), PublicKey::new([6; 32]));
        let told = Sync::History { to, from, chunk: Some(Box::new(chunk)) };
        let [one, two, three, four, five, six] = [1, 2, 3, 4, 5, 6].map(|n| format!("{n:02x}"));
        let key = |byte: &str| format!("5820{}", byte.repeat(32));
        let span_bytes = format!("a40050{}010902080307", one.repeat(16));
        let part = format!("a200{span_bytes}0182{}05", key(&four));
        let chunk = format!("a400a300{}0119012c02{}0181{part}02010306", key(&two), key(&three));
        let bytes = |sync: &Sync| hex::encode(sync.clone().message([0; 16]).part.content(SYNC_TYPE).unwrap());
        assert_eq!(bytes(&told), format!("a20001018204a300{}01{}02{chunk}", key(&five), key(&six)));
        assert_eq!(Sync::of(&told.clone().message([0; 16])), Some(told));
        let asked = Sync::AskHistory { of: from, to, spans: vec![span] };
        assert_eq!(bytes(&asked), format!("a20001018205a300{}01{}0281{span_bytes}", key(&six), key(&five)));
    }

    #[test]
    fn a_draft_that_is_too_long_says_nothing() {
        let draft = |length| Sync::Draft { chat: ChatId([1; 16]), text: "x".repeat(length), reply: None };
        assert_eq!(Sync::of(&draft(MAX_TEXT).message([0; 16])), Some(draft(MAX_TEXT)));
        assert_eq!(Sync::of(&draft(MAX_TEXT + 1).message([0; 16])), None);
    }
}
