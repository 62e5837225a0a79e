//! XChaCha20-Poly1305 with a format byte and a nonce in front: rows, cards and key packages are sealed with it.
//!
//! The 24-byte nonce (draft-irtf-cfrg-xchacha-03) may be random for any number of messages under one key.
//!
//! A crate of its own because it is compiled for speed where all else that a browser downloads is compiled for size: the cipher is
//! generic, so it is compiled where it is used, and a search opens megabytes of rows with it.

use chacha20poly1305::aead::{AeadInPlace, KeyInit};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use thiserror::Error;
use zeroize::Zeroizing;

const NONCE: usize = 24;
const TAG: usize = 16;
const HEADER: usize = 1 + NONCE;

/// Why sealed bytes do not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OpenError {
    /// Another version wrote it.
    #[error("sealed in unknown format {0}")]
    Format(u8),
    /// Another key, other associated data, or changed since.
    #[error("does not open")]
    Sealed,
}

/// A key, ready for use. Wiped when dropped (by the cipher).
#[derive(Clone)]
pub struct Sealer(XChaCha20Poly1305);

impl Sealer {
    /// Bytes that sealing adds.
    pub const OVERHEAD: usize = HEADER + TAG;

    /// From a key of 32 bytes.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    /// format (u8) || nonce || ciphertext || tag. The associated data that is authenticated is `associated` and the format.
    /// One allocation and one copy of the plaintext.
    pub fn seal(&self, format: u8, nonce: [u8; NONCE], associated: &[u8], plaintext: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(plaintext.len() + Self::OVERHEAD);
        out.push(format);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(plaintext);
        let tag = self
            .0
            .encrypt_in_place_detached(XNonce::from_slice(&nonce), &bound(format, associated), &mut out[HEADER..])
            .expect("fails only for more than 256 GiB");
        out.extend_from_slice(&tag);
        out
    }

    /// The plaintext of what [`Sealer::seal`] made with the same format and associated data.
    pub fn open(&self, format: u8, associated: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (header, rest) = sealed.split_at_checked(HEADER).ok_or(OpenError::Sealed)?;
        if header[0] != format {
            return Err(OpenError::Format(header[0]));
        }
        let (ciphertext, tag) = rest.split_last_chunk::<TAG>().ok_or(OpenError::Sealed)?;
        let mut plaintext = Zeroizing::new(ciphertext.to_vec());
        let nonce = XNonce::from_slice(&header[1..]);
        self.0
            .decrypt_in_place_detached(nonce, &bound(format, associated), &mut plaintext, Tag::from_slice(tag))
            .map_err(|_| OpenError::Sealed)?;
        Ok(plaintext)
    }
}

fn bound(format: u8, associated: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + associated.len());
    bytes.push(format);
    bytes.extend_from_slice(associated);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cipher_is_the_one_of_the_draft() {
        // draft-irtf-cfrg-xchacha-03 A.3.1, with the format byte in front of its associated data (so the tag differs).
        let key: Vec<u8> = (0x80..=0x9f).collect();
        let nonce: Vec<u8> = (0x40..=0x57).collect();
        let plaintext = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, \
            sunscreen would be it.";
        let sealer = Sealer::new(&key.try_into().unwrap());
        // The draft's associated data begins with 0x50: taken as the format, the rest follows.
        let associated = hex::decode("515253c0c1c2c3c4c5c6c7").unwrap();
        let sealed = sealer.seal(0x50, nonce.try_into().unwrap(), &associated, plaintext);
        assert_eq!(hex::encode(&sealed[HEADER..HEADER + 16]), "bd6d179d3e83d43b9576579493c0e939");
        assert_eq!(hex::encode(&sealed[sealed.len() - TAG..]), "c0875924c1c7987947deafd8780acf49");
    }

    #[test]
    fn bytes_too_short_for_header_and_tag_do_not_open() {
        let sealer = Sealer::new(&[1; 32]);
        let sealed = sealer.seal(1, [2; 24], b"", b"");
        assert_eq!(sealed.len(), Sealer::OVERHEAD);
        assert!(sealer.open(1, b"", &sealed).unwrap().is_empty());
        for length in 0..sealed.len() {
            assert_eq!(sealer.open(1, b"", &sealed[..length]), Err(OpenError::Sealed));
        }
    }
}
