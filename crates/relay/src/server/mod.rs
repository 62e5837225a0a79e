//! The server around the relay: HTTP, the WebSocket at `/relay`, and the app's files.
//!
//! One task per connection drives its session; the writer thread is the only one that writes. When the relay is told to
//! stop it lets writes under way finish, says goodbye to everyone and returns; until then it answers that it is not ready.

#[cfg(feature = "acme")]
mod acme;
mod app;
mod blob;
mod clock;
mod door;
mod guard;
mod headers;
mod listen;
mod operator;
mod patient;
mod range;
mod routes;
mod signals;
mod socket;
mod stored;
mod tag;
#[cfg(test)]
mod tests;
mod tls;
mod upkeep;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::blob::{self as blobs, Blobs};
use crate::elsewhere::Elsewhere;
use crate::hub::Hub;
use crate::metrics::Metrics;
use crate::settings::{Origin, OriginMissing, Settings};
use crate::storage::StorageError;
use crate::store::{OpenError, Store};
use crate::turn::{Turn, TurnError};
use crate::writer::Writer;
use app::App;
pub use app::AppError;
use clock::{Clock, now_ms};
use guard::Guard;
use headers::SecurityHeaders;
use stored::Stored;
use tls::Tls;
pub use tls::TlsError;

/// How long the writer may take over what is queued when the relay stops.
const LAST_WRITES: Duration = Duration::from_secs(10);

/// Why the relay could not start, or had to stop.
#[derive(Debug, Error)]
pub enum ServeError {
    #[error(transparent)]
    Store(#[from] OpenError),
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    Blobs(#[from] blobs::OpenError),
    #[error(transparent)]
    Turn(#[from] TurnError),
    #[error(transparent)]
    Origin(#[from] OriginMissing),
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The port is taken, or not ours to take.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] std::io::Error),
    /// The same, of the metrics' port.
    #[error("cannot listen on --metrics-listen {0}: {1}")]
    Metrics(SocketAddr, #[source] std::io::Error),
    #[error("the writer thread cannot be started: {0}")]
    Thread(#[source] std::io::Error),
    /// Why the relay is no member of its cluster, or not any more.
    #[cfg(feature = "nats")]
    #[error(transparent)]
    Cluster(#[from] crate::cluster::ClusterError),
    /// The disk failed under the store. Nothing that was accepted is lost; what was not is asked again.
    #[error(
        "the disk of the data folder is full and the relay has stopped. Nothing that it accepted is lost. Make room on the disk, start \
         it again, and set --store-mib so that the store leaves the disk some"
    )]
    NoRoom,
    #[error("the store failed ({0}); the relay has stopped, look at the disk before starting it again")]
    Failed(String),
}

/// What every connection needs.
pub(crate) struct Shared {
    store: Arc<Store>,
    hub: Arc<Hub>,
    writer: Writer,
    metrics: Arc<Metrics>,
    guard: Arc<Guard>,
    origins: Vec<Origin>,
    headers: SecurityHeaders,
    app: App,
    clock: Clock,
    trust_proxy: bool,
    first_frame: Duration,
    /// None where the operator offers none.
    blobs: Option<Arc<Blobs>>,
    /// None where the operator has none.
    turn: Option<Turn>,
    elsewhere: Elsewhere,
    /// True from the moment that the relay is to stop.
    stop: watch::Receiver<bool>,
    ready: AtomicBool,
    next_connection: AtomicU64,
    /// Connections of every kind: when there are none, the relay may end.
    connections: watch::Sender<usize>,
}

/// One of [`Shared::connections`], until it is dropped.
struct Counted(watch::Sender<usize>);

impl Shared {
    fn count(&self) -> Counted {
        self.connections.send_modify(|count| *count += 1);
        Counted(self.connections.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// Where a relay listens: the ports that were asked for, or those that were free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// For clients.
    pub clients: SocketAddr,
    /// For the operator's metrics, where there are any.
    pub metrics: Option<SocketAddr>,
}

/// Runs a relay until `stop` is done. `listening` is called once, when clients can connect.
pub async fn serve(
    settings: Settings,
    listening: impl FnOnce(Bound),
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    serve_by(now_ms, settings, listening, stop).await
}

/// The same by another wall clock.
async fn serve_by(
    wall: fn() -> u64,
    settings: Settings,
    listening: impl FnOnce(Bound),
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let unbound = |error| ServeError::Listen(settings.listen, error);
    let listener = TcpListener::bind(settings.listen).await.map_err(unbound)?;
    let bound = listener.local_addr().map_err(unbound)?;
    let (for_operator, metrics_bound) = operator::listen(settings.metrics_listen).await?;
    let origins = settings.origins(bound)?;
    let app = settings.app.as_deref().map_or_else(|| Ok(App::built_in()), App::load)?;
    let tls = match (&settings.tls_cert, &settings.tls_key) {
        (Some(certificate), Some(key)) => Some(Tls::open(certificate, key)?),
        #[cfg(feature = "acme")]
        _ if settings.has_tls() => Some(Tls::open_or_wait(&acme::file(&settings))),
        _ => None,
    };
    let turn = Turn::open(&settings.turn)?;
    let (hub, metrics) = (Arc::new(Hub::default()), Arc::new(Metrics::default()));
    let Stored { store, storage, elsewhere, mut following } = Stored::open(&settings, &hub, &metrics).await?;
    let (writer, thread) = Writer::start(storage, metrics.clone()).map_err(ServeError::Thread)?;
    let (data, retention) = (&settings.data, settings.retention_ms());
    let blobs = match Blobs::open(&settings.blobs, data, retention, store.clone(), writer.clone(), wall).await {
        Ok(blobs) => blobs.map(Arc::new),
        Err(error) => {
            // Nobody has written anything: the store is closed as it was found, and the next start has nothing to tell.
            writer.stop();
            outcome(tokio::task::spawn_blocking(move || thread.join()).await)?;
            following.stop().await;
            store.close().map_err(|error| ServeError::Failed(error.to_string()))?;
            return Err(error.into());
        }
    };

    let (stopping, stopped) = watch::channel(false);
    let (connections, mut remaining) = watch::channel(0);
    let shared = Arc::new(Shared {
        headers: SecurityHeaders::new(&origins),
        store: store.clone(),
        hub,
        writer,
        metrics,
        guard: Arc::new(Guard::new(&settings.limits)),
        origins,
        app,
        clock: Clock::new(wall),
        trust_proxy: settings.trust_proxy,
        first_frame: Duration::from_secs(settings.limits.first_frame_seconds),
        blobs,
        turn,
        elsewhere,
        stop: stopped,
        ready: AtomicBool::new(true),
        next_connection: AtomicU64::new(1),
        connections,
    });
    #[cfg(feature = "acme")]
    let certificates = tokio::spawn(acme::keep(settings.clone(), tls.clone()));
    let upkeep = upkeep::start(&shared, &settings, tls.clone());
    let mut writing = tokio::task::spawn_blocking(move || thread.join());
    let accepting = tokio::spawn(listen::accept(listener, tls, routes::all(shared.clone()), shared.clone()));
    let watching =
        tokio::spawn(operator::accept(for_operator, routes::of_operator(shared.clone()), shared.stop.clone()));
    listening(Bound { clients: bound, metrics: metrics_bound });
    tracing::info!("ready");

    // The thread ends by itself only when the store has failed.
    let failed = tokio::select! {
        () = stop => None,
        failed = following.failed() => Some(Err(failed)),
        ended = &mut writing => Some(outcome(ended)),
    };
    let failed = match failed {
        Some(failed) => Some(following.blame(failed).await),
        None => None,
    };
    tracing::info!("stopping");
    shared.ready.store(false, Ordering::Relaxed);
    upkeep.abort();
    #[cfg(feature = "acme")]
    certificates.abort();
    _ = stopping.send(true);
    let drain = Duration::from_secs(settings.drain_seconds);
    // However many are left then: what they were promised is on disk.
    _ = tokio::time::timeout(drain, remaining.wait_for(|count| *count == 0)).await;
    accepting.abort();
    watching.abort();
    if let Some(failed) = failed {
        return failed;
    }
    let last = async {
        shared.writer.stop();
        writing.await
    };
    // A writer that is still at it leaves the store's mark where it is, as a kill would.
    let Ok(ended) = tokio::time::timeout(LAST_WRITES, last).await else { return Ok(()) };
    outcome(ended)?;
    following.stop().await;
    store.close().map_err(|error| ServeError::Failed(error.to_string()))?;
    tracing::info!("stopped");
    Ok(())
}

type Joined = Result<std::thread::Result<Result<(), StorageError>>, tokio::task::JoinError>;

fn outcome(ended: Joined) -> Result<(), ServeError> {
    match ended {
        Ok(Ok(Ok(()))) => Ok(()),
        Ok(Ok(Err(StorageError::NoRoom))) => Err(ServeError::NoRoom),
        Ok(Ok(Err(error))) => Err(ServeError::Failed(error.to_string())),
        Ok(Err(_)) | Err(_) => Err(ServeError::Failed("the writer thread panicked".into())),
    }
}
