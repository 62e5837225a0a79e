//! X-Wing (draft-connolly-cfrg-xwing-kem-06) for the peer: ML-KEM-768 of libcrux and the peer's own X25519.
//!
//! mls-rs has a combiner of that name, but of draft 01: another order and another KEM number, so it could not agree with
//! anybody's 0x647A.

use libcrux_ml_kem::mlkem768::{self, MlKem768Ciphertext, MlKem768KeyPair, MlKem768PublicKey};
use mls_rs_core::crypto::{CipherSuite, HpkePublicKey, HpkeSecretKey};
use mls_rs_core::error::IntoAnyError;
use mls_rs_crypto_rustcrypto::ecdh::Ecdh;
use mls_rs_crypto_traits::{DhType, KemResult, KemType};

/// The number in the HPKE registry.
const KEM_ID: u16 = 0x647A;
/// Length of an ML-KEM-768 public key; an X25519 key follows.
const ML_KEM_KEY: usize = 1184;
/// Length of an ML-KEM-768 ciphertext; an X25519 key follows.
const ML_KEM_CIPHERTEXT: usize = 1088;
const LABEL: &[u8; 6] = br"\.//^\";

#[derive(Clone)]
pub struct XWing(Ecdh);

#[derive(Debug, thiserror::Error)]
#[error("X-Wing: {0}")]
pub struct XWingError(&'static str);

impl IntoAnyError for XWingError {
    fn into_dyn_error(self) -> Result<Box<dyn std::error::Error + Send + Sync>, Self> {
        Ok(self.into())
    }
}

/// A private key of 32 bytes, expanded.
struct Expanded {
    ml_kem: MlKem768KeyPair,
    secret: HpkeSecretKey,
    public: HpkePublicKey,
}

impl XWing {
    pub fn new() -> Self {
        Self(Ecdh::new(CipherSuite::CURVE25519_AES128).unwrap())
    }

    /// The key pair of a private key.
    pub fn pair(&self, private: &[u8; 32]) -> (HpkeSecretKey, HpkePublicKey) {
        let expanded = self.expand(private);
        let public = [expanded.ml_kem.pk().as_slice(), &expanded.public].concat();
        (private.to_vec().into(), public.into())
    }

    fn expand(&self, private: &[u8; 32]) -> Expanded {
        let bytes = libcrux_sha3::shake256::<96>(private);
        let secret: HpkeSecretKey = bytes[64..].to_vec().into();
        let public = self.0.to_public(&secret).unwrap();
        Expanded { ml_kem: mlkem768::generate_key_pair(bytes[..64].try_into().unwrap()), secret, public }
    }
}

fn combine(ml_kem: &[u8], x25519: &[u8], ciphertext: &[u8], public: &[u8]) -> Vec<u8> {
    libcrux_sha3::sha256(&[ml_kem, x25519, ciphertext, public, LABEL].concat()).to_vec()
}

impl KemType for XWing {
    type Error = XWingError;

    fn kem_id(&self) -> u16 {
        KEM_ID
    }

    fn generate_deterministic(&self, seed: &[u8]) -> Result<(HpkeSecretKey, HpkePublicKey), XWingError> {
        Ok(self.pair(seed.try_into().map_err(|_| XWingError("length of a private key"))?))
    }

    fn generate(&self) -> Result<(HpkeSecretKey, HpkePublicKey), XWingError> {
        // Any 32 random bytes are a private key; a fresh X25519 key is such.
        let (random, _) = self.0.generate().map_err(|_| XWingError("no randomness"))?;
        self.generate_deterministic(&random)
    }

    fn public_key_validate(&self, key: &HpkePublicKey) -> Result<(), XWingError> {
        match key.len() == ML_KEM_KEY + 32 {
            true => Ok(()),
            false => Err(XWingError("length of a public key")),
        }
    }

    fn encap(&self, remote: &HpkePublicKey) -> Result<KemResult, XWingError> {
        let (ml_kem, x25519) = remote.split_at_checked(ML_KEM_KEY).ok_or(XWingError("length of a public key"))?;
        let ml_kem: [u8; ML_KEM_KEY] = ml_kem.try_into().unwrap();
        let (random, _) = self.0.generate().map_err(|_| XWingError("no randomness"))?;
        let (ciphertext, inner) =
            mlkem768::encapsulate(&MlKem768PublicKey::from(ml_kem), random.as_ref().try_into().unwrap());
        let (ephemeral, sent) = self.0.generate().map_err(|_| XWingError("no randomness"))?;
        let public: HpkePublicKey = x25519.to_vec().into();
        let outer = self.0.dh(&ephemeral, &public).map_err(|_| XWingError("no X25519 key"))?;
        Ok(KemResult::new(combine(&inner, &outer, &sent, x25519), [ciphertext.as_ref(), sent.as_ref()].concat()))
    }

    fn decap(&self, enc: &[u8], secret: &HpkeSecretKey, _: &HpkePublicKey) -> Result<Vec<u8>, XWingError> {
        let (ciphertext, sent) = enc.split_at_checked(ML_KEM_CIPHERTEXT).ok_or(XWingError("length of a ciphertext"))?;
        let ciphertext: [u8; ML_KEM_CIPHERTEXT] = ciphertext.try_into().unwrap();
        let own = self.expand(secret.as_ref().try_into().map_err(|_| XWingError("length of a private key"))?);
        let inner = mlkem768::decapsulate(own.ml_kem.private_key(), &MlKem768Ciphertext::from(ciphertext));
        let outer = self.0.dh(&own.secret, &sent.to_vec().into()).map_err(|_| XWingError("no X25519 key"))?;
        Ok(combine(&inner, &outer, sent, &own.public))
    }

    fn seed_length_for_derive(&self) -> usize {
        32
    }
}
