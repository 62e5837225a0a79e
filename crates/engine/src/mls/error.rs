//! Why an MLS operation failed.

use thiserror::Error;

use crate::room::Breach;

/// None is retryable with the same input.
#[derive(Debug, Error)]
pub(crate) enum MlsError {
    /// The bytes are no MLS message of the expected kind.
    #[error("not an MLS message of the expected kind")]
    Malformed,
    /// OpenMLS refused it: not decryptable, not valid, not this epoch. Its words are kept where they can be read: in tests.
    #[error("MLS refused it: {0}")]
    Refused(String),
    /// A record of this epoch that no member can process, whoever made it.
    #[error("nobody can process it: {0}")]
    Unreadable(String),
    /// A leaf whose certificate does not verify, or of somebody who has no place here.
    #[error("a leaf is not certified")]
    Leaf,
    /// A commit whose author had no right to it.
    #[error("a commit breaks the group's policy: {0}")]
    Policy(#[from] Breach),
    /// A welcome or a commit that no group of X Chat has.
    #[error("not a group of this application")]
    Foreign,
    /// A commit with more welcomes than one frame takes.
    #[error("more than one frame takes")]
    TooLarge,
    /// The group's rows are missing or damaged.
    #[error("no such group here")]
    Missing,
}

/// What OpenMLS said. A browser downloads none of its sentences: nobody there would see them.
pub(super) fn refused(error: impl std::fmt::Display) -> MlsError {
    MlsError::Refused(if cfg!(debug_assertions) { error.to_string() } else { String::new() })
}
