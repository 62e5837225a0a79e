//! Cipher suite 0x004F for the peer: its own suite 1, with X-Wing in place of X25519 and the draft's number.

use mls_rs_core::crypto::{
    CipherSuite, CipherSuiteProvider, CryptoProvider, HpkeCiphertext, HpkePsk, HpkePublicKey, HpkeSecretKey,
    SignaturePublicKey, SignatureSecretKey,
};
use mls_rs_crypto_hpke::context::{ContextR, ContextS};
use mls_rs_crypto_rustcrypto::{RustCryptoCipherSuite, RustCryptoError, aead::Aead, kdf::Kdf};
use zeroize::Zeroizing;

use super::xwing::XWing;

pub const HYBRID: CipherSuite = CipherSuite::new(0x004F);

/// Of this suite everything but the KEM: AES-128-GCM, SHA-256, Ed25519.
const REST: CipherSuite = CipherSuite::CURVE25519_AES128;

#[derive(Clone)]
pub struct HybridProvider;

impl CryptoProvider for HybridProvider {
    type CipherSuiteProvider = HybridSuite;

    fn supported_cipher_suites(&self) -> Vec<CipherSuite> {
        vec![HYBRID]
    }

    fn cipher_suite_provider(&self, suite: CipherSuite) -> Option<HybridSuite> {
        let (kdf, aead) = (Kdf::new(REST)?, Aead::new(REST)?);
        (suite == HYBRID).then(|| HybridSuite(RustCryptoCipherSuite::new(REST, XWing::new(), kdf, aead).unwrap()))
    }
}

#[derive(Clone)]
pub struct HybridSuite(RustCryptoCipherSuite<XWing, Kdf, Aead>);

type Result<T> = std::result::Result<T, RustCryptoError>;

impl CipherSuiteProvider for HybridSuite {
    type Error = RustCryptoError;
    type HpkeContextS = ContextS<Kdf, Aead>;
    type HpkeContextR = ContextR<Kdf, Aead>;

    fn cipher_suite(&self) -> CipherSuite {
        HYBRID
    }

    /// As the draft says: 32 bytes by SHAKE256 are the private key. RFC 9180's own derivation is for Diffie-Hellman KEMs.
    fn kem_derive(&self, ikm: &[u8]) -> Result<(HpkeSecretKey, HpkePublicKey)> {
        Ok(XWing::new().pair(&libcrux_sha3::shake256(ikm)))
    }

    fn kem_generate(&self) -> Result<(HpkeSecretKey, HpkePublicKey)> {
        self.0.kem_generate()
    }

    fn kem_public_key_validate(&self, key: &HpkePublicKey) -> Result<()> {
        self.0.kem_public_key_validate(key)
    }

    fn hash(&self, data: &[u8]) -> Result<Vec<u8>> {
        self.0.hash(data)
    }

    fn mac(&self, key: &[u8], data: &[u8]) -> Result<Vec<u8>> {
        self.0.mac(key, data)
    }

    fn aead_seal(&self, key: &[u8], data: &[u8], aad: Option<&[u8]>, nonce: &[u8]) -> Result<Vec<u8>> {
        self.0.aead_seal(key, data, aad, nonce)
    }

    fn aead_open(&self, key: &[u8], data: &[u8], aad: Option<&[u8]>, nonce: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        self.0.aead_open(key, data, aad, nonce)
    }

    fn aead_key_size(&self) -> usize {
        self.0.aead_key_size()
    }

    fn aead_nonce_size(&self) -> usize {
        self.0.aead_nonce_size()
    }

    fn kdf_extract(&self, salt: &[u8], ikm: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        self.0.kdf_extract(salt, ikm)
    }

    fn kdf_expand(&self, prk: &[u8], info: &[u8], len: usize) -> Result<Zeroizing<Vec<u8>>> {
        self.0.kdf_expand(prk, info, len)
    }

    fn kdf_extract_size(&self) -> usize {
        self.0.kdf_extract_size()
    }

    fn hpke_seal(&self, to: &HpkePublicKey, info: &[u8], aad: Option<&[u8]>, pt: &[u8]) -> Result<HpkeCiphertext> {
        self.0.hpke_seal(to, info, aad, pt)
    }

    fn hpke_seal_psk(
        &self,
        to: &HpkePublicKey,
        info: &[u8],
        aad: Option<&[u8]>,
        pt: &[u8],
        psk: HpkePsk<'_>,
    ) -> Result<HpkeCiphertext> {
        self.0.hpke_seal_psk(to, info, aad, pt, psk)
    }

    fn hpke_open(
        &self,
        sealed: &HpkeCiphertext,
        secret: &HpkeSecretKey,
        public: &HpkePublicKey,
        info: &[u8],
        aad: Option<&[u8]>,
    ) -> Result<Zeroizing<Vec<u8>>> {
        self.0.hpke_open(sealed, secret, public, info, aad)
    }

    fn hpke_open_psk(
        &self,
        sealed: &HpkeCiphertext,
        secret: &HpkeSecretKey,
        public: &HpkePublicKey,
        info: &[u8],
        aad: Option<&[u8]>,
        psk: HpkePsk<'_>,
    ) -> Result<Zeroizing<Vec<u8>>> {
        self.0.hpke_open_psk(sealed, secret, public, info, aad, psk)
    }

    fn hpke_setup_s(&self, to: &HpkePublicKey, info: &[u8]) -> Result<(Vec<u8>, Self::HpkeContextS)> {
        self.0.hpke_setup_s(to, info)
    }

    fn hpke_setup_r(
        &self,
        enc: &[u8],
        secret: &HpkeSecretKey,
        public: &HpkePublicKey,
        info: &[u8],
    ) -> Result<Self::HpkeContextR> {
        self.0.hpke_setup_r(enc, secret, public, info)
    }

    fn random_bytes(&self, out: &mut [u8]) -> Result<()> {
        CipherSuiteProvider::random_bytes(&self.0, out)
    }

    fn signature_key_generate(&self) -> Result<(SignatureSecretKey, SignaturePublicKey)> {
        self.0.signature_key_generate()
    }

    fn signature_key_derive_public(&self, secret: &SignatureSecretKey) -> Result<SignaturePublicKey> {
        self.0.signature_key_derive_public(secret)
    }

    fn sign(&self, secret: &SignatureSecretKey, data: &[u8]) -> Result<Vec<u8>> {
        self.0.sign(secret, data)
    }

    fn verify(&self, public: &SignaturePublicKey, signature: &[u8], data: &[u8]) -> Result<()> {
        self.0.verify(public, signature, data)
    }
}
