//! From the words to keys: HKDF-SHA256 (RFC 5869) over the BIP-39 seed, one label for each key.
//!
//! Keys that share no label share nothing that anyone without the seed could see: the backup owner key and the card owner
//! key are public at a relay and lead to no identity.

use std::fmt;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use hkdf::Hkdf;
use sha2::Sha256;
use thiserror::Error;
use xchat_wire::{PublicKey, Signature};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::Words;

const SALT: &[u8] = b"xchat identity 1";

/// Everything that the words give.
pub struct Keys {
    /// Signs devices and cards.
    pub identity: IdentityKey,
    /// Seals the backup.
    pub backup: BackupKey,
    /// Owns the backup's cells and blobs at a relay.
    pub backup_owner: SigningKey,
    /// Owns the contact card's cell at a relay.
    pub card_owner: SigningKey,
}

impl Keys {
    /// Derives all of them; takes some milliseconds (BIP-39 stretches the words).
    pub fn derive(words: &Words) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(SALT), words.seed().as_slice());
        let key = |label: &[u8]| {
            let mut bytes = Zeroizing::new([0; 32]);
            hkdf.expand(label, bytes.as_mut_slice()).expect("32 bytes are within what HKDF-SHA256 gives");
            bytes
        };
        Self {
            identity: IdentityKey::from_seed(&key(b"identity signing key")),
            backup: BackupKey(*key(b"backup sealing key")),
            backup_owner: SigningKey::from_bytes(&key(b"backup owner key")),
            card_owner: SigningKey::from_bytes(&key(b"card owner key")),
        }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(..)")
    }
}

/// The symmetric key of the backup. Wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct BackupKey([u8; 32]);

impl BackupKey {
    /// The key's bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for BackupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BackupKey(..)")
    }
}

/// What an identity signs. Each kind has its own context, so that no signature can be taken for one of another kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// A device's certificate.
    DeviceCertificate,
    /// A contact card.
    Card,
    /// That somebody asks to come into a group.
    JoinRequest,
}

impl Context {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::DeviceCertificate => b"xchat device certificate 1",
            Self::Card => b"xchat contact card 1",
            Self::JoinRequest => b"xchat join request 1",
        }
    }

    /// The bytes that are signed: the label's length (u8), the label, the message.
    fn message(self, message: &[u8]) -> Vec<u8> {
        let label = self.label();
        let mut bytes = Vec::with_capacity(1 + label.len() + message.len());
        bytes.push(label.len() as u8);
        bytes.extend_from_slice(label);
        bytes.extend_from_slice(message);
        bytes
    }
}

/// A person's Ed25519 signing key (RFC 8032). Wiped when dropped.
#[derive(Clone)]
pub struct IdentityKey(SigningKey);

impl IdentityKey {
    /// From the 32 bytes that [`IdentityKey::seed`] gave.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The private key, for a sealed row.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public key: who this person is to everyone.
    pub fn public(&self) -> PublicKey {
        PublicKey::new(self.0.verifying_key().to_bytes())
    }

    /// Signs exactly these bytes as one kind of thing.
    pub fn sign(&self, context: Context, message: &[u8]) -> Signature {
        Signature::new(self.0.sign(&context.message(message)).to_bytes())
    }
}

impl fmt::Debug for IdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentityKey({:?})", self.public())
    }
}

/// The signature is not this identity's over these bytes, or the identity is no usable key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("signature does not match")]
pub struct BadSignature;

/// Checks a signature of [`IdentityKey::sign`], strictly (RFC 8032 5.1.7; small-order keys are refused).
pub fn verify(key: &PublicKey, context: Context, message: &[u8], signature: &Signature) -> Result<(), BadSignature> {
    let key = VerifyingKey::from_bytes(key.as_bytes()).map_err(|_| BadSignature)?;
    let signature = ed25519_dalek::Signature::from_bytes(signature.as_bytes());
    key.verify_strict(&context.message(message), &signature).map_err(|_| BadSignature)
}

/// Whether signatures of this key can be checked at all: a point of the curve, and not one of small order.
pub fn is_usable_key(key: &PublicKey) -> bool {
    VerifyingKey::from_bytes(key.as_bytes()).is_ok_and(|key| !key.is_weak())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_derivation_is_frozen() {
        // Computed with an independent implementation (Python: hashlib.pbkdf2_hmac, hmac). A change here locks people out.
        let keys = Keys::derive(&Words::from_entropy([0x7f; 16]));
        assert_eq!(
            hex::encode(keys.identity.seed().as_slice()),
            "6374f297a968227b50bb39244b0599b99314ef3e833694659c958d068f28cd77"
        );
        assert_eq!(
            hex::encode(keys.backup.as_bytes()),
            "a7f4b3747a1de2af1f31f22a6b5b6a042559765a21ce45eae7a9baa4d9f5b737"
        );
        assert_eq!(
            hex::encode(keys.backup_owner.to_bytes()),
            "875394cff289ba643179aa169964fe4cb15d6c98d4e83b10b6d560270fb14b27"
        );
        assert_eq!(
            hex::encode(keys.card_owner.to_bytes()),
            "4f127106a6281caf48668859b19e7f667f8f5843e3aff21770c5a2f16ef2e4a5"
        );
    }

    #[test]
    fn a_signature_is_good_for_its_bytes_its_key_and_its_kind_only() {
        let key = IdentityKey::from_seed(&[1; 32]);
        let signature = key.sign(Context::Card, b"hello");
        assert_eq!(verify(&key.public(), Context::Card, b"hello", &signature), Ok(()));
        assert_eq!(verify(&key.public(), Context::Card, b"hallo", &signature), Err(BadSignature));
        assert_eq!(verify(&key.public(), Context::DeviceCertificate, b"hello", &signature), Err(BadSignature));
        let other = IdentityKey::from_seed(&[2; 32]).public();
        assert_eq!(verify(&other, Context::Card, b"hello", &signature), Err(BadSignature));
    }

    #[test]
    fn a_small_order_key_is_refused_with_any_signature() {
        // The neutral element: with it a signature of zeros would verify for every message if the check were not strict.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let key = PublicKey::new(neutral);
        let mut zeros = [0; 64];
        zeros[0] = 1;
        assert!(!is_usable_key(&key));
        assert_eq!(verify(&key, Context::Card, b"hello", &Signature::new(zeros)), Err(BadSignature));
    }

    #[test]
    fn a_key_survives_its_seed() {
        let key = IdentityKey::from_seed(&[3; 32]);
        assert_eq!(IdentityKey::from_seed(&key.seed()).public(), key.public());
    }

    #[test]
    fn debug_shows_no_secret() {
        let keys = Keys::derive(&Words::from_entropy([0; 16]));
        assert_eq!(format!("{keys:?} {:?}", keys.backup), "Keys(..) BackupKey(..)");
        let seed = hex::encode(keys.identity.seed().as_slice());
        assert!(!format!("{:?}", keys.identity).contains(&seed[..8]));
    }
}
