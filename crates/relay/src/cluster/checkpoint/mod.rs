//! Checkpoints: a copy of one relay's view in the cluster, from which the others go on, so that the stream need not keep its
//! ciphertext for ever.
//!
//! ```text
//! turn (compare-and-swap) -> copy of the view -> object -> newest (compare-and-swap) -> the stream loses what the checkpoint BEFORE has
//! ```
//!
//! The stream always reaches back to the checkpoint before the newest: a relay that was away for less than one interval goes on
//! without loading anything, and one that is just loading has what it needs. All times here are the view's clock.

mod load;
mod make;
mod orphans;
mod turn;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::Context;
use async_nats::jetstream::kv;
use async_nats::jetstream::object_store::{Config, ObjectStore};
use async_nats::jetstream::stream::{StorageType, Stream};
use minicbor::CborLen;
use minicbor::bytes::ByteArray;
use xchat_wire::cbor::{Decode, Encode};

use super::error::{ClusterError, nats};
use super::settings::ClusterSettings;
use crate::store::Store;
pub(super) use load::{forget_old, tidy};
use make::Making;
use turn::Turn;

/// Bucket of the copies.
const COPIES: &str = "XCHAT_CHECKPOINTS";
/// The stream that this bucket is.
const COPIES_STREAM: &str = "OBJ_XCHAT_CHECKPOINTS";
/// Key of [`Newest`].
const NEWEST: &str = "newest";
/// Key of the stream's birth, where a relay begins it with a view of its own. Until there is a checkpoint nobody else has that view.
const ADOPTED: &str = "adopted";
/// Bytes that a disk keeps free beside a copy of a view: the view itself must be able to go on.
const RESERVE: u64 = 256 * 1024 * 1024;
const VERSION: u8 = 1;

/// The newest checkpoint, and the one before it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
struct Newest {
    #[n(0)]
    version: u8,
    /// Last message that is in it.
    #[n(1)]
    seq: u64,
    /// The view's hash behind that.
    #[n(2)]
    hash: ByteArray<32>,
    /// When it was made, Unix milliseconds.
    #[n(3)]
    made: u64,
    /// Last message of the one before, which the stream reaches back to.
    #[n(4)]
    before: Option<u64>,
}

/// Name of a copy.
fn object(seq: u64) -> String {
    format!("view-{seq}.redb")
}

/// The checkpoints of one cluster.
#[derive(Clone)]
pub(super) struct Checkpoints {
    copies: ObjectStore,
    /// The bucket again, as what it is made of.
    pieces: Stream,
    state: kv::Store,
    every_ms: u64,
}

impl Checkpoints {
    /// The bucket of the copies, made when there is none.
    pub(super) async fn open(
        context: &Context,
        state: kv::Store,
        settings: &ClusterSettings,
    ) -> Result<Self, ClusterError> {
        let copies = match context.get_object_store(COPIES).await {
            Ok(copies) => copies,
            Err(_) => {
                let config = Config {
                    bucket: COPIES.into(),
                    num_replicas: settings.nats_replicas.into(),
                    storage: StorageType::File,
                    ..Config::default()
                };
                context.create_object_store(config).await.map_err(nats)?
            }
        };
        let pieces = context.get_stream(COPIES_STREAM).await.map_err(nats)?;
        Ok(Self { copies, pieces, state, every_ms: settings.checkpoint_ms() })
    }

    /// Whether there is one.
    pub(super) async fn any(&self) -> Result<bool, ClusterError> {
        Ok(self.newest().await?.is_some())
    }

    /// Says, before it is so, that this stream begins with one relay's view and not with an empty one.
    pub(super) async fn announce_adoption(&self, born: u64) -> Result<(), ClusterError> {
        self.state.put(ADOPTED, born.to_be_bytes().to_vec().into()).await.map(drop).map_err(nats)
    }

    /// Whether it was said of this stream.
    pub(super) async fn is_adopted(&self, born: u64) -> Result<bool, ClusterError> {
        Ok(self.state.get(ADOPTED).await.map_err(nats)?.is_some_and(|said| said == born.to_be_bytes().as_slice()))
    }

    /// The first one, of what a stream begins with. Its view has no clock yet: `now` is this machine's.
    pub(super) async fn begin(&self, store: &Arc<Store>, stream: &Stream, now: u64) -> Result<(), ClusterError> {
        if self.any().await? {
            return Err(ClusterError::NothingToAdopt);
        }
        let turn = Turn::take(&self.state, now).await?.ok_or(ClusterError::NothingToAdopt)?;
        Making { checkpoints: self, store, stream, before: None, now }.in_turn(turn).await.map(drop)
    }

    /// Makes a checkpoint when one is due and no other relay is at it, for ever. One that fails is tried again.
    pub(super) async fn keep(self, store: Arc<Store>, stream: Stream) -> Result<(), ClusterError> {
        let look = Duration::from_millis((self.every_ms / 4).clamp(500, 60_000));
        loop {
            tokio::time::sleep(look).await;
            match self.make_if_due(&store, &stream).await {
                Ok(None) => {}
                Ok(Some(seq)) => tracing::info!(seq, "a checkpoint is complete"),
                Err(error) => tracing::warn!(%error, "no checkpoint could be made; it is tried again"),
            }
        }
    }

    /// Last message in the checkpoint that was made.
    async fn make_if_due(&self, store: &Arc<Store>, stream: &Stream) -> Result<Option<u64>, ClusterError> {
        let before = self.newest().await?;
        let (applied, now) = store.place()?.map_or((0, 0), |place| (place.seq, place.clock));
        let due = before.as_ref().is_none_or(|(newest, _)| now >= newest.made.saturating_add(self.every_ms));
        if !due || before.as_ref().map_or(0, |(newest, _)| newest.seq) >= applied {
            return Ok(None);
        }
        let Some(turn) = Turn::take(&self.state, now).await? else { return Ok(None) };
        Making { checkpoints: self, store, stream, before, now }.in_turn(turn).await.map(Some)
    }

    /// The newest one, and the revision that says so.
    async fn newest(&self) -> Result<Option<(Newest, u64)>, ClusterError> {
        let Some(entry) = self.state.entry(NEWEST).await.map_err(nats)? else { return Ok(None) };
        let newest: Newest = minicbor::decode(&entry.value).map_err(nats)?;
        match newest.version {
            VERSION => Ok(Some((newest, entry.revision))),
            other => {
                Err(ClusterError::Checkpoint(NEWEST.into(), format!("it has version {other}; upgrade this relay")))
            }
        }
    }
}

/// Whether the disk of `folder` takes a copy of so many bytes and still has [`RESERVE`]. Where that cannot be told, it does.
fn has_room(folder: &Path, bytes: u64) -> Result<(), ClusterError> {
    suffices(folder, crate::disk::free(folder), bytes)
}

fn suffices(folder: &Path, free: Option<u64>, bytes: u64) -> Result<(), ClusterError> {
    const MIB: u64 = 1024 * 1024;
    let needed = bytes.saturating_add(RESERVE);
    match free {
        Some(free) if free < needed => {
            let (folder, free, needed) = (PathBuf::from(folder), free / MIB, needed.div_ceil(MIB));
            Err(ClusterError::NoRoom { folder, free, needed })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_the_newest_keeps_its_bytes() {
        let newest =
            Newest { version: VERSION, seq: 7, hash: [8; 32].into(), made: 1_700_000_000_000, before: Some(3) };
        let bytes =
            "a5000101070258200808080808080808080808080808080808080808080808080808080808080808031b0000018bcfe568000403";
        assert_eq!(hex::encode(xchat_wire::encode(&newest)), bytes);
        assert_eq!(minicbor::decode::<Newest>(&hex::decode(bytes).unwrap()).unwrap(), newest);
    }

    #[test]
    fn a_disk_that_would_be_full_takes_no_copy_and_the_sentence_says_how_much_it_lacks() {
        let folder = Path::new("/var/lib/xchat");
        assert!(suffices(folder, Some(RESERVE + 1000), 1000).is_ok());
        assert!(suffices(folder, None, u64::MAX).is_ok());
        let refused = suffices(folder, Some(RESERVE + 999), 1000).unwrap_err().to_string();
        for word in ["/var/lib/xchat", "256 MiB", "257 MiB"] {
            assert!(refused.contains(word), "{refused}");
        }
    }
}
