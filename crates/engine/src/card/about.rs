//! What a person says of themselves beside their name.

use super::name::{NameError, is_blank, is_disturbing};

/// Most characters (Unicode scalar values) of it.
pub const MAX_ABOUT_CHARS: usize = 140;

/// One line of at most 140 characters, no space around it, none that could disturb the text around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About(String);

impl About {
    /// A typed line: space around it is cut off; none: nothing is said.
    pub fn parse(text: &str) -> Result<Option<Self>, NameError> {
        let text = text.trim();
        if text.chars().nth(MAX_ABOUT_CHARS).is_some() {
            return Err(NameError::TooLong);
        }
        if text.chars().any(is_disturbing) {
            return Err(NameError::Character);
        }
        Ok((!text.chars().all(is_blank)).then(|| Self(text.to_owned())))
    }

    /// What somebody else's card says. What breaks the rules was not typed, and counts as nothing.
    pub(crate) fn claimed(text: Option<String>) -> Option<Self> {
        Self::parse(&text?).ok().flatten()
    }

    /// The line as text.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Result<Option<String>, NameError> {
        About::parse(text).map(|about| about.map(About::into_text))
    }

    #[test]
    fn a_line_is_kept_without_the_space_around_it_and_nothing_is_none() {
        assert_eq!(text("  Gone fishing\n"), Ok(Some("Gone fishing".into())));
        for nothing in ["", "   ", "\u{200b}\u{2800}"] {
            assert_eq!(text(nothing), Ok(None), "{nothing:?}");
        }
    }

    #[test]
    fn a_hundred_and_forty_characters_of_any_script_fit_and_one_more_does_not() {
        assert_eq!(text(&"\u{1f980}".repeat(140)).map(|about| about.is_some()), Ok(true));
        assert_eq!(text(&"\u{1f980}".repeat(141)), Err(NameError::TooLong));
    }

    #[test]
    fn what_would_turn_or_break_the_text_around_it_is_refused_and_of_a_card_left_out() {
        for wrong in ["two\nlines", "right\u{202e}left", "\u{2066}"] {
            assert_eq!(text(wrong), Err(NameError::Character), "{wrong:?}");
            assert_eq!(About::claimed(Some(wrong.into())), None);
        }
        assert_eq!(About::claimed(Some("x".repeat(141))), None);
    }
}
