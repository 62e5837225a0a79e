//! A small blocking client of a real relay.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};

use ed25519_dalek::SigningKey;
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};
use xchat_wire::*;

use super::PATIENCE;
use crate::peers::{key, post};

/// A message as a hostile client may send it.
pub enum Raw {
    Binary(Vec<u8>),
    Text(&'static str),
}

/// One connection.
pub struct Client {
    socket: WebSocket<TcpStream>,
    origin: String,
    challenge: Challenge,
    requests: u32,
}

impl Client {
    /// None when the relay does not let it in, or dies meanwhile.
    pub fn open(bound: SocketAddr, headers: &[(&'static str, &str)]) -> Option<Self> {
        let mut request = format!("ws://{bound}{SOCKET_PATH}").into_client_request().unwrap();
        request.headers_mut().insert("Sec-WebSocket-Protocol", SUBPROTOCOL.parse().unwrap());
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let stream = TcpStream::connect(bound).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let (socket, response) = tungstenite::client(request, stream).ok()?;
        assert_eq!(response.headers()["Sec-WebSocket-Protocol"], SUBPROTOCOL);
        let origin = format!("http://{bound}");
        let mut client = Self { socket, origin, challenge: Challenge::new([0; 32]), requests: 0 };
        let ServerFrame::Welcome { challenge, .. } = client.try_frame()? else { panic!("no welcome") };
        client.challenge = challenge;
        Some(client)
    }

    pub fn send(&mut self, frame: &ClientFrame) {
        self.send_raw(Raw::Binary(encode(frame)));
    }

    pub fn send_raw(&mut self, raw: Raw) {
        let message = match raw {
            Raw::Binary(bytes) => Message::Binary(bytes.into()),
            Raw::Text(text) => Message::Text(text.into()),
        };
        // A relay that has seen enough may close before the last byte.
        _ = self.socket.send(message);
    }

    /// Sends a frame with a mask of zeros, which is one: a flood must not cost its sender more than the relay.
    pub fn send_unmasked(&mut self, frame: &ClientFrame) {
        let payload = encode(frame);
        let mut message = vec![0x82, 0xff];
        message.extend((payload.len() as u64).to_be_bytes());
        message.extend([0; 4]);
        message.extend(payload);
        _ = self.socket.get_mut().write_all(&message);
    }

    pub fn next_frame(&mut self) -> ServerFrame {
        match self.socket.read().unwrap() {
            Message::Binary(bytes) => decode(&bytes).unwrap(),
            other => panic!("no frame: {other:?}"),
        }
    }

    /// The next frame; none when the connection has ended.
    pub fn try_frame(&mut self) -> Option<ServerFrame> {
        match self.socket.read() {
            Ok(Message::Binary(bytes)) => Some(decode(&bytes).unwrap()),
            Ok(Message::Close(_)) => None,
            Ok(other) => panic!("no frame: {other:?}"),
            Err(tungstenite::Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {
                panic!("the relay neither answers nor goes")
            }
            Err(_) => None,
        }
    }

    /// The next frame, if one comes so soon.
    pub fn hears_within(&mut self, moment: std::time::Duration) -> Option<ServerFrame> {
        self.socket.get_ref().set_read_timeout(Some(moment)).unwrap();
        let heard = match self.socket.read() {
            Ok(Message::Binary(bytes)) => Some(decode(&bytes).unwrap()),
            Ok(other) => panic!("no frame: {other:?}"),
            Err(tungstenite::Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => None,
            Err(error) => panic!("the connection ends: {error}"),
        };
        self.socket.get_ref().set_read_timeout(Some(PATIENCE)).unwrap();
        heard
    }

    /// Sends requests without waiting, then takes their replies, in their order; none when the connection has ended.
    /// Other frames are dropped.
    pub fn try_all(&mut self, frames: Vec<ClientFrame>) -> Option<Vec<Reply>> {
        let count = frames.len();
        frames.iter().for_each(|frame| self.send(frame));
        let mut replies = Vec::new();
        while replies.len() < count {
            if let ServerFrame::Reply { reply, .. } = self.try_frame()? {
                replies.push(reply);
            }
        }
        Some(replies)
    }

    /// The next reply; other frames are dropped.
    pub fn next_reply(&mut self) -> (Request, Reply) {
        loop {
            if let ServerFrame::Reply { request, reply } = self.next_frame() {
                return (request, reply);
            }
        }
    }

    /// The next reply; none when the connection has ended. Other frames are dropped.
    pub fn try_reply(&mut self) -> Option<Reply> {
        loop {
            if let ServerFrame::Reply { reply, .. } = self.try_frame()? {
                return Some(reply);
            }
        }
    }

    /// The next record; other frames are dropped.
    pub fn next_record(&mut self) -> Record {
        loop {
            if let ServerFrame::Record { record, .. } = self.next_frame() {
                return record;
            }
        }
    }

    pub fn records_until_caught_up(&mut self) -> Vec<Record> {
        let mut records = Vec::new();
        loop {
            match self.next_frame() {
                ServerFrame::Record { record, .. } => records.push(record),
                ServerFrame::CaughtUp { .. } => return records,
                other => panic!("unexpected {other:?}"),
            }
        }
    }

    /// Reads until the relay has closed; the reason it gave.
    pub fn last_words(&mut self) -> Option<Goodbye> {
        let mut reason = None;
        while let Some(frame) = self.try_frame() {
            if let ServerFrame::Goodbye { reason: given, .. } = frame {
                reason = Some(given);
            }
        }
        reason
    }

    /// Reads until the relay has closed.
    pub fn is_closed_by_the_relay(&mut self) {
        loop {
            match self.socket.read() {
                Ok(Message::Binary(_)) | Ok(Message::Close(_)) => {}
                Ok(other) => panic!("unexpected {other:?}"),
                Err(tungstenite::Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    panic!("still open")
                }
                Err(_) => return,
            }
        }
    }

    pub fn request(&mut self) -> Request {
        self.requests += 1;
        Request(self.requests)
    }

    pub fn ask(&mut self, frame: impl FnOnce(Request) -> ClientFrame) -> Reply {
        let request = self.request();
        self.send(&frame(request));
        let (answered, reply) = self.next_reply();
        assert_eq!(answered, request);
        reply
    }

    pub fn proof(&self, right: Right, address: Address, epoch: u64, signer: u8) -> Proof {
        Proof::sign(&key(signer), &self.origin, &self.challenge, right, &address, Epoch(epoch))
    }

    /// A proof by a key of any kind.
    pub fn sign(&self, right: Right, address: Address, epoch: u64, key: &SigningKey) -> Proof {
        Proof::sign(key, &self.origin, &self.challenge, right, &address, Epoch(epoch))
    }

    /// Asks to prove an epoch of a log; its answer is not waited for.
    pub fn send_proof(&mut self, address: Address, epoch: u64, key: &SigningKey) {
        let (request, proof) = (self.request(), self.sign(Right::Log, address, epoch, key));
        self.send(&ClientFrame::Prove { request, right: Right::Log, address, epoch: Epoch(epoch), proof });
    }

    pub fn prove_with(&mut self, address: Address, epoch: u64, key: &SigningKey) {
        self.send_proof(address, epoch, key);
        let (_, reply) = self.next_reply();
        assert!(matches!(reply, Reply::Proved { .. }), "{reply:?}");
    }

    pub fn create_log(&mut self, log: Address, signer: u8) {
        let proof = self.proof(Right::Log, log, 0, signer);
        let reply = self.ask(|request| ClientFrame::CreateLog { request, log, proof });
        assert!(matches!(reply, Reply::Proved { .. }), "{reply:?}");
    }

    pub fn create_inbox(&mut self, inbox: Address, owner: u8, writer: u8) {
        let proof = self.proof(Right::InboxOwner, inbox, 0, owner);
        let writer = crate::peers::public(writer);
        let reply = self.ask(|request| ClientFrame::CreateInbox { request, inbox, proof, writer });
        assert!(matches!(reply, Reply::Proved { .. }), "{reply:?}");
    }

    pub fn prove(&mut self, right: Right, address: Address, epoch: u64, signer: u8) {
        let proof = self.proof(right, address, epoch, signer);
        let reply = self.ask(|request| ClientFrame::Prove { request, right, address, epoch: Epoch(epoch), proof });
        assert!(matches!(reply, Reply::Proved { .. }), "{reply:?}");
    }

    /// Asks for what is not its own.
    pub fn deny(&mut self, log: Address, signer: u8) {
        let proof = self.proof(Right::Log, log, 0, signer);
        let reply = self.ask(|request| ClientFrame::CreateLog { request, log, proof });
        assert_eq!(reply, crate::peers::denied());
    }

    pub fn subscribe(&mut self, address: Address, after: u64) {
        let credit = MAX_CREDIT;
        let reply = self.ask(|request| ClientFrame::Subscribe { request, address, after: Seq(after), credit });
        assert_eq!(reply, Reply::Ok);
    }

    pub fn append(&mut self, log: Address, epoch: u64, id: u8, body: &[u8]) -> Reply {
        let body = body.to_vec().into();
        self.ask(|request| ClientFrame::Append { request, log, epoch: Epoch(epoch), post: post(id), body, ttl: None })
    }

    pub fn signal(&mut self, log: Address, epoch: u64, body: &[u8]) -> Reply {
        let body = body.to_vec().into();
        self.ask(|request| ClientFrame::Signal { request, log, epoch: Epoch(epoch), body })
    }

    /// A grant in the name of the log at 1.
    pub fn grant(&mut self, hash: BlobHash, size: u64, seconds: u32) -> Reply {
        self.grant_claimed(hash, size, seconds, None)
    }

    /// The same with a claim.
    pub fn grant_claimed(&mut self, hash: BlobHash, size: u64, seconds: u32, claim: Option<&BlobClaim>) -> Reply {
        let (right, address, proof, tag) = (Right::Log, crate::peers::address(1), None, claim.map(BlobClaim::tag));
        self.ask(|request| ClientFrame::GrantBlob { request, right, address, proof, hash, size, seconds, tag })
    }

    pub fn release(&mut self, hash: BlobHash, claim: &BlobClaim) -> Reply {
        self.ask(|request| ClientFrame::ReleaseBlob { request, hash, claim: claim.clone() })
    }

    pub fn turn(&mut self) -> Reply {
        self.ask(|request| ClientFrame::Turn { request })
    }

    /// Sends an append without waiting for its answer.
    pub fn send_append(&mut self, log: Address, epoch: u64, id: [u8; 2], body: &[u8]) -> Request {
        let request = self.request();
        let mut post = [0; 16];
        post[..2].copy_from_slice(&id);
        let (post, body) = (PostId::new(post), body.to_vec().into());
        self.send(&ClientFrame::Append { request, log, epoch: Epoch(epoch), post, body, ttl: None });
        request
    }
}
