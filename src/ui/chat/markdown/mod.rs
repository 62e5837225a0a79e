//! Message text to a small tree, by CommonMark with GFM's strikethrough and tables.
//!
//! What is not in the tree cannot reach the page: raw HTML becomes text, pictures become links, and a link leads
//! only to http, https or mailto. Nesting is capped, so a hostile text cannot exhaust the stack.

mod build;
mod links;

use build::Builder;
pub use links::{linkify, safe_href};
use pulldown_cmark::{Options, Parser, TextMergeStream};

/// Deepest nesting that is kept; deeper marks are dropped and their text stays.
pub const MAX_DEPTH: usize = 8;

/// A block of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Words.
    Paragraph(Vec<Span>),
    /// A heading of any level; a message has no outline.
    Heading(Vec<Span>),
    /// A list; numbered from `start` if there is one.
    List {
        /// The first number.
        start: Option<u64>,
        /// Items, each with its blocks.
        items: Vec<Vec<Part>>,
    },
    /// A quotation.
    Quote(Vec<Part>),
    /// A block of code with the language that its author named.
    Code {
        /// As written; empty if none.
        language: String,
        /// As written.
        text: String,
    },
    /// Rows of cells; the first row is the head.
    Table(Vec<Vec<Vec<Span>>>),
    /// A line across.
    Rule,
}

/// A stretch within a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// As it stands.
    Text(String),
    /// Code within a line.
    Code(String),
    /// Stressed.
    Emphasis(Vec<Span>),
    /// Strong.
    Strong(Vec<Span>),
    /// Struck through.
    Struck(Vec<Span>),
    /// A link that may be followed.
    Link {
        /// http, https or mailto.
        href: String,
        /// What is shown.
        spans: Vec<Span>,
    },
    /// A new line.
    Break,
}

/// Reads a message.
pub fn parse(text: &str) -> Vec<Part> {
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
    let mut builder = Builder::default();
    for event in TextMergeStream::new(Parser::new_ext(text, options)) {
        builder.event(event);
    }
    builder.finish()
}

/// The words alone, on one line, for previews.
pub fn plain(text: &str) -> String {
    let mut out = String::new();
    for part in parse(text) {
        plain_part(&part, &mut out);
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
        }
    }
}
