//! Blobs over real sockets: up with a grant, down with a hash, gone in time; and nothing of what was refused.
#![allow(clippy::unwrap_used, reason = "tests")]

mod peers;
mod process;

use std::io::{Read, Write};

use peers::{address, denied};
use process::*;
use sha2::{Digest, Sha256};
use xchat_relay::limits::{
    BLOB_BYTES_CONNECTION_A_DAY, BLOB_DOWNLOADS_AN_ADDRESS, BLOB_UPLOADS_AN_ADDRESS, GRANTS_A_SECOND, GRANTS_BURST,
};
use xchat_wire::*;

const DAY: u32 = 24 * 60 * 60;

fn content(size: usize, seed: u8) -> Vec<u8> {
    (0..size).map(|n| (n % 251) as u8 ^ seed).collect()
}

fn hash(bytes: &[u8]) -> BlobHash {
    BlobHash::new(Sha256::digest(bytes).into())
}

fn path(bytes: &[u8]) -> String {
    format!("{BLOB_PATH}{}", hex::encode(Sha256::digest(bytes)))
}

/// A relay, and a member of the log at 1.
fn relay(name: &str, flags: &[&str]) -> (Running, Client) {
    let relay = Running::start(name, flags);
    let mut client = relay.connect();
    client.create_log(address(1), 1);
    (relay, client)
}

/// The `Authorization` header of an upload of these bytes, kept for so many seconds.
fn grant(client: &mut Client, bytes: &[u8], seconds: u32) -> String {
    bearer(client.grant(hash(bytes), bytes.len() as u64, seconds))
}

fn up(relay: &Running, client: &mut Client, bytes: &[u8], seconds: u32) -> u16 {
    let bearer = grant(client, bytes, seconds);
    relay.put(&path(bytes), Some(&bearer), bytes).status
}

#[test]
fn a_blob_goes_up_with_a_grant_and_comes_down_whole_or_in_part() {
    let (relay, mut client) = relay("blob", &[]);
    let bytes = content(3_000_000, 1);
    let bearer = grant(&mut client, &bytes, DAY);
    assert_eq!(relay.get(&path(&bytes), &[]).status, 404);
    let answer = relay.put(&path(&bytes), Some(&bearer), &bytes);
    assert_eq!((answer.status, answer.text().as_str()), (201, ""));

    let whole = relay.get(&path(&bytes), &[]);
    assert_eq!((whole.status, &whole.body), (200, &bytes));
    for (name, value) in [
        ("content-length", "3000000"),
        ("content-type", "application/octet-stream"),
        ("content-disposition", "attachment"),
        ("cache-control", "private, max-age=31536000, immutable"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "same-origin"),
        ("accept-ranges", "bytes"),
    ] {
        assert_eq!(whole.header(name), Some(value), "{name}");
    }
    let part = relay.get(&path(&bytes), &[("Range", "bytes=1000000-1999999")]);
    assert_eq!((part.status, part.body.as_slice()), (206, &bytes[1_000_000..2_000_000]));
    assert_eq!(part.header("content-range"), Some("bytes 1000000-1999999/3000000"));
    let end = relay.get(&path(&bytes), &[("Range", "bytes=-5")]);
    assert_eq!((end.status, end.body.as_slice()), (206, &bytes[2_999_995..]));
    let beyond = relay.get(&path(&bytes), &[("Range", "bytes=3000000-")]);
    assert_eq!((beyond.status, beyond.header("content-range")), (416, Some("bytes */3000000")));
    let head = relay.request("HEAD", &path(&bytes), &[]);
    assert_eq!((head.status, head.body.len(), head.header("content-length")), (200, 0, Some("3000000")));
}

#[test]
fn the_largest_blob_is_taken_and_one_byte_more_is_granted_to_nobody() {
    let (relay, mut client) = relay("blob-large", &[]);
    let bytes = content(MAX_BLOB as usize, 1);
    assert_eq!(up(&relay, &mut client, &bytes, DAY), 201);
    assert_eq!(relay.get(&path(&bytes), &[]).body, bytes);
    let too_large = Reply::Refused { reason: Refusal::TooLarge };
    assert_eq!(client.grant(hash(b"x"), MAX_BLOB + 1, DAY), too_large);
}

#[test]
fn a_repeat_is_fine_and_prolongs() {
    let (relay, mut client) = relay("blob-repeat", &[]);
    let bytes = content(1000, 1);
    let bearer = grant(&mut client, &bytes, 3);
    assert_eq!(relay.put(&path(&bytes), Some(&bearer), &bytes).status, 201);
    assert_eq!(relay.put(&path(&bytes), Some(&bearer), &bytes).status, 200, "with the same grant");
    assert_eq!(up(&relay, &mut client, &bytes, DAY), 200, "and with another");
    let short = content(1000, 2);
    assert_eq!(up(&relay, &mut client, &short, 3), 201);
    until(|| relay.get(&path(&short), &[]).status == 404);
    assert_eq!(relay.get(&path(&bytes), &[]).status, 200, "it outlives what its first grant gave it");
}

#[test]
fn an_upload_without_its_own_grant_is_refused() {
    let (relay, mut client) = relay("blob-forged", &[]);
    let (mine, other) = (content(1000, 1), content(1000, 2));
    let bearer = grant(&mut client, &mine, DAY);
    assert_eq!(relay.put(&path(&other), None, &other).status, 401);
    assert_eq!(relay.put(&path(&other), Some(&bearer), &other).status, 403, "a grant is for one hash");
    assert_eq!(relay.put(&path(&mine), Some("Bearer AAAA"), &mine).status, 403);
    assert_eq!(relay.put(&path(&mine), Some("Bearer no base64!"), &mine).status, 403);
    assert_eq!(relay.put(&path(&mine), Some(&bearer[7..]), &mine).status, 401);
    let mut forged = bearer.clone().into_bytes();
    forged[20] = if forged[20] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    let answer = relay.put(&path(&mine), Some(&forged), &mine);
    assert_eq!((answer.status, answer.text().lines().count()), (403, 1), "and said why in a sentence");
    for bytes in [&mine, &other] {
        assert_eq!(relay.get(&path(bytes), &[]).status, 404);
    }
    let elsewhere = Running::start("blob-elsewhere", &[]);
    assert_eq!(elsewhere.put(&path(&mine), Some(&bearer), &mine).status, 403, "each relay has a key of its own");
    assert_eq!(relay.put(&path(&mine), Some(&bearer), &mine).status, 201);
}

#[test]
fn relays_that_are_given_one_key_take_each_others_grants() {
    let key = std::env::temp_dir().join(format!("xchat-relay-{}-key", std::process::id()));
    std::fs::write(&key, format!("{}\n", "5a".repeat(32))).unwrap();
    let flags = ["--blob-key-file", key.to_str().unwrap()];
    let (_one, mut client) = relay("blob-key-one", &flags);
    let other = Running::start("blob-key-other", &flags);
    let bytes = content(1000, 1);
    let bearer = grant(&mut client, &bytes, DAY);
    assert_eq!(other.put(&path(&bytes), Some(&bearer), &bytes).status, 201);
    std::fs::remove_file(&key).unwrap();
}

#[test]
fn wrong_bytes_are_refused_and_seen_by_nobody() {
    let (relay, mut client) = relay("blob-wrong", &[]);
    let (wanted, other) = (content(400_000, 1), content(400_000, 2));
    let bearer = grant(&mut client, &wanted, DAY);
    assert_eq!(relay.put(&path(&wanted), Some(&bearer), &other).status, 422);
    assert_eq!(relay.put(&path(&wanted), Some(&bearer), &wanted[..399_999]).status, 400);
    let longer = [wanted.as_slice(), b"x"].concat();
    assert_eq!(relay.put_head(&path(&wanted), &bearer, longer.len()).status, 413);
    assert_eq!(relay.get(&path(&wanted), &[]).status, 404);
    assert_eq!(relay.blob_files(), [""; 0]);
}

#[test]
fn unknown_expired_and_malformed_addresses_get_the_same_answer() {
    let (relay, mut client) = relay("blob-absent", &[]);
    let bytes = content(1000, 1);
    up(&relay, &mut client, &bytes, 1);
    until(|| relay.get(&path(&bytes), &[]).status == 404);
    let expired = relay.get(&path(&bytes), &[]);
    let there = content(1000, 2);
    assert_eq!(up(&relay, &mut client, &there, DAY), 201);
    let upper = path(&there).to_uppercase().replace("/BLOB/", BLOB_PATH);
    let paths = [path(b"unknown"), upper, "/blob/".into(), "/blob/abcd".into(), "/blob/%ff".into(), "/blob/a/b".into()];
    for path in paths {
        let answer = relay.get(&path, &[]);
        assert_eq!((answer.status, &answer.body), (404, &expired.body), "{path}");
        assert_eq!(answer.headers_but_date(), expired.headers_but_date(), "{path}");
    }
    let ranged = relay.get(&path(&bytes), &[("Range", "bytes=5000-")]);
    assert_eq!((ranged.status, &ranged.body), (404, &expired.body), "not even its size is told");
}

#[test]
fn a_blob_survives_kill_minus_nine_and_the_sweep_of_a_start_removes_what_has_expired() {
    let (mut relay, mut client) = relay("blob-kill", &[]);
    let (long, short) = (content(500_000, 1), content(500_000, 2));
    assert_eq!(up(&relay, &mut client, &long, DAY), 201);
    assert_eq!(up(&relay, &mut client, &short, 1), 201);
    let bearer = grant(&mut client, b"later", DAY);
    relay.kill();
    relay = relay.again();
    assert_eq!(relay.get(&path(&long), &[]).body, long);
    assert_eq!(relay.put(&path(b"later"), Some(&bearer), b"later").status, 201, "a grant survives too");
    until(|| relay.get(&path(&short), &[]).status == 404);
    relay.kill();
    relay = relay.again();
    let kept = || relay.blob_files().len();
    until(|| kept() == 2);
    assert_eq!(relay.get(&path(&long), &[]).body, long);
}

#[test]
fn an_upload_that_is_cut_off_leaves_nothing() {
    let (mut relay, mut client) = relay("blob-cut", &[]);
    let bytes = content(2_000_000, 1);
    let bearer = grant(&mut client, &bytes, DAY);
    let half = |relay: &Running| {
        let mut socket = relay.begin_put(&path(&bytes), &bearer, bytes.len());
        socket.write_all(&bytes[..1_500_000]).unwrap();
        until(|| relay.blob_files().iter().any(|file| file.contains('#')));
        socket
    };
    drop(half(&relay));
    until(|| relay.blob_files().is_empty());
    assert_eq!(relay.get(&path(&bytes), &[]).status, 404);

    let _open = half(&relay);
    relay.kill();
    relay = relay.again();
    assert_eq!(relay.blob_files(), [""; 0], "nor after a crash");
    assert_eq!(relay.put(&path(&bytes), Some(&bearer), &bytes).status, 201);
}

#[test]
fn a_full_relay_grants_nothing_more_and_takes_nothing_that_was_granted_before() {
    let (relay, mut client) = relay("blob-quota", &["--blob-mib", "1"]);
    let (one, two) = (content(700_000, 1), content(700_000, 2));
    let (first, second) = (grant(&mut client, &one, DAY), grant(&mut client, &two, DAY));
    assert_eq!(relay.put(&path(&one), Some(&first), &one).status, 201);
    assert_eq!(relay.put(&path(&two), Some(&second), &two).status, 507);
    assert_eq!(relay.blob_files().len(), 1);
    let full = Reply::Refused { reason: Refusal::Full };
    assert_eq!(client.grant(hash(&two), 700_000, DAY), full);
    assert_eq!(up(&relay, &mut client, &content(100_000, 3), DAY), 201, "a smaller one still fits");
}

#[test]
fn a_disk_that_takes_no_more_is_answered_507_and_hurts_nothing_else() {
    // No file of this relay may grow beyond 3 MiB (6 MiB where the shell counts in kibibytes).
    let mut relay = Running::start_limited("blob-disk", 6144, &[]);
    let mut client = relay.connect();
    client.create_log(address(1), 1);
    let (large, small) = (content(7_000_000, 1), content(100_000, 2));
    let bearer = grant(&mut client, &large, DAY);
    let answer = relay.put(&path(&large), Some(&bearer), &large);
    assert_eq!((answer.status, answer.text().as_str()), (507, "the relay has no room for this blob\n"));
    assert_eq!(relay.blob_files(), [""; 0]);
    assert_eq!(client.append(address(1), 0, 1, b"record"), peers::accepted(1));
    assert_eq!(up(&relay, &mut client, &small, DAY), 201);
    relay.terminate();
    relay.wait();
    let log = relay.log();
    assert!(!log.contains(&path(&large)[6..20]), "a log names no blob: {log}");
}

#[test]
fn a_relay_without_blobs_says_that_it_offers_none() {
    let (relay, mut client) = relay("blob-none", &["--blob-mib", "0"]);
    let not_offered = Reply::Refused { reason: Refusal::NotOffered };
    assert_eq!(client.grant(hash(b"x"), 1, DAY), not_offered);
    assert_eq!(relay.get(&path(b"x"), &[]).status, 404);
    assert_eq!(relay.put(&path(b"x"), Some("Bearer AAAA"), b"x").status, 404);
}

/// What a relay without blobs says to a client that would be granted one.
const GRANTED: Reply = Reply::Refused { reason: Refusal::NotOffered };

#[test]
fn a_grant_needs_a_proof_of_the_logs_current_epoch_or_of_the_inboxs_or_cells_owner() {
    let mut world = peers::World::new();
    let mut owner = world.connect();
    owner.create_log(&mut world, address(1), 1);
    owner.create_inbox(&mut world, address(2), 2, 3);
    owner.put_cell(&mut world, address(4), 4, 1, b"card");
    let cell = |peer: &peers::Peer, signer| Some(peer.proof(Right::CellOwner, address(4), 0, signer));
    let (proof, wrong) = (cell(&owner, 4), cell(&owner, 9));
    assert_eq!(owner.grant(&mut world, Right::Log, address(1), None, 1), GRANTED);
    assert_eq!(owner.grant(&mut world, Right::InboxOwner, address(2), None, 1), GRANTED);
    assert_eq!(owner.grant(&mut world, Right::CellOwner, address(4), proof, 1), GRANTED);
    assert_eq!(owner.grant(&mut world, Right::CellOwner, address(4), wrong, 1), denied());
    assert_eq!(owner.grant(&mut world, Right::CellOwner, address(4), None, 1), denied());
    assert_eq!(owner.grant(&mut world, Right::InboxWriter, address(2), None, 1), denied());
    let absent = Some(owner.proof(Right::CellOwner, address(9), 0, 4));
    assert_eq!(owner.grant(&mut world, Right::CellOwner, address(9), absent, 1), denied());

    let mut stranger = world.connect();
    assert_eq!(stranger.grant(&mut world, Right::Log, address(1), None, 1), denied());
    assert_eq!(stranger.grant(&mut world, Right::Log, address(99), None, 1), denied());
    assert_eq!(stranger.grant(&mut world, Right::InboxOwner, address(2), None, 1), denied());
    assert_eq!(stranger.grant(&mut world, Right::CellOwner, address(4), proof, 1), denied(), "another's proof");

    owner.commit(&mut world, address(1), 0, 1, 2);
    let stale = Reply::Stale { epoch: Epoch(1) };
    assert_eq!(owner.grant(&mut world, Right::Log, address(1), None, 1), stale, "as for a removed member");
    owner.prove_log(&mut world, address(1), 1, 2);
    assert_eq!(owner.grant(&mut world, Right::Log, address(1), None, 1), GRANTED);
}

#[test]
fn grants_in_a_flood_are_busy_and_the_days_bytes_of_a_connection_are_counted() {
    let mut world = peers::World::new();
    let mut owner = world.connect();
    owner.create_log(&mut world, address(1), 1);
    let mut ask = |world: &mut peers::World, size| owner.grant(world, Right::Log, address(1), None, size);
    let share = BLOB_BYTES_CONNECTION_A_DAY / GRANTS_BURST;
    for _ in 0..GRANTS_BURST {
        assert_eq!(ask(&mut world, share), GRANTED);
    }
    assert!(matches!(ask(&mut world, 1), Reply::Refused { reason: Refusal::Busy { .. } }));
    world.now += 1000 / GRANTS_A_SECOND;
    assert_eq!(ask(&mut world, 1), Reply::Refused { reason: Refusal::Full });
    world.now += u64::from(DAY) * 1000;
    assert_eq!(ask(&mut world, share), GRANTED);
}

#[test]
fn an_address_that_asks_for_too_many_blobs_or_grants_is_told_to_wait_and_keeps_its_connection() {
    let (relay, mut client) = relay("blob-limits", &["--blobs-per-minute", "3", "--grants-per-minute", "2"]);
    let bytes = content(100, 1);
    assert_eq!(up(&relay, &mut client, &bytes, DAY), 201);
    assert_eq!((relay.get(&path(&bytes), &[]).status, relay.get(&path(&bytes), &[]).status), (200, 200));
    let refused = relay.get(&path(&bytes), &[]);
    assert_eq!(refused.status, 429);
    assert!((1..=20).contains(&refused.header("retry-after").unwrap().parse::<u32>().unwrap()));

    assert!(matches!(client.grant(hash(b"another"), 7, DAY), Reply::Grant { .. }));
    let reply = client.grant(hash(b"a third"), 7, DAY);
    assert!(matches!(reply, Reply::Refused { reason: Refusal::Busy { .. } }), "{reply:?}");
    assert!(matches!(client.append(address(1), 0, 1, b"goes on"), Reply::Accepted { .. }));
}

/// Asks until the answer is another one than "too many under way".
fn until_taken(mut ask: impl FnMut() -> Answer) -> Answer {
    let mut last = None;
    until(|| {
        let answer = ask();
        let taken = answer.status != 429;
        last = Some(answer);
        taken
    });
    last.unwrap()
}

/// The first bytes of what the relay says.
fn heard(socket: &mut std::net::TcpStream, count: usize) -> String {
    let mut bytes = vec![0; count];
    socket.read_exact(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn uploads_under_way_are_bounded_by_address_and_leave_room_for_others() {
    let (relay, mut client) = relay("blob-slots", &["--trust-proxy"]);
    let bytes = content(10_000, 1);
    let (at, bearer, length) = (path(&bytes), grant(&mut client, &bytes, DAY), bytes.len().to_string());
    let headers = [("Authorization", bearer.as_str()), ("Content-Length", length.as_str())];
    let begin = |from: &str| {
        let mut socket = relay.begin_from(from, "PUT", &at, &headers);
        _ = socket.write_all(&bytes[..5000]);
        socket
    };
    let finish = |mut socket: std::net::TcpStream| {
        _ = socket.write_all(&bytes[5000..]);
        finish(socket)
    };
    // The relay asks for a body once the upload has its place.
    let place = |_| {
        let asks = [headers[0], headers[1], ("Expect", "100-continue")];
        let mut socket = relay.begin_from("192.0.2.1", "PUT", &at, &asks);
        assert_eq!(heard(&mut socket, 25), "HTTP/1.1 100 Continue\r\n\r\n");
        _ = socket.write_all(&bytes[..5000]);
        socket
    };
    let mut slow: Vec<_> = (0..BLOB_UPLOADS_AN_ADDRESS).map(place).collect();
    let refused = finish(relay.begin_from("192.0.2.1", "PUT", &at, &headers[..1]));
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("1")));
    assert_eq!(finish(begin("192.0.2.2")).status, 201, "another address is not meant");
    assert_eq!(finish(slow.pop().unwrap()).status, 200);
    assert_eq!(until_taken(|| finish(begin("192.0.2.1"))).status, 200, "one that ends makes room");
}

#[test]
fn downloads_under_way_are_bounded_by_address_and_leave_room_for_others() {
    let (relay, mut client) = relay("blob-reads", &["--trust-proxy"]);
    let bytes = content(MAX_BLOB as usize, 1);
    assert_eq!(up(&relay, &mut client, &bytes, DAY), 201);
    let get = |from: &str| relay.begin_from(from, "GET", &path(&bytes), &[]);
    // One after the other: a request that overtakes another one would have its place, and lose it again.
    let place = |_| {
        let mut socket = get("192.0.2.1");
        assert_eq!(heard(&mut socket, 12), "HTTP/1.1 200");
        socket
    };
    let mut unread: Vec<_> = (0..BLOB_DOWNLOADS_AN_ADDRESS).map(place).collect();
    assert_eq!(finish(get("192.0.2.1")).status, 429);
    assert_eq!(finish(get("192.0.2.2")).body, bytes, "another address is not meant");
    drop(unread.pop());
    assert_eq!(until_taken(|| finish(get("192.0.2.1"))).body, bytes, "one that ends makes room");
}
