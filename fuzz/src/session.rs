//! Clients that do anything in any order, against the relay's own sessions and store in one thread.

use xchat_relay::Relay;
use xchat_wire::{Challenge, ClientFrame, encode};

use crate::acts::{Act, ORIGIN, frame_of};
use crate::judge::Judge;

/// Connections at most; a further one takes the place of the first.
const PEERS: usize = 4;
/// Acts of one run: more only take longer.
const ACTS: usize = 120;

/// Runs the acts; a broken promise of the relay's panics. How many records and commits were shown, for whoever wants to know
/// that it came to something.
pub fn run(acts: Vec<Act>) -> (usize, usize) {
    let mut world = World::new();
    world.begin();
    for act in acts.into_iter().take(ACTS) {
        world.act(act);
    }
    world.judge.everybody(&mut world.relay);
    world.judge.shown_so_far()
}

/// Runs messages of bytes as they are, on one connection after the other.
pub fn run_raw(messages: &[Vec<u8>]) {
    let mut world = World::new();
    for message in messages.iter().take(ACTS) {
        if world.judge.peers() == 0 || !world.judge.is_heard(&world.relay, 0) {
            world.connect();
        }
        world.raw(0, message);
        world.judge.everybody(&mut world.relay);
    }
}

struct World {
    relay: Relay,
    judge: Judge,
    now: u64,
    connections: u8,
    /// The last post of anybody.
    last: Option<Act>,
}

impl World {
    fn new() -> Self {
        Self { relay: Relay::in_memory(), judge: Judge::default(), now: 1_700_000_000_000, connections: 0, last: None }
    }

    /// Two clients in one log, one of which listens, and an inbox: what follows then gets somewhere.
    fn begin(&mut self) {
        self.connect();
        self.connect();
        for peer in 0..2 {
            self.act(Act::CreateLog { peer, log: 0, signer: 1 });
            self.act(Act::CreateInbox { peer, inbox: 0, owner: 1, writer: 1 });
        }
        self.act(Act::Subscribe { peer: 1, address: 0, after: 0, credit: 30 });
    }

    fn connect(&mut self) {
        if self.judge.peers() == PEERS {
            self.disconnect(0);
        }
        self.connections = self.connections.wrapping_add(1);
        let challenge = [self.connections; 32];
        let id = self.relay.connect(self.now, ORIGIN, challenge);
        self.judge.meet(id, Challenge::new(challenge));
    }

    fn disconnect(&mut self, peer: usize) {
        if let Some(id) = self.judge.leave(peer) {
            self.relay.disconnect(id);
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Connect => self.connect(),
            // What ends connections is rare, or nothing else would be seen.
            Act::Disconnect { peer } if peer < 200 => {}
            Act::Disconnect { peer } => self.disconnect(peer.into()),
            Act::Raw { peer, .. } if peer < 240 => {}
            Act::Wait { millis } => {
                self.now += u64::from(if millis.is_multiple_of(32) { millis % 100_000 } else { millis % 3000 });
                self.relay.tick(self.now);
            }
            Act::Expire { back } => {
                self.relay.end(self.now);
                self.relay.expire(self.now.saturating_sub(u64::from(back)));
                self.judge.forget_posts();
            }
            Act::Again => {
                if let Some(act) = self.last.clone() {
                    self.tell(act);
                }
            }
            Act::Listen => self.judge.everybody(&mut self.relay),
            Act::Raw { peer, bytes } => self.raw(peer, &bytes),
            act => self.tell(act),
        }
    }

    fn raw(&mut self, peer: u8, bytes: &[u8]) {
        let Some((id, _)) = self.judge.peer(peer) else { return };
        // A frame by chance asks for a reply like any other.
        match xchat_wire::decode::<ClientFrame>(bytes) {
            Ok(frame) => self.judge.asked(peer, &frame, &self.relay),
            Err(_) => self.judge.garbled(peer, &self.relay),
        }
        self.relay.receive(id, bytes, self.now);
    }

    /// Sends one frame of one peer, with a proof where it has one.
    fn tell(&mut self, act: Act) {
        if matches!(act, Act::Append { .. } | Act::Commit { .. } | Act::Deliver { .. }) {
            self.last = Some(act.clone());
        }
        let (peer, make) = frame_of(act);
        let Some((id, challenge)) = self.judge.peer(peer) else { return };
        let frame = make(self.judge.next_request(), &challenge);
        self.judge.asked(peer, &frame, &self.relay);
        self.relay.receive(id, &encode(&frame), self.now);
        self.judge.listen(peer, &mut self.relay);
    }
}
