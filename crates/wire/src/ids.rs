//! Identifiers: fixed byte strings and counters, each its own type so that none is taken for another.

use std::fmt;

use minicbor::CborLen;

use crate::cbor::{Decode, Encode};

macro_rules! bytes_id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, CborLen)]
        #[cbor(transparent)]
        pub struct $name(#[cbor(n(0), with = "minicbor::bytes")] [u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// Wraps bytes as they are.
            pub const fn new(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// Wraps a slice of exactly the right length.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}(", stringify!($name))?;
                for byte in &self.0[..4] {
                    write!(f, "{byte:02x}")?;
                }
                write!(f, "..)")
            }
        }
    };
}

bytes_id!(
    /// Where a log, an inbox or a cell lives: 32 random (or derived) bytes that say nothing.
    Address, 32
);
bytes_id!(
    /// Where a blob lives: the SHA-256 of its bytes.
    BlobHash, 32
);
bytes_id!(
    /// What the relay knows of a [`crate::BlobClaim`]: a hash that nobody gets the claim from.
    ClaimTag, 32
);
bytes_id!(
    /// A post's own random id. A repeat of it is answered as the first time.
    PostId, 16
);
bytes_id!(
    /// An Ed25519 public key (RFC 8032).
    PublicKey, 32
);
bytes_id!(
    /// An Ed25519 signature (RFC 8032).
    Signature, 64
);
bytes_id!(
    /// Fresh random bytes of one connection; each proof signs them.
    Challenge, 32
);

macro_rules! counter {
    ($(#[$doc:meta])* $name:ident, $int:ty) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, CborLen,
        )]
        #[cbor(transparent)]
        pub struct $name(#[n(0)] pub $int);
    };
}

counter!(
    /// A record's place in its log or inbox: strictly increasing from 1, not promised to be dense. 0 is "before the first".
    Seq, u64
);
counter!(
    /// An MLS epoch (RFC 9420) as the relay counts it: a commit accepted in epoch `n` opens `n + 1`.
    Epoch, u64
);
counter!(
    /// A client's number for a request, echoed by its reply; unique among the requests under way on a connection.
    Request, u32
);

impl Epoch {
    /// The epoch that a commit in this one opens.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}
