//! One client tries to fill the store in every way that there is; another still reads, acknowledges and removes a member.

mod peers;

use peers::*;
use xchat_relay::limits::STORE_COMMITS;
use xchat_wire::*;

const BOUND: u64 = 24 * 1024 * 1024;

fn full() -> Reply {
    Reply::Refused { reason: Refusal::Full }
}

fn numbered(n: u32) -> Address {
    let mut address = [0xf1; 32];
    address[..4].copy_from_slice(&n.to_be_bytes());
    Address::new(address)
}

fn id(n: u32) -> PostId {
    PostId::new(u128::from(n).to_be_bytes())
}

/// Whoever floods: each call asks for one more thing of its kind, none of them ever repeated.
struct Flooder {
    peer: Peer,
    next: u32,
    epoch: u64,
}

impl Flooder {
    fn number(&mut self, world: &mut World) -> u32 {
        self.next += 1;
        // Not so fast that its connection would be ended for it.
        world.now += 1;
        self.next
    }

    fn log(&mut self, world: &mut World) -> Reply {
        let log = numbered(self.number(world));
        let proof = self.peer.proof(Right::Log, log, 0, 66);
        self.peer.ask(world, |request| ClientFrame::CreateLog { request, log, proof })
    }

    fn inbox(&mut self, world: &mut World) -> Reply {
        let n = self.number(world);
        let inbox = numbered(n);
        let proof = self.peer.proof(Right::InboxOwner, inbox, 0, n as u8);
        self.peer.ask(world, |request| ClientFrame::CreateInbox { request, inbox, proof, writer: public(66) })
    }

    fn cell(&mut self, world: &mut World) -> Reply {
        let n = self.number(world);
        self.peer.put_cell(world, numbered(n), n as u8, 1, &[1; MAX_CELL])
    }

    fn record(&mut self, world: &mut World, size: usize) -> Reply {
        let (post, body, epoch) = (id(self.number(world)), vec![1; size].into(), Epoch(self.epoch));
        self.peer.ask(world, |request| ClientFrame::Append { request, log: address(66), epoch, post, body, ttl: None })
    }

    fn delivery(&mut self, world: &mut World) -> Post {
        let post = id(self.number(world));
        Post { post, ..self.peer.delivery(address(67), 66, 0, &[1; 20_000]) }
    }

    /// Delivered to its own inbox and acknowledged at once: only the memory of it stays.
    fn delivered(&mut self, world: &mut World) -> Reply {
        let delivery = self.delivery(world);
        let reply = self.peer.ask(world, |request| ClientFrame::Deliver { request, delivery });
        self.peer.acknowledge(world, address(67), u64::MAX);
        reply
    }

    fn filling(&mut self, world: &mut World, packages: usize) -> Reply {
        let (post, packages) = (id(self.number(world)), vec![vec![1; MAX_PACKAGE].into(); packages]);
        let last_resort = Some(vec![2; MAX_PACKAGE].into());
        self.peer.ask(world, |request| ClientFrame::FillPool {
            request,
            inbox: address(67),
            post,
            packages,
            last_resort,
        })
    }

    fn commit(&mut self, world: &mut World, size: usize, welcomes: usize) -> Reply {
        let welcomes = (0..welcomes).map(|_| self.delivery(world)).collect();
        let (epoch, post, body) = (Epoch(self.epoch), id(self.number(world)), vec![1; size].into());
        let next_key = public(66);
        let commit = |request| ClientFrame::Commit { request, log: address(66), epoch, post, body, next_key, welcomes };
        let reply = self.peer.ask(world, commit);
        if let Reply::Accepted { .. } = reply {
            self.epoch += 1;
            self.peer.prove_log(world, address(66), self.epoch, 66);
        }
        reply
    }
}

/// Asks until it is refused: with `full`, by the relay's word.
fn until_full(mut ask: impl FnMut() -> Reply) {
    for _ in 0..100_000 {
        let reply = ask();
        if let Reply::Refused { .. } = reply {
            assert_eq!(reply, full());
            return;
        }
    }
    panic!("it is never full");
}

#[test]
fn whoever_fills_the_store_in_every_way_ends_at_full_and_others_still_read_acknowledge_and_remove() {
    let mut world = World::new();
    world.relay.bound(BOUND);
    let mut member = world.connect();
    member.create_log(&mut world, address(1), 1);
    member.create_inbox(&mut world, address(2), 2, 3);
    assert_eq!(member.append(&mut world, address(1), 0, 1, b"before"), accepted(1));
    assert_eq!(member.deliver(&mut world, address(2), 3, 2, b"waits"), accepted(1));

    let mut flooder = Flooder { peer: world.connect(), next: 0, epoch: 0 };
    flooder.peer.create_log(&mut world, address(66), 66);
    flooder.peer.create_inbox(&mut world, address(67), 66, 66);
    for _ in 0..50 {
        assert!(matches!(flooder.log(&mut world), Reply::Proved { .. }));
        assert!(matches!(flooder.inbox(&mut world), Reply::Proved { .. }));
    }
    until_full(|| flooder.cell(&mut world));
    until_full(|| flooder.log(&mut world));
    assert_eq!(flooder.inbox(&mut world), full());
    until_full(|| flooder.record(&mut world, MAX_BODY));
    until_full(|| flooder.record(&mut world, 10_000));
    until_full(|| flooder.filling(&mut world, 1));
    until_full(|| flooder.delivered(&mut world));
    until_full(|| flooder.filling(&mut world, 0));
    until_full(|| flooder.record(&mut world, 0));
    until_full(|| flooder.commit(&mut world, 0, 4));
    until_full(|| flooder.commit(&mut world, MAX_BODY, 0));
    until_full(|| flooder.commit(&mut world, 0, 0));
    let room = BOUND * (100 - STORE_COMMITS) / 100;
    assert!(room > MAX_BODY as u64, "the bound is such that a commit fits into what is left: {room}");

    // Nothing of it is in the way of the others.
    assert_eq!(member.append(&mut world, address(1), 0, 3, b"later"), full());
    let mut removal = member.commit(&mut world, address(1), 0, 4, 2);
    assert_eq!(removal, accepted(2));
    member.prove_log(&mut world, address(1), 1, 2);
    assert_eq!(seqs(&member.subscribe(&mut world, address(1), 0, 10)), [1, 2]);
    assert_eq!(seqs(&member.subscribe(&mut world, address(2), 0, 10)), [1]);
    assert_eq!(member.acknowledge(&mut world, address(2), 1), Reply::Ok);
    removal = member.commit(&mut world, address(1), 0, 4, 2);
    assert_eq!(removal, accepted(2), "and a repeat is answered as the first time");
    let mut late = world.connect();
    assert_eq!(late.prove_log(&mut world, address(1), 1, 2).head, Seq(2));
}
