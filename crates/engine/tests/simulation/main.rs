//! Random histories of people, networks, machines, clocks, relays and members, and what must be true after each.
//!
//! A seed makes a list of events, which is data: a failing one is replayed, shortened and printed as Rust. `XCHAT_SEEDS` is how
//! many seeds are run (500), `XCHAT_SEED` the first or only one. How to go on from a failure is in docs/ARCHITECTURE.md.
#![allow(clippy::unwrap_used, unreachable_pub)]

#[path = "../files_setup/mod.rs"]
mod files_setup;
#[path = "../sim/mod.rs"]
mod sim;

mod alike;
mod check;
mod devices;
mod event;
mod files;
mod found;
mod found_b;
mod found_c;
mod found_d;
mod found_e;
mod found_f;
mod found_g;
mod generate;
mod hostile;
mod run;
mod shrink;
mod versions;

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

use event::{Event, History};
use generate::generate;
use shrink::{Failure, replay, shrink};

/// Seeds of an ordinary run.
const SEEDS: u64 = 500;

/// A number out of the environment.
fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// A failing seed, made short, as it can be pasted into a test.
fn told(seed: u64, failure: &Failure) -> String {
    let same = |history: &History| replay(history).is_err_and(|other| other.kind == failure.kind);
    let short = shrink(generate(seed), same);
    let text = replay(&short).err().map_or_else(|| failure.text.clone(), |failure| failure.text);
    format!("seed {seed}: [{}]\n{text}\n{short}", failure.kind)
}

#[test]
fn whatever_happens_everybody_who_should_comes_to_one_state_and_one_history() {
    let (first, count) = match (setting("XCHAT_SEED"), setting("XCHAT_SEEDS")) {
        (Some(seed), count) => (seed, count.unwrap_or(1)),
        (None, count) => (0, count.unwrap_or(SEEDS)),
    };
    let next = AtomicU64::new(first);
    let failures: Mutex<Vec<(u64, Failure)>> = Mutex::default();
    let begun = Instant::now();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        break;
                    }
                    if let Err(failure) = replay(&generate(seed)) {
                        failures.lock().unwrap().push((seed, failure));
                    }
                }
            });
        }
    });
    println!("{count} seeds from {first} on took {:.1} s", begun.elapsed().as_secs_f32());
    let mut failures = failures.into_inner().unwrap();
    if failures.is_empty() {
        return;
    }
    failures.sort_by_key(|(seed, _)| *seed);
    let list: Vec<String> = failures.iter().map(|(seed, failure)| format!("{seed} [{}]", failure.kind)).collect();
    // The first of each kind says enough.
    let mut kinds: Vec<&str> = Vec::new();
    for (seed, failure) in &failures {
        if !kinds.contains(&failure.kind.as_str()) {
            kinds.push(&failure.kind);
            eprintln!("{}\n", told(*seed, failure));
        }
    }
    panic!("{} of {count} seeds failed: {}", failures.len(), list.join(", "));
}

#[test]
fn a_seed_makes_the_same_history_each_time_and_another_seed_another_one() {
    assert_eq!(generate(3), generate(3));
    assert_ne!(generate(3).events, generate(4).events);
}

#[test]
fn a_history_shrinks_to_the_events_that_its_failure_needs() {
    let history = generate(8);
    let needed = [history.events[3], history.events[17]];
    let fails = |history: &History| needed.iter().all(|event| history.events.contains(event));
    let short = shrink(history.clone(), fails);
    assert_eq!(short, History { events: needed.to_vec(), ..history });
}

#[test]
fn a_broken_promise_is_found_and_named() {
    let events = vec![(0, Event::OpenLink { who: 0, whom: 1 }), (1, Event::Flow)];
    assert_eq!(replay(&History { seed: 1, people: 2, devices: 1, events }), Ok(()));
    let panics = vec![(0, Event::OpenLink { who: 0, whom: 7 })];
    let failure = replay(&History { seed: 1, people: 2, devices: 1, events: panics }).unwrap_err();
    assert!(failure.kind.contains("device.rs"), "{failure:?}");
}
