//! What is asked of the relay until it dies, and what it answered.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ed25519_dalek::SigningKey;
use xchat_wire::*;

use crate::process::{Client, Running};

pub const LOGS: u8 = 3;
/// Requests that a writer sends before it waits. Repeats come first: a writer that only ever added would one day get nothing
/// through between two kills.
const BATCH: usize = 8;
/// How long a writer leaves an inbox alone that is full.
const BACK_OFF: Duration = Duration::from_millis(50);

/// A generator that a seed fixes (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound
    }
}

pub fn log(n: u8) -> Address {
    Address::new([10 + n; 32])
}

pub fn inbox() -> Address {
    Address::new([1; 32])
}

pub fn cell(writer: u8) -> Address {
    Address::new([100 + writer; 32])
}

/// The key that holds an epoch of every log.
pub fn epoch_key(epoch: u64) -> SigningKey {
    let mut seed = [7; 32];
    seed[..8].copy_from_slice(&epoch.to_be_bytes());
    SigningKey::from_bytes(&seed)
}

/// The body of a post follows from its id, so that a reader can check it.
pub fn body_of(post: &PostId) -> Vec<u8> {
    let bytes = post.as_bytes();
    bytes.iter().copied().cycle().take(20 + usize::from(bytes[15]) * 3).collect()
}

/// The welcomes of a commit: one to three posts whose ids follow from its own.
pub fn welcomes_of(commit: &PostId) -> Vec<PostId> {
    let count = 1 + commit.as_bytes()[15] % 3;
    (1..=count).map(|n| with_second(commit, n)).collect()
}

/// The commit that a delivery welcomes to; none for one that is no welcome.
pub fn commit_of(delivery: &PostId) -> Option<PostId> {
    (delivery.as_bytes()[1] > 0).then(|| with_second(delivery, 0))
}

/// The second byte of an id is 0 but in a welcome.
fn with_second(post: &PostId, byte: u8) -> PostId {
    let mut id = *post.as_bytes();
    id[1] = byte;
    PostId::new(id)
}

/// A post as it is sent, and sent again: to where, under which id, and for a commit the epoch that it closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    address: Address,
    post: PostId,
    closes: Option<Epoch>,
}

/// What one writer knows.
#[derive(Clone)]
pub struct Writer {
    pub number: u8,
    /// Posts so far: each id is used once, and again only to repeat it.
    pub posts: u64,
    /// Epochs of the logs, as far as it has heard.
    pub epochs: [u64; LOGS as usize],
    /// What was sent and not answered: the outcome is unknown until it is asked again.
    pub unknown: Vec<Asked>,
    /// The version of its cell that was answered `ok`.
    pub cell: u64,
    /// What was accepted, and where.
    pub accepted: Vec<(Address, PostId, Seq)>,
    pub stale: u64,
    pub repeats: u64,
}

impl Writer {
    pub fn new(number: u8) -> Self {
        let (epochs, unknown, accepted) = ([0; LOGS as usize], Vec::new(), Vec::new());
        Self { number, posts: 0, epochs, unknown, cell: 0, accepted, stale: 0, repeats: 0 }
    }

    fn next_post(&mut self) -> PostId {
        self.posts += 1;
        let mut id = [0; 16];
        id[0] = self.number;
        id[8..].copy_from_slice(&self.posts.to_be_bytes());
        PostId::new(id)
    }

    /// Writes until the relay is gone; `progress` counts what all writers had accepted.
    pub fn write(&mut self, relay: &Running, mut dice: Dice, progress: &AtomicU64) {
        let Some(mut client) = relay.try_connect() else { return };
        while self.round(&mut client, &mut dice, progress).is_some() {}
    }

    /// Writes on one connection, if there is one, until it ends or this was enough.
    pub fn write_on(&mut self, bound: SocketAddr, dice: &mut Dice, progress: &AtomicU64, enough: impl Fn() -> bool) {
        let Some(mut client) = Client::open(bound, &[]) else { return };
        // A put without an answer may have been done.
        let (request, cell) = (client.request(), cell(self.number));
        match client.try_all(vec![ClientFrame::GetCell { request, cell }]).as_deref() {
            Some([Reply::Cell { version, .. }]) => self.cell = *version,
            Some(_) => self.cell = 0,
            None => return,
        }
        while !enough() && self.round(&mut client, dice, progress).is_some() {}
    }

    fn round(&mut self, client: &mut Client, dice: &mut Dice, progress: &AtomicU64) -> Option<()> {
        let proofs = (0..LOGS).map(|n| self.prove(client, n)).collect();
        for (reply, n) in client.try_all(proofs)?.into_iter().zip(0..LOGS) {
            let Reply::Proved { log: Some(state), .. } = reply else { panic!("not proved: {reply:?}") };
            if state.epoch.0 != self.epochs[usize::from(n)] {
                // Somebody committed meanwhile: the next round proves that epoch.
                self.epochs[usize::from(n)] = state.epoch.0;
                return Some(());
            }
        }
        for _ in 0..4 {
            let asked = self.batch(client, dice);
            let posts: Vec<Asked> = asked.iter().filter_map(posted).collect();
            self.unknown.extend(&posts);
            let replies = client.try_all(asked)?;
            let mut full = false;
            for (reply, asked) in replies.iter().zip(&posts) {
                self.unknown.retain(|other| other != asked);
                match reply {
                    Reply::Accepted { seq } => {
                        self.accepted.push((asked.address, asked.post, *seq));
                        progress.fetch_add(1, Ordering::Relaxed);
                    }
                    Reply::Stale { .. } => self.stale += 1,
                    // Nobody has read the inbox for a while, as when a relay that is begun anew is waited for.
                    Reply::Refused { reason: Refusal::Full } => full = true,
                    other => panic!("{other:?} to a post"),
                }
            }
            if full {
                std::thread::sleep(BACK_OFF);
            }
            match &replies[posts.len()..] {
                [Reply::Ok] => self.cell += 1,
                other => panic!("{other:?} to a cell"),
            }
            if replies.iter().any(|reply| matches!(reply, Reply::Stale { .. })) {
                break;
            }
        }
        Some(())
    }

    fn prove(&self, client: &mut Client, n: u8) -> ClientFrame {
        let epoch = self.epochs[usize::from(n)];
        let (request, address) = (client.request(), log(n));
        let proof = client.sign(Right::Log, address, epoch, &epoch_key(epoch));
        ClientFrame::Prove { request, right: Right::Log, address, epoch: Epoch(epoch), proof }
    }

    /// Posts, the first of them those whose outcome is unknown, and the cell last.
    fn batch(&mut self, client: &mut Client, dice: &mut Dice) -> Vec<ClientFrame> {
        let some = self.unknown.len().min(BATCH);
        let again: Vec<Asked> = self.unknown.drain(..some).collect();
        self.repeats += again.len() as u64;
        let mut frames: Vec<ClientFrame> = again.into_iter().map(|asked| self.post(client, asked)).collect();
        for _ in frames.len()..BATCH {
            let post = self.next_post();
            let address = match dice.below(4) {
                0 => inbox(),
                _ => log(dice.below(u64::from(LOGS)) as u8),
            };
            let commits = dice.below(12) == 0;
            let closes = log_number(&address).filter(|_| commits).map(|n| Epoch(self.epochs[n]));
            frames.push(self.post(client, Asked { address, post, closes }));
        }
        let (request, cell, version) = (client.request(), cell(self.number), self.cell + 1);
        let proof = client.sign(Right::CellOwner, cell, 0, &epoch_key(u64::from(self.number)));
        let body = version.to_be_bytes().to_vec().into();
        frames.push(ClientFrame::PutCell { request, cell, proof, version, body });
        frames
    }

    fn post(&self, client: &mut Client, Asked { address, post, closes }: Asked) -> ClientFrame {
        let (request, body) = (client.request(), body_of(&post).into());
        match (log_number(&address), closes) {
            (None, _) => ClientFrame::Deliver { request, delivery: delivery(client, post) },
            // A repeat is the commit that it was, whatever the epoch now.
            (Some(_), Some(epoch)) => {
                let next_key = PublicKey::new(epoch_key(epoch.0 + 1).verifying_key().to_bytes());
                let welcomes = welcomes_of(&post).into_iter().map(|welcome| delivery(client, welcome)).collect();
                ClientFrame::Commit { request, log: address, epoch, post, body, next_key, welcomes }
            }
            (Some(n), None) => {
                let epoch = Epoch(self.epochs[n]);
                ClientFrame::Append { request, log: address, epoch, post, body, ttl: None }
            }
        }
    }
}

fn log_number(address: &Address) -> Option<usize> {
    (0..LOGS).find(|n| log(*n) == *address).map(usize::from)
}

fn delivery(client: &Client, post: PostId) -> Post {
    let proof = client.sign(Right::InboxWriter, inbox(), 0, &epoch_key(1));
    Post { inbox: inbox(), proof, post, body: body_of(&post).into(), ttl: None }
}

/// What a frame posts.
fn posted(frame: &ClientFrame) -> Option<Asked> {
    match frame {
        ClientFrame::Append { log, post, .. } => Some(Asked { address: *log, post: *post, closes: None }),
        ClientFrame::Commit { log, post, epoch, .. } => {
            Some(Asked { address: *log, post: *post, closes: Some(*epoch) })
        }
        ClientFrame::Deliver { delivery, .. } => {
            Some(Asked { address: delivery.inbox, post: delivery.post, closes: None })
        }
        _ => None,
    }
}
