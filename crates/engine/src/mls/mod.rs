//! MLS (RFC 9420) through OpenMLS: one suite, and a storage provider over the journal.
//!
//! A group's id is its log's address. Handshakes are PrivateMessages, no past epoch's secrets are kept, and a leaf counts only
//! when its certificate verifies for its signature key. What a commit does is handed out as facts, for [`crate::room`] to judge
//! before anything is merged. Own commits are merged when they are read back in the log, never before.

mod commit;
mod crypto;
mod entity;
mod error;
mod group;
mod kem;
mod leaf;
mod package;
mod provider;
mod shared;
mod storage;

pub(crate) use commit::{Plan, Staged};
pub use crypto::MlsCrypto;
pub(crate) use error::MlsError;
pub(crate) use group::{Commit, Content, Fallback, Group, Invited};
pub(crate) use leaf::Bearer;
pub(crate) use package::{check_package, introduction, make_packages};
pub(crate) use provider::DeviceSigner;
pub use provider::{MlsProvider, NoRandomness, StepRng};
pub use storage::{MlsStorage, StorageError};
