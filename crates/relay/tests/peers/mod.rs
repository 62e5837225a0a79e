//! A relay in memory and small clients for it: they sign, ask and keep what they hear.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "helpers of tests; each binary uses its own part")]

use ed25519_dalek::SigningKey;
use xchat_relay::{ConnectionId, Relay};
use xchat_wire::*;

pub const ORIGIN: &str = "https://chat.example";

/// A relay and the time.
pub struct World {
    pub relay: Relay,
    pub now: u64,
    connections: u8,
}

/// One connection of a client.
pub struct Peer {
    pub id: ConnectionId,
    pub challenge: Challenge,
    requests: u32,
    heard: Vec<ServerFrame>,
}

impl World {
    pub fn new() -> Self {
        Self::over(Relay::in_memory())
    }

    pub fn over(relay: Relay) -> Self {
        Self { relay, now: 1_700_000_000_000, connections: 0 }
    }

    /// A connection that has heard its welcome.
    pub fn connect(&mut self) -> Peer {
        self.connections += 1;
        let challenge = [self.connections; 32];
        let id = self.relay.connect(self.now, ORIGIN, challenge);
        let mut peer = Peer { id, challenge: Challenge::new(challenge), requests: 0, heard: Vec::new() };
        assert!(matches!(peer.hear(self).as_slice(), [ServerFrame::Welcome { .. }]));
        peer
    }
}

pub fn address(n: u8) -> Address {
    Address::new([n; 32])
}

pub fn post(n: u8) -> PostId {
    PostId::new([n; 16])
}

pub fn key(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n; 32])
}

pub fn public(n: u8) -> PublicKey {
    PublicKey::new(key(n).verifying_key().to_bytes())
}

pub fn denied() -> Reply {
    Reply::Refused { reason: Refusal::Denied }
}

pub fn accepted(seq: u64) -> Reply {
    Reply::Accepted { seq: Seq(seq) }
}

/// Places of the records among frames.
pub fn seqs(frames: &[ServerFrame]) -> Vec<u64> {
    records(frames).iter().map(|record| record.seq.0).collect()
}

pub fn records(frames: &[ServerFrame]) -> Vec<Record> {
    frames
        .iter()
        .filter_map(|frame| match frame {
            ServerFrame::Record { record, .. } => Some(record.clone()),
            _ => None,
        })
        .collect()
}

impl Peer {
    /// Sends a frame.
    pub fn tell(&mut self, world: &mut World, frame: &ClientFrame) {
        world.relay.receive(self.id, &encode(frame), world.now);
    }

    /// Everything that came since the last call, in order, without replies already returned by `ask`.
    pub fn hear(&mut self, world: &mut World) -> Vec<ServerFrame> {
        let fresh = world.relay.take_output(self.id);
        self.heard.extend(fresh.iter().map(|bytes| decode(bytes).unwrap()));
        std::mem::take(&mut self.heard)
    }

    /// Sends a request and returns its one reply; other frames wait for `hear`.
    pub fn ask(&mut self, world: &mut World, frame: impl FnOnce(Request) -> ClientFrame) -> Reply {
        self.requests += 1;
        let asked = Request(self.requests);
        self.tell(world, &frame(asked));
        let heard = self.hear(world);
        let is_ours = |frame: &ServerFrame| matches!(frame, ServerFrame::Reply { request, .. } if *request == asked);
        let (mut ours, rest): (Vec<_>, Vec<_>) = heard.into_iter().partition(is_ours);
        self.heard = rest;
        assert_eq!(ours.len(), 1, "each request gets exactly one reply");
        match ours.remove(0) {
            ServerFrame::Reply { reply, .. } => reply,
            _ => unreachable!(),
        }
    }

    pub fn proof(&self, right: Right, address: Address, epoch: u64, signer: u8) -> Proof {
        Proof::sign(&key(signer), ORIGIN, &self.challenge, right, &address, Epoch(epoch))
    }

    pub fn prove(&mut self, world: &mut World, right: Right, address: Address, epoch: u64, signer: u8) -> Reply {
        let proof = self.proof(right, address, epoch, signer);
        self.ask(world, |request| ClientFrame::Prove { request, right, address, epoch: Epoch(epoch), proof })
    }

    /// Proves a log's epoch whose key has the epoch's number above `base`.
    pub fn prove_log(&mut self, world: &mut World, log: Address, epoch: u64, signer: u8) -> LogState {
        match self.prove(world, Right::Log, log, epoch, signer) {
            Reply::Proved { log: Some(state), .. } => state,
            other => panic!("not proved: {other:?}"),
        }
    }

    pub fn create_log(&mut self, world: &mut World, log: Address, signer: u8) -> Reply {
        let proof = self.proof(Right::Log, log, 0, signer);
        self.ask(world, |request| ClientFrame::CreateLog { request, log, proof })
    }

    pub fn create_inbox(&mut self, world: &mut World, inbox: Address, owner: u8, writer: u8) -> Reply {
        let proof = self.proof(Right::InboxOwner, inbox, 0, owner);
        self.ask(world, |request| ClientFrame::CreateInbox { request, inbox, proof, writer: public(writer) })
    }

    pub fn append(&mut self, world: &mut World, log: Address, epoch: u64, id: u8, body: &[u8]) -> Reply {
        let body = body.to_vec().into();
        self.ask(world, |request| ClientFrame::Append {
            request,
            log,
            epoch: Epoch(epoch),
            post: post(id),
            body,
            ttl: None,
        })
    }

    pub fn signal(&mut self, world: &mut World, log: Address, epoch: u64, body: &[u8]) -> Reply {
        let body = body.to_vec().into();
        self.ask(world, |request| ClientFrame::Signal { request, log, epoch: Epoch(epoch), body })
    }

    pub fn grant(
        &mut self,
        world: &mut World,
        right: Right,
        address: Address,
        proof: Option<Proof>,
        size: u64,
    ) -> Reply {
        let hash = BlobHash::new([9; 32]);
        let (seconds, tag) = (60, None);
        self.ask(world, |request| ClientFrame::GrantBlob { request, right, address, proof, hash, size, seconds, tag })
    }

    pub fn commit(&mut self, world: &mut World, log: Address, epoch: u64, id: u8, next: u8) -> Reply {
        self.commit_with(world, log, epoch, id, next, Vec::new())
    }

    pub fn commit_with(
        &mut self,
        world: &mut World,
        log: Address,
        epoch: u64,
        id: u8,
        next: u8,
        welcomes: Vec<Post>,
    ) -> Reply {
        let (body, next_key, post) = (b"commit".to_vec().into(), public(next), post(id));
        let epoch = Epoch(epoch);
        self.ask(world, |request| ClientFrame::Commit { request, log, epoch, post, body, next_key, welcomes })
    }

    pub fn delivery(&self, inbox: Address, writer: u8, id: u8, body: &[u8]) -> Post {
        let proof = self.proof(Right::InboxWriter, inbox, 0, writer);
        Post { inbox, proof, post: post(id), body: body.to_vec().into(), ttl: None }
    }

    pub fn deliver(&mut self, world: &mut World, inbox: Address, writer: u8, id: u8, body: &[u8]) -> Reply {
        let delivery = self.delivery(inbox, writer, id, body);
        self.ask(world, |request| ClientFrame::Deliver { request, delivery })
    }

    pub fn subscribe(&mut self, world: &mut World, address: Address, after: u64, credit: u32) -> Vec<ServerFrame> {
        let reply = self.ask(world, |request| ClientFrame::Subscribe { request, address, after: Seq(after), credit });
        assert_eq!(reply, Reply::Ok);
        self.hear(world)
    }

    pub fn acknowledge(&mut self, world: &mut World, inbox: Address, upto: u64) -> Reply {
        self.ask(world, |request| ClientFrame::Acknowledge { request, inbox, upto: Seq(upto) })
    }

    pub fn fill(
        &mut self,
        world: &mut World,
        inbox: Address,
        id: u8,
        packages: &[u8],
        last_resort: Option<u8>,
    ) -> Reply {
        let packages = packages.iter().map(|n| vec![*n].into()).collect();
        let last_resort = last_resort.map(|n| vec![n].into());
        self.ask(world, |request| ClientFrame::FillPool { request, inbox, post: post(id), packages, last_resort })
    }

    pub fn take(&mut self, world: &mut World, inbox: Address, writer: u8) -> Reply {
        let proof = self.proof(Right::InboxWriter, inbox, 0, writer);
        self.ask(world, |request| ClientFrame::TakePackage { request, inbox, proof })
    }

    pub fn put_cell(&mut self, world: &mut World, cell: Address, owner: u8, version: u64, body: &[u8]) -> Reply {
        let proof = self.proof(Right::CellOwner, cell, 0, owner);
        let body = body.to_vec().into();
        self.ask(world, |request| ClientFrame::PutCell { request, cell, proof, version, body })
    }

    pub fn get_cell(&mut self, world: &mut World, cell: Address) -> Reply {
        self.ask(world, |request| ClientFrame::GetCell { request, cell })
    }
}
