//! The fuzz targets of `fuzz/`, over random bytes: no nightly compiler, no coverage to guide them, and part of every test run.
//!
//! `XCHAT_FUZZ_RUNS` says how many sequences of frames are tried (150); `XCHAT_SEED` begins elsewhere.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "tests")]

#[path = "../../../fuzz/src/acts.rs"]
mod acts;
#[path = "../../../fuzz/src/frames.rs"]
mod frames;
#[path = "../../../fuzz/src/judge.rs"]
mod judge;
#[path = "../../../fuzz/src/session.rs"]
mod session;
#[cfg(feature = "nats")]
#[path = "../../../fuzz/src/stored.rs"]
mod stored;

use acts::Act;
use arbitrary::{Arbitrary, Unstructured};
use xchat_wire::*;

/// A generator that a seed fixes (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.roll() % bound as u64) as usize
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.roll() as u8).collect()
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

fn dice() -> Dice {
    Dice(number("XCHAT_SEED", 1))
}

/// One valid frame of each of a few kinds, to be damaged.
fn samples() -> Vec<Vec<u8>> {
    let (address, post, key) = (Address::new([1; 32]), PostId::new([2; 16]), PublicKey::new([3; 32]));
    let proof = Proof { key, signature: Signature::new([4; 64]) };
    let delivery = Post { inbox: address, proof, post, body: vec![5; 40].into(), ttl: None };
    let record = Record {
        seq: Seq(2),
        previous: Seq(1),
        epoch: Epoch(0),
        kind: Kind::Commit,
        post,
        time: 1_700_000_000_000,
        body: vec![6; 30].into(),
        next_key: Some(key),
        chain: ChainHash::new([7; 32]),
    };
    let (request, epoch) = (Request(9), Epoch(0));
    let (hash, claim) = (BlobHash::new([11; 32]), BlobClaim::new([12; 32]));
    let (right, tag, size, seconds) = (Right::Log, Some(claim.tag()), 9, 60);
    vec![
        encode(&ClientFrame::GrantBlob { request, right, address, proof: Some(proof), hash, size, seconds, tag }),
        encode(&ClientFrame::ReleaseBlob { request, hash, claim }),
        encode(&ClientFrame::Commit {
            request,
            log: address,
            epoch,
            post,
            body: vec![8; 20].into(),
            next_key: key,
            welcomes: vec![delivery.clone(), delivery],
        }),
        encode(&ClientFrame::Prove { request, right: Right::Log, address, epoch, proof }),
        encode(&ClientFrame::Subscribe { request, address, after: Seq(0), credit: 9 }),
        encode(&ClientFrame::FillPool {
            request,
            inbox: address,
            post,
            packages: vec![vec![1].into()],
            last_resort: None,
        }),
        encode(&ServerFrame::Record { address, record: record.clone() }),
        encode(&ServerFrame::Reply { request, reply: Reply::Refused { reason: Refusal::Busy { retry_after_ms: 5 } } }),
        encode(&record),
    ]
}

/// A sample with a few bytes changed, left out or doubled.
fn damaged(dice: &mut Dice, samples: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = samples[dice.below(samples.len())].clone();
    for _ in 0..dice.below(5) {
        let at = dice.below(bytes.len().max(1));
        match (dice.below(4), bytes.get(at).copied()) {
            (0, Some(_)) => bytes[at] = dice.roll() as u8,
            (1, Some(_)) => _ = bytes.remove(at),
            (2, Some(byte)) => bytes.insert(at, byte),
            (_, Some(byte)) => bytes[at] = byte ^ (1 << dice.below(8)),
            (_, None) => {}
        }
    }
    bytes
}

#[test]
fn decoders_take_any_bytes_without_a_panic_and_give_back_what_they_took() {
    let (mut dice, samples) = (dice(), samples());
    for _ in 0..number("XCHAT_FUZZ_RUNS", 150) * 100 {
        let bytes = damaged(&mut dice, &samples);
        frames::client_frame(&bytes);
        frames::server_frame(&bytes);
        frames::record(&bytes);
        let count = dice.below(200);
        let noise = dice.bytes(count);
        frames::client_frame(&noise);
        frames::server_frame(&noise);
    }
}

/// One stored row of a few kinds.
#[cfg(feature = "nats")]
fn rows() -> Vec<Vec<u8>> {
    [
        "a5000101a600070105021b0000018bcfe56800035820eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee0403051903840202035820cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc0406",
        "a40001015820cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc02010305",
        "a40001015820cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc02030343010203",
        "a600010102020103500b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b041903840543010203",
        "a200010107",
        "a3000101190384021b0000018bcfe56800",
        "a4000101190384021b0000018bcfe5680003a200090182a2005820aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa0107a2005820bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb0108",
        "a40001011903840200041b0000018bcfe56800",
    ]
    .map(|row| hex::decode(row).unwrap())
    .into()
}

#[cfg(feature = "nats")]
#[test]
fn what_relays_have_written_is_read_back_without_a_panic_whatever_became_of_it() {
    let (mut dice, rows) = (dice(), rows());
    let message = vec![xchat_relay::fuzzing::sample_cluster_message()];
    assert!(xchat_relay::fuzzing::cluster_message(&message[0]), "the whole one is applied");
    for _ in 0..number("XCHAT_FUZZ_RUNS", 150) * 5 {
        stored::cluster_message(&damaged(&mut dice, &message));
        stored::row(&damaged(&mut dice, &rows));
        let noise = dice.bytes(60);
        stored::grant(&noise);
        stored::row(&noise);
        stored::cluster_message(&noise);
        // A few bits of a good one only.
        let mut few = vec![0; 89];
        few[dice.below(89)] = 1 << dice.below(8);
        stored::grant(&few);
    }
}

#[cfg(feature = "nats")]
#[test]
fn a_message_of_a_later_version_is_applied_by_no_relay_whatever_else_is_in_it() {
    let mut dice = dice();
    let whole = xchat_relay::fuzzing::sample_cluster_message();
    assert_eq!(whole[..5], [0xa7, 0, 1, 1, 3], "format and rules stand first");
    for _ in 0..number("XCHAT_FUZZ_RUNS", 150) {
        for at in [2, 4] {
            let mut later = damaged(&mut dice, std::slice::from_ref(&whole));
            later.splice(..later.len().min(5), [0xa7, 0, 1, 1, 3]);
            later[at] = 4 + dice.below(20) as u8;
            assert!(!xchat_relay::fuzzing::cluster_message(&later));
        }
    }
}

#[test]
fn no_random_key_and_signature_is_a_proof() {
    let mut dice = dice();
    for _ in 0..number("XCHAT_FUZZ_RUNS", 150) {
        frames::proof(&dice.bytes(100));
    }
}

#[test]
fn whatever_clients_do_the_relay_keeps_its_promises() {
    let mut dice = dice();
    let (mut records, mut commits) = (0, 0);
    for run in 0..number("XCHAT_FUZZ_RUNS", 150) {
        let length = 200 + dice.below(3000);
        let bytes = dice.bytes(length);
        let mut unstructured = Unstructured::new(&bytes);
        let acts: Vec<Act> = std::iter::from_fn(|| match unstructured.is_empty() {
            true => None,
            false => Act::arbitrary(&mut unstructured).ok(),
        })
        .collect();
        // On a panic, the run is named, and its seed repeats it.
        let told = std::panic::catch_unwind(|| session::run(acts.clone()));
        let Ok(shown) = told else { panic!("run {run} of seed {}: {acts:#?}", number("XCHAT_SEED", 1)) };
        (records, commits) = (records + shown.0, commits + shown.1);
    }
    println!("{records} records and {commits} commits were shown");
    assert!(records > 0 && commits > 0, "clients did get somewhere: {records} records, {commits} commits");
}

#[test]
fn whatever_bytes_a_connection_sends_the_relay_answers_or_ends_it() {
    let (mut dice, samples) = (dice(), samples());
    for _ in 0..number("XCHAT_FUZZ_RUNS", 150) / 3 {
        let messages: Vec<Vec<u8>> = (0..20).map(|_| damaged(&mut dice, &samples)).collect();
        session::run_raw(&messages);
    }
}
