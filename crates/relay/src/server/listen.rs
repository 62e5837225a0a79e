//! From the listening socket to a request: who is let in, TLS where the relay does it itself, and how long a client may take
//! over each step.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tower_service::Service;

use super::Shared;
use super::guard::{Refused, Seat};
use super::patient::Patient;
use super::tls::Tls;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long the head of a request may take, and how long a connection may wait between two requests.
const HEAD: Duration = Duration::from_secs(10);
/// How long a connection may speak HTTP; a WebSocket is one no more. A request that is under way then is finished, and
/// nothing follows it.
const HTTP: Duration = Duration::from_secs(600);
/// How long that last request may take. An upload ends with its grant at the latest, so that none is cut off that makes
/// progress.
const LAST: Duration = Duration::from_millis(xchat_wire::GRANT_MS);
/// Header lines of a request.
const HEAD_LINES: usize = 64;
/// Bytes of a request's head.
const HEAD_BYTES: usize = 16 * 1024;
/// How long to wait when no connection can be accepted, for lack of file descriptors say.
const PAUSE: Duration = Duration::from_secs(1);
/// How often at most the operator is told that connections are refused, in milliseconds.
const TELL_MS: u64 = 60_000;

/// Who sends a request: the place that its connection takes, and the address that it came from.
#[derive(Clone)]
pub(super) struct Caller {
    /// None behind a proxy, where each WebSocket takes a place of its own.
    pub(super) seat: Option<Arc<Seat>>,
    pub(super) address: IpAddr,
}

/// Accepts connections for ever.
pub(super) async fn accept(listener: TcpListener, tls: Option<Tls>, router: Router, shared: Arc<Shared>) {
    loop {
        match listener.accept().await {
            Ok((socket, from)) => {
                let Some(caller) = admit(&shared, from) else { continue };
                tokio::spawn(welcome(socket, caller, tls.clone(), router.clone(), shared.clone()));
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(kind = ?error.kind(), "no connection can be accepted: is LimitNOFILE high enough?");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Behind a proxy the address is the proxy's, and says nothing.
fn admit(shared: &Shared, from: SocketAddr) -> Option<Caller> {
    let address = from.ip();
    if shared.trust_proxy {
        return Some(Caller { seat: None, address });
    }
    let seat = Some(Arc::new(shared.enter(address)?));
    Some(Caller { seat, address })
}

impl Shared {
    /// A place for a connection of this address, if it may have one.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Seat> {
        let now = self.clock.steady();
        let refused = match self.guard.enter(address, now) {
            Ok(seat) => return Some(seat),
            Err(refused) => refused,
        };
        self.metrics.refused.add(1);
        static TELL_AGAIN: AtomicU64 = AtomicU64::new(0);
        if now >= TELL_AGAIN.load(Ordering::Relaxed) {
            TELL_AGAIN.store(now + TELL_MS, Ordering::Relaxed);
            match refused {
                Refused::Full => tracing::warn!("connections are refused: --max-connections are open"),
                Refused::TooMany => tracing::warn!(
                    "connections of one network address are refused: it is over its limits; if all come through a proxy, \
                     set --trust-proxy"
                ),
            }
        }
        None
    }
}

/// One connection, until it ends or becomes a WebSocket.
async fn welcome(socket: TcpStream, caller: Caller, tls: Option<Tls>, router: Router, shared: Arc<Shared>) {
    let _counted = shared.count();
    // Small frames go at once; a socket that does not take the option is as good as closed.
    if socket.set_nodelay(true).is_err() {
        return;
    }
    match tls {
        None => serve(socket, caller, router, shared.stop.clone()).await,
        Some(tls) => {
            if let Ok(Ok(Some(socket))) = timeout(HANDSHAKE, tls.accept(socket)).await {
                serve(socket, caller, router, shared.stop.clone()).await;
            }
        }
    }
}

/// Answers requests on one connection. When the relay is told to stop, the one that is under way is the last.
pub(super) async fn serve<S>(socket: S, caller: Caller, router: Router, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(caller.clone());
        router.clone().call(request.map(Body::new))
    });
    let stopping = *stop.borrow_and_update();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD).max_headers(HEAD_LINES).max_buf_size(HEAD_BYTES);
    // While the relay stops, whoever asks how it is gets one answer.
    http.keep_alive(!stopping);
    let connection = http.serve_connection(TokioIo::new(Patient::new(socket)), service).with_upgrades();
    tokio::pin!(connection);
    let ends = tokio::time::sleep(HTTP);
    tokio::pin!(ends);
    let mut last = false;
    loop {
        tokio::select! {
            // However it ends, there is nobody to tell.
            _ = connection.as_mut() => return,
            () = &mut ends => match last {
                true => return,
                false => {
                    last = true;
                    connection.as_mut().graceful_shutdown();
                    ends.as_mut().reset(Instant::now() + LAST);
                }
            },
            changed = stop.changed(), if !stopping => match changed {
                Ok(()) => connection.as_mut().graceful_shutdown(),
                Err(_) => return,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::put;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    /// What a server says to a client that sends one byte of a body of `size` each `every`, and then asks once more.
    async fn trickle(size: usize, every: Duration) -> String {
        let router = Router::new().route("/", put(async |body: axum::body::Bytes| format!("{} bytes", body.len())));
        let (mut client, server) = duplex(64 * 1024);
        let (_stop, stopped) = watch::channel(false);
        let caller = Caller { seat: None, address: [127, 0, 0, 1].into() };
        let serving = tokio::spawn(serve(server, caller, router, stopped));
        let head = format!("PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n");
        client.write_all(head.as_bytes()).await.unwrap();
        for _ in 0..size {
            tokio::time::sleep(every).await;
            if client.write_all(b"x").await.is_err() {
                break;
            }
        }
        // Whoever is cut off hears nothing, and cannot ask.
        _ = client.write_all(b"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n").await;
        let mut said = String::new();
        _ = client.read_to_string(&mut said).await;
        serving.await.unwrap();
        said
    }

    #[tokio::test(start_paused = true)]
    async fn an_upload_at_the_end_of_its_connections_time_is_finished_and_is_the_last() {
        let said = trickle(500, Duration::from_secs(10)).await;
        assert!(said.starts_with("HTTP/1.1 200") && said.ends_with("500 bytes"), "{said}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_takes_for_ever_is_cut_off() {
        assert_eq!(trickle(600, Duration::from_secs(10)).await, "");
    }
}
