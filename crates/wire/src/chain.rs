//! The hash chain of a log: whoever shows two members different pasts cannot give them the same head.

use minicbor::CborLen;
use sha2::{Digest, Sha256};
use std::fmt;

use crate::cbor::{Decode, Encode};
use crate::{Address, Epoch, Kind, PostId, PublicKey, Seq};

const START: &[u8] = b"xchat log chain 1";

/// SHA-256 over everything that a log holds so far.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub struct ChainHash(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]);

/// The chain of an empty log or inbox: SHA-256 of a context and its address.
pub fn chain_start(address: &Address) -> ChainHash {
    ChainHash(Sha256::new().chain_update(START).chain_update(address.as_bytes()).finalize().into())
}

impl ChainHash {
    /// Wraps bytes as they are.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The chain after one more record: SHA-256 of this hash, seq (u64), epoch (u64), kind (u8), post id, next key
    /// (u8 0, or 1 and the key), body length (u64) and body; big-endian. The relay's clock is not part of it.
    #[must_use]
    pub fn extend(
        &self,
        seq: Seq,
        epoch: Epoch,
        kind: Kind,
        post: &PostId,
        next_key: Option<&PublicKey>,
        body: &[u8],
    ) -> Self {
        let mut hash = Sha256::new()
            .chain_update(self.0)
            .chain_update(seq.0.to_be_bytes())
            .chain_update(epoch.0.to_be_bytes())
            .chain_update([kind as u8])
            .chain_update(post.as_bytes());
        match next_key {
            None => hash.update([0]),
            Some(key) => {
                hash.update([1]);
                hash.update(key.as_bytes());
            }
        }
        hash.update((body.len() as u64).to_be_bytes());
        hash.update(body);
        Self(hash.finalize().into())
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChainHash({:02x}{:02x}..)", self.0[0], self.0[1])
    }
}
