//! Who a person is: 12 words, the keys that they give, the address that others type, and the certificates of devices.
//!
//! The path: [`Words`] (BIP-39) -> seed -> HKDF -> [`Keys`]; an [`IdentityKey`] signs a [`DeviceCertificate`] for each device
//! and a contact card. Nothing in here draws randomness, reads a clock or keeps a secret longer than its owner does;
//! secrets are wiped when dropped and never printed.

mod address;
mod certificate;
mod keys;
mod safety;
mod signed;
mod words;

pub use address::{AddressError, address_text, parse_address};
pub use certificate::{CertificateError, DeviceCertificate, MAX_CERTIFICATE};
pub use keys::{BackupKey, BadSignature, Context, IdentityKey, Keys, is_usable_key, verify};
pub use safety::safety_number;
pub(crate) use signed::Signed;
pub use words::{WORD_COUNT, Words, WordsError};
