//! Making a checkpoint, in turn.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::jetstream::stream::Stream;

use super::turn::Turn;
use super::{Checkpoints, NEWEST, Newest, VERSION, has_room, object};
use crate::cluster::error::{ClusterError, nats};
use crate::store::{Place, Store};

/// How often the turn is renewed: three times before it ends.
const RENEW: Duration = Duration::from_secs(5);

/// One that is being made.
pub(super) struct Making<'c> {
    pub(super) checkpoints: &'c Checkpoints,
    pub(super) store: &'c Arc<Store>,
    pub(super) stream: &'c Stream,
    /// The newest one so far, and its revision.
    pub(super) before: Option<(Newest, u64)>,
    /// The view's clock when it began.
    pub(super) now: u64,
}

impl Making<'_> {
    /// Makes it, and gives the turn back; last message in it.
    pub(super) async fn in_turn(&self, mut turn: Turn) -> Result<u64, ClusterError> {
        let began = Instant::now();
        let making = self.make();
        tokio::pin!(making);
        let made = loop {
            tokio::select! {
                made = &mut making => break made,
                () = tokio::time::sleep(RENEW) => {
                    let now = self.now.saturating_add(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
                    if !turn.renew(now).await {
                        let why = "another relay has taken the turn over";
                        return Err(ClusterError::Checkpoint("that was being made".into(), why.into()));
                    }
                }
            }
        };
        turn.give_back().await;
        made
    }

    async fn make(&self) -> Result<u64, ClusterError> {
        let place = self.copy_and_send().await?;
        self.announce(&place).await?;
        if let Some((before, _)) = &self.before {
            self.stream.purge().sequence(before.seq + 1).await.map_err(nats)?;
        }
        // It is complete without that, and the next one tries again.
        if let Err(error) = self.checkpoints.remove_orphans(self.now).await {
            tracing::warn!(%error, "old checkpoints could not be removed from the cluster");
        }
        Ok(place.seq)
    }

    /// A copy beside the view, into the cluster, and away again.
    async fn copy_and_send(&self) -> Result<Place, ClusterError> {
        if let Some(folder) = self.store.folder() {
            has_room(folder, self.store.file_bytes())?;
        }
        let (store, now) = (self.store.clone(), self.now);
        let copied = tokio::task::spawn_blocking(move || store.back_up_beside(now)).await.map_err(nats)?;
        let (path, place) = copied.map_err(|error| ClusterError::Checkpoint("view".into(), error.to_string()))?;
        let sent = self.send(&path, place.seq).await;
        // What stays of it is removed by the next try, or the next start.
        _ = tokio::fs::remove_file(&path).await;
        sent.map(|()| place)
    }

    async fn send(&self, path: &Path, seq: u64) -> Result<(), ClusterError> {
        let name = object(seq);
        let failed = |error: String| ClusterError::Checkpoint(name.clone(), error);
        let mut file = tokio::fs::File::open(path).await.map_err(|error| failed(error.to_string()))?;
        self.checkpoints.copies.put(name.as_str(), &mut file).await.map_err(|error| failed(error.to_string()))?;
        Ok(())
    }

    /// Has it be the newest.
    async fn announce(&self, place: &Place) -> Result<(), ClusterError> {
        let Checkpoints { copies, state, .. } = self.checkpoints;
        let before = self.before.as_ref().map(|(newest, _)| newest.seq);
        let next = Newest { version: VERSION, seq: place.seq, hash: place.hash, made: self.now, before };
        let value = xchat_wire::encode(&next).into();
        let put = match &self.before {
            Some((_, revision)) => state.update(NEWEST, value, *revision).await.map(drop).map_err(nats),
            None => state.create(NEWEST, value).await.map(drop).map_err(nats),
        };
        let Err(error) = put else { return Ok(()) };
        // Another relay was first, after this one's turn had run out; or it was written, and only the answer is lost.
        if self.checkpoints.newest().await?.is_none_or(|(newest, _)| newest.seq != place.seq) {
            _ = copies.delete(object(place.seq)).await;
        }
        Err(error)
    }
}
