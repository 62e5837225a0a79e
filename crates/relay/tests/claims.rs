//! Blobs that are claimed over real sockets: kept without another upload, gone when the last claim is given up, and told to nobody.
#![allow(clippy::unwrap_used, reason = "tests")]

mod peers;
mod process;

use peers::address;
use process::*;
use sha2::{Digest, Sha256};
use xchat_relay::limits::RELEASES_BURST;
use xchat_wire::*;

const DAY: u32 = 24 * 60 * 60;

fn hash(bytes: &[u8]) -> BlobHash {
    BlobHash::new(Sha256::digest(bytes).into())
}

fn path(bytes: &[u8]) -> String {
    format!("{BLOB_PATH}{}", hex::encode(Sha256::digest(bytes)))
}

fn claim(n: u8) -> BlobClaim {
    BlobClaim::new([n; 32])
}

/// A relay, and a member of the log at 1.
fn relay(name: &str, flags: &[&str]) -> (Running, Client) {
    let relay = Running::start(name, flags);
    let mut client = relay.connect();
    client.create_log(address(1), 1);
    (relay, client)
}

fn ask(client: &mut Client, bytes: &[u8], n: u8) -> Reply {
    client.grant_claimed(hash(bytes), bytes.len() as u64, DAY, Some(&claim(n)))
}

fn up(relay: &Running, client: &mut Client, bytes: &[u8], n: u8) -> u16 {
    let bearer = bearer(ask(client, bytes, n));
    relay.put(&path(bytes), Some(&bearer), bytes).status
}

fn is_kept(reply: &Reply) -> bool {
    matches!(reply, Reply::Kept { .. })
}

#[test]
fn what_is_there_is_kept_without_an_upload_and_goes_when_the_last_claim_is_given_up() {
    let (relay, mut client) = relay("claims", &[]);
    let bytes = vec![7; 300_000];
    assert_eq!(up(&relay, &mut client, &bytes, 1), 201);
    let Reply::Grant { expires: later, .. } = ask(&mut client, b"another", 9) else { panic!("a grant") };
    let Reply::Kept { expires } = ask(&mut client, &bytes, 2) else { panic!("it is there") };
    assert!(later.abs_diff(expires) < 60_000, "for as long as a fresh one");
    assert_eq!(client.release(hash(&bytes), &claim(1)), Reply::Ok);
    assert_eq!(relay.get(&path(&bytes), &[]).body, bytes);

    let absent = relay.get(&path(b"unknown"), &[]);
    assert_eq!(client.release(hash(&bytes), &claim(2)), Reply::Ok);
    let gone = relay.get(&path(&bytes), &[]);
    assert_eq!((gone.status, &gone.body), (404, &absent.body), "at once, and as if it had never been");
    assert_eq!(relay.request("HEAD", &path(&bytes), &[]).status, 404);
    assert!(!is_kept(&ask(&mut client, &bytes, 3)), "nor is it claimed any more");
    assert_eq!(up(&relay, &mut client, &bytes, 3), 201, "and it can come again");
    assert_eq!(relay.get(&path(&bytes), &[]).body, bytes);
}

#[test]
fn who_knows_a_hash_and_no_claim_deletes_nothing_and_learns_nothing() {
    let (relay, mut owner) = relay("claims-others", &[]);
    let (claimed, plain) = (vec![1; 1000], vec![2; 1000]);
    assert_eq!(up(&relay, &mut owner, &claimed, 1), 201);
    let bearer = bearer(owner.grant(hash(&plain), 1000, DAY));
    assert_eq!(relay.put(&path(&plain), Some(&bearer), &plain).status, 201);
    let mut stranger = relay.connect();
    let tag = BlobClaim::new(*claim(1).tag().as_bytes());
    for bytes in [claimed.as_slice(), &plain, b"unknown"] {
        for claim in [claim(9), tag.clone()] {
            assert_eq!(stranger.release(hash(bytes), &claim), Reply::Ok);
        }
    }
    assert_eq!(relay.get(&path(&claimed), &[]).status, 200);
    assert_eq!(relay.get(&path(&plain), &[]).status, 200);
    assert_eq!(stranger.release(hash(&claimed), &claim(1)), Reply::Ok, "it needs no right but the claim");
    assert_eq!(relay.get(&path(&claimed), &[]).status, 404);
}

#[test]
fn claims_and_what_was_given_up_survive_kill_minus_nine() {
    let (mut relay, mut client) = relay("claims-kill", &[]);
    let (kept, gone) = (vec![1; 1000], vec![2; 1000]);
    for bytes in [&kept, &gone] {
        assert_eq!(up(&relay, &mut client, bytes, 1), 201);
        assert!(is_kept(&ask(&mut client, bytes, 2)));
        assert_eq!(client.release(hash(bytes), &claim(1)), Reply::Ok);
    }
    assert_eq!(client.release(hash(&gone), &claim(2)), Reply::Ok);
    let bearer = bearer(ask(&mut client, b"later", 5));
    relay.kill();
    relay = relay.again();
    assert_eq!(relay.get(&path(&kept), &[]).status, 200);
    assert_eq!(relay.get(&path(&gone), &[]).status, 404, "what was answered is so");
    assert_eq!(relay.put(&path(b"later"), Some(&bearer), b"later").status, 201, "a grant with its claim survives too");
    let mut client = relay.connect();
    client.release(hash(&kept), &claim(2));
    client.release(hash(b"later"), &claim(5));
    assert_eq!(relay.get(&path(&kept), &[]).status, 404);
    assert_eq!(relay.get(&path(b"later"), &[]).status, 404);
}

#[test]
fn a_token_of_before_a_release_claims_anew() {
    let (relay, mut client) = relay("claims-token", &[]);
    let bytes = vec![7; 1000];
    let bearer = bearer(ask(&mut client, &bytes, 1));
    assert_eq!(relay.put(&path(&bytes), Some(&bearer), &bytes).status, 201);
    client.release(hash(&bytes), &claim(1));
    assert_eq!(relay.put(&path(&bytes), Some(&bearer), &bytes).status, 201, "it was gone");
    assert_eq!(relay.get(&path(&bytes), &[]).status, 200);
    client.release(hash(&bytes), &claim(1));
    assert_eq!(relay.get(&path(&bytes), &[]).status, 404);
}

#[test]
fn requests_under_way_together_take_effect_in_their_order() {
    let (relay, mut client) = relay("claims-order", &[]);
    let bytes = vec![7; 1000];
    assert_eq!(up(&relay, &mut client, &bytes, 1), 201);
    // The claim looks at the disk, and the release behind it could be faster.
    for _ in 0..20 {
        let (kept, released) = (client.request(), client.request());
        let (right, address, tag) = (Right::Log, address(1), Some(claim(2).tag()));
        let (proof, hash, size, seconds) = (None, hash(&bytes), 1000, DAY);
        client.send(&ClientFrame::GrantBlob { request: kept, right, address, proof, hash, size, seconds, tag });
        client.send(&ClientFrame::ReleaseBlob { request: released, hash, claim: claim(2) });
        let replies = [client.next_reply(), client.next_reply()];
        assert!(replies[0].0 == kept && is_kept(&replies[0].1), "{replies:?}");
        assert_eq!(replies[1], (released, Reply::Ok));
    }
    client.release(hash(&bytes), &claim(1));
    assert_eq!(relay.get(&path(&bytes), &[]).status, 404, "nothing else holds it");
}

#[test]
fn a_relay_without_blobs_answers_a_release_like_any_other() {
    let (_relay, mut client) = relay("claims-none", &["--blob-mib", "0"]);
    assert_eq!(client.release(hash(b"x"), &claim(1)), Reply::Ok);
    assert_eq!(ask(&mut client, b"x", 1), Reply::Refused { reason: Refusal::NotOffered });
}

#[test]
fn who_gives_up_too_fast_is_told_to_wait_and_keeps_the_connection() {
    let (_relay, mut client) = relay("claims-limits", &["--grants-per-minute", "2"]);
    assert_eq!(client.release(hash(b"x"), &claim(1)), Reply::Ok);
    assert_eq!(client.release(hash(b"x"), &claim(1)), Reply::Ok);
    for _ in 0..2 {
        let reply = client.release(hash(b"x"), &claim(1));
        assert!(matches!(reply, Reply::Refused { reason: Refusal::Busy { .. } }), "{reply:?}");
    }
    assert!(matches!(client.append(address(1), 0, 1, b"goes on"), Reply::Accepted { .. }));

    let mut world = peers::World::new();
    let mut peer = world.connect();
    let mut release = |world: &mut peers::World| {
        peer.ask(world, |request| ClientFrame::ReleaseBlob { request, hash: hash(b"x"), claim: claim(1) })
    };
    assert!((0..RELEASES_BURST).all(|_| release(&mut world) == Reply::Ok));
    assert!(matches!(release(&mut world), Reply::Refused { reason: Refusal::Busy { .. } }));
    world.now += 1000;
    assert_eq!(release(&mut world), Reply::Ok);
}
