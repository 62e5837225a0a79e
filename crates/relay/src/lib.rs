//! The blind relay: it orders and stores ciphertext and never learns a name, a group's members or a word.
//!
//! A frame goes `socket -> session -> writer -> store` and its outcome back the same way: a [session] answers what only
//! reads and turns the rest into writes; one writer thread applies what is queued in one durable transaction; then, and not
//! before, replies leave and subscribers hear of it. [`local`] drives the same sessions and store without a socket.
//!
//! It must never look into a body, log an address of any kind (network, log, inbox, key), answer `accepted` for what is not
//! on disk, or depend on the engine.
//!
//! [session]: crate::session

pub mod limits;
pub mod local;
pub mod settings;

mod bucket;
mod hub;
mod metrics;
mod output;
mod rights;
mod server;
mod session;
mod store;
mod subscription;
mod writer;

pub use local::{ConnectionId, Relay};
pub use server::{AppError, ServeError, serve};
pub use store::{FILE, OpenError};
