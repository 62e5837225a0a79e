//! A client of nats-server's WebSocket port: as much of the NATS protocol as the measurements need.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use futures_util::SinkExt;
use tokio_tungstenite::tungstenite::Message;

use crate::socket::{self, Socket, Use};

const CONNECT: &str = "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"bench\",\"version\":\"1\",\
                       \"protocol\":1,\"headers\":false}\r\nPING\r\n";

/// One connection. A WebSocket message may hold several of the protocol's, or part of one.
pub(crate) struct Nats {
    socket: Socket,
    buffer: Vec<u8>,
    /// What is before it has been handed out.
    at: usize,
}

impl Nats {
    /// Connects and hears that it may go on.
    pub(crate) async fn connect(bound: SocketAddr, use_of: Use) -> Result<Self> {
        let socket = socket::open(bound, "/", None, use_of).await?;
        let mut nats = Self { socket, buffer: Vec::new(), at: 0 };
        nats.say(CONNECT).await?;
        nats.pong().await?;
        Ok(nats)
    }

    /// Subscribes; when this returns the server knows.
    pub(crate) async fn subscribe(&mut self, subject: &str) -> Result<()> {
        self.say(&format!("SUB {subject} 1\r\nPING\r\n")).await?;
        self.pong().await
    }

    /// Makes the stream that keeps `log.>` on disk, with the durability that its server was set to.
    pub(crate) async fn create_stream(&mut self) -> Result<()> {
        self.subscribe("made").await?;
        let stream = "{\"name\":\"BENCH\",\"subjects\":[\"log.>\"],\"storage\":\"file\",\"num_replicas\":1}";
        self.say(&format!("PUB $JS.API.STREAM.CREATE.BENCH made {}\r\n{stream}\r\n", stream.len())).await?;
        let answer = self.message(|_, answer| String::from_utf8_lossy(answer).into_owned()).await?;
        ensure!(!answer.contains("\"error\""), "JetStream answered {answer}");
        Ok(())
    }

    /// A publication, with the subject for its answer where one is wanted.
    pub(crate) fn publication(subject: &str, answer: &str, body: &[u8]) -> Message {
        let mut text = format!("PUB {subject} {answer} {}\r\n", body.len()).into_bytes();
        text.extend_from_slice(body);
        text.extend_from_slice(b"\r\n");
        Message::Binary(text.into())
    }

    /// Queues a publication; [`Nats::flush`] sends it.
    pub(crate) async fn feed(&mut self, publication: Message) -> Result<()> {
        Ok(self.socket.feed(publication).await?)
    }

    /// Sends what is queued.
    pub(crate) async fn flush(&mut self) -> Result<()> {
        Ok(self.socket.flush().await?)
    }

    /// The next message's subject and body. May be dropped while it waits.
    pub(crate) async fn message<T>(&mut self, read: impl FnOnce(&str, &[u8]) -> T) -> Result<T> {
        loop {
            let Some((line, end)) = self.line() else {
                self.more().await?;
                continue;
            };
            if let Some(head) = line.strip_prefix("MSG ") {
                let size: usize =
                    head.rsplit(' ').next().and_then(|size| size.parse().ok()).context("MSG without size")?;
                if self.buffer.len() < end + size + 2 {
                    self.more().await?;
                    continue;
                }
                let subject = head.split(' ').next().unwrap_or_default();
                let read = read(subject, &self.buffer[end..end + size]);
                self.at = end + size + 2;
                return Ok(read);
            }
            ensure!(!line.starts_with("-ERR"), "nats-server says {line}");
            let ping = line == "PING";
            self.at = end;
            if ping {
                self.say("PONG\r\n").await?;
            }
        }
    }

    /// The connection itself, when all that is subscribed is subscribed.
    pub(crate) fn into_socket(self) -> Socket {
        self.socket
    }

    async fn pong(&mut self) -> Result<()> {
        loop {
            match self.line() {
                None => self.more().await?,
                Some(("PONG", end)) => {
                    self.at = end;
                    return Ok(());
                }
                Some((line, end)) => {
                    if line.starts_with("-ERR") {
                        bail!("nats-server says {line}");
                    }
                    self.at = end;
                }
            }
        }
    }

    /// The next whole line without its end, and where it ends.
    fn line(&self) -> Option<(&str, usize)> {
        let rest = &self.buffer[self.at..];
        let length = rest.windows(2).position(|two| two == b"\r\n")?;
        Some((std::str::from_utf8(&rest[..length]).unwrap_or("-ERR not text"), self.at + length + 2))
    }

    async fn more(&mut self) -> Result<()> {
        let bytes = socket::next(&mut self.socket).await?;
        self.buffer.drain(..self.at);
        self.at = 0;
        self.buffer.extend_from_slice(&bytes);
        Ok(())
    }

    async fn say(&mut self, text: &str) -> Result<()> {
        Ok(self.socket.send(Message::Binary(text.to_owned().into_bytes().into())).await?)
    }
}
