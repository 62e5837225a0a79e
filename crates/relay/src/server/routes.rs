//! What is answered at which path: to clients, and to the operator's own listener.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::map_response_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::listen::Caller;
use super::{Shared, blob, door};
use crate::metrics::Moment;

/// Every path.
pub(super) fn all(shared: Arc<Shared>) -> Router {
    Router::new()
        .route(xchat_wire::SOCKET_PATH, get(door::open))
        .route(&format!("{}{{hash}}", xchat_wire::BLOB_PATH), get(blob::get).put(blob::put))
        .route("/healthz", get(|| async { fresh("alive\n".to_owned()) }))
        .route("/readyz", get(ready))
        .route("/", get(file))
        .route("/{*path}", get(file))
        .layer(map_response_with_state(shared.clone(), secure))
        .with_state(shared)
}

/// What the operator's listener answers: the metrics and nothing else.
pub(super) fn of_operator(shared: Arc<Shared>) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state(shared)
}

async fn secure(State(shared): State<Arc<Shared>>, mut response: Response) -> Response {
    shared.headers.apply(response.headers_mut());
    response
}

/// Ready: the store is open, the writer lives, nobody has told the relay to stop, and it hears from its cluster if it has one.
async fn ready(State(shared): State<Arc<Shared>>) -> Response {
    let unready = |why: &str| (StatusCode::SERVICE_UNAVAILABLE, fresh(why.to_owned())).into_response();
    match (shared.ready.load(Ordering::Relaxed), shared.elsewhere.is_fresh()) {
        // It serves all the same: the cluster's clock dates what is written.
        (true, true) if shared.elsewhere.clock_is_off() => {
            fresh("ready, but the clock differs from the cluster's\n".to_owned())
        }
        (true, true) => fresh("ready\n".to_owned()),
        (true, false) => unready("behind its cluster\n"),
        (false, _) => unready("stopping\n"),
    }
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    shared.metrics.clock_off.set(shared.elsewhere.clock_off_ms());
    let sums = shared.store.snapshot().and_then(|snapshot| Ok((snapshot.stored_bytes()?, snapshot.blob_bytes()?)));
    let (stored_bytes, blob_bytes) = sums.unwrap_or_else(|error| {
        tracing::error!(%error, "what is stored could not be looked up");
        (0, 0)
    });
    let moment = Moment {
        store_bytes: shared.store.file_bytes(),
        stored_bytes,
        queue_bytes: shared.writer.waiting_bytes(),
        blob_bytes,
    };
    let mut response = fresh(shared.metrics.text(moment));
    let format = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, format);
    response
}

async fn file(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    if let Some(refused) = too_many_files(&shared, &request) {
        return refused;
    }
    shared.app.get(request.uri().path(), request.headers())
}

/// Files are answered from memory, and yet not without end.
fn too_many_files(shared: &Shared, request: &Request) -> Option<Response> {
    let address = request.extensions().get::<Caller>()?.behind(request.headers());
    let wait = shared.guard.pay_file(address, shared.clock.steady()).err()?;
    shared.metrics.limited.add(1);
    let mut response =
        (StatusCode::TOO_MANY_REQUESTS, fresh("too many requests from this address\n".into())).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, wait.div_ceil(1000).into());
    Some(response)
}

/// A text that is true at this moment only.
fn fresh(text: String) -> Response {
    ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], text).into_response()
}
