//! The house in which end-to-end tests live: a real relay, real browsers, and eyes that see what a person sees.
//!
//! Data path: a test -> [`House`] (relay, drivers, browsers) -> [`Browser`] (WebDriver) -> the page, whose controls are found by
//! role and accessible name. Every wait is for a condition, with a deadline; nothing sleeps and hopes. A scenario that fails
//! leaves screenshots, page texts, console logs and the programs' own logs in `target/e2e/`.
//!
//! Must never look into the app's insides: what a test knows of it is what the page shows, what the browser stores, and what goes
//! over the network.

mod axe;
mod browser;
mod chat;
mod console;
mod driver;
mod evidence;
mod files;
mod film;
mod given;
mod house;
mod message;
mod network;
mod page;
mod process;
mod programs;
mod protocol;
mod relay;
mod storage;
mod tour;
mod wait;

pub use axe::Axe;
pub use browser::Browser;
pub use chat::{Bubble, Row};
pub use console::Line;
pub use files::Given;
pub use film::Code;
pub use house::{House, leave, scenario};
pub use network::Request;
pub use programs::Kind;
pub use relay::Relay;
pub use storage::Stored;
pub use tour::{Look, Width, tour};
pub use wait::{PATIENCE, until};

/// Says what a scenario does next: the last line before a failure tells where it was.
pub fn step(what: &str) {
    eprintln!("  - {what}");
}
