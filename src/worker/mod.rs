//! The engine's worker: all that the engine must not do itself.
//!
//! Everything that happens (a page's command, the relay's frames, the alarm, a lost lock) goes through one queue. For
//! each: load the rows that it needs from `db`, step the engine, commit the step in one transaction, and only then
//! carry out its effects. One worker writes at a time: it holds the writer's `lock`, and a fence in each transaction
//! stops one that does not know that it lost it.
//!
//! Must never let anything out (a frame, an event) before the transaction that makes it true has completed, never
//! delete what it cannot read, and never know what a row or a frame means.

mod alarm;
pub mod blobs;
pub mod db;
mod desk;
mod device;
mod kept;
pub mod lock;
mod panic;
mod route;
pub mod socket;
mod upload;

pub use alarm::Alarm;
pub use device::{Device, Fed, Unfed};
pub use route::Routes;

pub use crate::backoff::Backoff;
use crate::link::Ports;

/// Starts the worker; returns at once, the browser's events drive it from here.
pub fn start() {
    let pages = serve();
    panic::install(pages.clone());
    pages.listen();
}

/// The worker without its loader and its last word: whoever calls attaches the pages.
pub fn serve() -> Ports {
    desk::open()
}
