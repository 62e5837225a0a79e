//! The store as a view of a stream: messages are applied in order, each decided by the rows and the message alone, so that every
//! relay comes to the same rows. What makes that visible is a hash over all that was applied and all that came of it: a relay
//! whose hash differs from another's at the same place has other rows, and must stop.

use minicbor::CborLen;
use minicbor::bytes::ByteArray;
use redb::{Durability, ReadableTable};
use sha2::{Digest, Sha256};
use thiserror::Error;
use xchat_wire::cbor::{Decode, Encode};

use super::rows::{ROW, Row, pack, unpack};
use super::tables::{Tables, VIEW};
use super::{Applied, Event, Store, StoreError, Write, apply};

/// Key of the one row of VIEW.
const NAME: &str = "place";
/// Publishers whose last batch is remembered: a relay has one at a time, and a new one after each start.
const PUBLISHERS: usize = 64;

/// How far a view has come.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Place {
    #[n(0)]
    row: u8,
    /// When the stream was made, in Unix nanoseconds: which stream it is a view of.
    #[n(1)]
    pub(crate) stream: u64,
    /// Last message applied; 0 before the first.
    #[n(2)]
    pub(crate) seq: u64,
    /// Hash over everything up to it.
    #[n(3)]
    pub(crate) hash: ByteArray<32>,
    /// Latest time of any message, in Unix milliseconds: what writes are applied with, so that it never runs backwards.
    #[n(4)]
    pub(crate) clock: u64,
    /// Last batch of each publisher, the latest publisher last.
    #[n(5)]
    publishers: Vec<LastBatch>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
struct LastBatch {
    #[n(0)]
    publisher: ByteArray<16>,
    #[n(1)]
    batch: u64,
}

impl Row for Place {
    fn row(&self) -> u8 {
        self.row
    }
}

/// One message of the stream, as the view sees it.
pub(crate) struct Entry {
    pub(crate) seq: u64,
    pub(crate) publisher: [u8; 16],
    pub(crate) batch: u64,
    /// When the stream took it, in Unix milliseconds.
    pub(crate) now: u64,
    /// SHA-256 of the message's bytes.
    pub(crate) digest: [u8; 32],
    pub(crate) writes: Vec<Write>,
}

/// What came of one message.
pub(crate) struct Followed {
    /// An outcome for each write; none for a batch that was known.
    pub(crate) applied: Vec<Applied>,
    /// The place behind it.
    pub(crate) seq: u64,
    /// The hash behind it.
    pub(crate) hash: [u8; 32],
    /// The view's clock behind it.
    pub(crate) clock: u64,
}

/// Why a view cannot go on.
#[derive(Debug, Error)]
pub(crate) enum FollowError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No messages can be applied to a store that is a view of nothing.
    #[error("the store is no view of a stream")]
    NoView,
}

impl Place {
    /// A view of a stream of which nothing was applied yet.
    pub(crate) fn start(stream: u64) -> Self {
        Self { row: ROW, stream, seq: 0, hash: [0; 32].into(), clock: 0, publishers: Vec::new() }
    }

    /// Whether this batch is new, and if so remembers it. A repeat that came after the stream had forgotten its first time is
    /// not applied again, on any relay.
    fn admit(&mut self, publisher: &[u8; 16], batch: u64) -> bool {
        let known = self.publishers.iter().position(|last| *last.publisher == *publisher);
        if known.is_some_and(|at| self.publishers[at].batch >= batch) {
            return false;
        }
        match known {
            Some(at) => self.publishers[at].batch = batch,
            None => {
                if self.publishers.len() >= PUBLISHERS {
                    self.publishers.remove(0);
                }
                self.publishers.push(LastBatch { publisher: (*publisher).into(), batch });
            }
        }
        true
    }
}

impl Store {
    /// How far the view has come; none for a store that is no view.
    pub(crate) fn place(&self) -> Result<Option<Place>, StoreError> {
        self.snapshot()?.place()
    }

    /// Whether anything was ever written to it, but for a place.
    pub(crate) fn is_empty(&self) -> Result<bool, StoreError> {
        self.snapshot()?.is_empty()
    }

    /// Makes an empty store a view.
    pub(crate) fn begin_view(&self, place: &Place) -> Result<(), StoreError> {
        let transaction = self.begin()?;
        transaction.open_table(VIEW)?.insert(NAME, pack(place).as_slice())?;
        Ok(transaction.commit()?)
    }

    /// Applies messages in order in one transaction, with the place that it comes to. `durable` has it synced; else it is as
    /// safe as the next one that is, and the stream has it anyway.
    pub(crate) fn follow(&self, entries: &[Entry], durable: bool) -> Result<Vec<Followed>, FollowError> {
        let mut transaction = self.begin()?;
        if !durable {
            transaction.set_quick_repair(false);
            transaction.set_durability(Durability::None).map_err(StoreError::from)?;
        }
        let results = {
            let mut tables = Tables::open(&transaction)?;
            let row =
                tables.view.get(NAME).map_err(StoreError::from)?.map(|row| unpack::<Place>(row.value())).transpose()?;
            let mut place = row.ok_or(FollowError::NoView)?;
            let mut results = Vec::with_capacity(entries.len());
            for entry in entries {
                let applied = one(&mut tables, &mut place, entry)?;
                results.push(Followed { applied, seq: place.seq, hash: *place.hash, clock: place.clock });
            }
            tables.view.insert(NAME, pack(&place).as_slice()).map_err(StoreError::from)?;
            tables.close()?;
            results
        };
        transaction.commit().map_err(StoreError::from)?;
        Ok(results)
    }
}

impl super::Snapshot {
    /// How far this view has come.
    pub(crate) fn place(&self) -> Result<Option<Place>, StoreError> {
        self.view()?.get(NAME)?.map(|row| unpack(row.value())).transpose()
    }
}

fn one(tables: &mut Tables<'_>, place: &mut Place, entry: &Entry) -> Result<Vec<Applied>, StoreError> {
    place.clock = place.clock.max(entry.now);
    // What writes nothing need not be known again.
    let applied = match !entry.writes.is_empty() && place.admit(&entry.publisher, entry.batch) {
        true => entry.writes.iter().map(|write| apply(tables, write, place.clock)).collect::<Result<Vec<_>, _>>()?,
        false => Vec::new(),
    };
    // Other views still have what this one lacks: it must not go on without.
    if applied.iter().any(|applied| applied.damaged > 0) {
        return Err(StoreError::Corrupt("a row of the view is damaged"));
    }
    place.hash = hash_on(&place.hash, entry, &applied).into();
    place.seq = entry.seq;
    Ok(applied)
}

/// The hash behind a message: over the one before it, the message, and what came of it.
fn hash_on(before: &[u8; 32], entry: &Entry, applied: &[Applied]) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix(b"xchat view 1");
    hash.update(before);
    hash.update(entry.seq.to_be_bytes());
    hash.update(entry.digest);
    for Applied { outcome, events, .. } in applied {
        let outcome = pack(outcome);
        hash.update((outcome.len() as u64).to_be_bytes());
        hash.update(outcome);
        hash.update((events.len() as u64).to_be_bytes());
        for event in events {
            hash.update(event.address().as_bytes());
            match event {
                Event::Record { record, .. } => {
                    hash.update(record.seq.0.to_be_bytes());
                    hash.update(record.tail());
                }
                Event::Pool { packages, .. } => hash.update(u64::from(*packages).to_be_bytes()),
            }
        }
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests;
