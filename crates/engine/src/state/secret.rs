//! Secret bytes in a row.

use std::fmt;

use minicbor::{
    Decoder, Encoder,
    decode::{Decode, Error as DecodeError},
    encode::{Encode, Error as EncodeError, Write},
};
use zeroize::Zeroizing;

/// `N` secret bytes: wiped when dropped; `Debug` says nothing.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret<const N: usize = 32>(Zeroizing<[u8; N]>);

impl<const N: usize> Secret<N> {
    pub(crate) fn new(bytes: [u8; N]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8; N] {
        &self.0
    }
}

impl Secret {
    /// The Ed25519 key of this seed.
    pub(crate) fn signing_key(&self) -> ed25519_dalek::SigningKey {
        ed25519_dalek::SigningKey::from_bytes(self.bytes())
    }
}

impl<const N: usize> From<Zeroizing<[u8; N]>> for Secret<N> {
    fn from(bytes: Zeroizing<[u8; N]>) -> Self {
        Self(bytes)
    }
}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl<C, const N: usize> Encode<C> for Secret<N> {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.bytes(self.0.as_slice())?.ok()
    }
}

impl<'b, C, const N: usize> Decode<'b, C> for Secret<N> {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let bytes: &[u8; N] = d.bytes()?.try_into().map_err(|_| DecodeError::message("a secret of another length"))?;
        Ok(Self::new(*bytes))
    }
}
