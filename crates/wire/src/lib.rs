//! What crosses the WebSocket between a client and its relay: identifiers, frames, proofs and limits.
//!
//! One binary WebSocket message is one frame: CBOR with integer map keys (`docs/PROTOCOL.md` has the CDDL).
//! The subprotocol name carries the version; unknown map keys are skipped, unknown frames are refused.
//! Both sides build on this crate, so it must never hold I/O, async code, a clock, or anything that names a person.

// Derived decoders name this crate by its name, in here as everywhere.
extern crate self as xchat_wire;

mod bearer;
pub mod cbor;
mod chain;
mod client;
mod codec;
mod ids;
mod limits;
mod proof;
mod server;

pub use bearer::{BlobClaim, BlobToken, TurnPassword};
pub use chain::{ChainHash, chain_start};
pub use client::{ClientFrame, Post};
pub use codec::{FrameError, decode, encode};
pub use ids::{Address, BlobHash, Challenge, ClaimTag, Epoch, PostId, PublicKey, Request, Seq, Signature};
pub use limits::*;
pub use proof::{Proof, ProofError, Right};
pub use server::{Goodbye, Kind, LogState, Record, Refusal, Reply, ServerFrame};
