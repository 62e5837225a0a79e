//! Messages as they are stored: one row each, with all that people did to it, so that a page of rows is a page of messages.

use minicbor::bytes::ByteVec;
use xchat_wire::{
    PublicKey,
    cbor::{Decode, Encode},
};

use super::Versioned;
use crate::{
    api::{Holds, Notice},
    content::{Message, MessageId},
    room::Happened,
};

/// Earlier versions of a message that are kept; the oldest goes first.
pub(crate) const MAX_EARLIER: usize = 8;
/// Bytes of earlier versions that are kept with a message.
pub(crate) const MAX_EARLIER_BYTES: usize = 64 * 1024;
/// Later versions that can be answered by their own id; the oldest goes first.
pub(crate) const MAX_VERSIONS: usize = 32;
/// Reactions that one message holds.
pub(crate) const MAX_REACTIONS: usize = 1024;
/// Different emoji that one message is given.
pub(crate) const MAX_EMOJIS: usize = 64;
/// Emoji that one person gives one message.
pub(crate) const MAX_OWN_REACTIONS: usize = 8;
/// People whose votes one poll holds.
pub(crate) const MAX_VOTERS: usize = 1024;

/// A message. Its row is rewritten when it is edited, deleted, reacted to or voted in; how far it has come is in the
/// conversation's row.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Stored {
    #[n(0)]
    pub(crate) version: u8,
    #[n(1)]
    pub(crate) mine: bool,
    #[n(2)]
    pub(crate) time: u64,
    #[n(3)]
    pub(crate) body: StoredBody,
    /// Who wrote it. None: this person, the other one of a direct conversation, or nobody.
    #[n(4)]
    pub(crate) author: Option<PublicKey>,
    /// Id of its first version, which edits and deletions name. None: nobody wrote it.
    #[n(5)]
    pub(crate) id: Option<MessageId>,
    /// Order of the message that it answers, if that was here when this one came.
    #[n(6)]
    pub(crate) quoted: Option<u64>,
    /// When it was edited last, Unix milliseconds.
    #[n(7)]
    pub(crate) edited: Option<u64>,
    /// What it said before, oldest first.
    #[n(8)]
    #[cbor(default)]
    pub(crate) earlier: Vec<Earlier>,
    /// Ids of its later versions, oldest first. Of a line that nobody wrote: of what it tells, on each device the same.
    #[n(9)]
    #[cbor(default)]
    pub(crate) versions: Vec<MessageId>,
    /// In the order in which they came.
    #[n(10)]
    #[cbor(default)]
    pub(crate) reactions: Vec<Given>,
    /// The latest of each person.
    #[n(11)]
    #[cbor(default)]
    pub(crate) votes: Vec<Vote>,
    /// The poll has ended.
    #[n(12)]
    #[cbor(default)]
    pub(crate) closed: bool,
}

#[derive(Debug, Clone, Encode, Decode)]
pub(crate) enum StoredBody {
    /// MIMI content, as it was sent last.
    #[n(0)]
    #[cbor(map)]
    Content {
        #[n(0)]
        bytes: ByteVec,
    },
    #[n(1)]
    #[cbor(map)]
    Notice {
        #[n(0)]
        notice: Notice,
    },
    /// Deleted by its author.
    #[n(2)]
    Deleted,
    /// What the author did to the group.
    #[n(8)]
    #[cbor(map)]
    Happened {
        #[n(0)]
        what: Vec<Happened>,
    },
    /// What was said between these times (Unix milliseconds) is not on this device.
    #[n(9)]
    #[cbor(map)]
    Gap {
        #[n(0)]
        from: u64,
        #[n(1)]
        to: u64,
    },
    /// It could be seen once, and was: by this person, or an own one by everybody who got it.
    #[n(10)]
    Opened(#[n(0)] Holds),
}

/// What a message said before.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Earlier {
    #[n(0)]
    pub(crate) time: u64,
    #[n(1)]
    pub(crate) bytes: ByteVec,
}

/// One emoji that one person gave.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Given {
    /// Id of the reaction, which taking it back names.
    #[n(0)]
    pub(crate) id: MessageId,
    #[n(1)]
    pub(crate) by: PublicKey,
    #[n(2)]
    pub(crate) emoji: String,
}

/// What one person chose in a poll: positions of options.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Vote {
    #[n(0)]
    pub(crate) by: PublicKey,
    #[n(1)]
    pub(crate) choices: ByteVec,
}

impl Versioned for Stored {
    const NAME: &'static str = "message";
    const VERSION: u8 = 1;
}

impl Stored {
    /// A message that nothing was done to yet.
    pub(crate) fn new(mine: bool, time: u64, body: StoredBody) -> Self {
        Self {
            version: Self::VERSION,
            mine,
            time,
            body,
            author: None,
            id: None,
            quoted: None,
            edited: None,
            earlier: Vec::new(),
            versions: Vec::new(),
            reactions: Vec::new(),
            votes: Vec::new(),
            closed: false,
        }
    }

    /// What tells it from all others, on each device the same: the id of its first version, or of what a line tells.
    pub(crate) fn known_by(&self) -> Option<&MessageId> {
        self.id.as_ref().or(self.versions.first())
    }

    /// What it holds now. None: nobody wrote it, it is deleted, or its content makes no sense.
    pub(crate) fn message(&self) -> Option<Message> {
        match &self.body {
            StoredBody::Content { bytes } => Message::decode(bytes).ok(),
            StoredBody::Notice { .. }
            | StoredBody::Deleted
            | StoredBody::Happened { .. }
            | StoredBody::Gap { .. }
            | StoredBody::Opened(_) => None,
        }
    }

    /// Whether it is there for people to say something about.
    pub(crate) fn is_alive(&self) -> bool {
        matches!(self.body, StoredBody::Content { .. } | StoredBody::Opened(_))
    }

    /// Leaves nothing of what could be seen once but what it was.
    pub(crate) fn open(&mut self, holds: Holds) {
        self.body = StoredBody::Opened(holds);
        self.earlier = Vec::new();
    }

    /// Takes a new version in. Answers the version whose id need not be known any more.
    pub(crate) fn edit(&mut self, id: MessageId, time: u64, bytes: Vec<u8>) -> Option<MessageId> {
        let StoredBody::Content { bytes: now } = &mut self.body else { return None };
        let before = std::mem::replace(now, bytes.into());
        self.earlier.push(Earlier { time: self.edited.unwrap_or(self.time), bytes: before });
        let size = |earlier: &[Earlier]| earlier.iter().map(|earlier| earlier.bytes.len()).sum::<usize>();
        while self.earlier.len() > MAX_EARLIER || size(&self.earlier) > MAX_EARLIER_BYTES {
            self.earlier.remove(0);
        }
        self.edited = Some(time);
        self.versions.push(id);
        (self.versions.len() > MAX_VERSIONS).then(|| self.versions.remove(0))
    }

    /// Leaves nothing of it but that it was there. Answers the ids that mean nothing any more.
    pub(crate) fn delete(&mut self) -> Vec<MessageId> {
        let ids = self.other_ids();
        let (id, author) = (self.id, self.author);
        *self = Self { id, author, ..Self::new(self.mine, self.time, StoredBody::Deleted) };
        ids
    }

    /// Ids of its later versions and of its reactions.
    pub(crate) fn other_ids(&self) -> Vec<MessageId> {
        self.versions.iter().copied().chain(self.reactions.iter().map(|given| given.id)).collect()
    }
}

/// Where a message id leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Place {
    #[n(0)]
    pub(crate) order: u64,
    #[n(1)]
    pub(crate) role: Role,
}

/// What a message id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum Role {
    /// The first version of an own message.
    #[n(0)]
    Own,
    /// The first version of somebody else's.
    #[n(1)]
    Theirs,
    /// A later version.
    #[n(2)]
    Version,
    /// A reaction to it.
    #[n(3)]
    Reaction,
}

/// Who has an own message, and who has read it.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Receipts {
    #[n(0)]
    pub(crate) version: u8,
    #[n(1)]
    pub(crate) people: Vec<Had>,
}

/// What one person did with an own message, in Unix milliseconds by the relay's clock.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Had {
    #[n(0)]
    pub(crate) by: PublicKey,
    #[n(1)]
    pub(crate) delivered: Option<u64>,
    #[n(2)]
    pub(crate) read: Option<u64>,
    /// When they looked at what they could see once.
    #[n(3)]
    pub(crate) opened: Option<u64>,
}

impl Versioned for Receipts {
    const NAME: &'static str = "receipts";
    const VERSION: u8 = 1;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{decode, encode};

    fn written(bytes: Vec<u8>) -> Stored {
        Stored {
            id: Some(MessageId::new([1; 32])),
            ..Stored::new(true, 10, StoredBody::Content { bytes: bytes.into() })
        }
    }

    fn id(n: usize) -> MessageId {
        MessageId::new([u8::try_from(n).unwrap(); 32])
    }

    #[test]
    fn the_bytes_are_frozen() {
        assert_eq!(hex::encode(encode(&Place { order: 300, role: Role::Version })), "8219012c02");
        let had = Had { by: PublicKey::new([3; 32]), delivered: Some(4), read: None, opened: None };
        let receipts = Receipts { version: 1, people: vec![had] };
        assert_eq!(hex::encode(encode(&receipts)), format!("a200010181a2005820{}0104", "03".repeat(32)));
        let mut stored = written(vec![0xaa]);
        stored.edit(id(2), 20, vec![0xbb]);
        stored.reactions.push(Given { id: id(4), by: PublicKey::new([5; 32]), emoji: "a".to_owned() });
        stored.votes.push(Vote { by: PublicKey::new([6; 32]), choices: vec![1].into() });
        let [one, two, four, five, six] = [1, 2, 4, 5, 6].map(|n| format!("5820{}", format!("{n:02x}").repeat(32)));
        assert_eq!(
            hex::encode(encode(&stored)),
            format!(
                "ab000101f5020a038200a10041bb05{one}07140881a2000a0141aa0981{two}0a81a300{four}01{five}0261610b81a200{six}0141010cf4"
            )
        );
        assert_eq!(encode(&decode::<Stored>(&encode(&stored)).unwrap()), encode(&stored));
    }

    #[test]
    fn earlier_versions_are_bounded_by_number_and_by_size() {
        let mut stored = written(vec![0]);
        let dropped: Vec<_> = (2..60).filter_map(|n| stored.edit(id(n), n as u64, vec![n as u8])).collect();
        assert_eq!((stored.earlier.len(), stored.versions.len()), (MAX_EARLIER, MAX_VERSIONS));
        assert_eq!(dropped, (2..60 - MAX_VERSIONS).map(id).collect::<Vec<_>>());
        assert_eq!(stored.earlier.last().map(|earlier| earlier.time), Some(58), "when that version was written");
        let mut large = written(vec![0; MAX_EARLIER_BYTES]);
        large.edit(id(2), 1, vec![1]);
        assert_eq!(large.earlier.len(), 1);
        large.edit(id(3), 2, vec![2]);
        assert_eq!(large.earlier.len(), 1, "the large one made room");
    }

    #[test]
    fn a_deleted_message_keeps_nothing_but_its_place_and_its_author() {
        let mut stored = Stored { author: Some(PublicKey::new([9; 32])), ..written(b"secret".to_vec()) };
        stored.edit(id(2), 20, b"also secret".to_vec());
        stored.reactions.push(Given { id: id(4), by: PublicKey::new([5; 32]), emoji: "x".to_owned() });
        assert_eq!(stored.delete(), [id(2), id(4)]);
        let bytes = encode(&stored);
        assert!(!bytes.windows(6).any(|window| window == b"secret"));
        assert_eq!((stored.id, stored.author), (Some(id(1)), Some(PublicKey::new([9; 32]))));
    }
}
