//! The name that a person gives themselves.

use std::fmt;

use minicbor::{CborLen, Decoder};
use thiserror::Error;
use xchat_wire::cbor::{Decode, Encode};

/// Most characters (Unicode scalar values) of a name.
pub const MAX_NAME_CHARS: usize = 48;

/// Why a text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NameError {
    /// Nothing but space.
    #[error("the name is empty")]
    Empty,
    /// Over [`MAX_NAME_CHARS`].
    #[error("the name has more than {MAX_NAME_CHARS} characters")]
    TooLong,
    /// A line break, another control character, or one that changes the direction of the text around it.
    #[error("the name has a character that cannot be shown")]
    Character,
}

/// 1 to 48 characters, no space around them, none that could disturb the text that a name stands in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, CborLen)]
#[cbor(transparent)]
pub struct Name(#[n(0)] String);

impl Name {
    /// A typed name: space around it is cut off.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.chars().nth(MAX_NAME_CHARS).is_some() {
            return Err(NameError::TooLong);
        }
        if text.chars().any(is_disturbing) {
            return Err(NameError::Character);
        }
        if text.chars().all(is_blank) {
            return Err(NameError::Empty);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Control characters, line and paragraph separators, and the marks that override the direction of text (UAX #9).
pub(super) fn is_disturbing(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Characters that show nothing by themselves: a name of these alone would look empty.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

impl<'b, C> Decode<'b, C> for Name {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let at = d.position();
        let text = d.str()?;
        match Self::parse(text) {
            Ok(name) if name.0 == text => Ok(name),
            Ok(_) => Err(minicbor::decode::Error::message("space around a name").at(at)),
            Err(error) => Err(minicbor::decode::Error::custom(error).at(at)),
        }
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name(..)")
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn space_around_a_name_is_cut_off() {
        assert_eq!(Name::parse("  Ada Lovelace\n").unwrap().as_str(), "Ada Lovelace");
    }

    #[test]
    fn forty_eight_characters_of_any_script_are_a_name_and_one_more_is_not() {
        assert!(Name::parse(&"\u{1f980}".repeat(48)).is_ok());
        assert_eq!(Name::parse(&"a".repeat(49)), Err(NameError::TooLong));
    }

    #[test]
    fn a_name_that_shows_nothing_is_empty() {
        for text in ["", "   ", "\u{200b}\u{200b}", "\u{3164}", "\u{200d}\u{fe0f}", "\u{61c}", "\u{34f}\u{e0041}"] {
            assert_eq!(Name::parse(text), Err(NameError::Empty), "{text:?}");
        }
    }

    #[test]
    fn control_and_direction_characters_are_refused() {
        for text in ["a\nb", "a\u{7}b", "a\u{202e}b", "a\u{2066}b", "a\u{2028}b", "a\0b"] {
            assert_eq!(Name::parse(text), Err(NameError::Character), "{text:?}");
        }
    }

    #[test]
    fn joined_emoji_and_right_to_left_names_are_names() {
        assert!(Name::parse("\u{1f469}\u{200d}\u{1f4bb} \u{5d0}\u{5d1}").is_ok());
    }

    #[test]
    fn bytes_that_break_the_rules_do_not_decode() {
        for text in ["", " a", "a\n", &"a".repeat(49)] {
            let bytes = minicbor::to_vec(text).unwrap();
            assert!(minicbor::decode::<Name>(&bytes).is_err(), "{text:?}");
        }
    }

    #[test]
    fn debug_does_not_log_a_name() {
        assert_eq!(format!("{:?}", Name::parse("Ada").unwrap()), "Name(..)");
    }

    proptest! {
        #[test]
        fn every_name_survives_cbor(text in "\\PC{0,60}") {
            if let Ok(name) = Name::parse(&text) {
                let bytes = minicbor::to_vec(&name).unwrap();
                prop_assert_eq!(minicbor::decode::<Name>(&bytes).unwrap(), name);
            }
        }
    }
}
