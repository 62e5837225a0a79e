//! What a hostile peer may send: it costs the receiver no more than the bytes that arrived.
#![allow(clippy::unwrap_used, reason = "tests")]

mod samples;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use minicbor::{Encoder, data::Type};
use samples::*;
use xchat_wire::*;

/// Counts the largest single allocation of this thread.
struct Watch;

thread_local! {
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

#[expect(unsafe_code, reason = "a global allocator is unsafe to write; this one only looks at sizes")]
// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Watch {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        _ = LARGEST.try_with(|largest| largest.set(largest.get().max(layout.size())));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        _ = LARGEST.try_with(|largest| largest.set(largest.get().max(size)));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Watch = Watch;

/// The largest allocation while `act` runs.
fn largest(act: impl FnOnce()) -> usize {
    LARGEST.with(|largest| largest.set(0));
    act();
    LARGEST.with(Cell::get)
}

/// `head`, and then whatever length it claims, with nothing behind.
fn refused_cheaply(bytes: &[u8]) {
    let size = largest(|| {
        assert!(decode::<ClientFrame>(bytes).is_err());
        assert!(decode::<ServerFrame>(bytes).is_err());
    });
    assert!(size < 4096, "{} bytes made the decoder allocate {size}", bytes.len());
}

/// Encodes `[number, {fields}]` with keys and values written by `fields`.
fn frame(number: u8, entries: u64, fields: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes);
    encoder.array(2).unwrap().u8(number).unwrap().map(entries).unwrap();
    fields(&mut encoder);
    bytes
}

#[test]
fn a_huge_declared_length_allocates_nothing() {
    let huge = [0xff_u8; 8];
    for major in [0x5b_u8, 0x7b, 0x9b, 0xbb] {
        refused_cheaply(&[&[major], huge.as_slice()].concat());
        // As the body of an append, as the list of a commit's welcomes, as a pool's packages, as an unknown field.
        for (number, key) in [(5, 4), (6, 6), (9, 3), (14, 9), (5, 99), (15, 3), (16, 3), (16, 7), (18, 2)] {
            let head = frame(number, 1, |fields| _ = fields.u8(key).unwrap());
            refused_cheaply(&[head.as_slice(), &[major], &huge].concat());
        }
    }
}

#[test]
fn deep_nesting_in_an_unknown_field_does_not_exhaust_the_stack() {
    for byte in [0x81_u8, 0xc1, 0x9f] {
        let mut bytes = frame(13, 2, |fields| {
            fields.u8(0).unwrap().bytes(address().as_bytes()).unwrap().u8(99).unwrap();
        });
        bytes.resize(MAX_FRAME, byte);
        _ = decode::<ClientFrame>(&bytes);
    }
}

#[test]
fn a_frame_over_the_limit_is_refused_by_its_size_alone() {
    let bytes = vec![0; MAX_FRAME + 1];
    let size = largest(|| assert!(matches!(decode::<ClientFrame>(&bytes), Err(FrameError::TooLarge(_)))));
    assert_eq!(size, 0);
}

#[test]
fn the_largest_body_fits_into_a_frame_with_all_else_at_its_largest() {
    let (request, log, post, epoch) = (Request(u32::MAX), address(), post(), Epoch(u64::MAX));
    let body = minicbor::bytes::ByteVec::from(vec![0; MAX_BODY]);
    let append = ClientFrame::Append { request, log, epoch, post, body: body.clone(), ttl: None };
    let commit =
        ClientFrame::Commit { request, log, epoch, post, body: body.clone(), next_key: key(), welcomes: vec![] };
    let record = Record {
        seq: Seq(u64::MAX),
        previous: Seq(u64::MAX),
        epoch,
        kind: Kind::Commit,
        post,
        time: u64::MAX,
        body,
        next_key: Some(key()),
        chain: chain_start(&log),
    };
    let body: minicbor::bytes::ByteVec = vec![0; MAX_SIGNAL].into();
    let signal = ClientFrame::Signal { request, log, epoch, body: body.clone() };
    assert!(encode(&signal).len() <= MAX_SIGNAL + 100, "and a signal is small");
    assert!(encode(&ServerFrame::Signal { address: log, epoch, body }).len() <= MAX_SIGNAL + 100);
    assert!(encode(&append).len() <= MAX_FRAME);
    assert!(encode(&commit).len() <= MAX_FRAME);
    assert!(encode(&ServerFrame::Record { address: log, record }).len() <= MAX_FRAME);
}

#[test]
fn unknown_keys_are_skipped_at_every_level() {
    let bytes = frame(3, 7, |fields| {
        fields.u8(77).unwrap().array(2).unwrap().str("new").unwrap().map(1).unwrap().u8(1).unwrap().null().unwrap();
        fields.u8(0).unwrap().u32(5).unwrap();
        fields.u8(1).unwrap().bytes(address().as_bytes()).unwrap();
        fields.u32(70_000).unwrap().bytes(&[1, 2, 3]).unwrap();
        fields.u8(2).unwrap().u64(7).unwrap();
        fields.u8(3).unwrap().u32(256).unwrap();
        fields.u8(78).unwrap().bool(true).unwrap();
    });
    let expected = ClientFrame::Subscribe { request: Request(5), address: address(), after: Seq(7), credit: 256 };
    assert_eq!(decode::<ClientFrame>(&bytes).unwrap(), expected);
}

/// Adds an unknown entry to every map of a frame that is already bytes.
fn with_unknown_keys(decoder: &mut minicbor::Decoder<'_>, encoder: &mut Encoder<&mut Vec<u8>>) {
    match decoder.datatype().unwrap() {
        Type::Array => {
            let count = decoder.array().unwrap().unwrap();
            encoder.array(count).unwrap();
            (0..count).for_each(|_| with_unknown_keys(decoder, encoder));
        }
        Type::Map => {
            let count = decoder.map().unwrap().unwrap();
            encoder.map(count + 1).unwrap().u32(4_000).unwrap().str("from a later version").unwrap();
            (0..2 * count).for_each(|_| with_unknown_keys(decoder, encoder));
        }
        _ => {
            let (from, bytes) = (decoder.position(), decoder.input());
            decoder.skip().unwrap();
            encoder.writer_mut().extend_from_slice(&bytes[from..decoder.position()]);
        }
    }
}

#[test]
fn every_frame_still_decodes_when_a_later_version_adds_keys() {
    fn later(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        with_unknown_keys(&mut minicbor::Decoder::new(bytes), &mut Encoder::new(&mut out));
        assert!(out.len() >= bytes.len());
        out
    }
    for frame in client_frames() {
        assert_eq!(decode::<ClientFrame>(&later(&encode(&frame))).unwrap(), frame);
    }
    for frame in server_frames() {
        assert_eq!(decode::<ServerFrame>(&later(&encode(&frame))).unwrap(), frame);
    }
}

#[test]
fn a_frame_of_a_number_that_nobody_knows_is_refused() {
    for number in [19, 23, 200] {
        assert!(decode::<ClientFrame>(&frame(number, 0, |_| ())).is_err());
        assert!(decode::<ServerFrame>(&frame(number, 0, |_| ())).is_err());
    }
}

#[test]
fn an_identifier_of_another_length_is_refused() {
    for length in [0, 31, 33, 64] {
        let bytes = frame(13, 1, |fields| _ = fields.u8(0).unwrap().bytes(&vec![1; length]).unwrap());
        assert!(decode::<ClientFrame>(&bytes).is_err(), "an address of {length} bytes");
    }
}

#[test]
fn a_claim_or_a_tag_of_another_length_is_refused() {
    let claim_behind = |length: usize| {
        frame(18, 3, |fields| {
            fields.u8(0).unwrap().u32(5).unwrap().u8(1).unwrap().bytes(&[0xbb; 32]).unwrap();
            fields.u8(2).unwrap().bytes(&vec![0x88; length]).unwrap();
        })
    };
    let tag_behind = |length: usize| {
        frame(16, 7, |fields| {
            fields.u8(0).unwrap().u32(5).unwrap().u8(1).unwrap().u8(1).unwrap();
            fields.u8(2).unwrap().bytes(address().as_bytes()).unwrap().u8(4).unwrap().bytes(&[0xbb; 32]).unwrap();
            fields.u8(5).unwrap().u32(8_388_608).unwrap().u8(6).unwrap().u32(86_400).unwrap();
            fields.u8(7).unwrap().bytes(&vec![0x99; length]).unwrap();
        })
    };
    assert_eq!(decode::<ClientFrame>(&claim_behind(32)).unwrap(), release_blob());
    assert_eq!(decode::<ClientFrame>(&tag_behind(32)).unwrap(), claimed_blob());
    for length in [0, 16, 31, 33, 64] {
        assert!(decode::<ClientFrame>(&claim_behind(length)).is_err(), "a claim of {length} bytes");
        assert!(decode::<ClientFrame>(&tag_behind(length)).is_err(), "a tag of {length} bytes");
    }
}

#[test]
fn what_works_for_its_holder_is_not_shown() {
    let shown = format!("{:?}", replies());
    assert!(shown.contains("BlobToken(..)") && shown.contains("TurnPassword(..)"));
    assert!(!shown.contains("c2VjcmV0"));
    let shown = format!("{:?}", release_blob());
    assert!(shown.contains("BlobClaim(..)") && !shown.contains("88") && !shown.contains("136"));
}

#[test]
fn a_weak_key_proves_nothing() {
    // The neutral point: with it as key, a signature of zeros fits any message unless verification is strict.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&neutral);
    let proof = Proof { key: PublicKey::new(neutral), signature: Signature::new(signature) };
    let verdict = proof.verify("https://a.example", &Challenge::new([1; 32]), Right::Log, &address(), Epoch(0));
    assert!(verdict.is_err());
}
