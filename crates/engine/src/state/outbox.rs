//! What waits for the relay: message content in order, and the one own commit of a room.

use std::collections::VecDeque;

use minicbor::bytes::ByteVec;
use xchat_wire::{
    Address, Epoch, PostId, PublicKey,
    cbor::{Decode, Encode},
};

use super::{Secret, Versioned};
use crate::room::{Happened, LeafProfile};

/// What waits, by number. It is taken away from the front, for the most part: a queue, whose numbers ascend. A tree would be a few KiB more
/// for every browser to download.
#[derive(Default)]
pub(crate) struct Outbox(VecDeque<(u64, Entry)>);

impl Outbox {
    /// Where the first entry is that has this number or a higher one.
    fn place(&self, number: u64) -> usize {
        self.0.partition_point(|(there, _)| *there < number)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &Entry)> {
        self.0.iter().map(|(number, entry)| (*number, entry))
    }

    /// The first entry that has this number or a higher one.
    pub(crate) fn first_from(&self, number: u64) -> Option<(u64, &Entry)> {
        self.0.get(self.place(number)).map(|(number, entry)| (*number, entry))
    }

    pub(crate) fn get(&self, number: u64) -> Option<&Entry> {
        self.first_from(number).filter(|(there, _)| *there == number).map(|(_, entry)| entry)
    }

    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut Entry> {
        let at = self.place(number);
        self.0.get_mut(at).filter(|(there, _)| *there == number).map(|(_, entry)| entry)
    }

    /// Puts an entry in its place: its number is new.
    pub(crate) fn insert(&mut self, number: u64, entry: Entry) {
        self.0.insert(self.place(number), (number, entry));
    }

    pub(crate) fn remove(&mut self, number: u64) -> Option<Entry> {
        let at = self.place(number);
        self.get(number)?;
        self.0.remove(at).map(|(_, entry)| entry)
    }
}

/// One content to be sent, until it is read back from its log.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Entry {
    #[n(0)]
    pub(crate) version: u8,
    /// Order of the message that it carries; none for receipts and profiles.
    #[n(1)]
    pub(crate) order: Option<u64>,
    /// MIMI content.
    #[n(2)]
    pub(crate) content: ByteVec,
    #[n(3)]
    pub(crate) state: Waiting,
    /// It was sent into a room that is left since, and others may have it.
    #[n(4)]
    pub(crate) heard: Option<bool>,
}

#[derive(Debug, Clone, Encode, Decode)]
pub(crate) enum Waiting {
    /// Not encrypted yet.
    #[n(0)]
    Queued,
    /// Encrypted: from now on these bytes under this post id, until the epoch has passed.
    #[n(1)]
    Sealed(#[n(0)] Sealed),
    /// Refused for good; waits for the person.
    #[n(2)]
    Failed,
}

#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Sealed {
    #[n(0)]
    pub(crate) log: Address,
    #[n(1)]
    pub(crate) epoch: Epoch,
    #[n(2)]
    pub(crate) post: PostId,
    #[n(3)]
    pub(crate) body: ByteVec,
}

impl Versioned for Entry {
    const NAME: &'static str = "outbox";
    const VERSION: u8 = 1;
}

/// An own commit that is staged in the group and stored before it is sent.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct PendingCommit {
    #[n(0)]
    pub(crate) version: u8,
    #[n(1)]
    pub(crate) epoch: Epoch,
    #[n(2)]
    pub(crate) post: PostId,
    #[n(3)]
    pub(crate) body: ByteVec,
    #[n(4)]
    pub(crate) next_access: Secret,
    #[n(5)]
    pub(crate) next_key: PublicKey,
    #[n(6)]
    pub(crate) welcomes: Vec<Delivery>,
    /// What the person wanted that it does.
    #[n(7)]
    pub(crate) intent: Option<u64>,
    /// What it does, to be told when it is read back.
    #[n(8)]
    pub(crate) happened: Vec<Happened>,
    /// Whom it brings in, and what they call themselves.
    #[n(9)]
    pub(crate) introduced: Vec<Introduced>,
}

/// What somebody says of themselves in a leaf that a commit brings.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Introduced {
    #[n(0)]
    pub(crate) person: PublicKey,
    #[n(1)]
    pub(crate) profile: LeafProfile,
}

/// A welcome to an inbox; the proof is made for each connection.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Delivery {
    #[n(0)]
    pub(crate) inbox: Address,
    #[n(1)]
    pub(crate) writer: Secret,
    #[n(2)]
    pub(crate) post: PostId,
    #[n(3)]
    pub(crate) body: ByteVec,
}

impl Versioned for PendingCommit {
    const NAME: &'static str = "commit";
    const VERSION: u8 = 1;
}
