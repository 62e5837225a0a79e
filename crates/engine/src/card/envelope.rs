//! Envelopes: what anyone who knows a card can seal for one device and only that device can open.
//!
//! HPKE (RFC 9180) in base mode with the KEM, KDF and AEAD of the default MLS suite, so ML-KEM-768 with X25519. The seal
//! authenticates nobody: who sent it is for the content to prove.

use std::fmt;

use minicbor::{CborLen, Decoder};
use openmls_traits::crypto::OpenMlsCrypto;
use openmls_traits::types::{Ciphersuite, CryptoError, HpkeCiphertext, HpkePrivateKey};
use thiserror::Error;
use xchat_wire::{
    Address, MAX_DELIVERY,
    cbor::{Decode, Encode},
};
use zeroize::Zeroizing;

use super::padding::{pad, unpad};
use crate::content::padding_block;

/// The MLS suite whose HPKE seals envelopes: 0x004F.
pub const SUITE: Ciphersuite = Ciphersuite::MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519;
/// Length of the suite's public key in bytes: ML-KEM-768 (1184) and X25519 (32).
pub const SEAL_KEY_LEN: usize = 1184 + 32;
/// Length of the encapsulated key in bytes: ML-KEM-768 (1088) and X25519 (32).
const ENCAPSULATED: usize = 1088 + 32;
/// What sealing adds to the padded plaintext: format, encapsulated key, AEAD tag.
const OVERHEAD: usize = 1 + ENCAPSULATED + 16;
/// Largest plaintext in bytes whose envelope fits one delivery: at that size padding goes in steps of 2,048, after a frame of 4.
pub const MAX_ENVELOPE_PLAINTEXT: usize = (MAX_DELIVERY - OVERHEAD) / 2048 * 2048 - 4;
const FORMAT: u8 = 1;
const CONTEXT: &[u8] = b"xchat inbox envelope 1";

/// Why an envelope was not sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EnvelopeError {
    /// Over [`MAX_ENVELOPE_PLAINTEXT`].
    #[error("{0} bytes do not fit one envelope")]
    TooLarge(usize),
    /// The public key does not work: the card that it came from is of no use.
    #[error("not a usable sealing key")]
    Key,
    /// Sealed by a later version of the app.
    #[error("envelope of unknown format {0}")]
    Format(u8),
    /// Not sealed for this device and inbox, or changed since.
    #[error("envelope does not open")]
    Sealed,
    /// The provider cannot do this suite.
    #[error("the sealing suite is not available")]
    Unavailable,
}

/// A device's public key for envelopes: [`SEAL_KEY_LEN`] bytes.
#[derive(Clone, PartialEq, Eq, Encode, CborLen)]
#[cbor(transparent)]
pub struct SealKey(#[cbor(n(0), with = "minicbor::bytes")] Vec<u8>);

impl SealKey {
    /// Wraps bytes of the right length; whether they are a key shows when something is sealed to it.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == SEAL_KEY_LEN).then(|| Self(bytes.to_vec()))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl<'b, C> Decode<'b, C> for SealKey {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let at = d.position();
        Self::from_slice(d.bytes()?).ok_or_else(|| minicbor::decode::Error::message("length of a sealing key").at(at))
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(..)")
    }
}

/// A device's key pair for envelopes. The private half is wiped when dropped and never printed.
pub struct SealKeyPair {
    public: SealKey,
    private: HpkePrivateKey,
}

impl SealKeyPair {
    /// The pair of 32 random bytes, which are what is kept (RFC 9180 7.1.3, DeriveKeyPair).
    pub fn derive(crypto: &impl OpenMlsCrypto, seed: &[u8; 32]) -> Result<Self, EnvelopeError> {
        let pair = crypto.derive_hpke_keypair(SUITE.hpke_config(), seed).map_err(|_| EnvelopeError::Unavailable)?;
        let public = SealKey::from_slice(&pair.public).ok_or(EnvelopeError::Unavailable)?;
        Ok(Self { public, private: pair.private })
    }

    /// What the card carries.
    pub const fn public(&self) -> &SealKey {
        &self.public
    }
}

impl fmt::Debug for SealKeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKeyPair(..)")
    }
}

/// Seals `plaintext` for the device behind `key` and its `inbox`, padded to a Padmé length. The KEM's randomness is the provider's.
pub fn seal_envelope(
    crypto: &impl OpenMlsCrypto,
    key: &SealKey,
    inbox: &Address,
    plaintext: &[u8],
) -> Result<Vec<u8>, EnvelopeError> {
    if plaintext.len() > MAX_ENVELOPE_PLAINTEXT {
        return Err(EnvelopeError::TooLarge(plaintext.len()));
    }
    let padded = pad(plaintext, padding_block, 0);
    let sealed = crypto.hpke_seal(SUITE.hpke_config(), key.as_bytes(), &info(inbox), &[], &padded).map_err(
        |error| match error {
            CryptoError::UnsupportedCiphersuite => EnvelopeError::Unavailable,
            _ => EnvelopeError::Key,
        },
    )?;
    if sealed.kem_output.as_slice().len() != ENCAPSULATED {
        return Err(EnvelopeError::Unavailable);
    }
    let mut out = Vec::with_capacity(padded.len() + OVERHEAD);
    out.push(FORMAT);
    out.extend_from_slice(sealed.kem_output.as_slice());
    out.extend_from_slice(sealed.ciphertext.as_slice());
    Ok(out)
}

/// Opens an envelope from this device's `inbox`.
pub fn open_envelope(
    crypto: &impl OpenMlsCrypto,
    pair: &SealKeyPair,
    inbox: &Address,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    let (format, rest) = sealed.split_first().ok_or(EnvelopeError::Sealed)?;
    if *format != FORMAT {
        return Err(EnvelopeError::Format(*format));
    }
    let (encapsulated, ciphertext) = rest.split_at_checked(ENCAPSULATED).ok_or(EnvelopeError::Sealed)?;
    if sealed.len() > MAX_DELIVERY || ciphertext.len() < 16 {
        return Err(EnvelopeError::Sealed);
    }
    let input = HpkeCiphertext { kem_output: encapsulated.to_vec().into(), ciphertext: ciphertext.to_vec().into() };
    let padded = crypto
        .hpke_open(SUITE.hpke_config(), &input, pair.private.as_ref(), &info(inbox), &[])
        .map(Zeroizing::new)
        .map_err(|_| EnvelopeError::Sealed)?;
    unpad(&padded).map(|plaintext| Zeroizing::new(plaintext.to_vec())).ok_or(EnvelopeError::Sealed)
}

fn info(inbox: &Address) -> Vec<u8> {
    [CONTEXT, inbox.as_bytes()].concat()
}

#[cfg(test)]
mod tests;
