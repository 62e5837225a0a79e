//! MLS (RFC 9420) through OpenMLS: one suite, one policy, and a storage provider over the journal.
//!
//! A direct chat is a group of two people's devices; a group's id is its log's address. Handshakes are PrivateMessages, no
//! past epoch's secrets are kept, and a leaf counts only when its certificate verifies for its signature key. Own commits
//! are merged when they are read back in the log, never before.

mod group;
mod provider;
mod storage;

pub(crate) use group::{Content, Group, Invited, MlsError, check_package, make_packages};
pub(crate) use provider::{DeviceSigner, SUITE};
pub use provider::{MlsProvider, NoRandomness, StepRng};
pub use storage::{MlsStorage, StorageError};
