//! What clients may do in a run, and the frames that it makes.

use arbitrary::Arbitrary;
use ed25519_dalek::SigningKey;
use xchat_wire::{
    Address, BlobClaim, BlobHash, Challenge, ClientFrame, Epoch, MAX_BLOB, MAX_BODY, MAX_SIGNAL, PostId, Proof,
    PublicKey, Request, Right, Seq,
};

/// What proofs name.
pub const ORIGIN: &str = "https://chat.example";

/// What happens. Each byte chooses among few addresses, keys and posts, so that clients meet.
#[derive(Debug, Clone, Arbitrary)]
pub enum Act {
    Connect,
    Disconnect {
        peer: u8,
    },
    CreateLog {
        peer: u8,
        log: u8,
        signer: u8,
    },
    CreateInbox {
        peer: u8,
        inbox: u8,
        owner: u8,
        writer: u8,
    },
    Prove {
        peer: u8,
        right: u8,
        address: u8,
        epoch: u8,
        signer: u8,
    },
    Append {
        peer: u8,
        log: u8,
        epoch: u8,
        post: u8,
        size: u32,
    },
    Commit {
        peer: u8,
        log: u8,
        epoch: u8,
        post: u8,
        signer: u8,
        welcomes: Vec<Letter>,
    },
    Deliver {
        peer: u8,
        letter: Letter,
    },
    Acknowledge {
        peer: u8,
        inbox: u8,
        upto: u64,
    },
    FillPool {
        peer: u8,
        inbox: u8,
        post: u8,
        packages: u8,
        last_resort: bool,
    },
    TakePackage {
        peer: u8,
        inbox: u8,
        signer: u8,
    },
    PutCell {
        peer: u8,
        cell: u8,
        signer: u8,
        version: u64,
        size: u16,
    },
    GetCell {
        peer: u8,
        cell: u8,
    },
    Subscribe {
        peer: u8,
        address: u8,
        after: u64,
        credit: u32,
    },
    Credit {
        peer: u8,
        address: u8,
        more: u32,
    },
    Unsubscribe {
        peer: u8,
        address: u8,
    },
    Signal {
        peer: u8,
        log: u8,
        epoch: u8,
        size: u16,
    },
    GrantBlob {
        peer: u8,
        right: u8,
        address: u8,
        signer: u8,
        size: u64,
        seconds: u32,
        claim: Option<u8>,
    },
    Turn {
        peer: u8,
    },
    ReleaseBlob {
        peer: u8,
        hash: u8,
        claim: u8,
    },
    /// The last post once more, as a client does that has lost the answer.
    Again,
    Ping {
        peer: u8,
    },
    Raw {
        peer: u8,
        bytes: Vec<u8>,
    },
    Wait {
        millis: u32,
    },
    Expire {
        back: u32,
    },
    /// Nobody reads until the next act of another kind: outputs pile up.
    Listen,
}

/// A delivery or a welcome.
#[derive(Debug, Clone, Arbitrary)]
pub struct Letter {
    inbox: u8,
    signer: u8,
    post: u8,
    size: u16,
}

/// A frame, once its number and the connection's challenge are known.
pub type Make = Box<dyn FnOnce(Request, &Challenge) -> ClientFrame>;

/// Who sends it, and the frame.
pub fn frame_of(act: Act) -> (u8, Make) {
    match act {
        Act::CreateLog { peer, log, signer } => (
            peer,
            Box::new(move |request, challenge| {
                let proof = prove(challenge, Right::Log, log_at(log), 0, signer);
                ClientFrame::CreateLog { request, log: log_at(log), proof }
            }),
        ),
        Act::CreateInbox { peer, inbox, owner, writer } => (
            peer,
            Box::new(move |request, challenge| {
                let proof = prove(challenge, Right::InboxOwner, inbox_at(inbox), 0, owner);
                ClientFrame::CreateInbox { request, inbox: inbox_at(inbox), proof, writer: public(writer, WRITER) }
            }),
        ),
        Act::Prove { peer, right, address: at, epoch, signer } => (
            peer,
            Box::new(move |request, challenge| {
                let rights = [Right::Log, Right::InboxOwner, Right::InboxWriter, Right::CellOwner];
                let right = rights[usize::from(right) % 4];
                let (address, epoch) = match right {
                    Right::Log => (log_at(at), epoch_of(epoch)),
                    Right::InboxOwner | Right::InboxWriter => (inbox_at(at), u64::from(epoch / 250)),
                    Right::CellOwner => (cell_at(at), 0),
                };
                let proof = prove(challenge, right, address, epoch, signer);
                ClientFrame::Prove { request, right, address, epoch: Epoch(epoch), proof }
            }),
        ),
        Act::Append { peer, log, epoch, post, size } => (
            peer,
            Box::new(move |request, _| {
                // Mostly small: a large one takes long and shows little.
                let size = if size.is_multiple_of(32) { size as usize % (MAX_BODY + 2) } else { size as usize % 300 };
                let body = vec![post; size].into();
                let epoch = Epoch(epoch_of(epoch));
                ClientFrame::Append { request, log: log_at(log), epoch, post: post_id(post), body, ttl: ttl_of(post) }
            }),
        ),
        Act::Commit { peer, log, epoch, post, signer, welcomes } => (
            peer,
            Box::new(move |request, challenge| {
                let welcomes = welcomes.iter().take(40).map(|letter| letter.post(challenge)).collect();
                let (epoch, post, body) = (Epoch(epoch_of(epoch)), post_id(post), vec![post; 9].into());
                ClientFrame::Commit {
                    request,
                    log: log_at(log),
                    epoch,
                    post,
                    body,
                    next_key: public(signer, of_epoch(epoch.0 + 1)),
                    welcomes,
                }
            }),
        ),
        Act::Deliver { peer, letter } => (
            peer,
            Box::new(move |request, challenge| ClientFrame::Deliver { request, delivery: letter.post(challenge) }),
        ),
        Act::Acknowledge { peer, inbox, upto } => (
            peer,
            Box::new(move |request, _| ClientFrame::Acknowledge { request, inbox: inbox_at(inbox), upto: Seq(upto) }),
        ),
        Act::FillPool { peer, inbox, post, packages, last_resort } => (
            peer,
            Box::new(move |request, _| {
                let packages = (0..packages % 110).map(|n| vec![n].into()).collect();
                let last_resort = last_resort.then(|| vec![post].into());
                ClientFrame::FillPool { request, inbox: inbox_at(inbox), post: post_id(post), packages, last_resort }
            }),
        ),
        Act::TakePackage { peer, inbox, signer } => (
            peer,
            Box::new(move |request, challenge| {
                let proof = prove(challenge, Right::InboxWriter, inbox_at(inbox), 0, signer);
                ClientFrame::TakePackage { request, inbox: inbox_at(inbox), proof }
            }),
        ),
        Act::PutCell { peer, cell, signer, version, size } => (
            peer,
            Box::new(move |request, challenge| {
                let proof = prove(challenge, Right::CellOwner, cell_at(cell), 0, signer);
                let body = vec![signer; usize::from(size) % 20_000].into();
                ClientFrame::PutCell { request, cell: cell_at(cell), proof, version, body }
            }),
        ),
        Act::GetCell { peer, cell } => {
            (peer, Box::new(move |request, _| ClientFrame::GetCell { request, cell: cell_at(cell) }))
        }
        Act::Subscribe { peer, address: at, after, credit } => (
            peer,
            Box::new(move |request, _| ClientFrame::Subscribe {
                request,
                address: address(at),
                after: Seq(after),
                credit,
            }),
        ),
        Act::Credit { peer, address: at, more } => {
            (peer, Box::new(move |_, _| ClientFrame::Credit { address: address(at), more }))
        }
        Act::Unsubscribe { peer, address: at } => {
            (peer, Box::new(move |_, _| ClientFrame::Unsubscribe { address: address(at) }))
        }
        Act::Signal { peer, log, epoch, size } => (
            peer,
            Box::new(move |request, _| {
                let body = vec![epoch; usize::from(size) % (MAX_SIGNAL + 2)].into();
                ClientFrame::Signal { request, log: log_at(log), epoch: Epoch(epoch_of(epoch)), body }
            }),
        ),
        Act::GrantBlob { peer, right, address: at, signer, size, seconds, claim } => (
            peer,
            Box::new(move |request, challenge| {
                let rights = [Right::Log, Right::InboxOwner, Right::CellOwner, Right::InboxWriter];
                let right = rights[usize::from(right) % 4];
                let address = match right {
                    Right::Log => log_at(at),
                    Right::InboxOwner | Right::InboxWriter => inbox_at(at),
                    Right::CellOwner => cell_at(at),
                };
                let proof = (right == Right::CellOwner).then(|| prove(challenge, right, address, 0, signer));
                let (hash, size) = (BlobHash::new([signer; 32]), size % (MAX_BLOB + 2));
                let tag = claim.map(|claim| claim_at(claim).tag());
                ClientFrame::GrantBlob { request, right, address, proof, hash, size, seconds, tag }
            }),
        ),
        Act::Turn { peer } => (peer, Box::new(|request, _| ClientFrame::Turn { request })),
        Act::ReleaseBlob { peer, hash, claim } => (
            peer,
            Box::new(move |request, _| {
                let hash = BlobHash::new([hash; 32]);
                ClientFrame::ReleaseBlob { request, hash, claim: claim_at(claim) }
            }),
        ),
        // The rest is not said by a peer; a ping does no harm in its place.
        Act::Ping { peer } | Act::Disconnect { peer } | Act::Raw { peer, .. } => {
            (peer, Box::new(|_, _| ClientFrame::Ping))
        }
        Act::Connect | Act::Wait { .. } | Act::Expire { .. } | Act::Listen | Act::Again => {
            (0, Box::new(|_, _| ClientFrame::Ping))
        }
    }
}

impl Letter {
    fn post(&self, challenge: &Challenge) -> xchat_wire::Post {
        let inbox = inbox_at(self.inbox);
        let proof = prove(challenge, Right::InboxWriter, inbox, 0, self.signer);
        xchat_wire::Post {
            inbox,
            proof,
            post: post_id(self.post),
            body: vec![self.post; self.size.into()].into(),
            ttl: ttl_of(self.post),
        }
    }
}

/// Few addresses, so that clients meet: two logs, two inboxes, a cell. A high byte takes any of them for any other.
fn address(n: u8) -> Address {
    Address::new([n % 5; 32])
}

fn log_at(n: u8) -> Address {
    address(if n < 240 { n % 2 } else { n })
}

fn inbox_at(n: u8) -> Address {
    address(if n < 240 { 2 + n % 2 } else { n })
}

fn cell_at(n: u8) -> Address {
    address(if n < 240 { 4 } else { n })
}

/// One of a few, so that what is given up had been claimed.
fn claim_at(n: u8) -> BlobClaim {
    BlobClaim::new([n % 3; 32])
}

/// Mostly one that there is.
fn epoch_of(n: u8) -> u64 {
    [0, 0, 0, 1, 1, 2, 3, 7][usize::from(n) % 8]
}

fn post_id(n: u8) -> PostId {
    PostId::new([n % 12; 16])
}

/// The key that is right, or, now and then, another one.
fn key(n: u8, right: u8) -> SigningKey {
    SigningKey::from_bytes(&[if n.is_multiple_of(4) { n } else { right }; 32])
}

/// The right key of a log's epoch.
fn of_epoch(epoch: u64) -> u8 {
    10 + epoch as u8
}

const OWNER: u8 = 101;
const WRITER: u8 = 102;

fn public(n: u8, right: u8) -> PublicKey {
    PublicKey::new(key(n, right).verifying_key().to_bytes())
}

fn prove(challenge: &Challenge, right: Right, address: Address, epoch: u64, signer: u8) -> Proof {
    let expected = match right {
        Right::Log => of_epoch(epoch),
        Right::InboxOwner | Right::CellOwner => OWNER,
        Right::InboxWriter => WRITER,
    };
    Proof::sign(&key(signer, expected), ORIGIN, challenge, right, &address, Epoch(epoch))
}

/// Some records have a time of their own, in seconds.
fn ttl_of(post: u8) -> Option<u32> {
    post.is_multiple_of(4).then_some(post.into())
}
