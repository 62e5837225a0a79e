//! Checkpoints: a copy of one relay's view in the cluster, from which the others go on, so that the stream need not keep its
//! ciphertext for ever.
//!
//! ```text
//! turn (compare-and-swap) -> copy of the view -> object -> newest (compare-and-swap) -> the stream loses what the checkpoint BEFORE has
//! ```
//!
//! The stream always reaches back to the checkpoint before the newest: a relay that was away for less than one interval goes on
//! without loading anything, and one that is just loading has what it needs.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::jetstream::Context;
use async_nats::jetstream::kv;
use async_nats::jetstream::object_store::{self, ObjectStore};
use async_nats::jetstream::stream::{StorageType, Stream};
use minicbor::bytes::ByteArray;
use minicbor::{CborLen, Decode, Encode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::error::{ClusterError, nats};
use super::settings::ClusterSettings;
use crate::store::{FILE, Store};

/// Bucket of the copies.
const COPIES: &str = "XCHAT_CHECKPOINTS";
/// Key of [`Newest`].
const NEWEST: &str = "newest";
/// Key of the stream's birth, where a relay begins it with a view of its own. Until there is a checkpoint nobody else has that view.
const ADOPTED: &str = "adopted";
/// Key of the time until which one relay has its turn, Unix milliseconds, big-endian.
const TURN: &str = "turn";
/// How long a turn lasts unless it is renewed: a relay that dies in its turn holds the others up for so long.
const TURN_MS: u64 = 15 * 1000;
/// How often it is renewed.
const RENEW: Duration = Duration::from_secs(5);
/// How much of a copy is read at once.
const PIECE: usize = 64 * 1024;
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
        let replicas = settings.nats_replicas.into();
        let copies = match context.get_object_store(COPIES).await {
            Ok(copies) => copies,
            Err(_) => {
                let bucket = COPIES.into();
                let config = object_store::Config {
                    bucket,
                    num_replicas: replicas,
                    storage: StorageType::File,
                    ..Default::default()
                };
                context.create_object_store(config).await.map_err(nats)?
            }
        };
        Ok(Self { copies, state, every_ms: settings.checkpoint_ms() })
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

    /// Puts the newest one into the data folder, if it goes beyond `applied`. The view that was there stays beside it.
    pub(super) async fn load(&self, data: &Path, applied: Option<u64>) -> Result<Option<()>, ClusterError> {
        let Some((newest, _)) =
            self.newest().await?.filter(|(newest, _)| applied.is_none_or(|applied| newest.seq > applied))
        else {
            return Ok(None);
        };
        let name = object(newest.seq);
        let failed = |error: &dyn std::fmt::Display| ClusterError::Checkpoint(name.clone(), error.to_string());
        tracing::info!(seq = newest.seq, "a checkpoint is being loaded");
        let (path, part) = (data.join(FILE), data.join(format!("{FILE}.part")));
        let mut copy = self.copies.get(&name).await.map_err(|error| failed(&error))?;
        let mut file = tokio::fs::File::create(&part).await.map_err(|error| failed(&error))?;
        let mut piece = vec![0; PIECE];
        loop {
            match copy.read(&mut piece).await.map_err(|error| failed(&error))? {
                0 => break,
                length => file.write_all(&piece[..length]).await.map_err(|error| failed(&error))?,
            }
        }
        file.sync_all().await.map_err(|error| failed(&error))?;
        drop(file);
        if path.exists() {
            std::fs::rename(&path, data.join(format!("{FILE}.old"))).map_err(|error| failed(&error))?;
        }
        std::fs::rename(&part, &path).map_err(|error| failed(&error))?;
        let place = Store::open(data)?.place()?;
        match place.is_some_and(|place| place.seq == newest.seq && place.hash == newest.hash) {
            true => Ok(Some(())),
            false => Err(failed(&"it is not what it says it is")),
        }
    }

    /// The first one, of what a stream begins with.
    pub(super) async fn begin(&self, store: &Arc<Store>, stream: &Stream, now: u64) -> Result<(), ClusterError> {
        match !self.any().await? && self.take_turn(now).await? {
            true => self.make_in_turn(store, stream, None, now).await.map(drop),
            false => Err(ClusterError::NothingToAdopt),
        }
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
    pub(super) async fn make_if_due(&self, store: &Arc<Store>, stream: &Stream) -> Result<Option<u64>, ClusterError> {
        let newest = self.newest().await?;
        let (applied, now) = store.place()?.map_or((0, 0), |place| (place.seq, place.clock));
        let due = newest.as_ref().is_none_or(|(newest, _)| now >= newest.made.saturating_add(self.every_ms));
        if !due || newest.as_ref().map_or(0, |(newest, _)| newest.seq) >= applied || !self.take_turn(now).await? {
            return Ok(None);
        }
        self.make_in_turn(store, stream, newest, now).await
    }

    async fn make_in_turn(
        &self,
        store: &Arc<Store>,
        stream: &Stream,
        newest: Option<(Newest, u64)>,
        now: u64,
    ) -> Result<Option<u64>, ClusterError> {
        let began = Instant::now();
        let made = {
            let making = self.make(store, stream, newest, now);
            tokio::pin!(making);
            loop {
                tokio::select! {
                    made = &mut making => break made,
                    () = tokio::time::sleep(RENEW) => {
                        let now = now.saturating_add(began.elapsed().as_millis() as u64);
                        // One that is not renewed ends; then the compare-and-swap of the newest decides between two makers.
                        _ = self.state.put(TURN, turn_from(now)).await;
                    }
                }
            }
        };
        // A turn that is not given back ends by itself.
        _ = self.state.put(TURN, 0_u64.to_be_bytes().to_vec().into()).await;
        made
    }

    async fn make(
        &self,
        store: &Arc<Store>,
        stream: &Stream,
        newest: Option<(Newest, u64)>,
        now: u64,
    ) -> Result<Option<u64>, ClusterError> {
        let copying = store.clone();
        let copied = tokio::task::spawn_blocking(move || copying.back_up_beside(now)).await.map_err(nats)?;
        let (path, place) = copied.map_err(|error| ClusterError::Checkpoint("view".into(), error.to_string()))?;
        let sent = self.send(&path, place.seq).await;
        _ = tokio::fs::remove_file(&path).await;
        sent?;
        let (before, revision) = newest.map_or((None, None), |(newest, revision)| (Some(newest), Some(revision)));
        let next = Newest {
            version: VERSION,
            seq: place.seq,
            hash: place.hash,
            made: now,
            before: before.as_ref().map(|b| b.seq),
        };
        let value = xchat_wire::encode(&next).into();
        let put = match revision {
            Some(revision) => self.state.update(NEWEST, value, revision).await.map(drop).map_err(nats),
            None => self.state.create(NEWEST, value).await.map(drop).map_err(nats),
        };
        if let Err(error) = put {
            // Another relay was first, after this one's turn had run out; or it was written, and only the answer is lost.
            if self.newest().await?.is_none_or(|(newest, _)| newest.seq != place.seq) {
                _ = self.copies.delete(object(place.seq)).await;
            }
            return Err(error);
        }
        if let Some(before) = before {
            stream.purge().sequence(before.seq + 1).await.map_err(nats)?;
            if let Some(oldest) = before.before {
                self.copies.delete(object(oldest)).await.map_err(nats)?;
            }
        }
        Ok(Some(place.seq))
    }

    async fn send(&self, path: &Path, seq: u64) -> Result<(), ClusterError> {
        let name = object(seq);
        let failed = |error: String| ClusterError::Checkpoint(name.clone(), error);
        let mut file = tokio::fs::File::open(path).await.map_err(|error| failed(error.to_string()))?;
        self.copies.put(name.as_str(), &mut file).await.map_err(|error| failed(error.to_string()))?;
        Ok(())
    }

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

    /// Whether this relay has the turn: nobody has it now, and nobody took it in the same moment.
    async fn take_turn(&self, now: u64) -> Result<bool, ClusterError> {
        let value = turn_from(now);
        let taken = match self.state.entry(TURN).await.map_err(nats)? {
            None => self.state.create(TURN, value).await.is_ok(),
            Some(entry) => {
                let until = <[u8; 8]>::try_from(&entry.value[..]).map_or(0, u64::from_be_bytes);
                until <= now && self.state.update(TURN, value, entry.revision).await.is_ok()
            }
        };
        Ok(taken)
    }
}

/// The value of [`TURN`] for a turn that begins now, or goes on.
fn turn_from(now: u64) -> bytes::Bytes {
    now.saturating_add(TURN_MS).to_be_bytes().to_vec().into()
}
