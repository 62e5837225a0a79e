//! What the relay never keeps: nothing that a client's network shows of it is in its data, its log or its metrics. That nothing of what
//! people say and are is there either takes clients with an engine: `crates/engine/tests/blind.rs`.
#![allow(clippy::unwrap_used, reason = "tests")]

mod peers;
mod process;

use std::path::Path;

use peers::{accepted, key, post, public};
use process::*;
use sha2::{Digest, Sha256};
use xchat_wire::*;

const AGENT: &str = "PlappermaulBrowser/77.1 (Heimcomputer)";
const LANGUAGE: &str = "tlh-KX;q=0.7";
const COOKIE: &str = "kennung=geheimniskraemer";
const FORWARDED: &str = "198.51.100.213";
/// A signer whose proofs the relay sees and denies.
const IDENTITY: u8 = 201;

/// Bytes in every spelling that a log or a row might have.
fn spellings(what: &str, bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let list = bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    let mut all = vec![
        (format!("{what}, raw"), bytes.to_vec()),
        (format!("{what}, hex"), hex.clone().into_bytes()),
        (format!("{what}, upper hex"), hex.to_uppercase().into_bytes()),
        (format!("{what}, as a list"), list.into_bytes()),
    ];
    for (kind, alphabet) in [("base64", "+/"), ("base64url", "-_")] {
        // The first bytes alone: whatever stands behind them changes the end.
        all.push((format!("{what}, {kind}"), base64(&bytes[..bytes.len() / 3 * 3], alphabet).into_bytes()));
    }
    all
}

/// Base64 of whole triples.
fn base64(bytes: &[u8], last_two: &str) -> String {
    let letters: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(last_two.chars()).collect();
    bytes
        .chunks_exact(3)
        .flat_map(|three| {
            let bits = u32::from(three[0]) << 16 | u32::from(three[1]) << 8 | u32::from(three[2]);
            [18, 12, 6, 0].map(|shift| letters[(bits >> shift) as usize & 63])
        })
        .collect()
}

fn find(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}

/// What a ciphertext looks like to the relay: nothing of the person is in it.
fn sealed(n: u8) -> Vec<u8> {
    (0..500u16).map(|at| (at as u8).wrapping_mul(n).wrapping_add(n ^ 0x5a)).collect()
}

fn random_looking(n: u8) -> Address {
    let mut bytes = [0; 32];
    bytes.iter_mut().enumerate().for_each(|(at, byte)| *byte = (at as u8).wrapping_mul(37).wrapping_add(n));
    Address::new(bytes)
}

fn claim(n: u8) -> BlobClaim {
    BlobClaim::new(*random_looking(100 + n).as_bytes())
}

fn blob_hash() -> BlobHash {
    BlobHash::new(Sha256::digest(sealed(96)).into())
}

/// Names and contents of all files in a folder and in those below it.
fn files_below(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => files_below(&path),
            false => vec![(path.display().to_string(), std::fs::read(&path).unwrap())],
        })
        .collect()
}

/// Everything that a relay is asked for, right and wrong.
fn busy(relay: &Running) {
    let headers =
        [("User-Agent", AGENT), ("Accept-Language", LANGUAGE), ("Cookie", COOKIE), ("X-Forwarded-For", FORWARDED)];
    let mut client = Client::open(relay.bound, &headers).unwrap();
    let (log, inbox, cell) = (random_looking(1), random_looking(2), random_looking(3));
    client.create_log(log, 1);
    client.subscribe(log, 0);
    let proof = client.proof(Right::InboxOwner, inbox, 0, 2);
    client.ask(|request| ClientFrame::CreateInbox { request, inbox, proof, writer: public(3) });
    client.subscribe(inbox, 0);
    (1..=30).for_each(|id| assert_eq!(client.append(log, 0, id, &sealed(id)), accepted(u64::from(id))));
    let packages = vec![sealed(80).into(), sealed(81).into()];
    client.ask(|request| ClientFrame::FillPool { request, inbox, post: post(90), packages, last_resort: None });
    let proof = client.proof(Right::InboxWriter, inbox, 0, 3);
    client.ask(|request| ClientFrame::TakePackage { request, inbox, proof });
    let delivery = Post { inbox, proof, post: post(91), body: sealed(91).into(), ttl: None };
    let welcomes = vec![Post { post: post(92), ..delivery.clone() }];
    client.ask(|request| ClientFrame::Deliver { request, delivery });
    let (body, next_key) = (sealed(93).into(), public(4));
    let (epoch, post) = (Epoch(0), post(93));
    client.ask(|request| ClientFrame::Commit { request, log, epoch, post, body, next_key, welcomes });
    let proof = client.proof(Right::CellOwner, cell, 0, 5);
    client.ask(|request| ClientFrame::PutCell { request, cell, proof, version: 1, body: sealed(94).into() });
    client.ask(|request| ClientFrame::GetCell { request, cell });
    client.ask(|request| ClientFrame::Acknowledge { request, inbox, upto: Seq(1) });
    client.prove(Right::Log, log, 1, 4);
    assert_eq!(client.signal(log, 1, &sealed(95)), Reply::Ok);
    let (hash, size, seconds) = (blob_hash(), sealed(96).len() as u64, 600);
    let (right, proof, tag) = (Right::InboxOwner, None, None);
    let frame = |request| ClientFrame::GrantBlob { request, right, address: inbox, proof, hash, size, seconds, tag };
    let path = format!("{BLOB_PATH}{}", hex::encode(hash.as_bytes()));
    assert_eq!(relay.put(&path, Some(&bearer(client.ask(frame))), &sealed(96)).status, 201);
    assert_eq!(relay.get(&path, &headers).status, 200);
    let tag = Some(claim(1).tag());
    let kept = client.ask(|request| ClientFrame::GrantBlob {
        request,
        right,
        address: inbox,
        proof,
        hash,
        size,
        seconds,
        tag,
    });
    assert!(matches!(kept, Reply::Kept { .. }));
    (2..4).for_each(|n| assert_eq!(client.release(hash, &claim(n)), Reply::Ok));
    // A person's own key is no key of the relay's: a proof by it is denied, and leaves nothing.
    client.deny(log, IDENTITY);
    client.deny(log, IDENTITY + 1);
    for path in ["/", "/nothing", "/relay", "/healthz"] {
        relay.get(path, &[("User-Agent", AGENT), ("Cookie", COOKIE), ("Referer", "https://plappermaul.example/")]);
    }
    client.send_raw(Raw::Binary(b"no frame at all".to_vec()));
    client.last_words();
}

#[test]
fn neither_data_nor_log_nor_metrics_hold_what_would_tell_who_it_was() {
    let flags = ["--log", "debug", "--trust-proxy", "--max-connections-per-address", "2"];
    let mut relay = Running::start("blind", &flags);
    busy(&relay);
    // Limits that are met are told to the operator, and to nobody by name.
    let headers = [("X-Forwarded-For", FORWARDED)];
    let held: Vec<Client> = std::iter::from_fn(|| Client::open(relay.bound, &headers)).take(5).collect();
    assert!(relay.said("connections of one network address are refused"));
    drop(held);
    let metrics = relay.metrics().into_bytes();
    relay.terminate();
    assert!(relay.wait().success());
    let log = relay.log().into_bytes();
    let data = files_below(relay.data());
    assert!(find(&log, b"a connection ends") && find(&metrics, b"connections_refused_total"), "all were written");
    let (_, store) = data.iter().find(|(name, _)| name.ends_with(xchat_relay::FILE)).unwrap();
    assert!(find(store, random_looking(1).as_bytes()) && find(store, &sealed(7)), "the search finds what is there");

    let mut nowhere: Vec<(String, Vec<u8>)> = Vec::new();
    for text in [AGENT, LANGUAGE, COOKIE, FORWARDED, "127.0.0.1", "plappermaul"] {
        nowhere.extend(spellings(text, text.as_bytes()));
    }
    // The store knows tags; a claim was shown, and is forgotten, whether it was one or not.
    assert!(find(store, claim(1).tag().as_bytes()));
    (2..4).for_each(|n| nowhere.extend(spellings("a claim", random_looking(100 + n).as_bytes())));
    nowhere.push(("the proxied address as bytes".into(), vec![198, 51, 100, 213]));
    nowhere.push(("the origin's port".into(), format!("localhost:{}", relay.bound.port()).into_bytes()));
    for signer in [IDENTITY, IDENTITY + 1] {
        nowhere.extend(spellings("identity key", public(signer).as_bytes()));
        nowhere.extend(spellings("identity's secret", &key(signer).to_bytes()));
    }
    for (what, needle) in &nowhere {
        for (name, hay) in
            data.iter().map(|(name, bytes)| (name.as_str(), bytes)).chain([("log", &log), ("metrics", &metrics)])
        {
            assert!(!find(hay, needle), "{what} is in {name}");
        }
    }

    // The store must know these; the operator's eyes must not.
    let addresses = [("log", random_looking(1)), ("inbox", random_looking(2)), ("cell", random_looking(3))];
    let addresses = addresses.map(|(what, address)| (what, *address.as_bytes()));
    for (what, bytes) in addresses.into_iter().chain([("blob", *blob_hash().as_bytes())]) {
        for (what, needle) in spellings(what, &bytes).into_iter().chain(spellings(what, &bytes[..6])) {
            assert!(!find(&log, &needle) && !find(&metrics, &needle), "address of {what}");
        }
    }
    for signer in 1..=5 {
        for (what, needle) in spellings("access key", &public(signer).as_bytes()[..6]) {
            assert!(!find(&log, &needle) && !find(&metrics, &needle), "{what}");
        }
    }
}
