//! Parts: what a message consists of, nested.

/// What a part is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Disposition {
    /// 0
    Unspecified,
    /// 1: to be shown.
    Render,
    /// 2: a reaction to the message that is replied to.
    Reaction,
    /// 3: about its sender.
    Profile,
    /// 4: within another part.
    Inline,
    /// 5
    Icon,
    /// 6: to be offered, not shown.
    Attachment,
    /// 7: an invitation to a call or the like.
    Session,
    /// 8: a small likeness of another part.
    Preview,
    /// 9 to 255: not known; shown as if unspecified.
    Other(u8),
}

impl Disposition {
    /// The draft's number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::Render => 1,
            Self::Reaction => 2,
            Self::Profile => 3,
            Self::Inline => 4,
            Self::Icon => 5,
            Self::Attachment => 6,
            Self::Session => 7,
            Self::Preview => 8,
            Self::Other(number) => number,
        }
    }
}

impl From<u8> for Disposition {
    fn from(number: u8) -> Self {
        match number {
            0 => Self::Unspecified,
            1 => Self::Render,
            2 => Self::Reaction,
            3 => Self::Profile,
            4 => Self::Inline,
            5 => Self::Icon,
            6 => Self::Attachment,
            7 => Self::Session,
            8 => Self::Preview,
            number => Self::Other(number),
        }
    }
}

/// How the parts of a multi part belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Semantics {
    /// 0: the receiver takes the one that it understands best.
    ChooseOne,
    /// 1: all together are one thing.
    SingleUnit,
    /// 2: each for itself.
    ProcessAll,
}

impl Semantics {
    /// The draft's number.
    pub const fn number(self) -> u8 {
        match self {
            Self::ChooseOne => 0,
            Self::SingleUnit => 1,
            Self::ProcessAll => 2,
        }
    }
}

/// One part, with those inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is for.
    pub disposition: Disposition,
    /// A language tag (RFC 5646), or nothing.
    pub language: String,
    /// What it is.
    pub body: Body,
}

/// What a part is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// 0: nothing; the message that is replaced is deleted, or the reaction taken back.
    Null,
    /// 1: content in the message itself.
    Single {
        /// Media type with parameters.
        content_type: String,
        /// The content.
        content: Vec<u8>,
    },
    /// 2: content elsewhere, encrypted.
    External(Box<External>),
    /// 3: two or more parts.
    Multi {
        /// How they belong together.
        semantics: Semantics,
        /// The parts.
        parts: Vec<Part>,
    },
}

/// Content elsewhere. Numbers and lengths are the sender's claim.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct External {
    /// Media type with parameters.
    pub content_type: String,
    /// Where.
    pub url: String,
    /// Until when, in Unix seconds; 0: without end.
    pub expires: u32,
    /// Size of the content in bytes.
    pub size: u64,
    /// AEAD number (IANA); 0: not encrypted.
    pub encryption: u16,
    /// Key of the AEAD.
    pub key: Vec<u8>,
    /// Nonce of the AEAD.
    pub nonce: Vec<u8>,
    /// Associated data of the AEAD.
    pub aad: Vec<u8>,
    /// Hash algorithm (IANA named information); 0: none, 1: SHA-256.
    pub hash: u8,
    /// Hash of the content as it is stored.
    pub content_hash: Vec<u8>,
    /// For people.
    pub description: String,
    /// What to call the file.
    pub filename: String,
}

impl Part {
    /// A part in the message itself, of no stated language.
    pub fn single(disposition: Disposition, content_type: &str, content: Vec<u8>) -> Self {
        let body = Body::Single { content_type: content_type.to_owned(), content };
        Self { disposition, language: String::new(), body }
    }

    /// The content, if this is a single part of exactly this media type (parameters aside, case ignored).
    pub fn content(&self, media_type: &str) -> Option<&[u8]> {
        match &self.body {
            Body::Single { content_type, content } if is_media_type(content_type, media_type) => Some(content),
            _ => None,
        }
    }

    /// This part and all inside it, depth first: the position is the part's index, as `cid:N@local.invalid` counts.
    pub fn walk(&self) -> impl Iterator<Item = &Part> {
        let mut next = vec![self];
        std::iter::from_fn(move || {
            let part = next.pop()?;
            if let Body::Multi { parts, .. } = &part.body {
                next.extend(parts.iter().rev());
            }
            Some(part)
        })
    }
}

/// Whether a content type is of this media type.
pub(super) fn is_media_type(content_type: &str, media_type: &str) -> bool {
    content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_disposition_keeps_its_number() {
        for number in 0..=u8::MAX {
            assert_eq!(Disposition::from(number).number(), number);
        }
    }

    #[test]
    fn parts_are_counted_depth_first() {
        let leaf = |name: &str| Part::single(Disposition::Render, "text/plain", name.into());
        let multi = |parts| Part {
            disposition: Disposition::Render,
            language: String::new(),
            body: Body::Multi { semantics: Semantics::ProcessAll, parts },
        };
        let tree = multi(vec![leaf("1"), multi(vec![leaf("3"), leaf("4")]), leaf("5")]);
        let leaves: Vec<_> = tree.walk().map(|part| part.content("text/plain")).collect();
        assert_eq!(leaves, [None, Some(&b"1"[..]), None, Some(b"3"), Some(b"4"), Some(b"5")]);
    }

    #[test]
    fn media_types_match_whatever_their_case_and_parameters() {
        let part = Part::single(Disposition::Render, "Text/Plain ; charset=utf-8", b"x".to_vec());
        assert_eq!(part.content("text/plain"), Some(&b"x"[..]));
        assert_eq!(part.content("text/plainer"), None);
    }
}
