//! What works for whoever holds it: wiped from no memory here, but never shown by `Debug`.

use std::fmt;

use minicbor::{CborLen, bytes::ByteVec};

use crate::cbor::{Decode, Encode};

/// Leave to upload one blob; only the relay knows what is in it.
#[derive(Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub struct BlobToken(#[n(0)] pub ByteVec);

impl fmt::Debug for BlobToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlobToken(..)")
    }
}

/// The password that goes with a TURN user name.
#[derive(Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub struct TurnPassword(#[n(0)] pub String);

impl fmt::Debug for TurnPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TurnPassword(..)")
    }
}
