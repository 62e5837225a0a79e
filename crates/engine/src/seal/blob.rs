//! Sealed blobs: bytes for the relay's blobs, each under a key of its own, named by the hash of the ciphertext.

use sha2::{Digest, Sha256};
use xchat_wire::{
    BlobHash, MAX_BLOB,
    cbor::{Decode, Encode},
};
use zeroize::Zeroizing;

use super::Sealer;
use crate::{
    card::{pad, unpad},
    content::padding_block,
    state::Secret,
};

const FORMAT: u8 = 1;
const CONTEXT: &[u8] = b"xchat blob 1";

/// All that it takes to fetch a sealed blob and to open it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct BlobRef {
    #[n(0)]
    pub(crate) hash: BlobHash,
    /// Bytes of the ciphertext.
    #[n(1)]
    pub(crate) size: u64,
    #[n(2)]
    pub(crate) key: Secret,
}

impl BlobRef {
    /// Seals a plaintext, padded to its Padmé size. The key must be fresh: nothing else is ever sealed with it.
    pub(crate) fn seal(key: Secret, nonce: [u8; 24], plaintext: &[u8]) -> (Self, Vec<u8>) {
        let padded = pad(plaintext, padding_block, 0);
        let bytes = Sealer::new(key.bytes()).seal(FORMAT, nonce, CONTEXT, &padded);
        (Self { hash: hash(&bytes), size: bytes.len() as u64, key }, bytes)
    }

    /// The plaintext. None: these are not the bytes that were referred to, or they do not open.
    pub(crate) fn open(&self, bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let right = bytes.len() as u64 == self.size && self.size <= MAX_BLOB && hash(bytes) == self.hash;
        let padded = right.then(|| Sealer::new(self.key.bytes()).open(FORMAT, CONTEXT, bytes).ok()).flatten()?;
        unpad(&padded).map(|plaintext| Zeroizing::new(plaintext.to_vec()))
    }
}

fn hash(bytes: &[u8]) -> BlobHash {
    BlobHash::new(Sha256::digest(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_bytes_that_were_referred_to_open() {
        let (reference, bytes) = BlobRef::seal(Secret::new([1; 32]), [2; 24], b"what was said");
        assert_eq!(reference.open(&bytes).unwrap().as_slice(), b"what was said");
        assert_eq!(bytes.len(), 256 + Sealer::OVERHEAD, "only a coarse size shows");
        for bit in 0..8 * bytes.len() {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(reference.open(&changed), None, "bit {bit}");
        }
        assert_eq!(reference.open(&bytes[..bytes.len() - 1]), None);
        assert_eq!(BlobRef { key: Secret::new([3; 32]), ..reference.clone() }.open(&bytes), None);
        // Bytes that somebody else sealed well are not the ones.
        let (_, others) = BlobRef::seal(Secret::new([1; 32]), [4; 24], b"what was said");
        assert_eq!(reference.open(&others), None);
    }

    #[test]
    fn the_bytes_are_frozen() {
        let (reference, _) = BlobRef::seal(Secret::new([1; 32]), [2; 24], b"what was said");
        let hex = hex::encode(crate::state::encode(&reference));
        assert_eq!(
            hex,
            "a3005820c0a83a5497f9188ff12d9f887512a0472cf8f459b4fd1acb00da4c343a7127f9011901290258200101010101010101010101010101010101010101010101010101010101010101"
        );
    }
}
