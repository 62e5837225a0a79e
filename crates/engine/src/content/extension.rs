//! Extensions of a message: named values, kept byte for byte whether they are known or not.

use minicbor::{CborLen, Encode};

use super::ContentError;

/// Most extensions of one message.
pub const MAX_EXTENSIONS: usize = 32;
/// Largest value of one extension in bytes (the draft's bound).
pub const MAX_EXTENSION: usize = 4096;
/// Largest text name in bytes (the draft's bound).
pub(super) const MAX_NAME: usize = 255;

const SENDER: ExtensionName = ExtensionName::Number(1);
const ROOM: ExtensionName = ExtensionName::Number(2);

/// Numbers from 1 are the draft's registry; text and negative numbers are for private use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExtensionName {
    /// An integer.
    Number(i64),
    /// 1 to 255 bytes of text.
    Text(String),
}

impl ExtensionName {
    /// Its CBOR, which is also what deterministic encoding sorts by (RFC 8949 4.2.1).
    pub(super) fn encoded(&self) -> Vec<u8> {
        match self {
            Self::Number(number) => xchat_wire::encode(number),
            Self::Text(text) => xchat_wire::encode(&text.as_str()),
        }
    }
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// What it is.
    pub name: ExtensionName,
    /// Exactly one CBOR item, as it was encoded.
    pub value: Vec<u8>,
}

/// All of a message's, in the order in which they are encoded; no name twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extensions(Vec<Extension>);

impl Extensions {
    /// States the two URIs that a message's id is made with.
    pub fn state(&mut self, sender_uri: &str, room_uri: &str) {
        self.insert(SENDER, sender_uri);
        self.insert(ROOM, room_uri);
    }

    /// The sender's URI, if it is stated.
    pub fn sender_uri(&self) -> Option<&str> {
        self.text(&SENDER)
    }

    /// The room's URI, if it is stated.
    pub fn room_uri(&self) -> Option<&str> {
        self.text(&ROOM)
    }

    /// Sets an extension where deterministic encoding has it (if the others are so ordered).
    pub fn insert<T: Encode<()> + CborLen<()> + ?Sized>(&mut self, name: ExtensionName, value: &T) {
        let value = xchat_wire::encode(&value);
        match self.0.iter_mut().find(|extension| extension.name == name) {
            Some(extension) => extension.value = value,
            None => {
                let key = name.encoded();
                let at = self.0.partition_point(|extension| extension.name.encoded() < key);
                self.0.insert(at, Extension { name, value });
            }
        }
    }

    /// The encoded value under this name.
    pub fn get(&self, name: &ExtensionName) -> Option<&[u8]> {
        self.0.iter().find(|extension| extension.name == *name).map(|extension| extension.value.as_slice())
    }

    /// All, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Extension> {
        self.0.iter()
    }

    /// Appends one that was received; refuses a name that is there already, and URIs that are no text.
    pub(super) fn receive(&mut self, name: ExtensionName, value: &[u8]) -> Result<(), ContentError> {
        if self.get(&name).is_some() {
            return Err(ContentError::Malformed("an extension twice"));
        }
        if (name == SENDER || name == ROOM) && !is_text(value) {
            return Err(ContentError::Malformed("a URI that is no text"));
        }
        self.0.push(Extension { name, value: value.to_vec() });
        Ok(())
    }

    fn text(&self, name: &ExtensionName) -> Option<&str> {
        self.get(name).and_then(|value| minicbor::decode(value).ok())
    }
}

fn is_text(value: &[u8]) -> bool {
    minicbor::decode::<&str>(value).is_ok()
}
