//! Where quotes end. In CommonMark a line without a mark that follows a quoted one is still quoted ("lazy continuation"), which is
//! meant for mails whose lines are wrapped. Who answers in a chat writes the answer there, so here a quote ends with its marks.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::MAX_DEPTH;

/// Places where a quote goes on without its mark, as the parser finds them: what it calls code keeps its lines.
#[derive(Debug, Default)]
pub(super) struct Unmarked {
    depth: usize,
    lines: Vec<usize>,
}

impl Unmarked {
    pub(super) fn event(&mut self, text: &str, event: &Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::BlockQuote(_)) => {
                self.depth += 1;
                // Deeper ones are dropped.
                if self.depth <= MAX_DEPTH {
                    self.quote(text, range);
                }
            }
            Event::End(TagEnd::BlockQuote(_)) => self.depth -= 1,
            _ => {}
        }
    }

    /// Finds the lines that lack a mark, after one that has it.
    fn quote(&mut self, text: &str, quote: Range<usize>) {
        let mut at = quote.start;
        // The first line begins at the quote's own mark, whatever stands before it.
        let (mut first, mut marked) = (true, true);
        for line in text.as_bytes()[quote].split_inclusive(|byte| *byte == b'\n') {
            let marks = line[..marks(line)].iter().filter(|mark| **mark == b'>').count();
            let now = first || marks >= self.depth;
            if marked
                && !now
                && let Err(place) = self.lines.binary_search(&at)
            {
                self.lines.insert(place, at);
            }
            (first, marked) = (false, now);
            at += line.len();
        }
    }

    /// The text with an empty line at these places; none if there are none.
    pub(super) fn ended(self, text: &str) -> Option<String> {
        let mut out = String::new();
        let mut told = 0;
        for at in self.lines {
            out.push_str(&text[told..at]);
            // The quotes around go on, so their marks stand in the empty line too.
            out.push_str(&text[at..at + marks(&text.as_bytes()[at..])]);
            out.push('\n');
            told = at;
        }
        (told > 0).then(|| out + &text[told..])
    }
}

/// The length of the marks of quotes that a line begins with, and the spaces about them.
fn marks(line: &[u8]) -> usize {
    line.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'>')).count()
}
