//! A statement and its signature, as certificates and cards carry them.

use minicbor::{CborLen, bytes::ByteSlice};
use xchat_wire::{
    PublicKey, Signature,
    cbor::{Decode, Encode},
};

use super::{BadSignature, Context, IdentityKey, verify};

/// CBOR map {0: the statement's encoded bytes, 1: signature over exactly these}. They are never encoded anew, so a statement
/// of a later version, with keys unknown here, still verifies.
#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Signed<'b> {
    #[b(0)]
    statement: &'b ByteSlice,
    #[n(1)]
    signature: Signature,
}

impl<'b> Signed<'b> {
    /// Signs a statement; the bytes to hand out.
    pub(crate) fn sign(key: &IdentityKey, context: Context, statement: &[u8]) -> Vec<u8> {
        let signature = key.sign(context, statement);
        xchat_wire::encode(&Signed { statement: statement.into(), signature })
    }

    /// The parts, nothing checked yet; `None` if these bytes are not just that.
    pub(crate) fn read(bytes: &'b [u8]) -> Option<Self> {
        xchat_wire::decode(bytes).ok()
    }

    /// The statement: a claim until [`Signed::check`].
    pub(crate) fn statement(&self) -> &'b [u8] {
        self.statement
    }

    /// Whether this identity signed the statement.
    pub(crate) fn check(&self, key: &PublicKey, context: Context) -> Result<(), BadSignature> {
        verify(key, context, self.statement, &self.signature)
    }
}
