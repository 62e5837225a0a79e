//! A client of the relay, as docs/PROTOCOL.md has it: it hears the challenge, proves what it opens, keeps to its credit.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use ed25519_dalek::SigningKey;
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;
use xchat_wire::{
    Address, Challenge, ClientFrame, Epoch, MAX_CREDIT, PostId, Proof, Reply, Request, Right, SOCKET_PATH, SUBPROTOCOL,
    Seq, ServerFrame, decode, encode,
};

use crate::socket::{self, Socket, Use};

/// Records after which a subscriber gives new credit.
const RENEW: u32 = MAX_CREDIT / 2;

/// Random bytes.
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).context("no randomness")?;
    Ok(bytes)
}

/// A log and the access key of its epoch 0.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) address: Address,
    key: SigningKey,
}

impl Log {
    /// One that nobody has made yet.
    pub(crate) fn fresh() -> Result<Self> {
        Ok(Self { address: Address::new(random()?), key: SigningKey::from_bytes(&random()?) })
    }

    /// An append of `body`.
    pub(crate) fn append(&self, request: u32, post: [u8; 16], body: &[u8]) -> Message {
        let (request, log, epoch) = (Request(request), self.address, Epoch(0));
        let (post, body) = (PostId::new(post), body.to_vec().into());
        let frame = ClientFrame::Append { request, log, epoch, post, body, ttl: None };
        message(&frame)
    }
}

/// One connection that has heard its challenge.
pub(crate) struct Client {
    socket: Socket,
    origin: String,
    challenge: Challenge,
    requests: u32,
    /// Records since credit was given.
    taken: u32,
}

impl Client {
    /// Connects and hears the welcome.
    pub(crate) async fn connect(bound: SocketAddr, use_of: Use) -> Result<Self> {
        let mut socket = socket::open(bound, SOCKET_PATH, Some(SUBPROTOCOL), use_of).await?;
        let welcome = decode(&socket::next(&mut socket).await?)?;
        let ServerFrame::Welcome { challenge, .. } = welcome else { bail!("no welcome but {welcome:?}") };
        Ok(Self { socket, origin: format!("http://{bound}"), challenge, requests: 0, taken: 0 })
    }

    /// Makes a log; this connection may then write and read it.
    pub(crate) async fn create(&mut self, log: &Log) -> Result<()> {
        let (request, proof) = (self.request(), self.proof(log));
        self.settle(ClientFrame::CreateLog { request, log: log.address, proof }).await
    }

    /// Proves a log that is there.
    pub(crate) async fn prove(&mut self, log: &Log) -> Result<()> {
        let (request, proof) = (self.request(), self.proof(log));
        let (right, address) = (Right::Log, log.address);
        self.settle(ClientFrame::Prove { request, right, address, epoch: Epoch(0), proof }).await
    }

    /// Subscribes from the first record on, with all the credit that there is. Records are heard by [`Client::record`].
    pub(crate) async fn subscribe(&mut self, log: &Log) -> Result<()> {
        let (request, address) = (self.request(), log.address);
        self.settle(ClientFrame::Subscribe { request, address, after: Seq(0), credit: MAX_CREDIT }).await
    }

    /// Waits until a subscription of an empty log has said that it has caught up.
    pub(crate) async fn caught_up(&mut self) -> Result<()> {
        match decode(&socket::next(&mut self.socket).await?)? {
            ServerFrame::CaughtUp { .. } => Ok(()),
            other => bail!("not caught up but {other:?}"),
        }
    }

    /// The next record's body; gives credit anew in time.
    pub(crate) async fn record(&mut self) -> Result<Vec<u8>> {
        loop {
            match decode(&socket::next(&mut self.socket).await?)? {
                ServerFrame::Record { address, record } => {
                    self.taken += 1;
                    if self.taken == RENEW {
                        self.taken = 0;
                        self.socket.send(message(&ClientFrame::Credit { address, more: RENEW })).await?;
                    }
                    return Ok(record.body.into());
                }
                ServerFrame::CaughtUp { .. } => {}
                other => bail!("no record but {other:?}"),
            }
        }
    }

    /// Queues a frame; [`Client::flush`] sends it.
    pub(crate) async fn feed(&mut self, message: Message) -> Result<()> {
        Ok(self.socket.feed(message).await?)
    }

    /// Sends what is queued.
    pub(crate) async fn flush(&mut self) -> Result<()> {
        Ok(self.socket.flush().await?)
    }

    /// The request that was accepted next. May be dropped while it waits.
    pub(crate) async fn accepted(&mut self) -> Result<u32> {
        accepted(&socket::next(&mut self.socket).await?)
    }

    /// The connection itself, when all that is proved is proved.
    pub(crate) fn into_socket(self) -> Socket {
        self.socket
    }

    fn request(&mut self) -> Request {
        self.requests += 1;
        Request(self.requests)
    }

    fn proof(&self, log: &Log) -> Proof {
        Proof::sign(&log.key, &self.origin, &self.challenge, Right::Log, &log.address, Epoch(0))
    }

    /// Sends a request and waits for its reply, which must be a yes.
    async fn settle(&mut self, frame: ClientFrame) -> Result<()> {
        self.socket.send(message(&frame)).await?;
        let reply = decode(&socket::next(&mut self.socket).await?)?;
        let yes = matches!(reply, ServerFrame::Reply { reply: Reply::Ok | Reply::Proved { .. }, .. });
        ensure!(yes, "the relay answered {reply:?}");
        Ok(())
    }
}

/// The request that a frame accepts.
pub(crate) fn accepted(frame: &[u8]) -> Result<u32> {
    match decode(frame)? {
        ServerFrame::Reply { request, reply: Reply::Accepted { .. } } => Ok(request.0),
        other => bail!("not accepted but {other:?}"),
    }
}

/// Takes replies that accept, until the connection is dropped.
pub(crate) async fn take_replies(mut stream: impl StreamExt<Item = socket::Heard> + Unpin) -> Result<()> {
    loop {
        accepted(&socket::next(&mut stream).await?)?;
    }
}

fn message(frame: &ClientFrame) -> Message {
    Message::Binary(encode(frame).into())
}
