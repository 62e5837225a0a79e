//! The data key of this browser, and what it does to rows.

use std::fmt;

use hkdf::Hkdf;
use hkdf::hmac::{Hmac, KeyInit as _, Mac};
use sha2::Sha256;
use thiserror::Error;
use zeroize::Zeroizing;

use super::{OpenError, Sealer};

/// Longest name of a store in bytes.
pub const MAX_STORE_NAME: usize = u8::MAX as usize;
const FORMAT: u8 = 1;

/// Why a row does not open. The row stays where it is: neither is a reason to delete it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RowError {
    /// Written by a later version of the app.
    #[error("row sealed in unknown format {0}")]
    Format(u8),
    /// Another data key, another store or row key, or changed since.
    #[error("row does not open")]
    Sealed,
}

/// The 32-byte data key, as the two keys that derive from it: one seals values, one names rows. Wiped when dropped.
#[derive(Clone)]
pub struct RowKey {
    sealer: Sealer,
    names: Zeroizing<[u8; 32]>,
}

impl RowKey {
    /// From the data key (32 fresh random bytes, kept wrapped).
    pub fn new(data_key: &[u8; 32]) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(b"xchat rows 1"), data_key);
        let key = |label: &[u8]| {
            let mut bytes = Zeroizing::new([0; 32]);
            hkdf.expand(label, bytes.as_mut_slice()).expect("32 bytes are within what HKDF-SHA256 gives");
            bytes
        };
        Self { sealer: Sealer::new(&key(b"values")), names: key(b"names") }
    }

    /// Seals a row's value: 41 bytes longer than `plaintext`. `store`: at most [`MAX_STORE_NAME`] bytes; `nonce`: fresh random bytes.
    pub fn seal(&self, store: &str, row_key: &[u8], nonce: [u8; 24], plaintext: &[u8]) -> Vec<u8> {
        self.sealer.seal(FORMAT, nonce, &associated(store, row_key), plaintext)
    }

    /// Opens what [`RowKey::seal`] made for the same store and row key.
    pub fn open(&self, store: &str, row_key: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, RowError> {
        self.sealer.open(FORMAT, &associated(store, row_key), sealed).map_err(|error| match error {
            OpenError::Format(format) => RowError::Format(format),
            OpenError::Sealed => RowError::Sealed,
        })
    }

    /// The row key for what `parts` name: HMAC-SHA256 (RFC 2104) cut to 16 bytes. The same parts give the same key; the key
    /// says nothing of them, not even to compare stores or split parts in another way.
    pub fn opaque_key(&self, store: &str, parts: &[&[u8]]) -> [u8; 16] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.names.as_slice()).expect("HMAC takes a key of any length");
        for part in std::iter::once(store.as_bytes()).chain(parts.iter().copied()) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        let hash = mac.finalize().into_bytes();
        let mut key = [0; 16];
        key.copy_from_slice(&hash[..16]);
        key
    }
}

/// Length of the store's name (u8), the name, the row key.
fn associated(store: &str, row_key: &[u8]) -> Vec<u8> {
    debug_assert!(store.len() <= MAX_STORE_NAME);
    let mut bytes = Vec::with_capacity(1 + store.len() + row_key.len());
    bytes.push(store.len() as u8);
    bytes.extend_from_slice(store.as_bytes());
    bytes.extend_from_slice(row_key);
    bytes
}

impl fmt::Debug for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RowKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NONCE: [u8; 24] = [4; 24];

    fn key() -> RowKey {
        RowKey::new(&[1; 32])
    }

    #[test]
    fn the_bytes_are_frozen() {
        assert_eq!(
            hex::encode(key().seal("messages", b"row", NONCE, b"hello")),
            "01040404040404040404040404040404040404040404040404aaa1adcce51ce102af1687a2d0eae664c78591559c"
        );
        assert_eq!(hex::encode(key().opaque_key("messages", &[b"a", b"bc"])), "e2df0e1429e00f7e8b704151e64e6885");
    }

    #[test]
    fn a_row_opens_where_it_was_sealed_and_nowhere_else() {
        let sealed = key().seal("messages", b"row", NONCE, b"hello");
        assert_eq!(key().open("messages", b"row", &sealed).unwrap().as_slice(), b"hello");
        assert_eq!(key().open("messages", b"other", &sealed), Err(RowError::Sealed));
        assert_eq!(key().open("outbox", b"row", &sealed), Err(RowError::Sealed));
        assert_eq!(key().open("message", b"srow", &sealed), Err(RowError::Sealed));
        assert_eq!(RowKey::new(&[2; 32]).open("messages", b"row", &sealed), Err(RowError::Sealed));
    }

    #[test]
    fn no_changed_byte_opens() {
        let good = key().seal("messages", b"row", NONCE, b"hello");
        for at in 1..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert_eq!(key().open("messages", b"row", &bad), Err(RowError::Sealed), "byte {at}");
        }
        let mut later = good;
        later[0] = 9;
        assert_eq!(key().open("messages", b"row", &later), Err(RowError::Format(9)));
    }

    #[test]
    fn row_keys_tell_stores_and_parts_apart() {
        let name = |store, parts: &[&[u8]]| key().opaque_key(store, parts);
        let one = name("messages", &[b"a", b"bc"]);
        assert_eq!(one, name("messages", &[b"a", b"bc"]));
        assert_ne!(one, name("messages", &[b"ab", b"c"]));
        assert_ne!(one, name("messages", &[b"a", b"bc", b""]));
        assert_ne!(one, name("outbox", &[b"a", b"bc"]));
        assert_ne!(name("messages", &[b"a"]), name("messagesa", &[]));
        assert_ne!(one, RowKey::new(&[2; 32]).opaque_key("messages", &[b"a", b"bc"]));
    }

    #[test]
    fn debug_says_nothing() {
        assert_eq!(format!("{:?}", key()), "RowKey(..)");
    }

    proptest! {
        #[test]
        fn every_value_survives(value: Vec<u8>, row_key: Vec<u8>, nonce: [u8; 24]) {
            let sealed = key().seal("messages", &row_key, nonce, &value);
            prop_assert_eq!(sealed.len(), value.len() + 41);
            let opened = key().open("messages", &row_key, &sealed).unwrap();
            prop_assert_eq!(opened.as_slice(), value.as_slice());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            prop_assert!(key().open("messages", b"row", &bytes).is_err());
        }
    }
}
