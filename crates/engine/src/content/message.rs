//! One message: what it answers or replaces, how long it lives, and its part.

use super::{Body, Disposition, ExtensionName, Extensions, MARKDOWN, MessageId, Part};

/// The extension (of private use) that says of a message that its sender passes on what somebody else wrote: CBOR `true`.
const FORWARDED: &str = "vnd.xchat.forwarded";

/// When a message is to vanish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expiry {
    /// So many seconds after it was read.
    Relative(u32),
    /// At this Unix time in seconds.
    Absolute(u32),
}

/// A message of the draft. Its id depends on its bytes, its sender and its room: see [`super::message_id`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// 16 fresh random bytes: equal texts have different ids, and an id says nothing of a text.
    pub salt: [u8; 16],
    /// The first version of the message that this one edits, deletes or takes back. Only its author may.
    pub replaces: Option<MessageId>,
    /// A thread within the room, or nothing.
    pub topic_id: Vec<u8>,
    /// When it vanishes, if ever.
    pub expires: Option<Expiry>,
    /// The exact version that this one answers or reacts to.
    pub in_reply_to: Option<MessageId>,
    /// Named values.
    pub extensions: Extensions,
    /// The content.
    pub part: Part,
}

impl Message {
    /// A message of this part and nothing else.
    pub fn of(salt: [u8; 16], part: Part) -> Self {
        Self {
            salt,
            replaces: None,
            topic_id: Vec::new(),
            expires: None,
            in_reply_to: None,
            extensions: Extensions::default(),
            part,
        }
    }

    /// A text to be shown: markdown without raw HTML.
    pub fn text(salt: [u8; 16], markdown: &str) -> Self {
        Self::of(salt, Part::single(Disposition::Render, MARKDOWN, markdown.into()))
    }

    /// The same message, which itself states who sent it and where (extensions 1 and 2): for those who cannot know otherwise.
    #[must_use]
    pub fn stating(mut self, sender_uri: &str, room_uri: &str) -> Self {
        self.extensions.state(sender_uri, room_uri);
        self
    }

    /// A message that takes another one back: a deletion, or the end of a reaction.
    pub fn taking_back(salt: [u8; 16], first: MessageId, disposition: Disposition) -> Self {
        let part = Part { disposition, language: String::new(), body: Body::Null };
        Self { replaces: Some(first), ..Self::of(salt, part) }
    }

    /// A reaction to a message.
    pub fn reaction(salt: [u8; 16], to: MessageId, emoji: &str) -> Self {
        let part = Part::single(Disposition::Reaction, super::PLAIN, emoji.into());
        Self { in_reply_to: Some(to), ..Self::of(salt, part) }
    }

    /// The same message, marked as written by somebody else first.
    #[must_use]
    pub fn forwarding(mut self) -> Self {
        self.extensions.insert(ExtensionName::Text(FORWARDED.to_owned()), &true);
        self
    }

    /// Whether it says that somebody else wrote it first.
    pub fn is_forwarded(&self) -> bool {
        let value = self.extensions.get(&ExtensionName::Text(FORWARDED.to_owned()));
        value.is_some_and(|value| matches!(minicbor::decode(value), Ok(true)))
    }

    /// The content type of the outermost part, if it has one.
    pub fn content_type(&self) -> Option<&str> {
        match &self.part.body {
            Body::Single { content_type, .. } => Some(content_type),
            Body::External(external) => Some(&external.content_type),
            Body::Null | Body::Multi { .. } => None,
        }
    }

    /// Whether it reacts to the message that it replies to.
    pub fn is_reaction(&self) -> bool {
        self.part.disposition == Disposition::Reaction
    }
}

#[cfg(test)]
mod tests;
