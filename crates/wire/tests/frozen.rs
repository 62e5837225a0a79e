//! The bytes of every frame, frozen. A change here breaks every client and relay that is already out.

mod samples;

use ed25519_dalek::SigningKey;
use samples::*;
use xchat_wire::*;

fn frozen(file: &str) -> Vec<String> {
    file.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

#[test]
fn every_client_frame_keeps_its_bytes() {
    let ours: Vec<String> = client_frames().iter().map(|frame| hex::encode(encode(frame))).collect();
    assert_eq!(ours, frozen(include_str!("frozen/client.hex")));
}

#[test]
fn every_server_frame_keeps_its_bytes() {
    let ours: Vec<String> = server_frames().iter().map(|frame| hex::encode(encode(frame))).collect();
    assert_eq!(ours, frozen(include_str!("frozen/server.hex")));
}

#[test]
fn frozen_bytes_decode_to_the_same_frames() {
    let client: Vec<ClientFrame> = frozen(include_str!("frozen/client.hex"))
        .iter()
        .map(|line| decode(&hex::decode(line).unwrap()).unwrap())
        .collect();
    assert_eq!(client, client_frames());
    let server: Vec<ServerFrame> = frozen(include_str!("frozen/server.hex"))
        .iter()
        .map(|line| decode(&hex::decode(line).unwrap()).unwrap())
        .collect();
    assert_eq!(server, server_frames());
}

/// The number in front of a frame is its place in the enum; a new variant does not compile until it is placed here.
#[test]
fn no_variant_is_without_frozen_bytes() {
    let client = |frame: &ClientFrame| match frame {
        ClientFrame::Prove { .. } => 0,
        ClientFrame::CreateLog { .. } => 1,
        ClientFrame::CreateInbox { .. } => 2,
        ClientFrame::Subscribe { .. } => 3,
        ClientFrame::Credit { .. } => 4,
        ClientFrame::Append { .. } => 5,
        ClientFrame::Commit { .. } => 6,
        ClientFrame::Deliver { .. } => 7,
        ClientFrame::Acknowledge { .. } => 8,
        ClientFrame::FillPool { .. } => 9,
        ClientFrame::TakePackage { .. } => 10,
        ClientFrame::PutCell { .. } => 11,
        ClientFrame::GetCell { .. } => 12,
        ClientFrame::Unsubscribe { .. } => 13,
        ClientFrame::Ping => 14,
        ClientFrame::Signal { .. } => 15,
        ClientFrame::GrantBlob { .. } => 16,
        ClientFrame::Turn { .. } => 17,
        ClientFrame::ReleaseBlob { .. } => 18,
    };
    let server = |frame: &ServerFrame| match frame {
        ServerFrame::Welcome { .. } => 0,
        ServerFrame::Reply { .. } => 1,
        ServerFrame::Record { .. } => 2,
        ServerFrame::CaughtUp { .. } => 3,
        ServerFrame::Fenced { .. } => 4,
        ServerFrame::Pool { .. } => 5,
        ServerFrame::Goodbye { .. } => 6,
        ServerFrame::Pong => 7,
        ServerFrame::Signal { .. } => 8,
        ServerFrame::Gone { .. } => 9,
    };
    let reply = |reply: &Reply| match reply {
        Reply::Ok => 0,
        Reply::Proved { .. } => 1,
        Reply::Accepted { .. } => 2,
        Reply::Stale { .. } => 3,
        Reply::Conflict { .. } => 4,
        Reply::Package { .. } => 5,
        Reply::Pool { .. } => 6,
        Reply::Cell { .. } => 7,
        Reply::Refused { .. } => 8,
        Reply::Grant { .. } => 9,
        Reply::Turn { .. } => 10,
        Reply::Kept { .. } => 11,
    };
    let refusal = |refusal: &Refusal| match refusal {
        Refusal::Denied => 0,
        Refusal::TooLarge => 1,
        Refusal::Full => 2,
        Refusal::Busy { .. } => 3,
        Refusal::Internal => 4,
        Refusal::NotOffered => 5,
    };
    let complete = |mut numbers: Vec<u8>, count: u8| {
        numbers.sort_unstable();
        numbers.dedup();
        numbers == (0..count).collect::<Vec<_>>()
    };
    assert!(complete(client_frames().iter().map(client).collect(), 19));
    assert!(complete(server_frames().iter().map(server).collect(), 10));
    assert!(complete(replies().iter().map(reply).collect(), 12));
    assert!(complete(refusals().iter().map(refusal).collect(), 6));
}

#[test]
fn a_proof_signs_these_very_bytes() {
    let challenge = Challenge::new([0x11; 32]);
    let message = Proof::message("https://chat.example", &challenge, Right::InboxWriter, &address(), Epoch(0x0102));
    let expected = [
        hex::encode("xchat relay proof 1"),
        "0014".into(),
        hex::encode("https://chat.example"),
        "11".repeat(32),
        "02".into(),
        "aa".repeat(32),
        "0000000000000102".into(),
    ];
    assert_eq!(hex::encode(message), expected.concat());
}

#[test]
fn a_proof_by_a_known_key_keeps_its_bytes() {
    let key = SigningKey::from_bytes(&[7; 32]);
    let challenge = Challenge::new([0x11; 32]);
    let proof = Proof::sign(&key, "https://chat.example", &challenge, Right::Log, &address(), Epoch(2));
    assert_eq!(hex::encode(encode(&proof)), include_str!("frozen/proof.hex").trim());
}

#[test]
fn the_chain_of_a_short_log_keeps_its_bytes() {
    let start = chain_start(&address());
    let first = start.extend(Seq(1), Epoch(0), Kind::Message, &post(), None, b"hello");
    let second = first.extend(Seq(2), Epoch(0), Kind::Commit, &post(), Some(&key()), b"commit");
    let hashes = [start, first, second].map(|hash| hex::encode(hash.as_bytes()));
    assert_eq!(hashes.to_vec(), frozen(include_str!("frozen/chain.hex")));
}

#[test]
fn the_tag_of_a_claim_keeps_its_bytes() {
    let tag = BlobClaim::new([0x88; 32]).tag();
    assert_eq!(hex::encode(tag.as_bytes()), include_str!("frozen/claim.hex").trim());
}
