//! Claims of blobs at random, against a list of holds: a blob is there while one of its holds lasts that was not given up.
#![allow(clippy::unwrap_used, reason = "tests")]

mod peers;

use std::collections::HashMap;

use peers::*;
use proptest::{collection::vec, option, prelude::*};
use sha2::{Digest, Sha256};
use xchat_relay::limits::{CLAIM_MARGIN_MS, RELEASED_MS};
use xchat_wire::*;

/// What happens to one of few blobs, with one of few claims.
#[derive(Debug, Clone)]
enum Act {
    /// A grant, and with `upload` the bytes if they are asked for.
    Hold {
        blob: u8,
        claim: Option<u8>,
        seconds: u32,
        upload: bool,
    },
    /// An upload with a token of before, if there is one.
    Again {
        blob: u8,
    },
    Release {
        blob: u8,
        claim: u8,
    },
    Pass {
        seconds: u64,
    },
    Sweep,
}

fn an_act() -> impl Strategy<Value = Act> {
    let (blob, claim) = (0..3_u8, 0..4_u8);
    prop_oneof![
        6 => (blob.clone(), option::of(claim.clone()), 1..900_u32, any::<bool>())
            .prop_map(|(blob, claim, seconds, upload)| Act::Hold { blob, claim, seconds, upload }),
        2 => blob.clone().prop_map(|blob| Act::Again { blob }),
        5 => (blob, claim).prop_map(|(blob, claim)| Act::Release { blob, claim }),
        3 => (0..400_u64).prop_map(|seconds| Act::Pass { seconds }),
        1 => Just(Act::Sweep),
    ]
}

fn content(blob: u8) -> Vec<u8> {
    vec![blob; 10]
}

fn hash(blob: u8) -> BlobHash {
    BlobHash::new(Sha256::digest(content(blob)).into())
}

fn claim(n: u8) -> BlobClaim {
    BlobClaim::new([n; 32])
}

/// A token, and the hold that it makes.
type Leave = (Vec<u8>, (Option<u8>, u64), u64);

#[derive(Default)]
struct Model {
    /// Who holds which blob until when.
    holds: HashMap<u8, Vec<(Option<u8>, u64)>>,
    leaves: HashMap<u8, Leave>,
}

impl Model {
    fn lasts(&self, blob: u8) -> u64 {
        self.holds.get(&blob).into_iter().flatten().map(|(_, until)| *until).max().unwrap_or(0)
    }

    fn up(&mut self, world: &mut World, blob: u8) {
        let Some((token, hold, until)) = self.leaves.get(&blob).cloned() else { return };
        let status = world.relay.put_blob(hash(blob), &token, content(blob), world.now);
        if world.now >= until {
            assert_eq!(status, 403);
            return;
        }
        assert_eq!(status, if self.lasts(blob) > world.now { 200 } else { 201 });
        self.holds.entry(blob).or_default().push(hold);
    }

    fn act(&mut self, world: &mut World, peer: &mut Peer, act: &Act) {
        match *act {
            Act::Hold { blob, claim: by, seconds, upload } => {
                let (right, address, size) = (Right::Log, address(1), 10);
                let (hash, tag, proof) = (hash(blob), by.map(|n| claim(n).tag()), None);
                let reply = peer.ask(world, |request| ClientFrame::GrantBlob {
                    request,
                    right,
                    address,
                    proof,
                    hash,
                    size,
                    seconds,
                    tag,
                });
                let hold = (by, world.now + u64::from(seconds) * 1000);
                let claimable = by.is_some() && self.lasts(blob) > world.now + CLAIM_MARGIN_MS;
                match reply {
                    Reply::Kept { expires } => {
                        assert!(claimable && expires == hold.1);
                        self.holds.entry(blob).or_default().push(hold);
                    }
                    Reply::Grant { token, until, expires } => {
                        assert!(!claimable && expires == hold.1);
                        self.leaves.insert(blob, (token.0.to_vec(), hold, until));
                        if upload {
                            self.up(world, blob);
                        }
                    }
                    other => panic!("{other:?}"),
                }
            }
            Act::Again { blob } => self.up(world, blob),
            Act::Release { blob, claim: by } => {
                let reply =
                    peer.ask(world, |request| ClientFrame::ReleaseBlob { request, hash: hash(blob), claim: claim(by) });
                assert_eq!(reply, Reply::Ok);
                self.holds.entry(blob).or_default().retain(|(other, _)| *other != Some(by));
            }
            Act::Pass { seconds } => {
                world.now += seconds * 1000;
                peer.tell(world, &ClientFrame::Ping);
                peer.hear(world);
            }
            Act::Sweep => _ = world.relay.sweep_blobs(world.now),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_blob_is_there_while_somebody_holds_it_and_no_longer(acts in vec(an_act(), 1..80)) {
        let mut world = World::new();
        world.relay.keep_blobs(1 << 20);
        let mut peer = world.connect();
        peer.create_log(&mut world, address(1), 1);
        let mut model = Model::default();
        for act in &acts {
            model.act(&mut world, &mut peer, act);
            for blob in 0..3 {
                let there = world.relay.blob(&hash(blob), world.now).is_some();
                prop_assert_eq!(there, model.lasts(blob) > world.now, "blob {} after {:?}", blob, act);
            }
        }
        // When nobody holds anything any more, nothing is kept.
        for blob in 0..3 {
            (0..4).for_each(|claim| model.act(&mut world, &mut peer, &Act::Release { blob, claim }));
        }
        world.now += 1000 * 1000 + RELEASED_MS;
        world.relay.sweep_blobs(world.now);
        prop_assert_eq!(world.relay.blobs_mut().count(), 0);
    }
}
