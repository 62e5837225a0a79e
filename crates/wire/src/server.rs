//! Frames from a relay to its client.

use minicbor::{CborLen, bytes::ByteVec};

use crate::cbor::{Decode, Encode};
use crate::{Address, BlobToken, ChainHash, Challenge, Epoch, PostId, PublicKey, Request, Seq, TurnPassword};

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Kind {
    /// An application message of its epoch.
    #[n(0)]
    Message,
    /// The commit that closes its epoch.
    #[n(1)]
    Commit,
    /// A delivery in an inbox.
    #[n(2)]
    Delivery,
}

/// One stored record of a log or an inbox.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct Record {
    #[n(0)]
    pub seq: Seq,
    /// The record before it in the same log or inbox (0 for the first): a gap shows itself.
    #[n(1)]
    pub previous: Seq,
    /// The epoch in which it was accepted; 0 in an inbox.
    #[n(2)]
    pub epoch: Epoch,
    #[n(3)]
    pub kind: Kind,
    #[n(4)]
    pub post: PostId,
    /// The relay's clock when it was accepted: Unix time in milliseconds, rounded down to the second.
    #[n(5)]
    pub time: u64,
    #[n(6)]
    pub body: ByteVec,
    /// In a commit: access key of the epoch that it opens.
    #[n(7)]
    pub next_key: Option<PublicKey>,
    /// Hash chain through this record; see [`ChainHash::extend`].
    #[n(8)]
    pub chain: ChainHash,
}

/// What a proof of a log opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct LogState {
    /// The log's current epoch: above the proved one for a member who is behind.
    #[n(0)]
    pub epoch: Epoch,
    /// Last record.
    #[n(1)]
    pub head: Seq,
    /// First record still kept; 0 when there is none.
    #[n(2)]
    pub first: Seq,
}

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum Refusal {
    /// Unknown, expired, or not proved: one answer for all, after the same work.
    #[n(0)]
    Denied,
    /// Over a limit of size or count.
    #[n(1)]
    TooLarge,
    /// The log, inbox, pool or cell is full, the relay has no room for the blob, or a day's grants are used up.
    #[n(2)]
    Full,
    /// Not now. After a write the connection closes, so that later requests cannot overtake this one; after a signal, a
    /// grant, a release or TURN, of which the client asked for too many, it goes on.
    #[n(3)]
    #[cbor(map)]
    Busy {
        #[n(0)]
        retry_after_ms: u32,
    },
    /// The relay failed inside; outcome unknown, repeat with the same post id.
    #[n(4)]
    Internal,
    /// This relay does not offer that: it was set up without blobs, or without TURN.
    #[n(5)]
    NotOffered,
}

/// Answers to requests.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum Reply {
    /// Done; nothing to add.
    #[n(0)]
    Ok,
    /// The right holds on this connection.
    #[n(1)]
    #[cbor(map)]
    Proved {
        /// For a log.
        #[n(0)]
        log: Option<LogState>,
        /// For an inbox's owner: one-time key packages left in its pool.
        #[n(1)]
        packages: Option<u32>,
    },
    /// The record is durable at this place.
    #[n(2)]
    #[cbor(map)]
    Accepted {
        #[n(0)]
        seq: Seq,
    },
    /// Not appended: the log is in another epoch.
    #[n(3)]
    #[cbor(map)]
    Stale {
        #[n(0)]
        epoch: Epoch,
    },
    /// Not written: the cell holds this version.
    #[n(4)]
    #[cbor(map)]
    Conflict {
        #[n(0)]
        version: u64,
    },
    /// A key package out of a pool.
    #[n(5)]
    #[cbor(map)]
    Package {
        #[n(0)]
        package: ByteVec,
        #[n(1)]
        last_resort: bool,
    },
    /// One-time packages now in the pool.
    #[n(6)]
    #[cbor(map)]
    Pool {
        #[n(0)]
        packages: u32,
    },
    /// A cell's content.
    #[n(7)]
    #[cbor(map)]
    Cell {
        #[n(0)]
        version: u64,
        #[n(1)]
        body: ByteVec,
    },
    /// Nothing was done.
    #[n(8)]
    #[cbor(map)]
    Refused {
        #[n(0)]
        reason: Refusal,
    },
    /// Leave to upload one blob.
    #[n(9)]
    #[cbor(map)]
    Grant {
        /// Goes into the upload's `Authorization: Bearer` header as base64url without padding.
        #[n(0)]
        token: BlobToken,
        /// The upload must be complete by then, Unix milliseconds.
        #[n(1)]
        until: u64,
        /// The blob is kept until then, Unix milliseconds.
        #[n(2)]
        expires: u64,
    },
    /// Credentials for TURN, to be handed to WebRTC as they are.
    #[n(10)]
    #[cbor(map)]
    Turn {
        /// `turn:` and `turns:` URLs (RFC 7065), at most [`crate::MAX_TURN_URLS`].
        #[n(0)]
        urls: Vec<String>,
        #[n(1)]
        username: String,
        #[n(2)]
        password: TurnPassword,
        /// Seconds that they hold from now.
        #[n(3)]
        seconds: u32,
    },
    /// The blob is there and claimed: there is nothing to upload.
    #[n(11)]
    #[cbor(map)]
    Kept {
        /// The blob is kept until then, unless all who claim it give it up before; Unix milliseconds.
        #[n(0)]
        expires: u64,
    },
}

/// Why the relay ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Goodbye {
    /// A frame that is none, or too large.
    #[n(0)]
    BadFrame,
    /// The relay is stopping or too busy.
    #[n(1)]
    Restart,
    /// The client reads too slowly; it resumes from its cursor.
    #[n(2)]
    Slow,
    /// More requests than the relay allows.
    #[n(3)]
    Flood,
}

/// What a relay says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum ServerFrame {
    /// First frame of every connection.
    #[n(0)]
    #[cbor(map)]
    Welcome {
        #[n(0)]
        challenge: Challenge,
        /// The relay's clock, Unix milliseconds.
        #[n(1)]
        time: u64,
    },
    /// The answer to one request.
    #[n(1)]
    #[cbor(map)]
    Reply {
        #[n(0)]
        request: Request,
        #[n(1)]
        reply: Reply,
    },
    /// A record of a subscribed log or inbox.
    #[n(2)]
    #[cbor(map)]
    Record {
        #[n(0)]
        address: Address,
        #[n(1)]
        record: Record,
    },
    /// The subscription has delivered all that there is; sent each time it first reaches the head.
    #[n(3)]
    #[cbor(map)]
    CaughtUp {
        #[n(0)]
        address: Address,
        #[n(1)]
        head: Seq,
    },
    /// The proved epoch ends here; a proof of `epoch` lets the subscription go on by itself.
    #[n(4)]
    #[cbor(map)]
    Fenced {
        #[n(0)]
        address: Address,
        #[n(1)]
        epoch: Epoch,
    },
    /// The pool of a subscribed inbox has this many one-time packages left.
    #[n(5)]
    #[cbor(map)]
    Pool {
        #[n(0)]
        inbox: Address,
        #[n(1)]
        packages: u32,
    },
    /// The connection ends; come back after so many milliseconds.
    #[n(6)]
    #[cbor(map)]
    Goodbye {
        #[n(0)]
        reason: Goodbye,
        #[n(1)]
        retry_after_ms: u32,
    },
    /// Answer to a ping.
    #[n(7)]
    Pong,
    /// What another listener of a subscribed log signals. It was never stored, takes no credit, and has no place among records.
    #[n(8)]
    #[cbor(map)]
    Signal {
        #[n(0)]
        address: Address,
        /// The epoch in which it was sent; one that the client is not in is held or dropped.
        #[n(1)]
        epoch: Epoch,
        #[n(2)]
        body: ByteVec,
    },
    /// The relay's disk has damaged what a subscription would have read; every other subscription goes on.
    #[n(9)]
    #[cbor(map)]
    Gone {
        #[n(0)]
        address: Address,
        /// The one record that will not come; the subscription goes on behind it. None: the log or inbox itself cannot be read,
        /// and the subscription has ended.
        #[n(1)]
        seq: Option<Seq>,
    },
}
