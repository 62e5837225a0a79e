//! Message ids: every member computes the same one, nobody can make two messages of one id.

use std::fmt;

use minicbor::CborLen;
use sha2::{Digest, Sha256};
use xchat_wire::cbor::{Decode, Encode};

/// 32 bytes: the algorithm (1, SHA-256), then 31 bytes of the hash (draft-ietf-mimi-content-08, message ID).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub struct MessageId(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]);

impl MessageId {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Wraps bytes as they are.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Wraps a slice of exactly the right length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The id of a line that nobody wrote, of one made as a message's is: no message has it as its own.
    pub(crate) fn of_a_line(mut self) -> Self {
        self.0[0] = 2;
        self
    }

    /// What says of this message that it was opened, where ids are remembered: no message has it as its own id.
    pub(crate) fn opened(mut self) -> Self {
        self.0[0] = 0;
        self
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageId({:02x}{:02x}{:02x}..)", self.0[1], self.0[2], self.0[3])
    }
}

/// `01 || SHA-256(u16 length || sender || u16 length || room || message || salt)`, of the hash the first 31 bytes.
///
/// `message` is the encoded message as it was sent; `salt` the one in it. A URI is under 65,536 bytes.
pub fn message_id(sender_uri: &str, room_uri: &str, message: &[u8], salt: &[u8; 16]) -> MessageId {
    let mut hash = Sha256::new();
    for uri in [sender_uri, room_uri] {
        debug_assert!(uri.len() <= usize::from(u16::MAX));
        hash.update((uri.len() as u16).to_be_bytes());
        hash.update(uri.as_bytes());
    }
    hash.update(message);
    hash.update(salt);
    let mut id = [1; 32];
    id[1..].copy_from_slice(&hash.finalize()[..31]);
    MessageId(id)
}
