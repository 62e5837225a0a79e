//! The operator's own listener: metrics over plain HTTP, on an address that clients do not reach.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use super::ServeError;
use super::listen::{self, Caller};

/// Connections at once: one Prometheus and a few people. One more waits until another ends.
const CONNECTIONS: usize = 16;
/// How long to wait when no connection can be accepted.
const PAUSE: Duration = Duration::from_secs(1);

/// Binds the listener, where there is to be one, and says where.
pub(super) async fn listen(
    address: Option<SocketAddr>,
) -> Result<(Option<TcpListener>, Option<SocketAddr>), ServeError> {
    let Some(address) = address else { return Ok((None, None)) };
    let failed = |error| ServeError::Metrics(address, error);
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((Some(listener), Some(bound)))
}

/// Accepts connections for ever. They hold nobody up: what is open when the relay ends is cut off.
pub(super) async fn accept(listener: Option<TcpListener>, router: Router, stop: watch::Receiver<bool>) {
    let Some(listener) = listener else { return };
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // The semaphore is never closed.
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let Ok((socket, from)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let (router, stop) = (router.clone(), stop.clone());
        tokio::spawn(async move {
            listen::serve(socket, Caller { seat: None, address: from.ip() }, router, stop).await;
            drop(place);
        });
    }
}
