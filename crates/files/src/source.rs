//! What it takes to fetch a file and to open it.

use std::fmt;

use minicbor::{
    CborLen,
    bytes::ByteArray,
    decode::{Decoder, Error as DecodeError},
    encode::{Encoder, Error as EncodeError, Write},
};
use xchat_wire::{
    BlobHash,
    cbor::{Decode, Encode},
};
use zeroize::Zeroizing;

/// The input keying material of one file (RFC 8188): wiped when dropped; `Debug` says nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct FileKey(Zeroizing<[u8; 16]>);

impl FileKey {
    /// From fresh random bytes.
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileKey(..)")
    }
}

impl<C> minicbor::Encode<C> for FileKey {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.bytes(self.0.as_slice())?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for FileKey {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let bytes: &[u8; 16] = d.bytes()?.try_into().map_err(|_| DecodeError::message("a key of another length"))?;
        Ok(Self::new(*bytes))
    }
}

impl<C> CborLen<C> for FileKey {
    fn cbor_len(&self, _: &mut C) -> usize {
        17
    }
}

/// Where a file's sealed chunks are, and what opens them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(map)]
pub struct FileSource {
    #[n(0)]
    pub key: FileKey,
    /// Of the RFC 8188 header: key and nonces depend on it.
    #[n(1)]
    pub salt: ByteArray<16>,
    /// Bytes of the content.
    #[n(2)]
    pub size: u64,
    /// The chunks in order.
    #[n(3)]
    pub chunks: Vec<BlobHash>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_the_same_after_the_port_and_hides_its_key() {
        let source = FileSource {
            key: FileKey::new([7; 16]),
            salt: [8; 16].into(),
            size: 300,
            chunks: vec![BlobHash::new([9; 32])],
        };
        let bytes = minicbor::to_vec(&source).unwrap();
        assert_eq!(minicbor::decode::<FileSource>(&bytes).unwrap(), source);
        assert_eq!(minicbor::len(&source), bytes.len());
        assert_eq!(
            hex::encode(&bytes),
            format!("a40050{}0150{}0219012c03815820{}", "07".repeat(16), "08".repeat(16), "09".repeat(32))
        );
        assert!(!format!("{source:?}").contains("FileKey([7"), "{source:?}");
    }
}
