//! The server around the relay: HTTP, the WebSocket at `/relay`, and the app's files.
//!
//! One task per connection drives its session; the writer thread is the only one that writes. When the relay is told to
//! stop it lets writes under way finish, says goodbye to everyone and returns.

mod app;
mod blob;
mod door;
mod headers;
mod range;
mod socket;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::map_response_with_state;
use axum::response::Response;
use axum::routing::get;
use axum::serve::ListenerExt;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use crate::blob::{self as blobs, Blobs};
use crate::hub::Hub;
use crate::limits::EXPIRE_STEP;
use crate::metrics::Metrics;
use crate::settings::{Origin, OriginMissing, Settings};
use crate::store::{OpenError, Store, StoreError};
use crate::turn::{Turn, TurnError};
use crate::writer::Writer;
use app::App;
pub use app::AppError;
use headers::SecurityHeaders;

/// How often old records are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(600);
/// How long connections may take to say goodbye when the relay stops.
const DRAIN: Duration = Duration::from_secs(10);

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
    /// The port is taken, or not ours to take.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] std::io::Error),
    #[error("the writer thread cannot be started: {0}")]
    Thread(#[source] std::io::Error),
    /// The disk failed under the store. Nothing that was accepted is lost; what was not is asked again.
    #[error("the store failed ({0}); the relay has stopped, look at the disk before starting it again")]
    Failed(String),
}

/// What every connection needs.
pub(crate) struct Shared {
    store: Arc<Store>,
    hub: Arc<Hub>,
    writer: Writer,
    metrics: Arc<Metrics>,
    origins: Vec<Origin>,
    headers: SecurityHeaders,
    app: App,
    /// None where the operator offers none.
    blobs: Option<Arc<Blobs>>,
    /// None where the operator has none.
    turn: Option<Turn>,
    /// True from the moment that the relay is to stop.
    stop: watch::Receiver<bool>,
    ready: AtomicBool,
    next_connection: AtomicU64,
    /// Goes with the last share: then all connections have said goodbye.
    _open: mpsc::Sender<()>,
}

/// Runs a relay until `stop` is done. `listening` is called once, when clients can connect.
pub async fn serve(
    settings: Settings,
    listening: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let unbound = |error| ServeError::Listen(settings.listen, error);
    let listener = TcpListener::bind(settings.listen).await.map_err(unbound)?;
    let bound = listener.local_addr().map_err(unbound)?;
    let origins = settings.origins(bound)?;
    let turn = Turn::open(&settings.turn)?;
    let store = Arc::new(Store::open(&settings.data)?);
    let app = settings.app.as_deref().map_or_else(|| Ok(App::none()), App::load)?;

    let retention_ms = settings.retention_days.saturating_mul(24 * 60 * 60 * 1000);
    let blobs = Blobs::open(&settings.blobs, &settings.data, retention_ms, store.clone(), now_ms).await?.map(Arc::new);

    let (hub, metrics) = (Arc::new(Hub::default()), Arc::new(Metrics::default()));
    let (writer, thread) =
        Writer::start(store.clone(), hub.clone(), metrics.clone(), now_ms).map_err(ServeError::Thread)?;
    let (stopping, stopped) = watch::channel(false);
    let (open, mut all_closed) = mpsc::channel(1);
    let shared = Arc::new(Shared {
        headers: SecurityHeaders::new(&origins),
        store: store.clone(),
        hub,
        writer,
        metrics: metrics.clone(),
        origins,
        app,
        blobs: blobs.clone(),
        turn,
        stop: stopped.clone(),
        ready: AtomicBool::new(true),
        next_connection: AtomicU64::new(1),
        _open: open,
    });
    let sweep = tokio::spawn(sweep(store, blobs, metrics, retention_ms));
    // The thread ends by itself when the last way to it is gone; earlier only when the store has failed.
    let mut writing = tokio::task::spawn_blocking(move || thread.join());

    let server = axum::serve(listener.tap_io(|socket| _ = socket.set_nodelay(true)), router(shared.clone()));
    let mut http_stop = stopped.clone();
    let server = server.with_graceful_shutdown(async move { _ = http_stop.changed().await });
    let mut server = tokio::spawn(server.into_future());
    listening(bound);
    tracing::info!("ready");

    let failed = tokio::select! {
        () = stop => None,
        ended = &mut writing => Some(outcome(ended)),
    };
    tracing::info!("stopping");
    shared.ready.store(false, Ordering::Relaxed);
    sweep.abort();
    _ = stopping.send(true);
    drop(shared);
    // Connections drop their share of `Shared`, with it the last ways to the writer, which then ends.
    _ = tokio::time::timeout(DRAIN, async {
        _ = (&mut server).await;
        _ = all_closed.recv().await;
    })
    .await;
    server.abort();
    match failed {
        Some(failed) => failed,
        None => tokio::time::timeout(DRAIN, writing).await.map_or(Ok(()), outcome),
    }
}

type Joined = Result<std::thread::Result<Result<(), StoreError>>, tokio::task::JoinError>;

fn outcome(ended: Joined) -> Result<(), ServeError> {
    match ended {
        Ok(Ok(Ok(()))) => Ok(()),
        Ok(Ok(Err(error))) => Err(ServeError::Failed(error.to_string())),
        Ok(Err(_)) | Err(_) => Err(ServeError::Failed("the writer thread panicked".into())),
    }
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route(xchat_wire::SOCKET_PATH, get(door::open))
        .route(&format!("{}{{hash}}", xchat_wire::BLOB_PATH), get(blob::get).put(blob::put))
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(|State(shared): State<Arc<Shared>>| async move { shared.metrics.text() }))
        .route("/", get(file))
        .route("/{*path}", get(file))
        .layer(map_response_with_state(shared.clone(), secure))
        .with_state(shared)
}

async fn secure(State(shared): State<Arc<Shared>>, mut response: Response) -> Response {
    shared.headers.apply(response.headers_mut());
    response
}

async fn ready(State(shared): State<Arc<Shared>>) -> (StatusCode, &'static str) {
    match shared.ready.load(Ordering::Relaxed) {
        true => (StatusCode::OK, "ready\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n"),
    }
}

async fn file(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    shared.app.get(request.uri().path(), request.headers())
}

/// Removes records older than the retention, and blobs whose time is over, now and then, in transactions short enough for posts to pass between them.
async fn sweep(store: Arc<Store>, blobs: Option<Arc<Blobs>>, metrics: Arc<Metrics>, retention_ms: u64) {
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    loop {
        ticks.tick().await;
        let before = now_ms().saturating_sub(retention_ms);
        loop {
            let store = store.clone();
            match tokio::task::spawn_blocking(move || store.expire(before, EXPIRE_STEP)).await {
                Ok(Ok(removed)) => {
                    metrics.expired.add(removed as u64);
                    if removed < EXPIRE_STEP {
                        break;
                    }
                }
                Ok(Err(error)) => {
                    tracing::error!(%error, "old records could not be removed");
                    break;
                }
                Err(_) => return,
            }
        }
        if let Some(blobs) = &blobs {
            match blobs.sweep().await {
                Ok(removed) => metrics.blobs_expired.add(removed as u64),
                Err(error) => tracing::error!(%error, "old blobs could not be removed"),
            }
        }
    }
}

/// Unix time in milliseconds.
fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
