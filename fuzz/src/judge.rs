//! What the relay promises, checked on everything that it says: one reply a request, records once and in order and the same for all,
//! one commit an epoch, nothing after a goodbye.

use std::collections::{HashMap, HashSet};

use xchat_relay::{ConnectionId, Relay};
use xchat_wire::{
    Address, Challenge, ClientFrame, Epoch, Kind, MAX_FRAME, PostId, Record, Reply, Request, Seq, ServerFrame, decode,
};

/// A client as the judge sees it.
struct Peer {
    id: ConnectionId,
    challenge: Challenge,
    /// Requests without a reply, and what the answer of a post is about.
    asked: HashMap<Request, Option<(Address, PostId)>>,
    /// The last record that each subscription gave.
    cursors: HashMap<Address, Seq>,
    /// What it ever subscribed to.
    listened: HashSet<Address>,
    welcomed: bool,
    /// A goodbye was heard, or garbage was sent: no further reply is owed.
    ended: bool,
    said_goodbye: bool,
}

/// All of them, and what they were shown together.
#[derive(Default)]
pub struct Judge {
    peers: Vec<Peer>,
    requests: u32,
    records: HashMap<(Address, Seq), Record>,
    commits: HashMap<(Address, Epoch), Seq>,
    /// Where each post landed, as long as the relay must know.
    landed: HashMap<(Address, PostId), Seq>,
}

impl Judge {
    pub fn peers(&self) -> usize {
        self.peers.len()
    }

    /// A client has connected.
    pub fn meet(&mut self, id: ConnectionId, challenge: Challenge) {
        let (asked, cursors, listened) = (HashMap::new(), HashMap::new(), HashSet::new());
        let (welcomed, ended, said_goodbye) = (false, false, false);
        self.peers.push(Peer { id, challenge, asked, cursors, listened, welcomed, ended, said_goodbye });
    }

    /// A client breaks off; its connection, if it had one.
    pub fn leave(&mut self, peer: usize) -> Option<ConnectionId> {
        let at = peer.checked_rem(self.peers.len())?;
        Some(self.peers.remove(at).id)
    }

    /// Connection and challenge of one of them.
    pub fn peer(&self, peer: u8) -> Option<(ConnectionId, Challenge)> {
        let at = usize::from(peer).checked_rem(self.peers.len())?;
        Some((self.peers[at].id, self.peers[at].challenge))
    }

    /// Whether the relay still takes frames of it.
    pub fn is_heard(&self, relay: &Relay, peer: u8) -> bool {
        self.peer(peer).is_some_and(|(id, _)| relay.is_connected(id))
    }

    pub fn next_request(&mut self) -> Request {
        self.requests += 1;
        Request(self.requests)
    }

    /// A peer is about to send this.
    pub fn asked(&mut self, peer: u8, frame: &ClientFrame, relay: &Relay) {
        if !self.is_heard(relay, peer) {
            return;
        }
        let at = usize::from(peer) % self.peers.len();
        let peer = &mut self.peers[at];
        let (request, about) = match frame {
            ClientFrame::Append { request, log, post, .. } | ClientFrame::Commit { request, log, post, .. } => {
                (*request, Some((*log, *post)))
            }
            ClientFrame::Deliver { request, delivery } => (*request, Some((delivery.inbox, delivery.post))),
            ClientFrame::Prove { request, .. }
            | ClientFrame::CreateLog { request, .. }
            | ClientFrame::CreateInbox { request, .. }
            | ClientFrame::Acknowledge { request, .. }
            | ClientFrame::FillPool { request, .. }
            | ClientFrame::TakePackage { request, .. }
            | ClientFrame::PutCell { request, .. }
            | ClientFrame::GetCell { request, .. }
            | ClientFrame::Signal { request, .. }
            | ClientFrame::GrantBlob { request, .. }
            | ClientFrame::Turn { request }
            | ClientFrame::ReleaseBlob { request, .. } => (*request, None),
            ClientFrame::Subscribe { request, address, .. } => {
                // A new subscription begins where it says.
                peer.cursors.remove(address);
                peer.listened.insert(*address);
                (*request, None)
            }
            ClientFrame::Credit { .. } | ClientFrame::Unsubscribe { .. } | ClientFrame::Ping => return,
        };
        peer.asked.insert(request, about);
    }

    /// A peer is about to send what is no frame.
    pub fn garbled(&mut self, peer: u8, relay: &Relay) {
        if self.is_heard(relay, peer) {
            let at = usize::from(peer) % self.peers.len();
            self.peers[at].ended = true;
        }
    }

    /// Retention may have taken what the relay knew of earlier posts.
    pub fn forget_posts(&mut self) {
        self.landed.clear();
    }

    /// Everybody takes what waits.
    pub fn everybody(&mut self, relay: &mut Relay) {
        for peer in 0..self.peers.len() {
            self.listen(peer as u8, relay);
        }
    }

    /// One of them takes what waits, and all of it is looked at.
    pub fn listen(&mut self, peer: u8, relay: &mut Relay) {
        let Some((id, _)) = self.peer(peer) else { return };
        let at = usize::from(peer) % self.peers.len();
        for bytes in relay.take_output(id) {
            assert!(bytes.len() <= MAX_FRAME, "a frame of {} bytes", bytes.len());
            let frame = decode(&bytes).expect("the relay speaks its own protocol");
            self.heard(at, frame);
        }
        let peer = &self.peers[at];
        assert!(peer.welcomed);
        if relay.is_connected(id) {
            assert!(peer.asked.is_empty() && !peer.ended, "every request is answered: {:?}", peer.asked);
        }
    }

    fn heard(&mut self, at: usize, frame: ServerFrame) {
        let peer = &mut self.peers[at];
        assert!(!peer.said_goodbye, "nothing follows a goodbye");
        assert_eq!(matches!(frame, ServerFrame::Welcome { .. }), !peer.welcomed, "a welcome, first and once");
        match frame {
            ServerFrame::Welcome { challenge, .. } => {
                assert_eq!(challenge, peer.challenge);
                peer.welcomed = true;
            }
            ServerFrame::Reply { request, reply } => {
                let about = peer.asked.remove(&request).expect("one reply, to what was asked");
                if let (Some(about), Reply::Accepted { seq }) = (about, reply) {
                    let first = *self.landed.entry(about).or_insert(seq);
                    assert_eq!(first, seq, "a repeat is answered as the first time");
                }
            }
            ServerFrame::Record { address, record } => {
                let before = peer.cursors.insert(address, record.seq).unwrap_or(Seq(0));
                assert!(record.seq > before, "in order, and once");
                self.shown(address, record);
            }
            ServerFrame::Goodbye { .. } => {
                peer.said_goodbye = true;
                peer.ended = true;
            }
            ServerFrame::Signal { address, .. } => {
                assert!(peer.listened.contains(&address), "a signal reaches who listens to its log");
            }
            ServerFrame::CaughtUp { .. }
            | ServerFrame::Fenced { .. }
            | ServerFrame::Pool { .. }
            | ServerFrame::Pong => {}
            ServerFrame::Gone { .. } => panic!("nothing of a store in memory is damaged"),
        }
    }

    /// Records and commits that anybody was shown.
    pub fn shown_so_far(&self) -> (usize, usize) {
        (self.records.len(), self.commits.len())
    }

    /// Somebody was shown a record: it is what everybody is shown at that place, and it follows its predecessor.
    fn shown(&mut self, address: Address, record: Record) {
        let Record { seq, previous, epoch, kind, post, next_key, chain, .. } = &record;
        assert!(previous < seq);
        if let Some(before) = self.records.get(&(address, *previous)) {
            let expected = before.chain.extend(*seq, *epoch, *kind, post, next_key.as_ref(), &record.body);
            assert_eq!(*chain, expected, "the chain is whole");
            assert!(before.epoch <= *epoch && before.time <= record.time);
        }
        if *kind == Kind::Commit {
            let first = *self.commits.entry((address, *epoch)).or_insert(*seq);
            assert_eq!(first, *seq, "one commit closes an epoch");
        }
        let known = self.records.entry((address, *seq)).or_insert_with(|| record.clone());
        assert_eq!(*known, record, "all are shown the same");
    }
}
