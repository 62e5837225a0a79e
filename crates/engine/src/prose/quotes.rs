//! Where quotes end. In CommonMark a line without a mark that follows a quoted one is still quoted ("lazy continuation"), which is
//! meant for mails whose lines are wrapped. Who answers in a chat writes the answer there, so here a quote ends with its marks.

use std::{borrow::Cow, ops::Range};

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::{MAX_DEPTH, OPTIONS};

/// The text with an empty line wherever a quote goes on without its mark. The parser says what is quoted, so code keeps its lines.
pub(super) fn ended(text: &str) -> Cow<'_, str> {
    if !text.contains('>') {
        return Cow::Borrowed(text);
    }
    let mut unmarked = Vec::new();
    let mut depth = 0_usize;
    for (event, range) in Parser::new_ext(text, OPTIONS).into_offset_iter() {
        match event {
            Event::Start(Tag::BlockQuote(_)) => {
                depth += 1;
                // Deeper ones are dropped.
                if depth <= MAX_DEPTH {
                    find_unmarked(text, range, depth, &mut unmarked);
                }
            }
            Event::End(TagEnd::BlockQuote(_)) => depth -= 1,
            _ => {}
        }
    }
    unmarked.sort_unstable();
    unmarked.dedup();
    let mut out = String::with_capacity(text.len());
    let mut told = 0;
    for at in unmarked {
        out.push_str(&text[told..at]);
        // The quotes around go on, so their marks stand in the empty line too.
        out.push_str(marks(&text[at..]));
        out.push('\n');
        told = at;
    }
    out.push_str(&text[told..]);
    Cow::Owned(out)
}

/// Finds the lines that lack a mark, after one that has it, of a quote that is as deep as said.
fn find_unmarked(text: &str, quote: Range<usize>, depth: usize, unmarked: &mut Vec<usize>) {
    let mut at = quote.start;
    let mut lines = text[quote].split_inclusive('\n');
    // The quote begins at its own mark on its first line, whatever stands before it.
    at += lines.next().map_or(0, str::len);
    let mut marked = true;
    for line in lines {
        let marks = marks(line);
        let now = line[marks.len()..].trim().is_empty() || marks.matches('>').count() >= depth;
        if marked && !now {
            unmarked.push(at);
        }
        marked = now;
        at += line.len();
    }
}

/// The marks of quotes that a line begins with, and the spaces about them.
fn marks(line: &str) -> &str {
    let end = line.find(|c| !matches!(c, ' ' | '\t' | '>')).unwrap_or(line.len());
    &line[..end]
}
