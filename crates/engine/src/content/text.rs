//! What of a message can be shown as text.

use super::part::is_media_type;
use super::{Body, Disposition, External, MEDIA_TYPE, Message, Part, Semantics};

/// The content type of our texts: GitHub-flavoured markdown without raw HTML and without automatic links.
pub const MARKDOWN: &str = "text/markdown;variant=GFM-MIMI";
/// The content type of plain text, as in reactions.
pub const PLAIN: &str = "text/plain;charset=utf-8";

/// A part that is offered, not shown. All of it is the sender's claim.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Attached<'m> {
    /// What to call it; may be empty.
    pub name: &'m str,
    /// Media type with parameters; may be empty.
    pub content_type: &'m str,
    /// In bytes.
    pub size: u64,
    /// To be shown within the conversation, not only offered.
    pub shown: bool,
    /// Where it is, if it is not in the message itself.
    pub external: Option<&'m External>,
    /// What stands beside it in one unit: a small likeness, and what it is like.
    pub preview: Option<&'m [u8]>,
    pub media: Option<&'m [u8]>,
}

/// One thing that a message shows. A text is the sender's: whoever shows it escapes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown<'m> {
    /// Plain text.
    Text(&'m str),
    /// Markdown (GFM-MIMI).
    Markdown(&'m str),
    /// A part to be offered.
    Attached(Attached<'m>),
    /// Something that this version cannot show: say so, and of what kind it is.
    Unsupported {
        /// The sender's content type; empty if it stated none.
        content_type: &'m str,
    },
}

impl Message {
    /// What there is to show, in order. Of parts to choose from it is the best that we understand (markdown, then plain text,
    /// then what is offered, then the first listed); of parts that are one unit it is all, or nothing when one of them is not
    /// understood; of the others it is each. Nothing: a deletion, or a reaction taken back.
    pub fn shown(&self) -> Vec<Shown<'_>> {
        shown(&self.part)
    }

    /// The texts alone, one under the other, if there is any that this version can show. Plain text among markdown is taken
    /// for markdown.
    pub fn shown_text(&self) -> Option<String> {
        let texts: Vec<&str> = self.shown().iter().filter_map(Shown::text).collect();
        (!texts.is_empty()).then(|| texts.join("\n\n"))
    }

    /// The parts to be offered.
    pub fn attached(&self) -> Vec<Attached<'_>> {
        let attached = |shown| match shown {
            Shown::Attached(attached) => Some(attached),
            _ => None,
        };
        self.shown().into_iter().filter_map(attached).collect()
    }
}

impl<'m> Shown<'m> {
    const fn rank(&self) -> u8 {
        match self {
            Self::Markdown(_) => 3,
            Self::Text(_) => 2,
            Self::Attached(_) => 1,
            Self::Unsupported { .. } => 0,
        }
    }

    const fn text(&self) -> Option<&'m str> {
        match self {
            Self::Text(text) | Self::Markdown(text) => Some(text),
            Self::Attached(_) | Self::Unsupported { .. } => None,
        }
    }
}

/// How well a choice is understood: all of it counts, and of that the best.
fn rank(choice: &[Shown<'_>]) -> (bool, u8) {
    let understood = choice.iter().all(|shown| shown.rank() > 0);
    (understood && !choice.is_empty(), choice.iter().map(Shown::rank).max().unwrap_or(0))
}

fn shown(part: &Part) -> Vec<Shown<'_>> {
    use Disposition::{Attachment, Icon, Preview, Profile, Session};
    match (&part.body, part.disposition) {
        // A likeness of something else; about the sender, and shown nowhere.
        (_, Icon | Preview | Profile) | (Body::Null, _) => Vec::new(),
        (Body::Single { content_type, content }, Attachment) => {
            vec![Shown::Attached(Attached { content_type, size: content.len() as u64, ..Attached::default() })]
        }
        (Body::External(external), disposition) if disposition != Session => vec![Shown::Attached(Attached {
            name: &external.filename,
            content_type: &external.content_type,
            size: external.size,
            shown: disposition != Attachment,
            external: Some(external),
            ..Attached::default()
        })],
        (Body::External(external), _) => vec![Shown::Unsupported { content_type: &external.content_type }],
        (Body::Single { content_type, content }, _) => vec![text(content_type, content)],
        (Body::Multi { semantics: Semantics::ChooseOne, parts }, _) => {
            // The first of the highest rank.
            let choices = parts.iter().map(shown);
            choices.reduce(|best, next| if rank(&next) > rank(&best) { next } else { best }).unwrap_or_default()
        }
        (Body::Multi { semantics: Semantics::SingleUnit, parts }, _) => {
            let beside = |kind: fn(&str) -> bool| parts.iter().find_map(|part| beside(part, kind));
            let (preview, media) = (beside(|kind| kind.starts_with("image/")), beside(|kind| kind == MEDIA_TYPE));
            let mut all: Vec<Shown<'_>> = parts.iter().flat_map(shown).collect();
            for one in &mut all {
                if let Shown::Attached(attached) = one {
                    (attached.preview, attached.media) = (attached.preview.or(preview), attached.media.or(media));
                }
            }
            match all.iter().find(|shown| shown.rank() == 0) {
                Some(unknown) => vec![*unknown],
                None => all,
            }
        }
        (Body::Multi { semantics: Semantics::ProcessAll, parts }, _) => parts.iter().flat_map(shown).collect(),
    }
}

/// A small likeness, or what else is said of the part that this one stands beside.
fn beside(part: &Part, kind: fn(&str) -> bool) -> Option<&[u8]> {
    match &part.body {
        Body::Single { content_type, content } if part.disposition == Disposition::Preview && kind(content_type) => {
            Some(content)
        }
        _ => None,
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
        assert_eq!(shown(&part), [Shown::Markdown("*rich*")]);
    }

    #[test]
    fn a_choice_of_nothing_known_names_the_first_kind() {
        let part = multi(Semantics::ChooseOne, vec![single("application/x", "?"), single("application/y", "?")]);
        assert_eq!(shown(&part), [Shown::Unsupported { content_type: "application/x" }]);
    }

    #[test]
    fn a_choice_that_is_understood_in_part_is_no_better_than_one_that_is_understood() {
        let mixed = multi(Semantics::ProcessAll, vec![single(MARKDOWN, "*a*"), single("application/x", "?")]);
        let part = multi(Semantics::ChooseOne, vec![mixed, single(PLAIN, "a")]);
        assert_eq!(shown(&part), [Shown::Text("a")]);
    }

    #[test]
    fn of_parts_that_stand_for_themselves_each_is_shown_and_a_text_file_is_offered() {
        let file = Part::single(Disposition::Attachment, PLAIN, b"a file".to_vec());
        let attached = Attached { content_type: PLAIN, size: 6, ..Attached::default() };
        let part = multi(
            Semantics::ProcessAll,
            vec![file, single("application/x", "?"), single(PLAIN, "look"), single(MARKDOWN, "*at*")],
        );
        let unknown = Shown::Unsupported { content_type: "application/x" };
        assert_eq!(shown(&part), [Shown::Attached(attached), unknown, Shown::Text("look"), Shown::Markdown("*at*")]);
        let message = Message::of([0; 16], part);
        assert_eq!(message.shown_text().as_deref(), Some("look\n\n*at*"));
        assert_eq!(message.attached(), [attached]);
    }

    #[test]
    fn a_unit_of_which_one_part_is_not_understood_is_not_shown() {
        let file = Part::single(Disposition::Attachment, PLAIN, b"a file".to_vec());
        let part = multi(Semantics::SingleUnit, vec![single(PLAIN, "see"), single("image/png", "?"), file.clone()]);
        assert_eq!(shown(&part), [Shown::Unsupported { content_type: "image/png" }]);
        assert_eq!(shown(&multi(Semantics::SingleUnit, vec![single(PLAIN, "see"), file])).len(), 2);
    }

    #[test]
    fn a_file_elsewhere_is_offered_by_name_type_and_size_and_its_preview_is_not() {
        let external = crate::content::External {
            content_type: "image/jpeg".to_owned(),
            filename: "cat.jpg".to_owned(),
            size: 1_234,
            ..Default::default()
        };
        let part = |disposition| Part {
            disposition,
            language: String::new(),
            body: Body::External(Box::new(external.clone())),
        };
        let attached = Attached {
            name: "cat.jpg",
            content_type: "image/jpeg",
            size: 1_234,
            external: Some(&external),
            ..Attached::default()
        };
        assert_eq!(shown(&part(Disposition::Attachment)), [Shown::Attached(attached)]);
        assert_eq!(shown(&part(Disposition::Render)), [Shown::Attached(Attached { shown: true, ..attached })]);
        assert_eq!(shown(&part(Disposition::Preview)), []);
        assert_eq!(shown(&part(Disposition::Session)), [Shown::Unsupported { content_type: "image/jpeg" }]);
    }

    #[test]
    fn a_disposition_that_is_not_known_is_shown_as_if_it_were_none() {
        assert_eq!(shown(&Part::single(Disposition::Other(77), PLAIN, b"x".to_vec())), [Shown::Text("x")]);
    }

    #[test]
    fn text_that_is_not_utf8_is_not_shown_as_text() {
        let bytes = Part::single(Disposition::Render, "text/plain", vec![0xff]);
        assert_eq!(shown(&bytes), [Shown::Unsupported { content_type: "text/plain" }]);
        let latin = single("text/plain; charset=\"iso-8859-1\"", "x");
        assert!(matches!(shown(&latin)[..], [Shown::Unsupported { .. }]));
        assert_eq!(shown(&single("TEXT/PLAIN; charset=\"UTF-8\"", "x")), [Shown::Text("x")]);
    }
}
