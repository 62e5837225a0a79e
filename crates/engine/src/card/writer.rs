//! The secret that a card shares with those who know it: who has it can write to the device's inbox.

use std::fmt;

use ed25519_dalek::SigningKey;
use hkdf::Hkdf;
use minicbor::CborLen;
use sha2::Sha256;
use xchat_wire::{
    PublicKey,
    cbor::{Decode, Encode},
};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const SALT: &[u8] = b"xchat inbox writer 1";

/// 32 random bytes of one inbox. From them derive the key that proves the right to write, and the key that seals the
/// packages in the inbox's pool, so that the relay cannot read who they belong to. Wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub struct WriterSeed(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]);

impl WriterSeed {
    /// Wraps 32 fresh random bytes, or those of a sealed row.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for a sealed row.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Signs proofs of [`xchat_wire::Right::InboxWriter`].
    pub fn signing_key(&self) -> SigningKey {
        SigningKey::from_bytes(&self.derive(b"write proof key"))
    }

    /// What `CreateInbox` tells the relay.
    pub fn public(&self) -> PublicKey {
        PublicKey::new(self.signing_key().verifying_key().to_bytes())
    }

    /// Seals key packages.
    pub(super) fn package_key(&self) -> Zeroizing<[u8; 32]> {
        self.derive(b"key package sealing key")
    }

    fn derive(&self, label: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(SALT), &self.0)
            .expand(label, key.as_mut_slice())
            .expect("32 bytes are within what HKDF-SHA256 gives");
        key
    }
}

impl fmt::Debug for WriterSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WriterSeed(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_derivation_is_frozen() {
        // Computed with an independent implementation (Python's hmac).
        let seed = WriterSeed::new([5; 32]);
        assert_eq!(
            hex::encode(seed.signing_key().to_bytes()),
            "71fe52ee1193fc89e4f5add8a61c3e94b900569f0c9ecd01abf3b5503cfe6d2a"
        );
        assert_eq!(
            hex::encode(seed.package_key().as_slice()),
            "16860a24ca237a133999a428ba7522bf4813196d6b34317c465e0d6d94e2aa14"
        );
    }

    #[test]
    fn the_relay_gets_the_key_that_checks_the_writers_proofs() {
        let seed = WriterSeed::new([5; 32]);
        assert_eq!(seed.public().as_bytes(), seed.signing_key().verifying_key().as_bytes());
    }

    #[test]
    fn debug_says_nothing() {
        assert_eq!(format!("{:?}", WriterSeed::new([5; 32])), "WriterSeed(..)");
    }
}
