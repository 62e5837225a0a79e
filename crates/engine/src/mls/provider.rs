//! What OpenMLS is given: RustCrypto, the step's randomness, the journal.

use std::cell::RefCell;

use ed25519_dalek::{Signer as _, SigningKey};
use openmls_traits::{
    OpenMlsProvider,
    random::OpenMlsRand,
    signatures::{Signer, SignerError},
    types::{Ciphersuite, SignatureScheme},
};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use thiserror::Error;

use super::{MlsCrypto, MlsStorage};
use crate::journal::Journal;

/// ML-KEM-768 with X25519, AES-128-GCM, SHA-256, Ed25519: 0x004F as of draft-ietf-mls-pq-ciphersuites. The number is
/// provisional, so rows and cards carry [`crate::card`]'s version beside it.
pub(crate) const SUITE: Ciphersuite = Ciphersuite::MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519;

/// Randomness of one step, expanded from its seed by ChaCha20.
#[derive(Debug)]
pub struct StepRng(RefCell<ChaCha20Rng>);

/// The step's randomness does not fail; the type is what OpenMLS asks for.
#[derive(Debug, Error)]
#[error("no randomness")]
pub struct NoRandomness;

impl StepRng {
    /// `N` random bytes.
    pub(crate) fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.borrow_mut().fill_bytes(&mut bytes);
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
        self.0.borrow_mut().fill_bytes(&mut bytes);
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
            rng: StepRng(RefCell::new(ChaCha20Rng::from_seed([0; 32]))),
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
        *self.rng.0.borrow_mut() = ChaCha20Rng::from_seed(seed);
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
