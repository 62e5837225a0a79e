//! The engine's fuzz targets of `fuzz/`, over damaged samples and random acts: no nightly compiler, no coverage to guide them, and
//! part of every test run.
//!
//! `XCHAT_FUZZ_RUNS` says how much is tried (40); `XCHAT_SEED` begins elsewhere.
#![allow(clippy::unwrap_used, clippy::large_enum_variant, unreachable_pub, dead_code, reason = "tests")]
#![cfg(not(target_arch = "wasm32"))]

#[path = "../../../fuzz/src/engine/mod.rs"]
mod engine;

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use arbitrary::{Arbitrary, Unstructured};
use engine::rows::Came;
use engine::{decoders, play, rows};

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

fn runs() -> u64 {
    number("XCHAT_FUZZ_RUNS", 40)
}

/// A sample with a few bytes changed, left out, doubled, or put there out of another one.
fn damaged(dice: &mut Dice, samples: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = samples[dice.below(samples.len())].clone();
    for _ in 0..dice.below(6) {
        let at = dice.below(bytes.len().max(1));
        match (dice.below(6), bytes.get(at).copied()) {
            (0, Some(_)) => bytes[at] = dice.roll() as u8,
            (1, Some(_)) => _ = bytes.remove(at),
            (2, Some(byte)) => bytes.insert(at, byte),
            // What CBOR's heads say at their ends.
            (3, Some(_)) => bytes[at] = [0x00, 0x1b, 0x3b, 0x5b, 0x9b, 0xbb, 0x9f, 0xff][dice.below(8)],
            (4, Some(_)) => {
                let other = &samples[dice.below(samples.len())];
                let from = dice.below(other.len().max(1));
                let to = (from + dice.below(40)).min(other.len());
                bytes.splice(at..at, other[from..to].iter().copied());
            }
            (_, Some(byte)) => bytes[at] = byte ^ (1 << dice.below(8)),
            (_, None) => {}
        }
    }
    bytes
}

/// Samples, damaged ones and noise, a fixed number of times. On a panic the bytes are named.
fn try_bytes(samples: &[Vec<u8>], target: impl Fn(&[u8])) {
    let mut dice = dice();
    samples.iter().for_each(|sample| target(sample));
    for _ in 0..runs() * 50 {
        let count = dice.below(300);
        for bytes in [damaged(&mut dice, samples), dice.bytes(count)] {
            let outcome = catch_unwind(AssertUnwindSafe(|| target(&bytes)));
            assert!(outcome.is_ok(), "by these bytes: {}", hex::encode(&bytes));
        }
    }
}

/// Random values of a type, as libFuzzer would make them.
fn arbitrary<T: for<'a> Arbitrary<'a>>(dice: &mut Dice, length: usize) -> Vec<T> {
    let bytes = dice.bytes(length);
    let mut unstructured = Unstructured::new(&bytes);
    std::iter::from_fn(|| match unstructured.is_empty() {
        true => None,
        false => T::arbitrary(&mut unstructured).ok(),
    })
    .collect()
}

/// Runs something; when it panics its input is named, and its seed repeats it.
fn naming<I: Debug, O>(run: u64, input: &I, does: impl FnOnce(&I) -> O) -> O {
    let outcome = catch_unwind(AssertUnwindSafe(|| does(input)));
    outcome.unwrap_or_else(|_| panic!("run {run} of seed {}: {input:#?}", number("XCHAT_SEED", 1)))
}

#[test]
fn content_of_any_bytes_is_refused_or_shown_within_its_limits() {
    try_bytes(&engine::samples::contents(), decoders::content);
    try_bytes(&engine::samples::statuses(), decoders::status);
}

#[test]
fn any_text_becomes_a_tree_that_is_bounded_and_links_to_the_web_alone() {
    try_bytes(&engine::samples::texts(), |bytes| decoders::prose(&String::from_utf8_lossy(bytes)));
}

#[test]
fn cards_certificates_and_deliveries_of_any_bytes_are_refused_or_kept_as_they_are() {
    try_bytes(&engine::samples::cards(), decoders::card);
    try_bytes(&engine::samples::certificates(), decoders::certificate);
    try_bytes(&engine::samples::deliveries(), decoders::delivery);
    try_bytes(&engine::samples::cards(), decoders::package);
}

#[test]
fn whatever_is_pasted_is_refused_or_read_as_what_it_was_written_from() {
    try_bytes(&engine::samples::pasted(), |bytes| decoders::pasted(&String::from_utf8_lossy(bytes)));
    try_bytes(&engine::samples::links(), decoders::link);
}

#[test]
fn whatever_a_relay_a_member_and_a_person_do_a_device_goes_on_and_its_rows_load() {
    let mut dice = dice();
    let (mut messages, mut requests) = (0, 0);
    // Each is a device that starts for real.
    for run in 0..runs().div_ceil(2) {
        let length = 100 + dice.below(1500);
        let acts = arbitrary(&mut dice, length);
        let told = naming(run, &acts, |acts| play::run(acts.clone()));
        (messages, requests) = (messages + told.messages, requests + told.requests);
    }
    println!("{messages} messages were shown, {requests} frames were sent");
    assert!(messages > 0 && requests > 0, "it came to something: {messages} messages, {requests} frames");
}

#[test]
fn whatever_becomes_of_stored_rows_nothing_panics_and_nothing_that_was_stored_goes() {
    let mut dice = dice();
    let mut came = Vec::new();
    for run in 0..runs() {
        let damages = arbitrary(&mut dice, 40);
        came.push(naming(run, &damages, |damages| rows::run(damages)));
    }
    let count = |what| came.iter().filter(|came| **came == what).count();
    println!("{} up, {} without their chat", count(Came::Up), count(Came::WithoutChat));
    assert_eq!(rows::run(&[]), Came::Up);
    assert!(count(Came::Up) > 0 && count(Came::Up) < came.len());
}

#[test]
fn any_number_of_a_stored_row_may_be_the_largest() {
    let damages = rows::largest_numbers();
    assert!(damages.len() > 30, "{damages:?}");
    for (run, damage) in (0..).zip(damages) {
        naming(run, &damage, |damage| rows::run(std::slice::from_ref(damage)));
    }
}
