//! The blind relay: it orders and stores ciphertext and never learns a name, a group's members or a word.
//!
//! A frame goes `socket -> session -> writer -> store` and its outcome back the same way: a session answers what only
//! reads and turns the rest into writes; one writer thread applies what is queued in one durable transaction; then, and not
//! before, replies leave and subscribers hear of it. [`local`] drives the same sessions and store without a socket.
//! What is not stored as a record (signals, blobs, TURN) goes `session -> errand -> hub, blob or turn`; the bytes of blobs
//! come and go over HTTP.
//!
//! It must never look into a body, log an address of any kind (network, log, inbox, key, blob), answer `accepted` for what is
//! not on disk, or depend on the engine.

#![cfg_attr(not(feature = "server"), allow(dead_code, reason = "some of it only a server drives"))]

#[doc(hidden)]
pub mod fuzzing;
pub mod limits;
pub mod local;
#[cfg(feature = "server")]
pub mod settings;

mod allowance;
#[cfg(feature = "server")]
mod blob;
mod bucket;
#[cfg(feature = "nats")]
mod cluster;
mod disk;
#[cfg(feature = "server")]
mod elsewhere;
#[cfg(feature = "server")]
mod hub;
#[cfg(feature = "server")]
mod lanes;
#[cfg(feature = "server")]
mod metrics;
mod output;
mod rights;
#[cfg(feature = "server")]
mod server;
mod session;
#[cfg(feature = "server")]
mod share;
mod signal;
#[cfg(feature = "server")]
mod storage;
mod store;
mod subscription;
mod tally;
#[cfg(feature = "server")]
mod turn;
#[cfg(feature = "server")]
mod writer;

#[cfg(feature = "server")]
pub use blob::{BlobPlace, PlaceError};
#[cfg(feature = "nats")]
pub use cluster::ClusterError;
pub use local::{ConnectionId, Relay};
#[cfg(feature = "server")]
pub use server::{AppError, Bound, ServeError, TlsError, serve};
pub use store::{FILE, OpenError};
#[cfg(feature = "server")]
pub use turn::{TurnError, TurnUrl};
