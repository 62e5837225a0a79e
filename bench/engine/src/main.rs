//! `cargo xtask bench engine`, natively: key packages, groups of 2 to 1,000 leaves, messages; on the hybrid suite and on suite 1. One table
//! as Markdown. The same rows come from a browser, from `bench/peer/scenario.js`. Nothing here passes or fails.

use std::{
    collections::BTreeMap,
    env,
    time::{Duration, Instant},
};

use xchat_bench_peer::{Failed, Member, Result, random};

/// Names and numbers of the suites (RFC 9420 17.1, draft-ietf-mls-pq-ciphersuites).
const SUITES: [(&str, u16); 2] = [("X-Wing", 0x004f), ("suite 1", 0x0001)];
/// Sizes of groups, in leaves.
const SIZES: [usize; 4] = [2, 10, 100, 1000];
/// Key packages that are made one after another.
const PACKAGES: u32 = 100;
/// Messages of 1 KiB that are encrypted and decrypted.
const MESSAGES: u32 = 1000;
/// How often a commit is made and applied.
const COMMITS: usize = 5;
/// Devices that renew their leaves one after another in a group whose tree has no keys yet.
const RENEWALS: usize = 32;

fn main() -> std::result::Result<(), String> {
    let most = env::var("XCHAT_BENCH_LEAVES").ok().and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
    println!("| what | X-Wing | suite 1 |\n|---|--:|--:|");
    let mut columns = Vec::new();
    for (_, number) in SUITES {
        columns.push(rows(number, most).map_err(|failed| failed.0)?);
    }
    let (hybrid, classic) = (&columns[0], &columns[1]);
    for ((what, left), (_, right)) in hybrid.iter().zip(classic) {
        println!("| {what} | {left} | {right} |");
    }
    Ok(())
}

/// All rows of one suite: what, and the figure with its unit.
fn rows(suite: u16, most: usize) -> Result<Vec<(String, String)>> {
    let mut rows = Vec::new();
    let mut ada = member("ada", suite)?;
    let begun = Instant::now();
    for _ in 0..PACKAGES {
        ada.key_package()?;
    }
    rows.push(("key packages".to_owned(), rate(PACKAGES, begun.elapsed())));
    messages(suite, &mut rows)?;
    for leaves in SIZES.into_iter().filter(|leaves| *leaves <= most) {
        group(suite, leaves, &mut rows)?;
        if leaves > RENEWALS {
            renewals(suite, leaves, &mut rows)?;
        }
    }
    Ok(rows)
}

fn messages(suite: u16, rows: &mut Vec<(String, String)>) -> Result<()> {
    let (mut ada, mut ben) = (member("ada", suite)?, member("ben", suite)?);
    ada.create("messages")?;
    let package = ben.key_package()?;
    let added = ada.add("messages", &[package])?;
    ben.join(&added.welcome)?;
    let plaintext = [7; 1024];
    let begun = Instant::now();
    let mut sent = Vec::new();
    for _ in 0..MESSAGES {
        sent.push(ada.encrypt("messages", &plaintext)?);
        ada.discard_changes();
    }
    rows.push(("encrypt 1 KiB".to_owned(), rate(MESSAGES, begun.elapsed())));
    let begun = Instant::now();
    for message in &sent {
        ben.process("messages", message)?;
        ben.discard_changes();
    }
    rows.push(("decrypt 1 KiB".to_owned(), rate(MESSAGES, begun.elapsed())));
    Ok(())
}

/// A group of so many leaves: made, added to at once, joined, updated by several members, and taken apart.
fn group(suite: u16, leaves: usize, rows: &mut Vec<(String, String)>) -> Result<()> {
    let mut ada = member("ada", suite)?;
    let mut packages = Vec::new();
    let mut members = Vec::new();
    for number in 1..leaves {
        let mut other = member(&format!("member {number}"), suite)?;
        packages.push(other.key_package()?);
        if members.len() < 3 {
            members.push(other);
        }
    }
    let mut late = member("late", suite)?;
    let last = late.key_package()?;
    let begun = Instant::now();
    ada.create("group")?;
    let created = begun.elapsed();
    let begun = Instant::now();
    let added = ada.add("group", &packages)?;
    let adding = begun.elapsed();
    let mut joins = Vec::new();
    for member in &mut members {
        let begun = Instant::now();
        member.join(&added.welcome)?;
        joins.push(begun.elapsed());
    }
    let (mut updates, mut processes, mut bytes) = (Vec::new(), Vec::new(), 0);
    for round in 0..COMMITS {
        // By turns, so that the tree fills with keys as it does in life.
        let by = round % (members.len() + 1);
        let begun = Instant::now();
        let commit = match by {
            0 => ada.update("group")?,
            other => members[other - 1].update("group")?,
        };
        updates.push(begun.elapsed());
        bytes = bytes.max(commit.len());
        let others = std::iter::once(&mut ada).chain(&mut members).enumerate();
        for (_, other) in others.filter(|(number, _)| *number != by) {
            let begun = Instant::now();
            other.process("group", &commit)?;
            processes.push(begun.elapsed());
            other.discard_changes();
        }
    }
    let begun = Instant::now();
    let one = ada.add("group", &[last])?;
    let one_more = begun.elapsed();
    late.join(&one.welcome)?;
    let mut row = |what: &str, figure: String| rows.push((format!("{leaves} leaves: {what}"), figure));
    row("create", told(created));
    row("add all at once", told(adding));
    row("add one more", told(one_more));
    row("join", told(median(joins)));
    row("update", told(median(updates)));
    row("process an update", told(median(processes)));
    row("largest update", format!("{:.1} KiB", bytes as f64 / 1024.0));
    row("welcome of one more", format!("{:.1} KiB", one.welcome.len() as f64 / 1024.0));
    Ok(())
}

/// What an update costs once some of those who were added at once have renewed their leaves, in the order in which the engine lets them
/// (`step/spread.rs`): each fills another part of the tree with keys.
fn renewals(suite: u16, leaves: usize, rows: &mut Vec<(String, String)>) -> Result<()> {
    let bits = (leaves - 1).ilog2() + 1;
    let slots = (0..u32::MAX).map(|slot| (slot.reverse_bits() >> (u32::BITS - bits)) as usize);
    let order: Vec<usize> = slots.filter(|leaf| *leaf < leaves).take(RENEWALS).collect();
    let mut ada = member("ada", suite)?;
    let (mut packages, mut others) = (Vec::new(), BTreeMap::new());
    for leaf in 1..leaves {
        let mut other = member(&format!("member {leaf}"), suite)?;
        packages.push(other.key_package()?);
        if order.contains(&leaf) {
            others.insert(leaf, other);
        }
    }
    ada.create("group")?;
    let added = ada.add("group", &packages)?;
    for other in others.values_mut() {
        other.join(&added.welcome)?;
    }
    others.insert(0, ada);
    let (mut time, mut bytes) = (Duration::ZERO, 0);
    for leaf in order {
        let begun = Instant::now();
        let commit = others.get_mut(&leaf).ok_or_else(|| Failed("nobody has this leaf".to_owned()))?.update("group")?;
        (time, bytes) = (begun.elapsed(), commit.len());
        for (_, other) in others.iter_mut().filter(|(other, _)| **other != leaf) {
            other.process("group", &commit)?;
            other.discard_changes();
        }
    }
    let mut row = |what: &str, figure: String| rows.push((format!("{leaves} leaves: {what}"), figure));
    row(&format!("update, the {RENEWALS}nd to renew"), told(time));
    row("size of that update", format!("{:.1} KiB", bytes as f64 / 1024.0));
    Ok(())
}

fn member(name: &str, suite: u16) -> Result<Member> {
    Member::new(name, suite, random()?)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn told(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

fn rate(count: u32, time: Duration) -> String {
    format!("{:.0} /s", f64::from(count) / time.as_secs_f64())
}
