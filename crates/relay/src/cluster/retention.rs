//! How long a cluster keeps records: one value for all of its relays, which the first one sets and an operator changes on purpose.
//! What removes records names it, and the stream's clock says how old they are.

use async_nats::jetstream::kv::Store;
use tokio::sync::{mpsc, oneshot};

use super::error::{ClusterError, nats};

/// Key of the value: milliseconds, u64, big-endian.
const KEY: &str = "retention";
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// Questions that wait.
pub(super) const WAITING: usize = 1;

/// What this relay was started with, beside what the cluster has.
pub(super) struct Retention {
    state: Store,
    own_ms: u64,
}

impl Retention {
    /// Compares the setting with the cluster's value, and refuses another; `set` puts it in that one's place.
    pub(super) async fn agree(state: Store, own_ms: u64, set: bool) -> Result<Self, ClusterError> {
        let retention = Self { state, own_ms };
        match retention.cluster_ms().await? {
            Some(cluster) if cluster == own_ms => {}
            Some(cluster) if !set => return Err(differs(cluster, own_ms)),
            Some(cluster) => {
                retention.state.put(KEY, own_ms.to_be_bytes().to_vec().into()).await.map_err(nats)?;
                tracing::warn!(
                    was_days = cluster / DAY_MS,
                    days = own_ms / DAY_MS,
                    "the cluster's retention was changed"
                );
            }
            None => {
                // Another relay may be first; then its value is what this one is compared with.
                let created = retention.state.create(KEY, own_ms.to_be_bytes().to_vec().into()).await;
                match retention.cluster_ms().await? {
                    Some(cluster) if cluster == own_ms => {}
                    Some(cluster) => return Err(differs(cluster, own_ms)),
                    None => return created.map(|_| retention).map_err(nats),
                }
            }
        }
        Ok(retention)
    }

    /// Answers whether the setting still is the cluster's, for as long as anyone can ask.
    pub(super) async fn answer(self, mut asked: mpsc::Receiver<oneshot::Sender<bool>>) -> Result<(), ClusterError> {
        while let Some(back) = asked.recv().await {
            let holds = match self.cluster_ms().await {
                Ok(cluster) => self.is(cluster),
                Err(error) => {
                    tracing::warn!(%error, "the cluster's retention cannot be looked up; nothing is removed meanwhile");
                    false
                }
            };
            // Whoever asked has gone with the relay.
            _ = back.send(holds);
        }
        Ok(())
    }

    fn is(&self, cluster: Option<u64>) -> bool {
        if cluster == Some(self.own_ms) {
            return true;
        }
        let days = cluster.map(|cluster| cluster / DAY_MS);
        tracing::error!(
            ?days,
            own = self.own_ms / DAY_MS,
            "the cluster's retention was changed: this relay removes nothing until it is started again with that"
        );
        false
    }

    async fn cluster_ms(&self) -> Result<Option<u64>, ClusterError> {
        let Some(value) = self.state.get(KEY).await.map_err(nats)? else { return Ok(None) };
        let value = <[u8; 8]>::try_from(&value[..]).map_err(|_| nats("the cluster's retention is no number"))?;
        Ok(Some(u64::from_be_bytes(value)))
    }
}

fn differs(cluster: u64, own: u64) -> ClusterError {
    ClusterError::Retention { cluster: cluster / DAY_MS, own: own / DAY_MS }
}
