//! A device's certificate: the identity says that this device speaks for it.
//!
//! Its encoded bytes are the identity of the device's MLS basic credential (RFC 9420 5.3). Whoever sees a leaf checks them
//! against that leaf's own signature key; without that check a certificate is only a quotation.

use minicbor::CborLen;
use thiserror::Error;
use xchat_wire::{
    PublicKey,
    cbor::{Decode, Encode},
};

use super::{Context, IdentityKey, signed::Signed};

/// Largest certificate in bytes; one of today has under 180.
pub const MAX_CERTIFICATE: usize = 512;
/// The meaning of the statement's keys.
const VERSION: u32 = 1;

/// Why a leaf's credential is refused. All are final: the leaf must not be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CertificateError {
    /// Not the CBOR of a certificate, or over [`MAX_CERTIFICATE`].
    #[error("not a device certificate")]
    Malformed,
    /// Made by a later version of the app.
    #[error("device certificate of unknown version {0}")]
    Version(u32),
    /// The identity did not sign this.
    #[error("device certificate is not signed by the identity that it names")]
    Signature,
    /// It is another device's.
    #[error("device certificate belongs to another device")]
    OtherDevice,
}

/// A statement that held: these fields were signed by `identity`. Made only by issuing or by verifying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceCertificate {
    identity: PublicKey,
    device: PublicKey,
    issued_ms: u64,
}

/// What is signed.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct Statement {
    #[n(0)]
    version: u32,
    #[n(1)]
    identity: PublicKey,
    #[n(2)]
    device: PublicKey,
    #[n(3)]
    issued_ms: u64,
}

impl DeviceCertificate {
    /// Certifies a device's MLS signature key; the bytes are what its credential carries. `issued_ms`: Unix milliseconds.
    pub fn issue(identity: &IdentityKey, device: PublicKey, issued_ms: u64) -> Vec<u8> {
        let statement = Statement { version: VERSION, identity: identity.public(), device, issued_ms };
        Signed::sign(identity, Context::DeviceCertificate, &xchat_wire::encode(&statement))
    }

    /// Checks the credential of a leaf against the leaf's signature key.
    pub fn verify(credential: &[u8], leaf_signature_key: &[u8]) -> Result<Self, CertificateError> {
        let (signed, certificate) = Self::open(credential)?;
        signed.check(&certificate.identity, Context::DeviceCertificate).map_err(|_| CertificateError::Signature)?;
        match certificate.device.as_bytes() == leaf_signature_key {
            true => Ok(certificate),
            false => Err(CertificateError::OtherDevice),
        }
    }

    /// Reads one that was verified before and kept where nobody else writes: its signature is not checked again.
    pub(crate) fn read(credential: &[u8]) -> Result<Self, CertificateError> {
        Self::open(credential).map(|(_, certificate)| certificate)
    }

    fn open(credential: &[u8]) -> Result<(Signed<'_>, Self), CertificateError> {
        if credential.len() > MAX_CERTIFICATE {
            return Err(CertificateError::Malformed);
        }
        let signed = Signed::read(credential).ok_or(CertificateError::Malformed)?;
        let statement: Statement = xchat_wire::decode(signed.statement()).map_err(|_| CertificateError::Malformed)?;
        if statement.version != VERSION {
            return Err(CertificateError::Version(statement.version));
        }
        let Statement { identity, device, issued_ms, .. } = statement;
        Ok((signed, Self { identity, device, issued_ms }))
    }

    /// Who the device speaks for.
    pub const fn identity(&self) -> &PublicKey {
        &self.identity
    }

    /// The device's MLS signature key.
    pub const fn device(&self) -> &PublicKey {
        &self.device
    }

    /// When the identity signed this, by its own clock, in Unix milliseconds.
    pub const fn issued_ms(&self) -> u64 {
        self.issued_ms
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DEVICE: [u8; 32] = [9; 32];
    const ISSUED: u64 = 1_700_000_000_000;

    fn identity() -> IdentityKey {
        IdentityKey::from_seed(&[7; 32])
    }

    fn certificate() -> Vec<u8> {
        DeviceCertificate::issue(&identity(), PublicKey::new(DEVICE), ISSUED)
    }

    fn sign(statement: &Statement) -> Vec<u8> {
        Signed::sign(&identity(), Context::DeviceCertificate, &xchat_wire::encode(statement))
    }

    #[test]
    fn the_bytes_are_frozen() {
        assert_eq!(
            hex::encode(certificate()),
            "a2005853a40001015820ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c0258200909090909090909090909090909090909090909090909090909090909090909031b0000018bcfe568000158401ac60bc0528a842db77c7fd591d0b60ab2df89adb77771ed016024f366abc99a4edffc994efe8eb52a015a54753722fb08a45fdc432b220a428b39ac967a430b"
        );
    }

    #[test]
    fn a_good_certificate_names_its_identity() {
        let good = DeviceCertificate::verify(&certificate(), &DEVICE).unwrap();
        assert_eq!((good.identity(), good.issued_ms()), (&identity().public(), ISSUED));
        assert_eq!(good.device().as_bytes(), &DEVICE);
    }

    #[test]
    fn another_leaf_cannot_use_it() {
        assert_eq!(DeviceCertificate::verify(&certificate(), &[8; 32]), Err(CertificateError::OtherDevice));
        assert_eq!(DeviceCertificate::verify(&certificate(), &DEVICE[..31]), Err(CertificateError::OtherDevice));
        assert_eq!(DeviceCertificate::verify(&certificate(), &[]), Err(CertificateError::OtherDevice));
    }

    #[test]
    fn nobody_can_put_another_identity_into_it() {
        let victim = IdentityKey::from_seed(&[8; 32]).public();
        let forged =
            Statement { version: VERSION, identity: victim, device: PublicKey::new(DEVICE), issued_ms: ISSUED };
        assert_eq!(DeviceCertificate::verify(&sign(&forged), &DEVICE), Err(CertificateError::Signature));
    }

    #[test]
    fn no_flipped_bit_passes() {
        let good = certificate();
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[at] ^= 1 << bit;
                assert!(DeviceCertificate::verify(&bad, &DEVICE).is_err(), "byte {at} bit {bit}");
            }
        }
    }

    #[test]
    fn a_later_version_is_named() {
        let later =
            Statement { version: 2, identity: identity().public(), device: PublicKey::new(DEVICE), issued_ms: ISSUED };
        assert_eq!(DeviceCertificate::verify(&sign(&later), &DEVICE), Err(CertificateError::Version(2)));
    }

    #[test]
    fn bytes_behind_it_are_refused() {
        let mut long = certificate();
        long.push(0);
        assert_eq!(DeviceCertificate::verify(&long, &DEVICE), Err(CertificateError::Malformed));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            prop_assert!(DeviceCertificate::verify(&bytes, &DEVICE).is_err());
        }
    }
}
