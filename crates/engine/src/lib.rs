//! The messenger itself, as a pure state machine.
//!
//! The path of everything: the worker loads the rows of an [`Input`]'s scopes, [`Engine::step`] turns the input into a
//! [`Step`] (changes and effects), the worker commits the changes in one transaction, and only then carries out the effects.
//! Nothing in here does I/O, waits, reads a clock or draws randomness: time and a seed come with each step. (OpenMLS itself
//! looks at the clock for key package lifetimes, and its HPKE draws its own randomness.) A step that fails to commit is
//! forgotten with the whole engine; memory is never patched back.

pub mod api;
pub mod card;
pub mod content;
pub mod identity;
pub mod rows;
pub mod seal;
mod search;

mod connection;
mod device;
mod engine;
mod journal;
mod later;
mod mls;
mod picture;
mod prose;
mod room;
mod sorted;
mod state;
mod step;
mod transfer;

/// The OpenMLS provider over the engine's rows, for the working group's vectors and for `bench/peer`.
pub mod provider {
    pub use crate::mls::{MlsCrypto, MlsProvider, MlsStorage, NoRandomness, StepRng, StorageError};
}

pub use engine::{Effect, Engine, Input, LoadError, Step};
pub use transfer::{BlobCame, BlobFailure, BlobWork};
