//! 32 secret bytes in a row.

use std::fmt;

use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

/// Wiped when dropped; `Debug` says nothing.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub(crate) struct Secret(#[cbor(n(0), with = "bytes")] Zeroizing<[u8; 32]>);

impl Secret {
    pub(crate) fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<Zeroizing<[u8; 32]>> for Secret {
    fn from(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

mod bytes {
    use minicbor::{
        Decoder, Encoder,
        decode::Error as DecodeError,
        encode::{Error as EncodeError, Write},
    };
    use zeroize::Zeroizing;

    pub(super) fn encode<C, W: Write>(
        value: &Zeroizing<[u8; 32]>,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        e.bytes(value.as_slice())?.ok()
    }

    pub(super) fn decode<'b, C>(d: &mut Decoder<'b>, _: &mut C) -> Result<Zeroizing<[u8; 32]>, DecodeError> {
        let bytes = d.bytes()?;
        let array: [u8; 32] = bytes.try_into().map_err(|_| DecodeError::message("not 32 bytes"))?;
        Ok(Zeroizing::new(array))
    }
}
