//! What of a message can be shown as text.

use super::part::is_media_type;
use super::{Body, Disposition, Message, Part, Semantics};

/// The content type of our texts: GitHub-flavoured markdown without raw HTML and without automatic links.
pub const MARKDOWN: &str = "text/markdown;variant=GFM-MIMI";
/// The content type of plain text, as in reactions.
pub const PLAIN: &str = "text/plain;charset=utf-8";

/// What to show. The text is the sender's: whoever shows it escapes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown<'m> {
    /// Plain text.
    Text(&'m str),
    /// Markdown (GFM-MIMI).
    Markdown(&'m str),
    /// Nothing: a deletion, or a reaction taken back.
    Nothing,
    /// Something that this version cannot show: say so, and of what kind it is.
    Unsupported {
        /// The sender's content type; empty if it stated none.
        content_type: &'m str,
    },
}

impl Message {
    /// The text to show: of parts to choose from the best that we understand (markdown, then plain text, then the first
    /// listed); of parts that belong together the first text that is not an attachment.
    pub fn shown(&self) -> Shown<'_> {
        shown(&self.part)
    }

    /// The text alone, if there is any that this version can show.
    pub fn shown_text(&self) -> Option<String> {
        match self.shown() {
            Shown::Text(text) | Shown::Markdown(text) => Some(text.to_owned()),
            Shown::Nothing | Shown::Unsupported { .. } => None,
        }
    }
}

impl Shown<'_> {
    const fn rank(&self) -> u8 {
        match self {
            Self::Markdown(_) => 3,
            Self::Text(_) => 2,
            Self::Nothing => 1,
            Self::Unsupported { .. } => 0,
        }
    }
}

/// The first of the highest rank.
fn best<'m>(choices: impl Iterator<Item = Shown<'m>>) -> Option<Shown<'m>> {
    choices.reduce(|best, next| if next.rank() > best.rank() { next } else { best })
}

fn shown(part: &Part) -> Shown<'_> {
    match &part.body {
        Body::Null => Shown::Nothing,
        Body::Single { content_type, content } => text(content_type, content),
        Body::External(external) => Shown::Unsupported { content_type: &external.content_type },
        Body::Multi { semantics: Semantics::ChooseOne, parts } => {
            best(parts.iter().map(shown)).unwrap_or(Shown::Nothing)
        }
        Body::Multi { parts, .. } => {
            let readable = parts.iter().filter(|part| is_for_reading(part.disposition)).map(shown);
            readable.filter(|shown| shown.rank() > 1).chain(parts.first().map(shown)).next().unwrap_or(Shown::Nothing)
        }
    }
}

fn text<'m>(content_type: &'m str, content: &'m [u8]) -> Shown<'m> {
    match std::str::from_utf8(content) {
        Ok(text) if is_media_type(content_type, "text/markdown") => Shown::Markdown(text),
        Ok(text) if is_media_type(content_type, "text/plain") && is_utf8(content_type) => Shown::Text(text),
        _ => Shown::Unsupported { content_type },
    }
}

/// Whether the content type states no other character set than UTF-8 (or its subset ASCII).
fn is_utf8(content_type: &str) -> bool {
    content_type.split(';').skip(1).filter_map(|parameter| parameter.split_once('=')).all(|(name, value)| {
        let value = value.trim().trim_matches('"');
        !name.trim().eq_ignore_ascii_case("charset")
            || value.eq_ignore_ascii_case("utf-8")
            || value.eq_ignore_ascii_case("us-ascii")
    })
}

const fn is_for_reading(disposition: Disposition) -> bool {
    use Disposition::{Inline, Other, Reaction, Render, Unspecified};
    matches!(disposition, Unspecified | Render | Reaction | Inline | Other(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn single(content_type: &str, content: &str) -> Part {
        Part::single(Disposition::Render, content_type, content.into())
    }

    fn multi(semantics: Semantics, parts: Vec<Part>) -> Part {
        Part { disposition: Disposition::Render, language: String::new(), body: Body::Multi { semantics, parts } }
    }

    #[test]
    fn of_parts_to_choose_from_markdown_is_shown_before_plain_text() {
        let part = multi(
            Semantics::ChooseOne,
            vec![single("application/x", "?"), single(PLAIN, "plain"), single(MARKDOWN, "*rich*")],
        );
        assert_eq!(shown(&part), Shown::Markdown("*rich*"));
    }

    #[test]
    fn a_choice_of_nothing_known_names_the_first_kind() {
        let part = multi(Semantics::ChooseOne, vec![single("application/x", "?"), single("application/y", "?")]);
        assert_eq!(shown(&part), Shown::Unsupported { content_type: "application/x" });
    }

    #[test]
    fn of_parts_that_belong_together_the_text_is_shown_and_a_text_file_is_not() {
        let file = Part::single(Disposition::Attachment, PLAIN, b"a file".to_vec());
        let part = multi(Semantics::ProcessAll, vec![file.clone(), single(PLAIN, "look at this")]);
        assert_eq!(shown(&part), Shown::Text("look at this"));
        let part = multi(Semantics::SingleUnit, vec![single("image/png", "?"), file]);
        assert_eq!(shown(&part), Shown::Unsupported { content_type: "image/png" });
    }

    #[test]
    fn text_that_is_not_utf8_is_not_shown_as_text() {
        let bytes = Part::single(Disposition::Render, "text/plain", vec![0xff]);
        assert_eq!(shown(&bytes), Shown::Unsupported { content_type: "text/plain" });
        let latin = single("text/plain; charset=\"iso-8859-1\"", "x");
        assert!(matches!(shown(&latin), Shown::Unsupported { .. }));
        assert_eq!(shown(&single("TEXT/PLAIN; charset=\"UTF-8\"", "x")), Shown::Text("x"));
    }
}
