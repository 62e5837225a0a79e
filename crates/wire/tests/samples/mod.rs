//! One value of every frame, reply and refusal, with small recognisable bytes.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "helpers of tests; each binary uses its own part")]

use xchat_wire::*;

pub fn address() -> Address {
    Address::new([0xaa; 32])
}

pub fn post() -> PostId {
    PostId::new([0x0b; 16])
}

pub fn key() -> PublicKey {
    PublicKey::new([0xcc; 32])
}

pub fn proof() -> Proof {
    Proof { key: key(), signature: Signature::new([0xdd; 64]) }
}

pub fn delivery() -> Post {
    Post { inbox: address(), proof: proof(), post: post(), body: vec![1, 2, 3].into(), ttl: None }
}

pub fn record() -> Record {
    Record {
        seq: Seq(7),
        previous: Seq(6),
        epoch: Epoch(2),
        kind: Kind::Message,
        post: post(),
        time: 1_700_000_000_000,
        body: vec![1, 2, 3].into(),
        next_key: None,
        chain: ChainHash::new([0xee; 32]),
    }
}

pub fn grant_blob(right: Right, proof: Option<Proof>) -> ClientFrame {
    let (request, hash) = (Request(5), BlobHash::new([0xbb; 32]));
    ClientFrame::GrantBlob {
        request,
        right,
        address: address(),
        proof,
        hash,
        size: 8_388_608,
        seconds: 86_400,
        tag: None,
    }
}

pub fn claimed_blob() -> ClientFrame {
    let (request, hash, tag) = (Request(5), BlobHash::new([0xbb; 32]), Some(ClaimTag::new([0x99; 32])));
    let (right, address) = (Right::InboxOwner, address());
    ClientFrame::GrantBlob { request, right, address, proof: None, hash, size: 8_388_608, seconds: 86_400, tag }
}

pub fn release_blob() -> ClientFrame {
    let (request, hash) = (Request(5), BlobHash::new([0xbb; 32]));
    ClientFrame::ReleaseBlob { request, hash, claim: BlobClaim::new([0x88; 32]) }
}

/// Every variant of [`ClientFrame`], in the order of their numbers.
pub fn client_frames() -> Vec<ClientFrame> {
    let (request, address, post, proof) = (Request(5), address(), post(), proof());
    vec![
        ClientFrame::Prove { request, right: Right::Log, address, epoch: Epoch(2), proof },
        ClientFrame::CreateLog { request, log: address, proof },
        ClientFrame::CreateInbox { request, inbox: address, proof, writer: key() },
        ClientFrame::Subscribe { request, address, after: Seq(7), credit: 256 },
        ClientFrame::Credit { address, more: 128 },
        ClientFrame::Append { request, log: address, epoch: Epoch(2), post, body: vec![1, 2, 3].into(), ttl: None },
        ClientFrame::Append {
            request,
            log: address,
            epoch: Epoch(2),
            post,
            body: vec![1, 2, 3].into(),
            ttl: Some(3600),
        },
        ClientFrame::Commit {
            request,
            log: address,
            epoch: Epoch(2),
            post,
            body: vec![1, 2, 3].into(),
            next_key: key(),
            welcomes: vec![delivery()],
        },
        ClientFrame::Deliver { request, delivery: delivery() },
        ClientFrame::Deliver { request, delivery: Post { ttl: Some(3600), ..delivery() } },
        ClientFrame::Acknowledge { request, inbox: address, upto: Seq(7) },
        ClientFrame::FillPool {
            request,
            inbox: address,
            post,
            packages: vec![vec![1].into(), vec![2].into()],
            last_resort: Some(vec![3].into()),
        },
        ClientFrame::TakePackage { request, inbox: address, proof },
        ClientFrame::PutCell { request, cell: address, proof, version: 3, body: vec![1, 2, 3].into() },
        ClientFrame::GetCell { request, cell: address },
        ClientFrame::Unsubscribe { address },
        ClientFrame::Ping,
        ClientFrame::Signal { request, log: address, epoch: Epoch(2), body: vec![1, 2, 3].into() },
        grant_blob(Right::Log, None),
        grant_blob(Right::CellOwner, Some(proof)),
        claimed_blob(),
        ClientFrame::Turn { request },
        release_blob(),
    ]
}

/// Every variant of [`Refusal`].
pub fn refusals() -> Vec<Refusal> {
    vec![
        Refusal::Denied,
        Refusal::TooLarge,
        Refusal::Full,
        Refusal::Busy { retry_after_ms: 1000 },
        Refusal::Internal,
        Refusal::NotOffered,
    ]
}

/// Every variant of [`Reply`], in the order of their numbers but for all refusals together.
pub fn replies() -> Vec<Reply> {
    let mut replies = vec![
        Reply::Ok,
        Reply::Proved { log: Some(LogState { epoch: Epoch(2), head: Seq(7), first: Seq(1) }), packages: None },
        Reply::Proved { log: None, packages: Some(20) },
        Reply::Accepted { seq: Seq(7) },
        Reply::Stale { epoch: Epoch(3) },
        Reply::Conflict { version: 4 },
        Reply::Package { package: vec![1, 2, 3].into(), last_resort: false },
        Reply::Pool { packages: 20 },
        Reply::Cell { version: 3, body: vec![1, 2, 3].into() },
    ];
    replies.extend(refusals().into_iter().map(|reason| Reply::Refused { reason }));
    replies.push(Reply::Grant {
        token: BlobToken(vec![1, 2, 3].into()),
        until: 1_700_000_600_000,
        expires: 1_700_086_400_000,
    });
    replies.push(Reply::Turn {
        urls: vec!["turn:turn.example:3478".into(), "turns:turn.example:5349".into()],
        username: "1700000600:00112233445566aa".into(),
        password: TurnPassword("c2VjcmV0".into()),
        seconds: 600,
    });
    replies.push(Reply::Kept { expires: 1_700_086_400_000 });
    replies
}

/// Every variant of [`Goodbye`].
pub fn goodbyes() -> [Goodbye; 4] {
    [Goodbye::BadFrame, Goodbye::Restart, Goodbye::Slow, Goodbye::Flood]
}

/// Every variant of [`ServerFrame`], with every reply, kind and goodbye.
pub fn server_frames() -> Vec<ServerFrame> {
    let address = address();
    let commit = Record { kind: Kind::Commit, next_key: Some(key()), ..record() };
    let delivery = Record { kind: Kind::Delivery, epoch: Epoch(0), ..record() };
    let mut frames = vec![
        ServerFrame::Welcome { challenge: Challenge::new([0xff; 32]), time: 1_700_000_000_000 },
        ServerFrame::Record { address, record: record() },
        ServerFrame::Record { address, record: commit },
        ServerFrame::Record { address, record: delivery },
        ServerFrame::CaughtUp { address, head: Seq(7) },
        ServerFrame::Fenced { address, epoch: Epoch(3) },
        ServerFrame::Pool { inbox: address, packages: 19 },
        ServerFrame::Pong,
    ];
    frames.extend(goodbyes().map(|reason| ServerFrame::Goodbye { reason, retry_after_ms: 1000 }));
    frames.extend(replies().into_iter().map(|reply| ServerFrame::Reply { request: Request(5), reply }));
    frames.push(ServerFrame::Signal { address, epoch: Epoch(2), body: vec![1, 2, 3].into() });
    frames.push(ServerFrame::Gone { address, seq: Some(Seq(7)) });
    frames.push(ServerFrame::Gone { address, seq: None });
    frames
}
