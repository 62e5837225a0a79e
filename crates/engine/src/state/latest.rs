//! Rings: the last of something that a conversation remembers.

use xchat_wire::{
    ChainHash, Seq,
    cbor::{Decode, Encode},
};

use crate::{LoadError, content::MessageId};

/// How many a ring keeps: more than one window of messages under way.
const KEPT: usize = 64;

/// The last [`KEPT`] of something, oldest first. A row without a version: a map whose key 0 is the list.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Latest<T> {
    #[n(0)]
    items: Vec<T>,
}

/// The latest messages received, to know one that comes again through another room.
pub(crate) type Recent = Latest<MessageId>;

/// The latest places and hashes of a log's chain, to compare with what the other side saw.
pub(crate) type Seen = Latest<(Seq, ChainHash)>;

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

impl<T: for<'b> Decode<'b, ()>> Latest<T> {
    /// A ring from its row; `name` says which in the error.
    pub(crate) fn decode_row(name: &'static str, bytes: &[u8]) -> Result<Self, LoadError> {
        minicbor::decode(bytes).map_err(|error| LoadError::Row(name, super::place(&error)))
    }
}

impl<T> Latest<T> {
    /// Remembers one more; the oldest goes.
    pub(crate) fn push(&mut self, item: T) {
        self.push_within(item, KEPT);
    }

    /// The same in a ring that keeps so many.
    pub(crate) fn push_within(&mut self, item: T, kept: usize) {
        self.items.push(item);
        let extra = self.items.len().saturating_sub(kept);
        self.items.drain(..extra);
    }
}

impl Recent {
    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(crate) fn has(&self, id: &MessageId) -> bool {
        self.items.contains(id)
    }

    /// Forgets a message; whether it was here.
    pub(crate) fn take(&mut self, id: &MessageId) -> bool {
        let at = self.items.iter().position(|item| item == id);
        at.map(|at| self.items.remove(at)).is_some()
    }

    /// Remembers a message; false when it was here already.
    pub(crate) fn add(&mut self, id: MessageId) -> bool {
        let first = !self.items.contains(&id);
        if first {
            self.push(id);
        }
        first
    }
}

impl Seen {
    /// Whether the other side's point contradicts this one's. A point that is not kept contradicts nothing.
    pub(crate) fn contradicts(&self, seq: Seq, chain: &ChainHash) -> bool {
        self.items.iter().any(|(known, hash)| *known == seq && hash != chain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::encode;

    #[test]
    fn the_bytes_are_frozen() {
        let mut recent = Recent::default();
        recent.push(MessageId::from_slice(&[7; 32]).unwrap());
        assert_eq!(hex::encode(encode(&recent)), format!("a100815820{}", "07".repeat(32)));
        let mut seen = Seen::default();
        seen.push((Seq(3), ChainHash::new([9; 32])));
        assert_eq!(hex::encode(encode(&seen)), format!("a1008182035820{}", "09".repeat(32)));
    }

    #[test]
    fn only_the_last_are_kept() {
        let mut seen = Seen::default();
        for n in 1..=KEPT as u64 + 1 {
            seen.push((Seq(n), ChainHash::new([0; 32])));
        }
        assert!(!seen.contradicts(Seq(1), &ChainHash::new([1; 32])), "forgotten");
        assert!(seen.contradicts(Seq(2), &ChainHash::new([1; 32])));
    }
}
