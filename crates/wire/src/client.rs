//! Frames from a client to its relay.

use minicbor::{CborLen, bytes::ByteVec};

use crate::cbor::{Decode, Encode};
use crate::{Address, BlobClaim, BlobHash, ClaimTag, Epoch, PostId, Proof, PublicKey, Request, Right, Seq};

/// One sealed delivery to an inbox, alone or riding with a commit.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct Post {
    /// The inbox.
    #[n(0)]
    pub inbox: Address,
    /// Proof of [`Right::InboxWriter`].
    #[n(1)]
    pub proof: Proof,
    /// This delivery's own id; a repeat is answered as the first time.
    #[n(2)]
    pub post: PostId,
    /// Sealed bytes, at most [`crate::MAX_DELIVERY`].
    #[n(3)]
    pub body: ByteVec,
    /// Seconds after which it goes although nobody has fetched it; none: with the relay's retention, which is the latest.
    #[n(4)]
    pub ttl: Option<u32>,
}

/// What a client may ask. Every frame with a `request` gets exactly one reply with the same number.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum ClientFrame {
    /// Proves a right on this connection. Reply: `Proved`.
    #[n(0)]
    #[cbor(map)]
    Prove {
        #[n(0)]
        request: Request,
        #[n(1)]
        right: Right,
        #[n(2)]
        address: Address,
        /// The log's epoch that the key belongs to; 0 for other rights.
        #[n(3)]
        epoch: Epoch,
        #[n(4)]
        proof: Proof,
    },
    /// Creates a log at epoch 0 whose access key is the proof's, and proves it ([`Right::Log`], epoch 0).
    /// The same again is answered the same; another key at a taken address is denied. Reply: `Proved`.
    #[n(1)]
    #[cbor(map)]
    CreateLog {
        #[n(0)]
        request: Request,
        #[n(1)]
        log: Address,
        #[n(2)]
        proof: Proof,
    },
    /// Creates an inbox owned by the proof's key ([`Right::InboxOwner`]) and writable with `writer`. Idempotent. Reply: `Proved`.
    #[n(2)]
    #[cbor(map)]
    CreateInbox {
        #[n(0)]
        request: Request,
        #[n(1)]
        inbox: Address,
        #[n(2)]
        proof: Proof,
        #[n(3)]
        writer: PublicKey,
    },
    /// History after `after`, then what comes, each record once and in order. Needs the log's or the inbox owner's proof.
    /// At most `credit` records are under way until [`ClientFrame::Credit`] adds more. A second one for the same address
    /// replaces the first. Reply: `Ok`, then `Record`s, `CaughtUp` when the head is first reached, `Fenced` at each commit.
    #[n(3)]
    #[cbor(map)]
    Subscribe {
        #[n(0)]
        request: Request,
        #[n(1)]
        address: Address,
        #[n(2)]
        after: Seq,
        #[n(3)]
        credit: u32,
    },
    /// Lets `more` further records flow. No reply.
    #[n(4)]
    #[cbor(map)]
    Credit {
        #[n(0)]
        address: Address,
        #[n(1)]
        more: u32,
    },
    /// Appends an application message in the log's current epoch. Reply: `Accepted`, or `Stale` when the log has moved on.
    #[n(5)]
    #[cbor(map)]
    Append {
        #[n(0)]
        request: Request,
        #[n(1)]
        log: Address,
        #[n(2)]
        epoch: Epoch,
        #[n(3)]
        post: PostId,
        /// At most [`crate::MAX_BODY`].
        #[n(4)]
        body: ByteVec,
        /// Seconds after which the record goes; none: with the relay's retention, which is the latest.
        #[n(5)]
        ttl: Option<u32>,
    },
    /// Appends the one commit of `epoch` and opens the next with `next_key`; its welcomes are delivered with it or not at all.
    /// Reply: `Accepted`, or `Stale` when another commit was first.
    #[n(6)]
    #[cbor(map)]
    Commit {
        #[n(0)]
        request: Request,
        #[n(1)]
        log: Address,
        #[n(2)]
        epoch: Epoch,
        #[n(3)]
        post: PostId,
        #[n(4)]
        body: ByteVec,
        /// Access key of the epoch that this commit opens.
        #[n(5)]
        next_key: PublicKey,
        /// At most [`crate::MAX_WELCOMES`].
        #[n(6)]
        welcomes: Vec<Post>,
    },
    /// Puts one sealed delivery into an inbox. Reply: `Accepted`.
    #[n(7)]
    #[cbor(map)]
    Deliver {
        #[n(0)]
        request: Request,
        #[n(1)]
        delivery: Post,
    },
    /// Deletes an inbox's records up to and including `upto`. Needs the owner's proof. Reply: `Ok`.
    #[n(8)]
    #[cbor(map)]
    Acknowledge {
        #[n(0)]
        request: Request,
        #[n(1)]
        inbox: Address,
        #[n(2)]
        upto: Seq,
    },
    /// Adds one-time key packages to an inbox's pool and sets its last-resort one. Needs the owner's proof. Reply: `Pool`.
    #[n(9)]
    #[cbor(map)]
    FillPool {
        #[n(0)]
        request: Request,
        #[n(1)]
        inbox: Address,
        /// A repeat of this id adds nothing and is answered with the pool as it is.
        #[n(2)]
        post: PostId,
        #[n(3)]
        packages: Vec<ByteVec>,
        #[n(4)]
        last_resort: Option<ByteVec>,
    },
    /// Takes one key package: a one-time one, which is then gone, else the last-resort one. Proof of [`Right::InboxWriter`].
    /// Reply: `Package`.
    #[n(10)]
    #[cbor(map)]
    TakePackage {
        #[n(0)]
        request: Request,
        #[n(1)]
        inbox: Address,
        #[n(2)]
        proof: Proof,
    },
    /// Sets a cell; proof of [`Right::CellOwner`], the first writer's key owns it. `version` must be above the stored one
    /// (versions start at 1); the same version with the same bytes is answered as the first time. Reply: `Ok` or `Conflict`.
    #[n(11)]
    #[cbor(map)]
    PutCell {
        #[n(0)]
        request: Request,
        #[n(1)]
        cell: Address,
        #[n(2)]
        proof: Proof,
        #[n(3)]
        version: u64,
        /// At most [`crate::MAX_CELL`].
        #[n(4)]
        body: ByteVec,
    },
    /// Reads a cell. Reply: `Cell`.
    #[n(12)]
    #[cbor(map)]
    GetCell {
        #[n(0)]
        request: Request,
        #[n(1)]
        cell: Address,
    },
    /// Ends a subscription. No reply.
    #[n(13)]
    #[cbor(map)]
    Unsubscribe {
        #[n(0)]
        address: Address,
    },
    /// Keeps the connection. Answered by `Pong`.
    #[n(14)]
    Ping,
    /// Hands `body` to everyone else who listens to this log now and has proved `epoch`; it is never stored. Needs what an
    /// append needs. Reply: `Ok` when it was handed on (to however many), or `Stale` when the log has moved on.
    #[n(15)]
    #[cbor(map)]
    Signal {
        #[n(0)]
        request: Request,
        #[n(1)]
        log: Address,
        #[n(2)]
        epoch: Epoch,
        /// At most [`crate::MAX_SIGNAL`].
        #[n(3)]
        body: ByteVec,
    },
    /// Asks for leave to upload one blob over HTTP. Needs what an append needs for [`Right::Log`], the owner's proof for
    /// [`Right::InboxOwner`], and `proof` for [`Right::CellOwner`]. Reply: `Grant`, `Kept` when there is a `tag` and the blob is
    /// there already, or `Stale` as for an append.
    #[n(16)]
    #[cbor(map)]
    GrantBlob {
        #[n(0)]
        request: Request,
        #[n(1)]
        right: Right,
        #[n(2)]
        address: Address,
        /// For a cell; others are proved on the connection.
        #[n(3)]
        proof: Option<Proof>,
        #[n(4)]
        hash: BlobHash,
        /// Bytes of the blob, at most [`crate::MAX_BLOB`].
        #[n(5)]
        size: u64,
        /// How long it is to be kept; the relay shortens it to its retention.
        #[n(6)]
        seconds: u32,
        /// Of the claim with which [`ClientFrame::ReleaseBlob`] can give the blob up; without it nobody can before its time.
        #[n(7)]
        tag: Option<ClaimTag>,
    },
    /// Asks for credentials of the relay's TURN servers. Needs a proof of any log. Reply: `Turn`.
    #[n(17)]
    #[cbor(map)]
    Turn {
        #[n(0)]
        request: Request,
    },
    /// Gives up what was claimed of a blob. When nothing else holds it, it is gone at once. Reply: `Ok`, whatever was there.
    #[n(18)]
    #[cbor(map)]
    ReleaseBlob {
        #[n(0)]
        request: Request,
        #[n(1)]
        hash: BlobHash,
        #[n(2)]
        claim: BlobClaim,
    },
}
