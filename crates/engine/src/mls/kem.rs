//! HPKE's cryptography (RFC 9180) with the two KEMs that our suites have: X-Wing, and X25519 for suite 1 of the test vectors.
//!
//! The library's own provider has Diffie-Hellman over three more curves, and other ciphers and hashes, which would be downloaded and
//! never called. So algorithms are named here, not passed on: the compiler then sees what is left.

use std::convert::Infallible;

use getrandom::SysRng;
use hpke_rs_crypto::{
    HpkeCrypto, HpkeTestRng,
    error::Error,
    types::{AeadAlgorithm, KdfAlgorithm, KemAlgorithm},
};
use hpke_rs_rust_crypto::HpkeRustCrypto;
use rand_core::{Rng as _, TryCryptoRng, TryRng, UnwrapErr};
use x_wing::{Encapsulate as _, EncapsulationKey, TryKeyInit as _};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroize;

/// RustCrypto's HPKE without the curves of other suites.
#[derive(Debug)]
pub(super) struct Kems;

/// The system's randomness itself. The library's own type expands it with a cipher, which would be downloaded once more for that.
#[derive(Debug)]
pub(super) struct System(UnwrapErr<SysRng>);

impl TryRng for System {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.try_fill_bytes(bytes)
    }
}

impl TryCryptoRng for System {}

/// It has no state.
impl Zeroize for System {
    fn zeroize(&mut self) {}
}

/// Never asked for outside the library's own tests.
impl HpkeTestRng for System {
    type Error = Infallible;

    fn try_fill_test_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.try_fill_bytes(bytes)
    }

    fn seed(&mut self, _: &[u8]) {}
}

fn key(bytes: &[u8]) -> Result<[u8; 32], Error> {
    bytes.try_into().map_err(|_| Error::KemInvalidSecretKey)
}

fn only_x_wing(alg: KemAlgorithm) -> Result<(), Error> {
    match alg {
        KemAlgorithm::XWingDraft06 => Ok(()),
        _ => Err(Error::UnknownKemAlgorithm),
    }
}

/// A private key and its public one.
fn x25519(secret: [u8; 32]) -> (Vec<u8>, Vec<u8>) {
    let secret = StaticSecret::from(secret);
    (PublicKey::from(&secret).as_bytes().to_vec(), secret.to_bytes().to_vec())
}

impl HpkeCrypto for Kems {
    type HpkePrng = System;

    fn name() -> String {
        HpkeRustCrypto::name()
    }

    fn supports_kdf(alg: KdfAlgorithm) -> Result<(), Error> {
        match alg {
            KdfAlgorithm::HkdfSha256 => Ok(()),
            _ => Err(Error::UnknownKdfAlgorithm),
        }
    }

    fn supports_kem(alg: KemAlgorithm) -> Result<(), Error> {
        match alg {
            KemAlgorithm::DhKem25519 | KemAlgorithm::XWingDraft06 => Ok(()),
            _ => Err(Error::UnknownKemAlgorithm),
        }
    }

    fn supports_aead(alg: AeadAlgorithm) -> Result<(), Error> {
        match alg {
            AeadAlgorithm::Aes128Gcm => Ok(()),
            _ => Err(Error::UnknownAeadAlgorithm),
        }
    }

    fn prng() -> System {
        System(UnwrapErr(SysRng))
    }

    fn kdf_extract(alg: KdfAlgorithm, salt: &[u8], ikm: &[u8]) -> Result<Vec<u8>, Error> {
        Self::supports_kdf(alg)?;
        HpkeRustCrypto::kdf_extract(KdfAlgorithm::HkdfSha256, salt, ikm)
    }

    fn kdf_expand(alg: KdfAlgorithm, prk: &[u8], info: &[u8], output_size: usize) -> Result<Vec<u8>, Error> {
        Self::supports_kdf(alg)?;
        HpkeRustCrypto::kdf_expand(KdfAlgorithm::HkdfSha256, prk, info, output_size)
    }

    /// Refuses a public key of small order, whose secret is all zeros (RFC 9180 7.1.4).
    fn dh(alg: KemAlgorithm, pk: &[u8], sk: &[u8]) -> Result<Vec<u8>, Error> {
        match alg {
            KemAlgorithm::DhKem25519 => {
                let public = PublicKey::from(<[u8; 32]>::try_from(pk).map_err(|_| Error::KemInvalidPublicKey)?);
                let shared = StaticSecret::from(key(sk)?).diffie_hellman(&public);
                match shared.was_contributory() {
                    true => Ok(shared.as_bytes().to_vec()),
                    false => Err(Error::KemInvalidPublicKey),
                }
            }
            _ => Err(Error::UnknownKemAlgorithm),
        }
    }

    fn secret_to_public(alg: KemAlgorithm, sk: &[u8]) -> Result<Vec<u8>, Error> {
        match alg {
            KemAlgorithm::DhKem25519 => Ok(x25519(key(sk)?).0),
            _ => Err(Error::UnsupportedKemOperation),
        }
    }

    fn kem_key_gen(alg: KemAlgorithm, prng: &mut System) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let mut seed = [0; 32];
        prng.fill_bytes(&mut seed);
        match alg {
            KemAlgorithm::DhKem25519 => Ok(x25519(seed)),
            _ => Self::kem_key_gen_derand(alg, &seed),
        }
    }

    fn kem_key_gen_derand(alg: KemAlgorithm, seed: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Error> {
        only_x_wing(alg)?;
        HpkeRustCrypto::kem_key_gen_derand(KemAlgorithm::XWingDraft06, seed)
    }

    fn kem_encaps(alg: KemAlgorithm, pk_r: &[u8], prng: &mut System) -> Result<(Vec<u8>, Vec<u8>), Error> {
        only_x_wing(alg)?;
        let key = EncapsulationKey::new_from_slice(pk_r).map_err(|_| Error::KemInvalidPublicKey)?;
        let (sealed, secret) = key.encapsulate_with_rng(prng);
        Ok((secret.to_vec(), sealed.to_vec()))
    }

    fn kem_decaps(alg: KemAlgorithm, ct: &[u8], sk_r: &[u8]) -> Result<Vec<u8>, Error> {
        only_x_wing(alg)?;
        HpkeRustCrypto::kem_decaps(KemAlgorithm::XWingDraft06, ct, sk_r)
    }

    /// Asked for curves alone of which not every number is a key.
    fn dh_validate_sk(_: KemAlgorithm, _: &[u8]) -> Result<Vec<u8>, Error> {
        Err(Error::UnknownKemAlgorithm)
    }

    fn aead_seal(alg: AeadAlgorithm, key: &[u8], nonce: &[u8], aad: &[u8], msg: &[u8]) -> Result<Vec<u8>, Error> {
        Self::supports_aead(alg)?;
        HpkeRustCrypto::aead_seal(AeadAlgorithm::Aes128Gcm, key, nonce, aad, msg)
    }

    fn aead_open(alg: AeadAlgorithm, key: &[u8], nonce: &[u8], aad: &[u8], msg: &[u8]) -> Result<Vec<u8>, Error> {
        Self::supports_aead(alg)?;
        HpkeRustCrypto::aead_open(AeadAlgorithm::Aes128Gcm, key, nonce, aad, msg)
    }
}
