//! What OpenMLS is given: RustCrypto, the step's randomness, the journal.

use std::cell::RefCell;

use chacha20::{
    ChaCha20,
    cipher::{KeyIvInit as _, StreamCipher as _},
};
use ed25519_dalek::{Signer as _, SigningKey};
use openmls_traits::{
    OpenMlsProvider,
    random::OpenMlsRand,
    signatures::{Signer, SignerError},
    types::{Ciphersuite, SignatureScheme},
};
use thiserror::Error;

use super::{MlsCrypto, MlsStorage};
use crate::journal::Journal;

/// ML-KEM-768 with X25519, AES-128-GCM, SHA-256, Ed25519: 0x004F as of draft-ietf-mls-pq-ciphersuites. The number is
/// provisional, so rows and cards carry [`crate::card`]'s version beside it.
pub(crate) const SUITE: Ciphersuite = Ciphersuite::MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519;

/// Randomness of one step: the key stream of ChaCha20 (RFC 8439) under its seed, with a nonce of zeros.
pub struct StepRng(RefCell<ChaCha20>);

/// The step's randomness does not fail; the type is what OpenMLS asks for.
#[derive(Debug, Error)]
#[error("no randomness")]
pub struct NoRandomness;

impl StepRng {
    fn new(seed: [u8; 32]) -> Self {
        Self(RefCell::new(Self::stream(seed)))
    }

    fn stream(seed: [u8; 32]) -> ChaCha20 {
        ChaCha20::new(&seed.into(), &[0; 12].into())
    }

    /// Fills bytes that are zero. A step takes nowhere near the 256 GiB that a seed gives.
    #[inline(never)] // For each length that is asked for.
    fn fill(&self, bytes: &mut [u8]) {
        self.0.borrow_mut().apply_keystream(bytes);
    }

    /// `N` random bytes.
    pub(crate) fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}

impl OpenMlsRand for StepRng {
    type Error = NoRandomness;

    fn random_array<const N: usize>(&self) -> Result<[u8; N], Self::Error> {
        Ok(self.bytes())
    }

    fn random_vec(&self, len: usize) -> Result<Vec<u8>, Self::Error> {
        let mut bytes = vec![0; len];
        self.fill(&mut bytes);
        Ok(bytes)
    }
}

/// The provider of one engine.
pub struct MlsProvider {
    /// What groups are made with and joined for.
    #[cfg(feature = "hostile")]
    suite: Ciphersuite,
    crypto: MlsCrypto,
    rng: StepRng,
    storage: MlsStorage,
}

impl MlsProvider {
    /// A provider with no rows; it must be given a seed before it is used.
    #[expect(clippy::new_without_default, reason = "an unseeded provider is nothing to have by default")]
    pub fn new() -> Self {
        Self {
            #[cfg(feature = "hostile")]
            suite: SUITE,
            crypto: MlsCrypto::default(),
            rng: StepRng::new([0; 32]),
            storage: MlsStorage::new(Journal::default()),
        }
    }

    /// The suite of all groups: the hybrid one, but in simulations that ask for the other.
    pub(crate) fn suite(&self) -> Ciphersuite {
        #[cfg(feature = "hostile")]
        let suite = self.suite;
        #[cfg(not(feature = "hostile"))]
        let suite = SUITE;
        suite
    }

    /// Speaks suite 1 instead.
    #[cfg(feature = "hostile")]
    pub(crate) fn speak_suite_1(&mut self) {
        self.suite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;
    }

    /// Starts a step with fresh randomness.
    pub fn reseed(&self, seed: [u8; 32]) {
        self.rng.0.replace(StepRng::stream(seed));
    }
}

impl OpenMlsProvider for MlsProvider {
    type CryptoProvider = MlsCrypto;
    type RandProvider = StepRng;
    type StorageProvider = MlsStorage;

    fn storage(&self) -> &MlsStorage {
        &self.storage
    }

    fn crypto(&self) -> &MlsCrypto {
        &self.crypto
    }

    fn rand(&self) -> &StepRng {
        &self.rng
    }
}

/// A device's MLS signature key.
pub(crate) struct DeviceSigner(pub(crate) SigningKey);

impl Signer for DeviceSigner {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.0.sign(payload).to_bytes().to_vec())
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_key_stream_of_rfc_8439() {
        let rng = StepRng::new([0; 32]);
        // A.1, the first test vector; its second half comes by the next call.
        assert_eq!(hex::encode(rng.bytes::<32>()), "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7");
        assert_eq!(hex::encode(rng.bytes::<32>()), "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586");
    }
}
