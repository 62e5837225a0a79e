//! What one device of a person tells the others: contents of their own group that nobody else is in.

use minicbor::bytes::ByteVec;
use xchat_wire::{
    PublicKey,
    cbor::{Decode, Encode},
};

use crate::{
    api::{ChatId, ChatState},
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
            Self::Chat { chat, .. } | Self::Seen { chat, .. } => Some(*chat),
            Self::Contact { .. } | Self::Revoked { .. } => None,
        }
    }

    /// As a content.
    pub(crate) fn message(self, salt: [u8; 16]) -> Message {
        let bytes = minicbor::to_vec(Frame { version: VERSION, sync: self }).expect("a Vec takes every byte");
        Message::of(salt, Part::single(Disposition::Unspecified, SYNC_TYPE, bytes))
    }

    /// Back from [`Sync::message`]. None also for what this version does not know.
    pub(crate) fn of(message: &Message) -> Option<Self> {
        let frame: Frame = minicbor::decode(message.part.content(SYNC_TYPE)?).ok()?;
        (frame.version == VERSION).then_some(frame.sync)
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
        assert_eq!(Sync::of(&Message::text([0; 16], "hi")), None);
    }
}
