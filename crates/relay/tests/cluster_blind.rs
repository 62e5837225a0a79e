//! What a cluster's servers never hold: after a busy while on two relays, with checkpoints, everything that the servers have written is
//! searched for whatever would tell who it was or what was said.
#![allow(clippy::unwrap_used, reason = "tests")]

mod nats;
mod peers;
mod process;

use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD, Engine};
use nats::Servers;
use peers::{accepted, key, post, public};
use process::*;
use sha2::{Digest, Sha256};
use xchat_wire::*;

const AGENT: &str = "PlappermaulBrowser/77.1 (Heimcomputer)";
const COOKIE: &str = "kennung=geheimniskraemer";
const FORWARDED: &str = "198.51.100.213";
const NAME: &str = "Adelheid von Plappermaul";
const SAID: &str = "Wir treffen uns um Mitternacht an der alten Muehle";
const CREDENTIAL: &str = "credential of Adelheid's third device";
/// A person's own key. It signs nothing that a relay is shown but one proof, which is denied.
const IDENTITY: u8 = 201;
/// Records of each log.
const RECORDS: u8 = 60;
const LOGS: u8 = 4;

/// As a client seals: what goes in is not to be seen in what comes out, and who has the key gets it back.
fn seal(n: u8, plain: &str) -> Vec<u8> {
    let stream = (0_u32..).flat_map(|block| Sha256::digest([&[n; 32][..], &block.to_be_bytes()].concat()));
    let padded = plain.bytes().chain(std::iter::repeat(0)).take(512);
    padded.zip(stream).map(|(byte, pad)| byte ^ pad).collect()
}

/// What a client seals.
fn said(n: u8) -> Vec<u8> {
    seal(n, &format!("{NAME}: {SAID} ({CREDENTIAL}, {})", hex::encode(public(IDENTITY).as_bytes())))
}

fn address(n: u8) -> Address {
    Address::new(Sha256::digest([n]).into())
}

fn connect(relay: &Running) -> Client {
    let headers = [("User-Agent", AGENT), ("Cookie", COOKIE), ("X-Forwarded-For", FORWARDED)];
    Client::open(relay.bound, &headers).unwrap()
}

/// One client's share: a log with an epoch's end, an inbox with its pool, a cell, a signal, a proof of somebody who has no right.
fn busy(relay: &Running, n: u8) {
    let mut client = connect(relay);
    let (log, inbox, cell) = (address(n), address(n + 50), address(n + 100));
    client.create_log(log, n);
    client.create_inbox(inbox, n + 10, n + 20);
    client.subscribe(log, 0);
    (1..=RECORDS).for_each(|id| assert_eq!(client.append(log, 0, id, &said(id)), accepted(id.into())));
    let packages = vec![said(80).into(), said(81).into()];
    let fill = |request| ClientFrame::FillPool { request, inbox, post: post(90), packages, last_resort: None };
    assert!(!matches!(client.ask(fill), Reply::Refused { .. }));
    let proof = client.proof(Right::InboxWriter, inbox, 0, n + 20);
    client.ask(|request| ClientFrame::TakePackage { request, inbox, proof });
    let delivery = Post { inbox, proof, post: post(91), body: said(91).into(), ttl: None };
    let welcomes = vec![Post { post: post(92), ..delivery.clone() }];
    client.ask(|request| ClientFrame::Deliver { request, delivery });
    let (body, next_key, epoch) = (said(93).into(), public(n + 30), Epoch(0));
    let commit = |request| ClientFrame::Commit { request, log, epoch, post: post(93), body, next_key, welcomes };
    assert_eq!(client.ask(commit), accepted(u64::from(RECORDS) + 1));
    let proof = client.proof(Right::CellOwner, cell, 0, n + 40);
    client.ask(|request| ClientFrame::PutCell { request, cell, proof, version: 1, body: said(94).into() });
    client.prove(Right::Log, log, 1, n + 30);
    assert_eq!(client.signal(log, 1, &said(95)), Reply::Ok);
    let (right, proof) = (Right::Log, client.proof(Right::Log, log, 1, IDENTITY));
    let prove = |request| ClientFrame::Prove { request, right, address: log, epoch: Epoch(1), proof };
    assert_eq!(client.ask(prove), peers::denied());
}

/// Bytes in every spelling that a file might have.
fn spellings(bytes: &[u8]) -> [Vec<u8>; 5] {
    // Whatever stands behind them changes the end of base64.
    let triples = &bytes[..bytes.len() / 3 * 3];
    [
        bytes.to_vec(),
        hex::encode(bytes).into(),
        hex::encode_upper(bytes).into(),
        BASE64_STANDARD_NO_PAD.encode(triples).into(),
        BASE64_URL_SAFE_NO_PAD.encode(triples).into(),
    ]
}

#[test]
fn neither_stream_nor_checkpoints_hold_what_would_tell_who_it_was_or_what_was_said() {
    let Some(binary) = nats::binary() else { return };
    let servers = Servers::start(&binary, "blind", 1);
    let mut flags = servers.flags();
    flags.extend(["--nats-checkpoint-hours", "0.001", "--trust-proxy", "--log", "debug"].map(String::from));
    for limit in ["--connections-per-minute", "--creations-per-minute", "--deliveries-per-minute"] {
        flags.extend([limit, "1000000"].map(String::from));
    }
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let relays = [Running::start("cluster-blind-a", &flags), Running::start("cluster-blind-b", &flags)];
    // The first halves are shortened out of the stream, so that both it and a checkpoint hold something.
    busy(&relays[0], 1);
    busy(&relays[1], 2);
    until(|| servers.first("XCHAT_WRITES").is_some_and(|first| first > 1));
    for n in 3..=LOGS {
        busy(&relays[usize::from(n) % 2], n);
    }
    let files: Vec<(String, Vec<u8>)> =
        servers.files().into_iter().filter(|(name, _)| name.contains("/js0/")).collect();
    let holds = |part: &str, needle: &[u8]| {
        let of_part = files.iter().filter(|(name, _)| name.contains(part));
        of_part.map(|(_, bytes)| bytes).any(|bytes| bytes.windows(needle.len()).any(|window| window == needle))
    };
    for needle in [address(LOGS).as_bytes().as_slice(), &said(7), public(LOGS).as_bytes()] {
        assert!(holds("/XCHAT_WRITES/", needle), "the search finds what is there");
    }
    assert!(holds("/OBJ_XCHAT_CHECKPOINTS/", address(1).as_bytes()), "also in a checkpoint");
    assert!(!holds("", &said(95)), "a signal is stored nowhere");

    let texts = [AGENT, COOKIE, FORWARDED, NAME, SAID, CREDENTIAL, "Plappermaul", "Mitternacht", "Adelheid"];
    let keys = [public(IDENTITY).as_bytes().to_vec(), key(IDENTITY).to_bytes().to_vec()];
    let mut nowhere: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    nowhere.extend(keys);
    // Whole packages and bodies are there; a member's secret key of an epoch is not.
    nowhere.extend((1..=LOGS).map(|n| key(n + 30).to_bytes().to_vec()));
    for needle in nowhere.iter().flat_map(|needle| spellings(needle)) {
        let found = files.iter().find(|(_, bytes)| bytes.windows(needle.len()).any(|window| window == needle));
        assert!(found.is_none(), "{} is in {}", needle.escape_ascii(), found.unwrap().0);
    }
    assert!(!holds("", &[198, 51, 100, 213]), "the proxied address as bytes");
}
