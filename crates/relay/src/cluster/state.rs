//! The bucket of what the relays of a cluster have agreed on: small values under fixed keys, changed by compare-and-swap.
//!
//! ```text
//! newest, turn, adopted   checkpoint/      retention   retention.rs
//! ```

use async_nats::jetstream::Context;
use async_nats::jetstream::kv::{Config, Store};
use async_nats::jetstream::stream::StorageType;

use super::error::{ClusterError, nats};

/// Its name.
const BUCKET: &str = "XCHAT_STATE";

/// The bucket, made when there is none.
pub(super) async fn open(context: &Context, replicas: u8) -> Result<Store, ClusterError> {
    if let Ok(state) = context.get_key_value(BUCKET).await {
        return Ok(state);
    }
    let config = Config {
        bucket: BUCKET.into(),
        history: 1,
        num_replicas: replicas.into(),
        storage: StorageType::File,
        ..Config::default()
    };
    context.create_key_value(config).await.map_err(nats)
}
