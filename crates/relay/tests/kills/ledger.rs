//! What must be in the store: every record that was ever read, and the chain over them.

use std::collections::{BTreeSet, HashMap};

use sha2::{Digest, Sha256};
use xchat_wire::*;

use super::load::*;
use crate::process::{Client, Running};

/// Credit that is given at a time, half of what a subscription begins with.
const CREDIT: u64 = MAX_CREDIT as u64 / 2;

/// One log or inbox as it was read so far.
struct Journal {
    head: Seq,
    chain: ChainHash,
    epoch: Epoch,
    /// Each post and its place.
    places: HashMap<PostId, Seq>,
    /// Posts among them that are commits.
    commits: Vec<PostId>,
    /// Over every byte of every record.
    bytes: Sha256,
}

/// All of them.
pub struct Ledger {
    journals: HashMap<Address, Journal>,
}

impl Ledger {
    pub fn new() -> Self {
        let addresses = (0..LOGS).map(log).chain([inbox()]);
        let empty = |address: Address| Journal {
            head: Seq(0),
            chain: chain_start(&address),
            epoch: Epoch(0),
            places: HashMap::new(),
            commits: Vec::new(),
            bytes: Sha256::new(),
        };
        Self { journals: addresses.map(|address| (address, empty(address))).collect() }
    }

    pub fn epochs(&self) -> [u64; LOGS as usize] {
        std::array::from_fn(|n| self.journals[&log(n as u8)].epoch.0)
    }

    pub fn records(&self) -> usize {
        self.journals.values().map(|journal| journal.places.len()).sum()
    }

    /// Reads what came since the last time, and checks place, chain, epochs and bodies of each record. A connection for each
    /// address: others may be writing.
    pub fn read(&mut self, relay: &Running) {
        self.read_logs(relay);
        let mut client = relay.connect();
        let owner = epoch_key(0);
        let proof = client.sign(Right::InboxOwner, inbox(), 0, &owner);
        let address = inbox();
        let prove = |request| ClientFrame::Prove { request, right: Right::InboxOwner, address, epoch: Epoch(0), proof };
        assert!(matches!(client.ask(prove), Reply::Proved { .. }));
        let journal = self.journals.get_mut(&address).unwrap();
        client.subscribe(address, journal.head.0);
        while journal.take(&address, client.next_frame(), &mut client) {}
        let upto = journal.head;
        assert_eq!(client.ask(|request| ClientFrame::Acknowledge { request, inbox: address, upto }), Reply::Ok);
    }

    /// Reads the logs alone: an inbox forgets what was acknowledged.
    pub fn read_logs(&mut self, relay: &Running) {
        (0..LOGS).for_each(|n| self.follow_log(&mut relay.connect(), log(n)));
    }

    /// The logs here are those of `other`, record by record.
    pub fn is_within(&self, other: &Self) {
        for n in 0..LOGS {
            let (here, there) = (&self.journals[&log(n)], &other.journals[&log(n)]);
            assert_eq!((here.head, here.chain, here.epoch), (there.head, there.chain, there.epoch));
            assert_eq!(here.places, there.places);
            assert_eq!(here.bytes.clone().finalize(), there.bytes.clone().finalize(), "byte by byte");
        }
    }

    /// Of each commit that was read all welcomes were read, and of each welcome its commit; how many welcomes there are. That each
    /// was there once is known since it was read. Only while nobody writes: logs and inbox are not read in one moment.
    pub fn commits_and_welcomes_came_together(&self) -> usize {
        let of_commits = |n| self.journals[&log(n)].commits.iter().flat_map(welcomes_of);
        let promised: BTreeSet<PostId> = (0..LOGS).flat_map(of_commits).collect();
        let delivered = self.journals[&inbox()].places.keys().filter(|post| commit_of(post).is_some());
        let delivered: BTreeSet<PostId> = delivered.copied().collect();
        let lacking: Vec<_> = promised.difference(&delivered).collect();
        let alone: Vec<_> = delivered.difference(&promised).collect();
        assert!(lacking.is_empty() && alone.is_empty(), "welcomes that lack {lacking:?}, without a commit {alone:?}");
        promised.len()
    }

    fn follow_log(&mut self, client: &mut Client, address: Address) {
        let journal = self.journals.get_mut(&address).unwrap();
        client.prove_with(address, journal.epoch.0, &epoch_key(journal.epoch.0));
        client.subscribe(address, journal.head.0);
        while journal.take(&address, client.next_frame(), client) {}
    }

    /// Every accepted post is at the place that was promised for it.
    pub fn holds(&self, accepted: &[(Address, PostId, Seq)]) {
        for (address, post, seq) in accepted {
            let found = self.journals[address].places.get(post);
            assert_eq!(found, Some(seq), "an accepted record is at its place: {post:?}");
        }
    }
}

impl Journal {
    /// Takes one frame of a subscription; false at its end.
    fn take(&mut self, address: &Address, frame: ServerFrame, client: &mut Client) -> bool {
        match frame {
            ServerFrame::Record { address: of, record } => {
                assert_eq!(of, *address);
                self.push(record);
                // Not for each record: thousands of frames at once would be a flood.
                if self.head.0.is_multiple_of(CREDIT) {
                    client.send(&ClientFrame::Credit { address: *address, more: CREDIT as u32 });
                }
            }
            ServerFrame::Fenced { epoch, .. } => client.send_proof(*address, epoch.0, &epoch_key(epoch.0)),
            ServerFrame::Reply { reply, .. } => assert!(matches!(reply, Reply::Proved { .. }), "{reply:?}"),
            ServerFrame::CaughtUp { .. } => return false,
            other => panic!("unexpected {other:?}"),
        }
        true
    }

    fn push(&mut self, record: Record) {
        self.bytes.update(encode(&record));
        let Record { seq, previous, epoch, kind, post, body, next_key, chain, .. } = record;
        assert_eq!((previous, seq), (self.head, Seq(self.head.0 + 1)), "in order, without a gap");
        assert_eq!(epoch, self.epoch, "one commit closes an epoch, and nothing follows in it");
        assert_eq!(body.as_slice(), body_of(&post));
        self.chain = self.chain.extend(seq, epoch, kind, &post, next_key.as_ref(), &body);
        assert_eq!(self.chain, chain, "the chain is whole");
        self.head = seq;
        self.commits.extend((kind == Kind::Commit).then_some(post));
        self.epoch = if kind == Kind::Commit { epoch.next() } else { epoch };
        assert_eq!(self.places.insert(post, seq), None, "each post is there once");
    }
}
