//! An invitation that waits until the place it is to is free.

use minicbor::bytes::ByteVec;
use xchat_wire::cbor::{Decode, Encode};

use super::Versioned;

/// A welcome into a log in which this device still is, as far as it has read: it was taken out and brought in again, and the
/// inbox was read first. It counts once the removal is read. Or one by somebody who is blocked, which counts once they are not.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Late {
    #[n(0)]
    pub(crate) version: u8,
    /// When the relay took it, in milliseconds since 1970.
    #[n(1)]
    pub(crate) time: u64,
    /// The delivery, sealed as it came.
    #[n(2)]
    pub(crate) body: ByteVec,
}

impl Versioned for Late {
    const NAME: &'static str = "late welcome";
    const VERSION: u8 = 1;
}
