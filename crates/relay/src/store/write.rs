//! What can be written, and what becomes of it. A relay of a cluster sends these to the others: their numbers stay.

use minicbor::CborLen;
use minicbor::bytes::ByteVec;
use xchat_wire::{
    Address, BlobHash, ClaimTag, Epoch, PostId, PublicKey, Refusal, Reply, Seq,
    cbor::{Decode, Encode},
};

use super::{Commit, Delivery, Filling, Kept, Shelved, refused};
use crate::rights::Run;

/// A change: one that a client asks for, with everything that was proved for it, or one of the relay's own.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(crate) enum Write {
    #[n(0)]
    #[cbor(map)]
    CreateLog {
        #[n(0)]
        log: Address,
        #[n(1)]
        key: PublicKey,
    },
    #[n(1)]
    #[cbor(map)]
    CreateInbox {
        #[n(0)]
        inbox: Address,
        #[n(1)]
        owner: PublicKey,
        #[n(2)]
        writer: PublicKey,
    },
    #[n(2)]
    #[cbor(map)]
    Append {
        #[n(0)]
        log: Address,
        #[n(1)]
        run: Run,
        #[n(2)]
        epoch: Epoch,
        #[n(3)]
        post: PostId,
        #[n(4)]
        body: ByteVec,
        /// Seconds that the record stays at most.
        #[n(5)]
        ttl: Option<u32>,
    },
    #[n(3)]
    #[cbor(map)]
    Commit {
        #[n(0)]
        log: Address,
        #[n(1)]
        run: Run,
        #[n(2)]
        commit: Commit,
    },
    #[n(4)]
    Deliver(#[n(0)] Delivery),
    #[n(5)]
    #[cbor(map)]
    Acknowledge {
        #[n(0)]
        inbox: Address,
        #[n(1)]
        upto: Seq,
    },
    #[n(6)]
    #[cbor(map)]
    FillPool {
        #[n(0)]
        inbox: Address,
        #[n(1)]
        filling: Filling,
    },
    #[n(7)]
    #[cbor(map)]
    TakePackage {
        #[n(0)]
        inbox: Address,
        #[n(1)]
        writer: PublicKey,
    },
    #[n(8)]
    #[cbor(map)]
    PutCell {
        #[n(0)]
        cell: Address,
        #[n(1)]
        owner: PublicKey,
        #[n(2)]
        version: u64,
        #[n(3)]
        body: ByteVec,
    },
    /// One step of the retention sweep: removes at most `limit` entries that are `keep` milliseconds old or older, by the clock
    /// that the write is applied with.
    #[n(9)]
    #[cbor(map)]
    Expire {
        #[n(0)]
        keep: u64,
        #[n(1)]
        limit: u32,
    },
    /// Gives a blob of `size` bytes a row until `expires`, or prolongs the one that it has.
    #[n(10)]
    #[cbor(map)]
    PutBlob {
        #[n(0)]
        hash: BlobHash,
        #[n(1)]
        size: u64,
        #[n(2)]
        expires: u64,
        /// When it was asked for: one that has expired by then is new again.
        #[n(3)]
        now: u64,
        /// Bound of the bytes of all blobs together.
        #[n(4)]
        most: u64,
        /// Of the claim that holds it so; none: nobody can give it up.
        #[n(5)]
        tag: Option<ClaimTag>,
    },
    /// Removes the rows of blobs whose bytes are gone, but for those that were prolonged beyond `ended` meanwhile.
    #[n(11)]
    #[cbor(map)]
    RemoveBlobs {
        #[n(0)]
        hashes: Vec<BlobHash>,
        #[n(1)]
        ended: u64,
    },
    /// What the store may come to from now on, in bytes as they are counted; 0 is no bound. It is part of the state: relays
    /// that share a cluster refuse alike, and the one that was set up last has its way.
    #[n(12)]
    #[cbor(map)]
    Bound {
        #[n(0)]
        bytes: u64,
    },
    /// Removes at most `limit` records whose own time is over, by the clock that the write is applied with.
    #[n(13)]
    #[cbor(map)]
    End {
        #[n(0)]
        limit: u32,
    },
    /// Removes at most `limit` logs, inboxes and cells that nobody has used for `keep` milliseconds, by the same clock.
    #[n(14)]
    #[cbor(map)]
    Unused {
        #[n(0)]
        keep: u64,
        #[n(1)]
        limit: u32,
    },
    /// Something was used without a write: a right to it was proved, or a cell read.
    #[n(15)]
    #[cbor(map)]
    Use {
        #[n(0)]
        kept: Kept,
        #[n(1)]
        address: Address,
    },
    /// Has a claim hold a blob of `size` bytes that is there, and stays there until after `now`, until `expires`.
    #[n(16)]
    #[cbor(map)]
    ClaimBlob {
        #[n(0)]
        hash: BlobHash,
        #[n(1)]
        size: u64,
        #[n(2)]
        tag: ClaimTag,
        #[n(3)]
        expires: u64,
        #[n(4)]
        now: u64,
    },
    /// A client gives a claim up: it has shown what the tag was made of.
    #[n(17)]
    #[cbor(map)]
    ReleaseBlob {
        #[n(0)]
        hash: BlobHash,
        #[n(1)]
        tag: ClaimTag,
    },
}

impl Write {
    /// About how many bytes this holds in memory.
    pub(crate) fn size(&self) -> usize {
        const HEAD: usize = 256;
        HEAD + match self {
            Self::Append { body, .. } | Self::PutCell { body, .. } => body.len(),
            Self::Commit { commit, .. } => {
                commit.body.len() + commit.welcomes.iter().map(|welcome| HEAD + welcome.body.len()).sum::<usize>()
            }
            Self::Deliver(delivery) => delivery.body.len(),
            Self::FillPool { filling, .. } => {
                filling.packages.iter().chain(&filling.last_resort).map(|package| package.len()).sum()
            }
            Self::RemoveBlobs { hashes, .. } => 32 * hashes.len(),
            _ => 0,
        }
    }
}

/// What became of one write.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(crate) enum Outcome {
    /// The answer to whoever asked.
    #[n(0)]
    Reply(#[n(0)] Reply),
    /// So many entries were removed.
    #[n(1)]
    Expired(#[n(0)] u32),
    #[n(2)]
    Shelved(#[n(0)] Shelved),
    #[n(3)]
    Removed,
    /// It holds from now on.
    #[n(4)]
    Noted,
}

impl Outcome {
    /// The answer to a client's write.
    pub(crate) fn into_reply(self) -> Reply {
        match self {
            Self::Reply(reply) => reply,
            // A client asks for nothing else.
            Self::Expired(_) | Self::Shelved(_) | Self::Removed | Self::Noted => refused(Refusal::Internal),
        }
    }
}
