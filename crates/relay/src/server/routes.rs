//! What is answered at which path.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::map_response_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::{Shared, blob, door};

/// Every path.
pub(super) fn all(shared: Arc<Shared>) -> Router {
    Router::new()
        .route(xchat_wire::SOCKET_PATH, get(door::open))
        .route(&format!("{}{{hash}}", xchat_wire::BLOB_PATH), get(blob::get).put(blob::put))
        .route("/healthz", get(|| async { fresh("alive\n".to_owned()) }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/", get(file))
        .route("/{*path}", get(file))
        .layer(map_response_with_state(shared.clone(), secure))
        .with_state(shared)
}

async fn secure(State(shared): State<Arc<Shared>>, mut response: Response) -> Response {
    shared.headers.apply(response.headers_mut());
    response
}

/// Ready: the store is open, the writer lives, nobody has told the relay to stop, and it hears from its cluster if it has one.
async fn ready(State(shared): State<Arc<Shared>>) -> Response {
    let unready = |why: &str| (StatusCode::SERVICE_UNAVAILABLE, fresh(why.to_owned())).into_response();
    match (shared.ready.load(Ordering::Relaxed), shared.elsewhere.is_fresh()) {
        (true, true) => fresh("ready\n".to_owned()),
        (true, false) => unready("behind its cluster\n"),
        (false, _) => unready("stopping\n"),
    }
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let stored = shared.store.snapshot().and_then(|snapshot| snapshot.stored_bytes());
    let stored = stored.unwrap_or_else(|error| {
        tracing::error!(%error, "what is stored cannot be told");
        0
    });
    let text = shared.metrics.text(shared.store.file_bytes(), stored, shared.writer.waiting_bytes());
    let mut response = fresh(text);
    let format = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, format);
    response
}

async fn file(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    shared.app.get(request.uri().path(), request.headers())
}

/// A text that is true at this moment only.
fn fresh(text: String) -> Response {
    ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], text).into_response()
}
