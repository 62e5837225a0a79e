//! What the settings say about storage, opened: this relay's own file, or its part in a cluster.

use std::sync::Arc;

use super::{ServeError, now_ms};
use crate::disk;
use crate::elsewhere::Elsewhere;
use crate::hub::Hub;
use crate::metrics::Metrics;
use crate::settings::Settings;
use crate::storage::{Embedded, Roomy, Storage};
use crate::store::Store;

/// Where reads go, where writes go, and what goes on behind.
pub(super) struct Stored {
    pub(super) store: Arc<Store>,
    pub(super) storage: Box<dyn Storage>,
    pub(super) elsewhere: Elsewhere,
    pub(super) following: Following,
}

impl Stored {
    pub(super) async fn open(settings: &Settings, hub: &Arc<Hub>, metrics: &Arc<Metrics>) -> Result<Self, ServeError> {
        #[cfg(feature = "nats")]
        if settings.cluster.store == crate::settings::StoreKind::Nats {
            return Self::join(settings, hub).await;
        }
        let store = Arc::new(Store::open(&settings.data)?);
        #[cfg(feature = "nats")]
        if store.place().is_ok_and(|place| place.is_some()) {
            return Err(crate::store::OpenError::View(settings.data.join(crate::FILE)).into());
        }
        if store.was_cut_off() {
            tracing::warn!(
                "the relay was not stopped in order last time; the store is whole, and holds all that was accepted"
            );
        }
        let (hub, metrics) = (hub.clone(), metrics.clone());
        let storage = Box::new(Embedded { store: store.clone(), hub, metrics, clock: now_ms });
        let storage = roomy(settings, storage, &store);
        Ok(Self { store, storage, elsewhere: Elsewhere::default(), following: Following::default() })
    }

    #[cfg(feature = "nats")]
    async fn join(settings: &Settings, hub: &Arc<Hub>) -> Result<Self, ServeError> {
        let member = crate::cluster::join(settings, hub.clone(), now_ms).await?;
        let crate::cluster::Member { store, storage, elsewhere, tasks } = member;
        let storage = roomy(settings, Box::new(storage), &store);
        Ok(Self { store, storage, elsewhere, following: Following { tasks: Some(tasks) } })
    }
}

/// A storage that asks the disk of the data folder first.
fn roomy(settings: &Settings, storage: Box<dyn Storage>, store: &Arc<Store>) -> Box<dyn Storage> {
    let folder = settings.data.clone();
    Box::new(Roomy::new(storage, store.clone(), Box::new(move || disk::free(&folder))))
}

/// The tasks of a member of a cluster; a relay by itself has none.
#[derive(Default)]
pub(super) struct Following {
    #[cfg(feature = "nats")]
    tasks: Option<crate::cluster::Tasks>,
}

impl Following {
    /// Why the relay can no longer follow its cluster. Does not return before it cannot.
    pub(super) async fn failed(&mut self) -> ServeError {
        #[cfg(feature = "nats")]
        if let Some(tasks) = &mut self.tasks {
            return tasks.failed().await.into();
        }
        std::future::pending().await
    }

    /// A writer that failed because its cluster was left says nothing of why; this does.
    pub(super) async fn blame(&mut self, failed: Result<(), ServeError>) -> Result<(), ServeError> {
        #[cfg(feature = "nats")]
        if let (Err(ServeError::Failed(_)), Some(_)) = (&failed, &self.tasks) {
            return Err(self.failed().await);
        }
        failed
    }

    /// Ends them in order.
    pub(super) async fn stop(self) {
        #[cfg(feature = "nats")]
        if let Some(tasks) = self.tasks {
            tasks.stop().await;
        }
    }
}
