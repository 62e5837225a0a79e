//! One relay's turn to make a checkpoint: a time in the cluster's state until which nobody else tries, changed by whoever knows
//! its last revision and by nobody else. It saves work; what makes a checkpoint count is the compare-and-swap of the newest.

use async_nats::jetstream::kv::{Store, UpdateErrorKind};

use crate::cluster::error::{ClusterError, nats};

/// Key of the time until which one relay has its turn: Unix milliseconds, u64, big-endian; 0 for nobody's.
const TURN: &str = "turn";
/// How long a turn lasts unless it is renewed: a relay that dies in its turn holds the others up for so long.
const TURN_MS: u64 = 15 * 1000;

/// A turn that this relay has taken.
pub(super) struct Turn {
    state: Store,
    /// Of this relay's last word on it. Another one's has another.
    revision: u64,
}

impl Turn {
    /// The turn, if nobody has it now and nobody took it in the same moment.
    pub(super) async fn take(state: &Store, now: u64) -> Result<Option<Self>, ClusterError> {
        let taken = match state.entry(TURN).await.map_err(nats)? {
            None => state.create(TURN, until(now)).await.ok(),
            Some(entry) => {
                let held = <[u8; 8]>::try_from(&entry.value[..]).map_or(0, u64::from_be_bytes);
                match held <= now {
                    true => state.update(TURN, until(now), entry.revision).await.ok(),
                    false => None,
                }
            }
        };
        Ok(taken.map(|revision| Self { state: state.clone(), revision }))
    }

    /// Has it go on from now. False when another relay has taken it over; a failure to reach the cluster is no such thing, and
    /// the turn ends by itself.
    pub(super) async fn renew(&mut self, now: u64) -> bool {
        match self.state.update(TURN, until(now), self.revision).await {
            Ok(revision) => {
                self.revision = revision;
                true
            }
            Err(error) => error.kind() != UpdateErrorKind::WrongLastRevision,
        }
    }

    /// Gives it back, if it still is this relay's. One that is not given back ends by itself.
    pub(super) async fn give_back(self) {
        _ = self.state.update(TURN, 0_u64.to_be_bytes().to_vec().into(), self.revision).await;
    }
}

/// The value for a turn that begins now, or goes on.
fn until(now: u64) -> bytes::Bytes {
    now.saturating_add(TURN_MS).to_be_bytes().to_vec().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::state;
    use crate::cluster::tests::nats_servers::{self, Servers};

    #[test]
    fn a_turn_that_was_taken_over_is_neither_renewed_nor_given_back() {
        let Some(binary) = nats_servers::binary() else { return };
        let servers = Servers::start(&binary, "turn", 1);
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let client = async_nats::connect(servers.url(0)).await.unwrap();
            let state = state::open(&async_nats::jetstream::new(client), 1).await.unwrap();
            let mut first = Turn::take(&state, 1000).await.unwrap().unwrap();
            assert!(Turn::take(&state, 1000 + TURN_MS - 1).await.unwrap().is_none());
            assert!(first.renew(2000).await);
            assert!(Turn::take(&state, 1000 + TURN_MS).await.unwrap().is_none(), "it goes on");
            let second = Turn::take(&state, 2000 + TURN_MS).await.unwrap().unwrap();
            assert!(!first.renew(3000).await);
            first.give_back().await;
            assert!(Turn::take(&state, 2000 + TURN_MS).await.unwrap().is_none(), "it is the second's");
            second.give_back().await;
            assert!(Turn::take(&state, 0).await.unwrap().is_some());
        });
    }
}
