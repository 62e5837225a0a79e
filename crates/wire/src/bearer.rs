//! What works for whoever holds it: wiped from no memory here, but never shown by `Debug`.

use std::fmt;

use minicbor::{CborLen, bytes::ByteVec};
use sha2::{Digest, Sha256};

use crate::ClaimTag;
use crate::cbor::{Decode, Encode};

const CLAIM: &[u8] = b"xchat blob claim 1";

/// Leave to upload one blob; only the relay knows what is in it.
#[derive(Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub struct BlobToken(#[n(0)] pub ByteVec);

impl fmt::Debug for BlobToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlobToken(..)")
    }
}

/// What one person holds a blob by: a secret of their devices. Whoever shows it gives the hold up.
#[derive(Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub struct BlobClaim(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]);

impl BlobClaim {
    /// Wraps bytes as they are.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What goes with a grant: SHA-256 of a context and the claim.
    pub fn tag(&self) -> ClaimTag {
        ClaimTag::new(Sha256::new().chain_update(CLAIM).chain_update(self.0).finalize().into())
    }
}

impl fmt::Debug for BlobClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlobClaim(..)")
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
