//! Properties that hold for every frame and for any bytes at all.
#![allow(clippy::unwrap_used, reason = "tests")]

mod samples;

use ed25519_dalek::SigningKey;
use minicbor::bytes::ByteVec;
use proptest::{collection::vec, option, prelude::*};
use samples::*;
use xchat_wire::*;

fn bytes() -> impl Strategy<Value = ByteVec> {
    vec(any::<u8>(), 0..300).prop_map(ByteVec::from)
}

fn an_address() -> impl Strategy<Value = Address> {
    any::<[u8; 32]>().prop_map(Address::new)
}

fn a_key() -> impl Strategy<Value = PublicKey> {
    any::<[u8; 32]>().prop_map(PublicKey::new)
}

fn a_post() -> impl Strategy<Value = PostId> {
    any::<[u8; 16]>().prop_map(PostId::new)
}

fn a_proof() -> impl Strategy<Value = Proof> {
    (a_key(), vec(any::<u8>(), 64))
        .prop_map(|(key, signature)| Proof { key, signature: Signature::from_slice(&signature).unwrap() })
}

fn a_right() -> impl Strategy<Value = Right> {
    prop_oneof![Just(Right::Log), Just(Right::InboxOwner), Just(Right::InboxWriter), Just(Right::CellOwner)]
}

fn a_delivery() -> impl Strategy<Value = Post> {
    (an_address(), a_proof(), a_post(), bytes(), any::<Option<u32>>())
        .prop_map(|(inbox, proof, post, body, ttl)| Post { inbox, proof, post, body, ttl })
}

fn a_request() -> impl Strategy<Value = Request> {
    any::<u32>().prop_map(Request)
}

fn a_client_frame() -> impl Strategy<Value = ClientFrame> {
    let head = || (a_request(), an_address(), a_post(), any::<u64>(), a_proof());
    prop_oneof![
        (head(), a_right()).prop_map(|((request, address, _, n, proof), right)| ClientFrame::Prove {
            request,
            right,
            address,
            epoch: Epoch(n),
            proof
        }),
        head().prop_map(|(request, log, _, _, proof)| ClientFrame::CreateLog { request, log, proof }),
        (head(), a_key()).prop_map(|((request, inbox, _, _, proof), writer)| ClientFrame::CreateInbox {
            request,
            inbox,
            proof,
            writer
        }),
        (head(), any::<u32>()).prop_map(|((request, address, _, n, _), credit)| ClientFrame::Subscribe {
            request,
            address,
            after: Seq(n),
            credit
        }),
        (an_address(), any::<u32>()).prop_map(|(address, more)| ClientFrame::Credit { address, more }),
        (head(), bytes(), any::<Option<u32>>()).prop_map(|((request, log, post, n, _), body, ttl)| {
            ClientFrame::Append { request, log, epoch: Epoch(n), post, body, ttl }
        }),
        (head(), bytes(), a_key(), vec(a_delivery(), 0..4)).prop_map(
            |((request, log, post, n, _), body, next_key, welcomes)| ClientFrame::Commit {
                request,
                log,
                epoch: Epoch(n),
                post,
                body,
                next_key,
                welcomes
            }
        ),
        (a_request(), a_delivery()).prop_map(|(request, delivery)| ClientFrame::Deliver { request, delivery }),
        head().prop_map(|(request, inbox, _, n, _)| ClientFrame::Acknowledge { request, inbox, upto: Seq(n) }),
        (head(), vec(bytes(), 0..4), option::of(bytes())).prop_map(
            |((request, inbox, post, _, _), packages, last_resort)| ClientFrame::FillPool {
                request,
                inbox,
                post,
                packages,
                last_resort
            }
        ),
        head().prop_map(|(request, inbox, _, _, proof)| ClientFrame::TakePackage { request, inbox, proof }),
        (head(), bytes()).prop_map(|((request, cell, _, version, proof), body)| ClientFrame::PutCell {
            request,
            cell,
            proof,
            version,
            body
        }),
        head().prop_map(|(request, cell, ..)| ClientFrame::GetCell { request, cell }),
        an_address().prop_map(|address| ClientFrame::Unsubscribe { address }),
        Just(ClientFrame::Ping),
        (head(), bytes()).prop_map(|((request, log, _, n, _), body)| ClientFrame::Signal {
            request,
            log,
            epoch: Epoch(n),
            body
        }),
        (head(), a_right(), any::<[u8; 32]>(), option::of(a_proof()), any::<u32>(), any::<Option<[u8; 32]>>())
            .prop_map(|((request, address, _, size, _), right, hash, proof, seconds, tag)| ClientFrame::GrantBlob {
                request,
                right,
                address,
                proof,
                hash: BlobHash::new(hash),
                size,
                seconds,
                tag: tag.map(ClaimTag::new)
            }),
        a_request().prop_map(|request| ClientFrame::Turn { request }),
        (a_request(), any::<[u8; 32]>(), any::<[u8; 32]>()).prop_map(|(request, hash, claim)| {
            ClientFrame::ReleaseBlob { request, hash: BlobHash::new(hash), claim: BlobClaim::new(claim) }
        }),
    ]
}

fn a_record() -> impl Strategy<Value = Record> {
    let kind = prop_oneof![Just(Kind::Message), Just(Kind::Commit), Just(Kind::Delivery)];
    let counts = (any::<u64>(), any::<u64>(), any::<u64>(), any::<u64>());
    (counts, kind, a_post(), bytes(), option::of(a_key()), any::<[u8; 32]>()).prop_map(
        |((seq, previous, epoch, time), kind, post, body, next_key, chain)| Record {
            seq: Seq(seq),
            previous: Seq(previous),
            epoch: Epoch(epoch),
            kind,
            post,
            time,
            body,
            next_key,
            chain: ChainHash::new(chain),
        },
    )
}

fn a_reply() -> impl Strategy<Value = Reply> {
    let state = (any::<u64>(), any::<u64>(), any::<u64>()).prop_map(|(epoch, head, first)| LogState {
        epoch: Epoch(epoch),
        head: Seq(head),
        first: Seq(first),
    });
    prop_oneof![
        prop::sample::select(replies()),
        (option::of(state), option::of(any::<u32>())).prop_map(|(log, packages)| Reply::Proved { log, packages }),
        (bytes(), any::<bool>()).prop_map(|(package, last_resort)| Reply::Package { package, last_resort }),
        (any::<u64>(), bytes()).prop_map(|(version, body)| Reply::Cell { version, body }),
        any::<u32>().prop_map(|retry_after_ms| Reply::Refused { reason: Refusal::Busy { retry_after_ms } }),
        (bytes(), any::<u64>(), any::<u64>()).prop_map(|(token, until, expires)| Reply::Grant {
            token: BlobToken(token),
            until,
            expires
        }),
        (vec(".{0,40}", 0..9), ".{0,40}", ".{0,40}", any::<u32>()).prop_map(|(urls, username, password, seconds)| {
            Reply::Turn { urls, username, password: TurnPassword(password), seconds }
        }),
        any::<u64>().prop_map(|expires| Reply::Kept { expires }),
    ]
}

fn a_server_frame() -> impl Strategy<Value = ServerFrame> {
    prop_oneof![
        prop::sample::select(server_frames()),
        (a_request(), a_reply()).prop_map(|(request, reply)| ServerFrame::Reply { request, reply }),
        (an_address(), a_record()).prop_map(|(address, record)| ServerFrame::Record { address, record }),
        (an_address(), any::<u64>()).prop_map(|(address, n)| ServerFrame::CaughtUp { address, head: Seq(n) }),
        (an_address(), any::<u64>()).prop_map(|(address, n)| ServerFrame::Fenced { address, epoch: Epoch(n) }),
        (an_address(), any::<u64>()).prop_map(|(address, n)| ServerFrame::Gone { address, seq: Some(Seq(n)) }),
        (an_address(), any::<u64>(), bytes()).prop_map(|(address, n, body)| ServerFrame::Signal {
            address,
            epoch: Epoch(n),
            body
        }),
    ]
}

proptest! {
    #[test]
    fn a_client_frame_survives_the_wire(frame in a_client_frame()) {
        prop_assert_eq!(decode::<ClientFrame>(&encode(&frame)).unwrap(), frame);
    }

    #[test]
    fn a_server_frame_survives_the_wire(frame in a_server_frame()) {
        prop_assert_eq!(decode::<ServerFrame>(&encode(&frame)).unwrap(), frame);
    }

    #[test]
    fn no_bytes_at_all_make_a_decoder_panic(bytes in vec(any::<u8>(), 0..600)) {
        _ = decode::<ClientFrame>(&bytes);
        _ = decode::<ServerFrame>(&bytes);
    }

    #[test]
    fn a_frame_with_a_few_bytes_changed_never_panics_a_decoder(
        frame in a_client_frame(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = encode(&frame);
        for (index, byte) in changes {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        _ = decode::<ClientFrame>(&bytes);
    }

    #[test]
    fn a_frame_cut_short_is_refused(frame in a_client_frame(), at in any::<prop::sample::Index>()) {
        let bytes = encode(&frame);
        prop_assert!(decode::<ClientFrame>(&bytes[..at.index(bytes.len())]).is_err());
    }

    #[test]
    fn bytes_behind_a_frame_are_refused(frame in a_server_frame(), rest in vec(any::<u8>(), 1..20)) {
        let bytes = [encode(&frame), rest.clone()].concat();
        let refused = matches!(decode::<ServerFrame>(&bytes), Err(FrameError::Trailing(n)) if n == rest.len());
        prop_assert!(refused);
    }

    #[test]
    fn a_proof_holds_for_what_it_was_signed_for_and_nothing_else(
        seed in any::<[u8; 32]>(),
        right in a_right(),
        epoch in 0u64..1000,
        byte in 0usize..32,
    ) {
        let (origin, challenge, at, epoch) = ("https://a.example", Challenge::new([1; 32]), address(), Epoch(epoch));
        let proof = Proof::sign(&SigningKey::from_bytes(&seed), origin, &challenge, right, &at, epoch);
        prop_assert_eq!(proof.verify(origin, &challenge, right, &at, epoch), Ok(()));

        let flipped = |mut bytes: [u8; 32]| { bytes[byte] ^= 1; bytes };
        let other_challenge = Challenge::new(flipped(*challenge.as_bytes()));
        let other_address = Address::new(flipped(*at.as_bytes()));
        let other_right = if right == Right::Log { Right::CellOwner } else { Right::Log };
        let mut other_signature = proof;
        let mut bytes = *proof.signature.as_bytes();
        bytes[byte] ^= 1;
        other_signature.signature = Signature::new(bytes);
        prop_assert!(proof.verify("https://b.example", &challenge, right, &at, epoch).is_err());
        prop_assert!(proof.verify(origin, &other_challenge, right, &at, epoch).is_err());
        prop_assert!(proof.verify(origin, &challenge, other_right, &at, epoch).is_err());
        prop_assert!(proof.verify(origin, &challenge, right, &other_address, epoch).is_err());
        prop_assert!(proof.verify(origin, &challenge, right, &at, epoch.next()).is_err());
        prop_assert!(other_signature.verify(origin, &challenge, right, &at, epoch).is_err());
    }

    #[test]
    fn claims_that_differ_in_a_bit_have_tags_that_say_nothing_of_it(claim in any::<[u8; 32]>(), bit in 0usize..256) {
        let mut other = claim;
        other[bit / 8] ^= 1 << (bit % 8);
        let [tag, other] = [claim, other].map(|claim| BlobClaim::new(claim).tag());
        let differing: u32 = tag.as_bytes().iter().zip(other.as_bytes()).map(|(a, b)| (a ^ b).count_ones()).sum();
        prop_assert!((64..192).contains(&differing));
        prop_assert_ne!(tag.as_bytes(), &claim);
    }

    #[test]
    fn a_change_of_any_part_of_a_record_changes_its_chain(record in a_record(), what in 0..7, byte in any::<u8>()) {
        let before = chain_start(&address());
        let extend = |record: &Record| {
            before.extend(record.seq, record.epoch, record.kind, &record.post, record.next_key.as_ref(), &record.body)
        };
        let mut other = record.clone();
        match what {
            0 => other.seq.0 ^= 1,
            1 => other.epoch.0 ^= 1,
            2 => other.kind = if record.kind == Kind::Commit { Kind::Message } else { Kind::Commit },
            3 => other.post = PostId::new(record.post.as_bytes().map(|b| b ^ 1)),
            4 => other.next_key = if record.next_key.is_some() { None } else { Some(key()) },
            5 => other.body.push(byte),
            _ => other.body = [&[byte], record.body.as_slice()].concat().into(),
        }
        prop_assert_ne!(extend(&record), extend(&other));
    }
}
