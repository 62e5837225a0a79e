//! Access proofs: an Ed25519 signature over the relay's origin and this connection's challenge.
//!
//! A recorded proof is worthless on another connection, a forwarded one at another relay.

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use minicbor::CborLen;
use thiserror::Error;

use crate::cbor::{Decode, Encode};
use crate::{Address, Challenge, Epoch, ORIGIN_LEN, PublicKey, Signature};

const CONTEXT: &[u8] = b"xchat relay proof 1";

/// What a proof asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Right {
    /// Read a log's epoch and, while that epoch is the current one, append to it.
    #[n(0)]
    Log,
    /// Read and acknowledge an inbox, fill its pool.
    #[n(1)]
    InboxOwner,
    /// Append to an inbox, take from its pool.
    #[n(2)]
    InboxWriter,
    /// Write a cell.
    #[n(3)]
    CellOwner,
}

/// A public key and its signature over [`Proof::message`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct Proof {
    /// The key that signed.
    #[n(0)]
    pub key: PublicKey,
    /// Ed25519 over [`Proof::message`].
    #[n(1)]
    pub signature: Signature,
}

/// Why a proof was refused. The relay answers `denied` in either case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ProofError {
    /// The key is not a point of the curve, or a weak one.
    #[error("not a usable public key")]
    Key,
    /// The signature is not this key's over this message.
    #[error("signature does not match")]
    Signature,
}

impl Proof {
    /// The bytes that are signed: context, origin with its length (u16), challenge, right (u8), address, epoch (u64); big-endian.
    ///
    /// `epoch` is 0 for every right but [`Right::Log`].
    pub fn message(origin: &str, challenge: &Challenge, right: Right, address: &Address, epoch: Epoch) -> Vec<u8> {
        debug_assert!(ORIGIN_LEN.contains(&origin.len()));
        let mut bytes = Vec::with_capacity(CONTEXT.len() + origin.len() + 75);
        bytes.extend_from_slice(CONTEXT);
        bytes.extend_from_slice(&(origin.len() as u16).to_be_bytes());
        bytes.extend_from_slice(origin.as_bytes());
        bytes.extend_from_slice(challenge.as_bytes());
        bytes.push(right as u8);
        bytes.extend_from_slice(address.as_bytes());
        bytes.extend_from_slice(&epoch.0.to_be_bytes());
        bytes
    }

    /// Signs for one connection.
    pub fn sign(
        key: &SigningKey,
        origin: &str,
        challenge: &Challenge,
        right: Right,
        address: &Address,
        epoch: Epoch,
    ) -> Self {
        let message = Self::message(origin, challenge, right, address, epoch);
        Self {
            key: PublicKey::new(key.verifying_key().to_bytes()),
            signature: Signature::new(key.sign(&message).to_bytes()),
        }
    }

    /// Checks the signature (strict: small-order keys are refused). The caller compares the key with the registered one.
    pub fn verify(
        &self,
        origin: &str,
        challenge: &Challenge,
        right: Right,
        address: &Address,
        epoch: Epoch,
    ) -> Result<(), ProofError> {
        let message = Self::message(origin, challenge, right, address, epoch);
        let key = VerifyingKey::from_bytes(self.key.as_bytes()).map_err(|_| ProofError::Key)?;
        let signature = ed25519_dalek::Signature::from_bytes(self.signature.as_bytes());
        key.verify_strict(&message, &signature).map_err(|_| ProofError::Signature)
    }
}
