//! The figures that the design budgets and that only real browsers can give, as a Markdown table: how soon the page is there, how
//! soon the engine is, and how long a message takes to the other's screen. All of one run on one machine; what the parts cost
//! on their own stands beside them, so that a slow or busy machine shows as such. Nothing here passes or fails: a budget that was not
//! kept is said.
//!
//! `cargo xtask bench` builds what it needs and runs it; `cargo xtask bench page` with the word `page`, which goes on to many messages at
//! once and to a conversation of 100,000; `cargo xtask bench engine` with the word `engine`, for the engine alone; `cargo xtask bench files`
//! with the word `files`, for files alone.

mod arriving;
mod delivery;
mod engine;
mod files;
mod grant;
mod long;
mod memory;
mod startup;
mod table;

use std::env;
use std::fs;
use std::thread::available_parallelism;

use table::Table;
use xchat_e2e::House;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let before = load();
    let what = env::args().nth(1);
    let house = House::build("bench").await;
    if what.as_deref() == Some("engine") {
        engine::measure(&house).await;
        house.leave().await;
        return;
    }
    let mut table = Table::default();
    let (ada, bob) = (house.plain_browser("Ada").await, house.plain_browser("Bob").await);
    if what.as_deref() == Some("files") {
        ada.visit("").await;
        ada.join().await;
        bob.meets(&ada, "hello").await;
        files::of_all_sizes(&house, &ada, &bob, &mut table).await;
    } else {
        startup::of_a_new_person(&[&ada, &bob], &mut table).await;
        ada.join().await;
        bob.meets(&ada, "hello").await;
        delivery::of_a_message(&ada, &bob, &mut table).await;
        startup::of_somebody_who_comes_back(&ada, "a conversation", &mut table).await;
    }
    if what.as_deref() == Some("page") {
        arriving::of_many(&ada, &bob, &mut table).await;
        long::of_a_conversation(&ada, &bob, &mut table).await;
    }
    house.leave().await;
    println!("{table}");
    let cores = available_parallelism().map_or(0, usize::from);
    println!("One run, {cores} cores, headless Chromium, relay and both browsers on one machine.");
    println!("Load when it began (the build before it counts): {before}, when it ended: {}.", load());
}

/// The machine's load over the last minute, where the system says it.
fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("unknown").to_owned()
}
