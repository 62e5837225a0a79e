//! Sealed rows at rest: values that only the data key opens, under row keys that say nothing. And sealed blobs, each under a key of its own.
//!
//! The path: the data key, unwrapped when the app is unlocked -> [`RowKey`] -> each row of a step is sealed before it is committed
//! and opened when it is loaded. A sealed value is bound to its store and row key, so rows cannot be exchanged for each other.
//! It must never see where rows are kept, and never deletes one that does not open.

mod blob;
mod row;

pub(crate) use blob::BlobRef;
pub use row::{MAX_STORE_NAME, RowError, RowKey};
pub(crate) use xchat_aead::{OpenError, Sealer};
