//! The client's side of a WebSocket over loopback, with buffers so small that thousands fit into one process.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// Bytes that are read at once.
const READ: usize = 16 * 1024;
/// Bytes that are written at once.
const WRITE: usize = 16 * 1024;
/// Bytes that an idle connection reads and writes at once.
const IDLE: usize = 1024;

/// One connection.
pub(crate) type Socket = WebSocketStream<TcpStream>;

/// What a connection's stream gives.
pub(crate) type Heard = Result<Message, Error>;

/// What a connection is for.
#[derive(Clone, Copy)]
pub(crate) enum Use {
    Busy,
    Idle,
}

/// Opens one at `path`, offering `protocol` where there is one.
pub(crate) async fn open(bound: SocketAddr, path: &str, protocol: Option<&'static str>, use_of: Use) -> Result<Socket> {
    let mut request = format!("ws://{bound}{path}").into_client_request()?;
    if let Some(protocol) = protocol {
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static(protocol));
    }
    let stream = TcpStream::connect(bound).await.context("connecting")?;
    stream.set_nodelay(true)?;
    let (read, write) = match use_of {
        Use::Busy => (READ, WRITE),
        Use::Idle => (IDLE, IDLE),
    };
    let config = WebSocketConfig::default().read_buffer_size(read).write_buffer_size(write);
    let (socket, _) = client_async_with_config(request, stream, Some(config)).await.context("upgrading")?;
    Ok(socket)
}

/// The next message's bytes. A connection that ends here ends the run: nothing that is measured closes one.
pub(crate) async fn next(stream: &mut (impl StreamExt<Item = Heard> + Unpin)) -> Result<Bytes> {
    loop {
        match stream.next().await {
            Some(Ok(Message::Binary(bytes))) => return Ok(bytes),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(other)) => bail!("a server sent {other:?}"),
            Some(Err(error)) => return Err(error).context("reading from a server"),
            None => bail!("a server closed a connection"),
        }
    }
}
