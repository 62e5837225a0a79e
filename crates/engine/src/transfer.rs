//! Blobs on their way: what the engine wants of the relay's blobs, what came of it, and what is under way.
//!
//! The path up: sealed bytes and what they are for become rows in the step that made them -> leave to upload is asked for on a
//! connection -> [`BlobWork::Put`] -> [`BlobCame::Put`] -> the rows go, and what they were for is done, in one step. Nothing that is
//! fetched has rows of its own: whoever wants it says so again after a restart.

use crate::sorted::{SortedMap, SortedSet};

use minicbor::bytes::ByteVec;
use xchat_files::{FileSource, Layout};
use xchat_wire::{
    Address, BLOB_PATH, BlobHash, GRANT_MS, PublicKey, Right,
    cbor::{Decode, Encode},
};

use crate::{
    LoadError,
    api::{ChatId, Going, Halt},
    content::MessageId,
    device::Chunk,
    seal::BlobRef,
    state::{self, Give, HistoryFill, Take, Versioned, key},
};

/// Something to be done over HTTP, on the relay's origin.
#[derive(Debug, Clone, PartialEq)]
pub enum BlobWork {
    /// `PUT` of these bytes at this path, with the header `Authorization: Bearer` and the token.
    Put { hash: BlobHash, path: String, token: String, bytes: Vec<u8> },
    /// The same of a chunk of a file, which lies in the device's store and not in memory. Once it is at the relay the store may throw it away.
    PutKept { hash: BlobHash, path: String, token: String },
    /// These chunks are at the relay: no upload needs them in the store any more.
    Release { hashes: Vec<BlobHash> },
    /// Nobody may see these chunks any more, or nothing names them: they go from the store.
    Discard { hashes: Vec<BlobHash> },
    /// Of what the store keeps for uploads, the messages that there are need no other chunks than these.
    Needs { hashes: Vec<BlobHash> },
    /// `GET` of this path. Of a longer answer than `size` nothing need be read.
    Fetch { hash: BlobHash, path: String, size: u64 },
}

/// What came of it.
#[derive(Debug, Clone)]
pub enum BlobCame {
    /// The blob is at the relay, on disk.
    Put { hash: BlobHash },
    /// Its bytes, as they came.
    Fetched { hash: BlobHash, bytes: Vec<u8> },
    /// It did not work.
    Failed { hash: BlobHash, why: BlobFailure },
}

/// Why a blob did not go or come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlobFailure {
    /// 404: there is no such blob, or the relay keeps none.
    Gone,
    /// 400, 401, 403, 413, 422: this grant does not do for these bytes. Another one may.
    Refused,
    /// 507: no room.
    Full,
    /// The device's store does not have it (any more).
    Lost,
    /// 408, 429, 5xx, and no answer at all: later.
    Later,
}

impl BlobFailure {
    /// By the answer's status; 0 for no answer.
    pub fn of_status(status: u16) -> Self {
        match status {
            404 => Self::Gone,
            400 | 401 | 403 | 413 | 422 => Self::Refused,
            507 => Self::Full,
            _ => Self::Later,
        }
    }
}

/// Where a blob lies on its relay's origin.
pub(crate) fn path(hash: &BlobHash) -> String {
    use std::fmt::Write as _;
    hash.as_bytes().iter().fold(BLOB_PATH.to_owned(), |mut path, byte| {
        let _written = write!(path, "{byte:02x}");
        path
    })
}

/// A sealed blob that is to be at the relay. Its bytes are a row of their own.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Upload {
    #[n(0)]
    pub(crate) version: u8,
    #[n(1)]
    pub(crate) blob: BlobRef,
    /// In whose name.
    #[n(2)]
    pub(crate) right: Right,
    #[n(3)]
    pub(crate) address: Address,
    /// How long it is to be kept.
    #[n(4)]
    pub(crate) seconds: u32,
    #[n(5)]
    pub(crate) carries: Carries,
}

/// What is done once a blob is at the relay.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) enum Carries {
    /// The device that it is for is told.
    #[n(0)]
    #[cbor(map)]
    History {
        #[n(0)]
        to: PublicKey,
        #[n(1)]
        chunk: Box<Chunk>,
        #[n(2)]
        messages: u32,
    },
    /// A commit refers to it, and goes out.
    #[n(1)]
    #[cbor(map)]
    Commit {
        #[n(0)]
        chat: ChatId,
        #[n(1)]
        log: Address,
    },
}

/// The chunks of an own message's files, until the relay has all of them.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Outgoing {
    #[n(0)]
    pub(crate) version: u8,
    #[n(1)]
    pub(crate) chat: ChatId,
    #[n(2)]
    pub(crate) order: u64,
    #[n(3)]
    chunks: Vec<Chunked>,
    #[n(4)]
    pub(crate) paused: bool,
    #[n(5)]
    pub(crate) halt: Option<Halt>,
    /// The message's id, which its claims are made of. None: an earlier build wrote the row, and claims nothing.
    #[n(6)]
    pub(crate) message: Option<MessageId>,
}

/// A chunk of a file, and whether the relay has it.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
struct Chunked {
    #[n(0)]
    hash: BlobHash,
    #[n(1)]
    size: u32,
    #[n(2)]
    there: bool,
}

impl Outgoing {
    /// All chunks of some files, each once.
    pub(crate) fn new(chat: ChatId, order: u64, message: Option<MessageId>, files: &[FileSource]) -> Self {
        let mut chunks: Vec<Chunked> = Vec::new();
        for source in files {
            let layout = Layout::of(source.size);
            for (hash, at) in source.chunks.iter().zip(0..) {
                let size = layout.map_or(0, |layout| layout.chunk_size(at));
                if chunks.iter().all(|chunk| chunk.hash != *hash) {
                    // A chunk is below 8 MiB.
                    chunks.push(Chunked { hash: *hash, size: size as u32, there: false });
                }
            }
        }
        Self { version: Self::VERSION, chat, order, chunks, paused: false, halt: None, message }
    }

    /// What the relay does not have yet, in order.
    pub(crate) fn left(&self) -> impl Iterator<Item = (BlobHash, u64)> {
        self.chunks.iter().filter(|chunk| !chunk.there).map(|chunk| (chunk.hash, chunk.size.into()))
    }

    /// The relay has this chunk.
    pub(crate) fn arrived(&mut self, hash: &BlobHash) {
        self.chunks.iter_mut().filter(|chunk| chunk.hash == *hash).for_each(|chunk| chunk.there = true);
    }

    /// How far it has come.
    pub(crate) fn going(&self) -> Going {
        let total = self.chunks.iter().map(|chunk| u64::from(chunk.size)).sum();
        let left: u64 = self.left().map(|(_, size)| size).sum();
        Going { done: total - left, total, paused: self.paused, halt: self.halt }
    }
}

impl Versioned for Outgoing {
    const NAME: &'static str = "files";
    const VERSION: u8 = 1;
}

/// A welcome whose MLS message lies in a blob: taken once that is here.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Awaited {
    #[n(0)]
    pub(crate) version: u8,
    #[n(1)]
    pub(crate) chat: ChatId,
    #[n(2)]
    pub(crate) blob: BlobRef,
    /// The delivery, sealed as it came.
    #[n(3)]
    pub(crate) body: ByteVec,
    /// When the relay took it, Unix milliseconds.
    #[n(4)]
    pub(crate) time: u64,
}

impl Versioned for Awaited {
    const NAME: &'static str = "awaited welcome";
    const VERSION: u8 = 1;
}

impl Versioned for Upload {
    const NAME: &'static str = "upload";
    const VERSION: u8 = 1;
}

/// One blob under way, up or down.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Attempt {
    /// Failures in a row.
    pub(crate) failures: u32,
    /// Not before then, Unix milliseconds: it failed, or is under way and taken for lost then.
    pub(crate) not_before: u64,
    /// It is under way, and not waiting for its next turn.
    pub(crate) begun: bool,
    /// It is under way over HTTP, whatever becomes of the connection.
    pub(crate) granted: bool,
    /// There was no answer the last time: another connection is worth another try.
    pub(crate) unanswered: bool,
    /// The message that a chunk goes up for, and is claimed by.
    pub(crate) of: Option<(ChatId, u64)>,
}

/// First wait after a failure, in milliseconds; doubled by each.
const FIRST_MS: u64 = 2_000;
/// Longest wait, in milliseconds: 5 minutes.
const LONGEST_MS: u64 = 5 * 60_000;
/// What has not come back after so long, in milliseconds, will not: of an upload, whose grant has run out by then, and of a fetch.
pub(crate) const LOST_MS: u64 = GRANT_MS + 60_000;
pub(crate) const SILENT_MS: u64 = 11 * 60_000;

impl Attempt {
    /// It failed once more.
    pub(crate) fn failed(&mut self, now: u64, at_least: u64) {
        let wait = FIRST_MS.saturating_mul(1 << self.failures.min(16)).clamp(at_least, LONGEST_MS.max(at_least));
        self.failures = self.failures.saturating_add(1);
        self.not_before = now.saturating_add(wait);
        (self.begun, self.granted, self.unanswered) = (false, false, false);
    }
}

/// All blobs of this device, and what it gives and takes of history.
#[derive(Default)]
pub(crate) struct Transfers {
    /// Rows: what is to be uploaded.
    pub(crate) uploads: SortedMap<BlobHash, Upload>,
    /// Rows: what own messages' files have still to take up.
    pub(crate) outgoing: SortedMap<(ChatId, u64), Outgoing>,
    /// Rows: chunks that own messages do not need any more, and the relay is still to be told. The keys of the rows say all.
    pub(crate) releases: Vec<(MessageId, BlobHash)>,
    /// It is not told before then, Unix milliseconds.
    pub(crate) release_at: u64,
    /// Rows: welcomes whose blob is still to come, by log.
    pub(crate) welcomes: SortedMap<Address, Awaited>,
    /// What is under way, or failed a while ago. In memory alone.
    pub(crate) attempts: SortedMap<BlobHash, Attempt>,
    /// Rows: what this device gives others.
    pub(crate) gives: SortedMap<PublicKey, Give>,
    /// The next chunk for a device is packed not before then, Unix milliseconds. In memory alone.
    pub(crate) pack_at: SortedMap<PublicKey, u64>,
    /// A row: what it is given.
    pub(crate) take: Option<Take>,
    /// Rows: where history goes, by conversation.
    pub(crate) fills: SortedMap<ChatId, HistoryFill>,
    /// Conversations that this step brings history to.
    pub(crate) filled: SortedSet<ChatId>,
    /// What the row of `take` says is not what is stored.
    pub(crate) take_changed: bool,
}

impl Transfers {
    /// Takes a row of the account in. False: it is none of these.
    pub(crate) fn load(&mut self, row: &[u8], value: &[u8]) -> Result<bool, LoadError> {
        if row.starts_with(key::UPLOAD) {
            let upload: Upload = state::decode(value)?;
            self.uploads.insert(upload.blob.hash, upload);
        } else if row.starts_with(key::FILES) {
            let outgoing: Outgoing = state::decode(value)?;
            self.outgoing.insert((outgoing.chat, outgoing.order), outgoing);
        } else if let Some(ids) = row.strip_prefix(key::RELEASE) {
            let (message, hash) = ids.split_at_checked(MessageId::LEN).unwrap_or_default();
            let message = MessageId::new(state::id("release", message)?);
            self.releases.push((message, BlobHash::new(state::id("release", hash)?)));
        } else if row.starts_with(key::GIVE) {
            let give: Give = state::decode(value)?;
            self.gives.insert(give.to, give);
        } else if let Some(id) = row.strip_prefix(key::HISTORY) {
            self.fills.insert(ChatId(state::id("history", id)?), state::decode(value)?);
        } else if let Some(log) = row.strip_prefix(key::WELCOME) {
            self.welcomes.insert(Address::new(state::id("welcome", log)?), state::decode(value)?);
        } else if row == key::TAKE {
            self.take = Some(state::decode(value)?);
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}
