//! Groups whose members are on OpenMLS over the engine's provider and on mls-rs, another implementation of RFC 9420.
//!
//! Suite 1 is the peer's own, byte for byte. Of suite 0x004F the peer has nothing: its number for ML-KEM-768 with X25519 is
//! 65100 (private use), its X-Wing combiner is that of draft 01 with KEM number 15, and it derives key pairs as RFC 9180 does
//! for Diffie-Hellman KEMs. It takes suites from outside, so `suite.rs` gives it one of that number, and `xwing.rs` the KEM:
//! the draft's text over libcrux's ML-KEM and SHA-3 and the peer's X25519. What is compared in that suite is thus OpenMLS,
//! hpke-rs, x-wing and ml-kem on one side, mls-rs, its HPKE and libcrux's ML-KEM on the other; X25519 and Ed25519 are dalek's on
//! both sides.
//!
//! Not compared: proposals by reference, external commits and PSKs, which the engine refuses or does not use.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "tests")]
#![cfg(not(target_arch = "wasm32"))]

mod envelope;
mod member;
mod ours;
mod room;
mod suite;
mod theirs;
mod xwing;

use member::Suite;
use proptest::prelude::*;
use room::{Kind, Room};

const SUITES: [Suite; 2] = [Suite::Classical, Suite::Hybrid];
const KINDS: [Kind; 2] = [Kind::Ours, Kind::Theirs];

/// How many groups chance makes in each suite, unless `XCHAT_INTEROP_RUNS` says so.
const RUNS: u32 = 12;

fn config() -> ProptestConfig {
    let runs = std::env::var("XCHAT_INTEROP_RUNS").map_or(RUNS, |text| text.parse().unwrap());
    ProptestConfig { cases: runs, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() }
}

/// Most members of a group that chance makes.
const MOST: usize = 6;

fn other(kind: Kind) -> Kind {
    match kind {
        Kind::Ours => Kind::Theirs,
        Kind::Theirs => Kind::Ours,
    }
}

/// A group of two, one on each implementation; the first has created it.
fn pair(suite: Suite, creator: Kind) -> Room {
    let mut room = Room::new(suite, creator);
    room.add(0, other(creator));
    room
}

/// Each suite, each implementation as the group's creator.
fn pairs() -> impl Iterator<Item = Room> {
    SUITES.into_iter().flat_map(|suite| KINDS.map(|creator| pair(suite, creator)))
}

#[test]
fn whoever_creates_the_other_joins_by_welcome_and_both_read_each_other() {
    for mut room in pairs() {
        for (who, length) in [(0, 0), (1, 0), (1, 1), (0, 255), (0, 256), (1, 5000), (0, 60_000)] {
            room.say(who, &vec![7; length], b"");
            room.say(who, &vec![8; length], &[0xa2, 0, 1]);
        }
    }
}

#[test]
fn messages_that_overtake_each_other_are_read() {
    for mut room in pairs() {
        // As many as a device keeps keys for.
        room.say_out_of_order(0, 5);
        room.say_out_of_order(1, 5);
        room.say(0, b"after", b"");
    }
}

#[test]
fn each_side_renews_its_leaf_and_both_go_on() {
    for mut room in pairs() {
        for who in [0, 1, 1, 0] {
            room.update(who);
            room.say(0, b"from the first", b"");
            room.say(1, b"from the second", b"");
        }
    }
}

#[test]
fn of_two_commits_in_one_epoch_either_side_gives_way() {
    for mut room in pairs() {
        room.race(0, 1);
        room.race(1, 0);
        room.update(0);
        room.say(0, b"after", b"");
        room.say(1, b"after", b"");
    }
}

#[test]
fn each_side_adds_a_third_and_removes_it_and_who_was_removed_reads_nothing_more() {
    for suite in SUITES {
        for (creator, who, third, hears) in [
            (Kind::Ours, 0, Kind::Theirs, true),
            (Kind::Ours, 1, Kind::Ours, true),
            (Kind::Theirs, 0, Kind::Ours, false),
            (Kind::Theirs, 1, Kind::Theirs, false),
        ] {
            let mut room = pair(suite, creator);
            room.add(who, third);
            (0..3).for_each(|who| room.say(who, b"three", b""));
            room.remove(1 - who, 2, hears);
            (0..2).for_each(|who| room.say(who, b"two", b""));
            // The blank leaf is taken again.
            room.add(1 - who, third);
            room.update(who);
            (0..3).for_each(|who| room.say(who, b"three again", b""));
        }
    }
}

#[test]
fn an_extension_that_nobody_knows_survives_and_is_changed_by_either_side() {
    for mut room in pairs() {
        room.update(1);
        room.note(0, b"by the first");
        room.note(1, &[0xff; 3000]);
        room.add(0, Kind::Theirs);
        room.add(1, Kind::Ours);
        room.note(2, b"");
    }
}

/// One step of a group's life; numbers are taken modulo how many there are.
#[derive(Debug, Clone)]
enum Step {
    Add { who: usize, kind: Kind },
    Remove { who: usize, whom: usize, hears: bool },
    Update { who: usize },
    Note { who: usize, text: Vec<u8> },
    Race { first: usize, second: usize },
    Say { who: usize, text: Vec<u8>, aad: Vec<u8> },
}

fn step() -> impl Strategy<Value = Step> {
    let kind = prop_oneof![Just(Kind::Ours), Just(Kind::Theirs)];
    let bytes = || prop::collection::vec(any::<u8>(), 0..600);
    let who = 0..MOST;
    prop_oneof![
        3 => (who.clone(), kind).prop_map(|(who, kind)| Step::Add { who, kind }),
        2 => (who.clone(), who.clone(), any::<bool>()).prop_map(|(who, whom, hears)| Step::Remove { who, whom, hears }),
        2 => who.clone().prop_map(|who| Step::Update { who }),
        1 => (who.clone(), bytes()).prop_map(|(who, text)| Step::Note { who, text }),
        1 => (who.clone(), who.clone()).prop_map(|(first, second)| Step::Race { first, second }),
        4 => (who, bytes(), bytes()).prop_map(|(who, text, aad)| Step::Say { who, text, aad }),
    ]
}

fn live(room: &mut Room, step: Step) {
    let there = room.len();
    match step {
        Step::Add { who, kind } if there < MOST => room.add(who % there, kind),
        Step::Remove { who, whom, hears } if who % there != whom % there => {
            room.remove(who % there, whom % there, hears);
        }
        Step::Race { first, second } if first % there != second % there => room.race(first % there, second % there),
        Step::Note { who, text } => room.note(who % there, &text),
        Step::Say { who, text, aad } => room.say(who % there, &text, &aad),
        Step::Add { who, .. } | Step::Remove { who, .. } | Step::Update { who } | Step::Race { first: who, .. } => {
            room.update(who % there);
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_members_of_both_implementations_do_they_agree_in_suite_1(
        ours in any::<bool>(), steps in prop::collection::vec(step(), 1..24),
    ) {
        let mut room = pair(Suite::Classical, if ours { Kind::Ours } else { Kind::Theirs });
        steps.into_iter().for_each(|step| live(&mut room, step));
    }

    #[test]
    fn whatever_members_of_both_implementations_do_they_agree_in_the_hybrid_suite(
        ours in any::<bool>(), steps in prop::collection::vec(step(), 1..24),
    ) {
        let mut room = pair(Suite::Hybrid, if ours { Kind::Ours } else { Kind::Theirs });
        steps.into_iter().for_each(|step| live(&mut room, step));
    }
}
