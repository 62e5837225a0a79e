//! What a member of a group can do, whichever implementation it is on.

use std::collections::BTreeMap;

/// Type of a group context extension that neither implementation knows, from the range for private use. It is put among
/// the required capabilities, because OpenMLS refuses a commit that sets an extension of the context which is not there; RFC 9420
/// (12.1.7) asks only that all members support it.
pub const NOTE: u16 = 0xF0A5;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    /// 1: X25519.
    Classical,
    /// 0x004F: ML-KEM-768 with X25519.
    Hybrid,
}

/// What a commit does beside renewing its author's leaf.
#[derive(Debug, Clone)]
pub enum Change {
    Update,
    Add(Vec<u8>),
    Remove(String),
    Note(Vec<u8>),
}

/// A commit that is not merged yet, as MLSMessages.
pub struct Committed {
    pub commit: Vec<u8>,
    pub welcome: Option<Vec<u8>>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    pub who: String,
    pub text: Vec<u8>,
    pub aad: Vec<u8>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    Said(Said),
    Commit,
    /// A commit that removed whoever heard it.
    Removed,
}

pub trait Member {
    fn name(&self) -> &str;
    /// A group of this member alone, with a note in its context.
    fn create(&mut self, id: &[u8], note: &[u8]);
    fn key_package(&mut self) -> Vec<u8>;
    fn join(&mut self, welcome: &[u8]);
    fn commit(&mut self, change: &Change) -> Committed;
    /// The own commit was the first of its epoch.
    fn merge(&mut self);
    /// Another commit was first.
    fn discard(&mut self);
    fn say(&mut self, text: &[u8], aad: &[u8]) -> Vec<u8>;
    fn hear(&mut self, bytes: &[u8]) -> Result<Heard, String>;
    fn epoch(&self) -> u64;
    fn exported(&self, label: &str, context: &[u8], length: usize) -> Vec<u8>;
    fn authenticator(&self) -> Vec<u8>;
    /// Leaf indices by name.
    fn roster(&self) -> BTreeMap<String, u32>;
    fn note(&self) -> Option<Vec<u8>>;
}
