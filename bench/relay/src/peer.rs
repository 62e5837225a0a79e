//! One topic, one publisher, many subscribers, whatever the server is.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use xchat_wire::{Address, ChainHash, Epoch, Kind as RecordKind, PostId, Record, Seq, ServerFrame, encode};

use crate::bare;
use crate::nats::Nats;
use crate::process::Kind;
use crate::relay::{self, Client, Log, random};
use crate::socket::{self, Socket, Use};

/// Bytes of a body.
pub(crate) const BODY: usize = 1024;

/// A topic that publisher and subscribers know.
pub(crate) struct Topic {
    log: Log,
    bound: SocketAddr,
    kind: Kind,
}

impl Topic {
    /// A new one on this server; in the relay a log.
    pub(crate) async fn create(bound: SocketAddr, kind: Kind) -> Result<Self> {
        let topic = Self { log: Log::fresh()?, bound, kind };
        if topic.kind == Kind::Relay {
            Client::connect(topic.bound, Use::Busy).await?.create(&topic.log).await?;
        }
        Ok(topic)
    }

    /// A connection that listens by the time that this returns.
    pub(crate) async fn subscribe(&self, use_of: Use) -> Result<Subscriber> {
        Ok(match self.kind {
            Kind::Relay => {
                let mut client = Client::connect(self.bound, use_of).await?;
                client.prove(&self.log).await?;
                client.subscribe(&self.log).await?;
                client.caught_up().await?;
                Subscriber::Relay(client)
            }
            Kind::Bare => Subscriber::Bare(bare::subscribe(self.bound, self.log.address.as_bytes(), use_of).await?),
            Kind::Nats => {
                let mut nats = Nats::connect(self.bound, use_of).await?;
                nats.subscribe(&self.subject()).await?;
                Subscriber::Nats(nats)
            }
        })
    }

    /// A connection that publishes to those who listen by now.
    pub(crate) async fn publisher(&self) -> Result<Publisher> {
        let socket = match self.kind {
            Kind::Relay => {
                let mut client = Client::connect(self.bound, Use::Busy).await?;
                client.prove(&self.log).await?;
                client.into_socket()
            }
            Kind::Bare => bare::publisher(self.bound, self.log.address.as_bytes()).await?,
            Kind::Nats => Nats::connect(self.bound, Use::Busy).await?.into_socket(),
        };
        let (sink, stream) = socket.split();
        let answers = match self.kind {
            Kind::Relay => tokio::spawn(relay::take_replies(stream)),
            Kind::Bare | Kind::Nats => tokio::spawn(listen(stream)),
        };
        let (log, subject) = (self.log.clone(), self.subject());
        Ok(Publisher { kind: self.kind, sink, answers, log, subject, count: 0, frame: record_frame_len() })
    }

    /// A name that no other topic has.
    fn subject(&self) -> String {
        let name: String = self.log.address.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("topic.{name}")
    }
}

/// Reads what a server says to a publisher that asks nothing.
async fn listen(mut stream: impl StreamExt<Item = socket::Heard> + Unpin) -> Result<()> {
    loop {
        socket::next(&mut stream).await?;
    }
}

/// The publishing end.
pub(crate) struct Publisher {
    kind: Kind,
    sink: SplitSink<Socket, Message>,
    answers: JoinHandle<Result<()>>,
    log: Log,
    subject: String,
    count: u32,
    /// Bytes of a frame in which the relay delivers a body.
    frame: usize,
}

impl Publisher {
    /// Sends one body that carries `stamp`.
    pub(crate) async fn publish(&mut self, stamp: u64) -> Result<()> {
        self.count += 1;
        let mut body = vec![0x5a; BODY];
        body[..8].copy_from_slice(&stamp.to_be_bytes());
        let message = match self.kind {
            Kind::Relay => self.log.append(self.count, random()?, &body),
            Kind::Bare => {
                // As many bytes as the relay's subscribers get.
                body.resize(self.frame, 0);
                Message::Binary(body.into())
            }
            Kind::Nats => Nats::publication(&self.subject, "", &body),
        };
        self.sink.send(message).await.context("publishing")
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.answers.abort();
    }
}

/// The listening end.
pub(crate) enum Subscriber {
    Relay(Client),
    Bare(Socket),
    Nats(Nats),
}

impl Subscriber {
    /// The stamp of the next body.
    pub(crate) async fn delivery(&mut self) -> Result<u64> {
        match self {
            Self::Relay(client) => stamp(&client.record().await?),
            Self::Bare(socket) => stamp(&socket::next(socket).await?),
            Self::Nats(nats) => nats.message(|_, body| stamp(body)).await?,
        }
    }
}

fn stamp(body: &[u8]) -> Result<u64> {
    let stamp = body.first_chunk().context("a body without a stamp")?;
    Ok(u64::from_be_bytes(*stamp))
}

fn record_frame_len() -> usize {
    let (seq, previous, address) = (Seq(1000), Seq(999), Address::new([0; 32]));
    let (post, time, body) = (PostId::new([0; 16]), u64::from(u32::MAX) * 400, vec![0; BODY].into());
    let (epoch, kind, next_key, chain) = (Epoch(0), RecordKind::Message, None, ChainHash::new([0; 32]));
    let record = Record { seq, previous, epoch, kind, post, time, body, next_key, chain };
    encode(&ServerFrame::Record { address, record }).len()
}
