//! What every derived encoder and decoder shares. `#[derive(Decode, Encode)]` (`crates/derive`) calls what is in here.
//!
//! All that need not know a type is here once, never inlined: a client's download has a budget, and the code of rows,
//! frames and events was a large part of it. To read, a derived decoder lays out one [`Slot`] a field and calls
//! [`fields`]; to write, an encoder lays out one [`Put`] a field and calls [`put_fields`] or [`put_variant`].
//! This must never accept what it does not understand: unknown keys are skipped, indefinite lengths are refused.

mod read;
mod write;

pub use minicbor::decode::Decode;
pub use minicbor::encode::Encode;
pub use xchat_derive::{Decode, Encode};

pub use read::{Has, List, Maybe, MaybeBytes, Need, Shape, Slot, failed, fields, names, skip, unknown, variant};
pub use write::{Layout, Put, put_fields, put_variant};

/// A value that is a byte string.
#[doc(hidden)]
#[derive(Default)]
pub struct Bytes<T>(pub T);
