//! The server that the relay is compared with: axum, a map of topics, and nothing else.
//!
//! A connection's first message is `s` or `p` and a topic. What a publisher sends then goes to every subscriber of the topic as it
//! came: no proof, no storage, no encoding, one shared buffer. Queues are bounded, and writes are put together as long as
//! there is something to write.

use std::collections::HashMap;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::routing::get;
use axum::serve::ListenerExt;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite;

use crate::socket::{self, Socket, Use};

/// The word on the command line that starts it.
pub(crate) const WORD: &str = "bare";

/// The relay's own buffers.
const BUFFER: usize = 4096;
/// Messages that wait for one subscriber.
const QUEUE: usize = 1024;
/// Messages that are written before they are flushed.
const TOGETHER: usize = 64;

type Topics = Arc<Mutex<HashMap<Bytes, Vec<mpsc::Sender<Bytes>>>>>;

/// Serves on a free port of loopback, which it prints, until it is ended.
pub(crate) async fn serve() -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("listening")?;
    let bound = listener.local_addr()?;
    // As the relay has it. A socket that does not take the option is slower and no worse.
    let listener = listener.tap_io(|socket| _ = socket.set_nodelay(true));
    let mut out = std::io::stdout();
    writeln!(out, "listening on http://{bound}").and_then(|()| out.flush()).context("saying where it listens")?;
    let router = Router::new().route("/", get(upgrade)).with_state(Topics::default());
    axum::serve(listener, router).await.context("serving")
}

async fn upgrade(State(topics): State<Topics>, upgrade: WebSocketUpgrade) -> axum::response::Response {
    let upgrade = upgrade.read_buffer_size(BUFFER).write_buffer_size(BUFFER);
    upgrade.on_upgrade(|socket| async {
        // However a connection ends, there is nobody to tell.
        _ = converse(socket, topics).await;
    })
}

async fn converse(mut socket: WebSocket, topics: Topics) -> Result<(), axum::Error> {
    let Some(Message::Binary(first)) = socket.recv().await.transpose()? else { return Ok(()) };
    let topic = first.slice(1..);
    match first[0] {
        b's' => {
            let (sender, queue) = mpsc::channel(QUEUE);
            topics.lock().unwrap_or_else(PoisonError::into_inner).entry(topic).or_default().push(sender);
            // So that the client knows that it listens.
            socket.send(Message::Binary(first)).await?;
            pass_on(socket, queue).await
        }
        _ => {
            let subscribers = topics.lock().unwrap_or_else(PoisonError::into_inner).get(&topic).cloned();
            let subscribers = subscribers.unwrap_or_default();
            while let Some(Message::Binary(body)) = socket.recv().await.transpose()? {
                for subscriber in &subscribers {
                    // One that is gone is not told.
                    _ = subscriber.send(body.clone()).await;
                }
            }
            Ok(())
        }
    }
}

async fn pass_on(mut socket: WebSocket, mut queue: mpsc::Receiver<Bytes>) -> Result<(), axum::Error> {
    let mut waiting = Vec::with_capacity(1);
    loop {
        tokio::select! {
            _ = queue.recv_many(&mut waiting, TOGETHER) => {
                for body in waiting.drain(..) {
                    socket.feed(Message::Binary(body)).await?;
                }
                socket.flush().await?;
            }
            heard = socket.next() => match heard.transpose()? {
                Some(Message::Close(_)) | None => return Ok(()),
                Some(_) => {}
            },
        }
    }
}

/// A connection that subscribes to `topic`, and has heard that it does.
pub(crate) async fn subscribe(bound: SocketAddr, topic: &[u8], use_of: Use) -> Result<Socket> {
    let mut socket = socket::open(bound, "/", None, use_of).await?;
    socket.send(opening(b's', topic)).await?;
    socket::next(&mut socket).await?;
    Ok(socket)
}

/// A connection that publishes to those who subscribe to `topic` by now.
pub(crate) async fn publisher(bound: SocketAddr, topic: &[u8]) -> Result<Socket> {
    let mut socket = socket::open(bound, "/", None, Use::Busy).await?;
    socket.send(opening(b'p', topic)).await?;
    Ok(socket)
}

fn opening(role: u8, topic: &[u8]) -> tungstenite::Message {
    tungstenite::Message::Binary([&[role], topic].concat().into())
}
