//! Message text to a small tree, by CommonMark with GFM's strikethrough, tables and bare addresses; but a quote ends with its marks.
//!
//! The tree is what crosses to the page, so that the page neither parses nor links a parser. What is not in it cannot be
//! shown: raw HTML becomes text, pictures become links, a link leads only to http, https or mailto, and one to a person is a mention. Nesting is
//! capped, so a hostile text cannot exhaust the stack.

mod build;
mod links;
mod mention;
mod quotes;
#[cfg(test)]
mod tests;
mod walk;

use build::Builder;
use links::{linkify, safe_href};
pub(crate) use mention::{name_mentions, names};
use minicbor::CborLen;
use pulldown_cmark::{CowStr, Event, Options, Parser, RefDefs, Tag, TextMergeWithOffset};
use quotes::Unmarked;
pub(crate) use walk::addresses;
use walk::each;
use xchat_wire::cbor::{Decode, Encode};

use crate::{api::PersonId, content::is_few_emoji, sorted::SortedSet};

/// Marks that turn what follows them around, whatever it is.
const TURNS: [char; 2] = ['\u{202d}', '\u{202e}'];

/// What is read of GFM beside addresses, which [`links`] finds.
const OPTIONS: Options = Options::ENABLE_STRIKETHROUGH.union(Options::ENABLE_TABLES);

/// Deepest nesting that is kept; deeper marks are dropped and their text stays.
pub(crate) const MAX_DEPTH: usize = 8;

/// A text is read so many times at most: what it should say instead is found in what it says.
const MAX_READINGS: usize = 4;
/// A text with more lines that may be definitions of links is shown as it stands.
const MAX_DEFINITIONS: usize = 256;

/// So many emoji alone are shown large, at most.
const LARGE_EMOJI: usize = 5;

/// A block of a message.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum Part {
    /// Words.
    #[n(0)]
    Paragraph(#[n(0)] Vec<Span>),
    /// A heading of any level; a message has no outline.
    #[n(1)]
    Heading(#[n(0)] Vec<Span>),
    /// A list; numbered from `start` if there is one.
    #[n(2)]
    List {
        /// The first number.
        #[n(0)]
        start: Option<u64>,
        /// Items, each with its blocks.
        #[n(1)]
        items: Vec<Vec<Part>>,
    },
    /// A quotation.
    #[n(3)]
    Quote(#[n(0)] Vec<Part>),
    /// A block of code with the language that its author named.
    #[n(4)]
    Code {
        /// As written; empty if none.
        #[n(0)]
        language: String,
        /// As written.
        #[n(1)]
        text: String,
    },
    /// Rows of cells; the first row is the head.
    #[n(5)]
    Table(#[n(0)] Vec<Vec<Vec<Span>>>),
    /// A line across.
    #[n(6)]
    Rule,
    /// The whole message is this, and this is a few emoji: they are shown large.
    #[n(7)]
    Emoji(#[n(0)] String),
}

/// A stretch within a line.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub enum Span {
    /// As it stands.
    #[n(0)]
    Text(#[n(0)] String),
    /// Code within a line.
    #[n(1)]
    Code(#[n(0)] String),
    /// Stressed.
    #[n(2)]
    Emphasis(#[n(0)] Vec<Span>),
    /// Strong.
    #[n(3)]
    Strong(#[n(0)] Vec<Span>),
    /// Struck through.
    #[n(4)]
    Struck(#[n(0)] Vec<Span>),
    /// A link that may be followed.
    #[n(5)]
    Link {
        /// http, https or mailto.
        #[n(0)]
        href: String,
        /// What is shown.
        #[n(1)]
        spans: Vec<Span>,
    },
    /// A new line.
    #[n(6)]
    Break,
    /// A person.
    #[n(7)]
    #[cbor(map)]
    Mention {
        /// Who.
        #[n(0)]
        person: PersonId,
        /// What is shown: `@` and the name that they are known by here, or what the author wrote.
        #[n(1)]
        name: String,
    },
}

/// Reads a message.
pub(crate) fn parse(text: &str) -> Vec<Part> {
    if is_few_emoji(text, LARGE_EMOJI) {
        return vec![Part::Emoji(text.trim().to_owned())];
    }
    let defines = |line: &&str| line.trim_start_matches([' ', '>']).starts_with('[') && line.contains("]:");
    if text.lines().filter(defines).count() > MAX_DEFINITIONS {
        let lines = text.lines().map(|line| vec![Span::Text(straight(line.into()).into_string())]).collect::<Vec<_>>();
        return vec![Part::Paragraph(lines.join(&Span::Break))];
    }
    let (mut parts, mut better) = read(text);
    for _ in 1..MAX_READINGS {
        let Some(text) = better else { break };
        (parts, better) = read(&text);
    }
    parts
}

/// What a text shows by CommonMark, and the text to read instead if something of it is not shown, or a quote goes on in it without
/// its marks.
fn read(text: &str) -> (Vec<Part>, Option<String>) {
    let mut builder = Builder::default();
    let mut unmarked = Unmarked::default();
    let mut named = Vec::new();
    let mut events = Parser::new_ext(text, OPTIONS).into_offset_iter();
    for (event, range) in TextMergeWithOffset::new(events.by_ref()) {
        unmarked.event(text, &event, range);
        if let Event::Start(Tag::Link { id, .. } | Tag::Image { id, .. }) = &event {
            named.push(id.clone());
        }
        builder.event(match event {
            Event::Text(words) => Event::Text(straight(words)),
            Event::Code(words) => Event::Code(straight(words)),
            other => other,
        });
    }
    let better = unnamed(text, events.reference_definitions(), &named).or_else(|| unmarked.ended(text));
    (builder.finish(), better)
}

/// Words without the marks that turn what follows around: an address behind one would show as another. No script is written
/// with them.
fn straight(words: CowStr<'_>) -> CowStr<'_> {
    match words.contains(TURNS) {
        true => words.replace(TURNS, "").into(),
        false => words,
    }
}

/// The text with each definition as it was written to which no link leads; none if there are none. `[TODO]: done` is one, and would be
/// shown nowhere.
fn unnamed(text: &str, definitions: &RefDefs<'_>, named: &[CowStr<'_>]) -> Option<String> {
    let mut places: SortedSet<usize> = definitions.iter().map(|(_, definition)| definition.span.start).collect();
    for definition in named.iter().filter_map(|id| definitions.get(id)) {
        places.remove(&definition.span.start);
    }
    let mut out = String::new();
    let mut told = 0;
    for at in places.iter() {
        let bracket = at + text[*at..].find('[')?;
        out.push_str(&text[told..bracket]);
        out.push('\\');
        told = bracket;
    }
    (!out.is_empty()).then(|| out + &text[told..])
}

/// The words alone, on one line, for previews.
pub fn plain(parts: &[Part]) -> String {
    let mut out = String::new();
    for part in parts {
        plain_part(part, &mut out);
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn plain_part(part: &Part, out: &mut String) {
    match part {
        Part::Paragraph(spans) | Part::Heading(spans) => plain_spans(spans, out),
        Part::List { items, .. } => items.iter().flatten().for_each(|part| plain_part(part, out)),
        Part::Quote(parts) => parts.iter().for_each(|part| plain_part(part, out)),
        Part::Code { text, .. } => out.push_str(text),
        Part::Table(rows) => rows.iter().flatten().for_each(|cell| {
            plain_spans(cell, out);
            out.push(' ');
        }),
        Part::Emoji(text) => out.push_str(text),
        Part::Rule => {}
    }
    out.push(' ');
}

fn plain_spans(spans: &[Span], out: &mut String) {
    for span in spans {
        match span {
            Span::Text(text) | Span::Code(text) => out.push_str(text),
            Span::Emphasis(spans) | Span::Strong(spans) | Span::Struck(spans) => plain_spans(spans, out),
            Span::Link { spans, .. } => plain_spans(spans, out),
            Span::Break => out.push(' '),
            Span::Mention { name, .. } => out.push_str(name),
        }
    }
}
