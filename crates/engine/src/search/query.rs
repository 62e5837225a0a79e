//! What somebody looks for, where it stands in a message, and what is shown of that.

use super::fold::{fold, letter};
use crate::sorted::in_order;

/// Bytes of a query that count.
const MAX_QUERY: usize = 512;
/// Words of a query that count.
const MAX_WORDS: usize = 16;
/// Characters of a message that are shown, and how many of them before the first match.
const SNIPPET: usize = 120;
const BEFORE: usize = 30;

/// Words, all of which must stand in a message.
#[derive(Debug)]
pub(crate) struct Query {
    words: Vec<String>,
}

impl Query {
    /// None: there is nothing to look for.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let cut = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= MAX_QUERY).last()?;
        let text = if text.len() > MAX_QUERY { &text[..cut] } else { text };
        let words = text.split_whitespace().map(fold).filter(|word| !word.is_empty());
        let words: Vec<String> = words.take(MAX_WORDS).collect();
        (!words.is_empty()).then_some(Self { words })
    }

    /// What has this sign.
    pub(crate) fn of_sign(sign: char) -> Self {
        Self { words: vec![sign.to_string()] }
    }

    /// Whether all of the words stand in a text, which is folded.
    pub(crate) fn fits(&self, folded: &str) -> bool {
        self.words.iter().all(|word| folded.contains(word.as_str()))
    }

    /// Some of a text around the first match: by turns what is no match and what is one, the first of which may be empty. None:
    /// not all words stand in it.
    pub(crate) fn snippet(&self, text: &str) -> Option<Vec<String>> {
        let matches = self.matches(text)?;
        let first = *matches.first()?;
        let lead = text[..first.0].char_indices().rev().nth(BEFORE - 1).map_or(0, |(at, _)| at);
        // A word that is cut in two is left out.
        let start = match lead {
            0 => 0,
            lead => text[lead..first.0].find(' ').map_or(lead, |space| lead + space + 1),
        };
        let end = text[start..].char_indices().nth(SNIPPET).map_or(text.len(), |(at, _)| start + at).max(first.1);
        let mut pieces = Vec::new();
        let mut at = start;
        let mut plain = if start > 0 { "…".to_owned() } else { String::new() };
        for (from, to) in matches.into_iter().filter(|(_, to)| *to <= end) {
            plain.push_str(&text[at..from]);
            pieces.push(std::mem::take(&mut plain));
            pieces.push(text[from..to].to_owned());
            at = to;
        }
        plain.push_str(&text[at..end]);
        if end < text.len() {
            plain.push('…');
        }
        pieces.push(plain);
        Some(pieces)
    }

    /// Where the words stand, in bytes, in order and apart.
    fn matches(&self, text: &str) -> Option<Vec<(usize, usize)>> {
        let mut folded = String::with_capacity(text.len());
        // For each byte of what is folded, the byte at which its letter begins.
        let mut begins = Vec::with_capacity(text.len() + 1);
        for (at, c) in text.char_indices() {
            folded.extend(letter(c));
            begins.resize(folded.len(), at);
        }
        begins.push(text.len());
        let mut found = Vec::new();
        for word in &self.words {
            let before = found.len();
            found.extend(folded.match_indices(word.as_str()).map(|(at, _)| (begins[at], begins[at + word.len()])));
            if found.len() == before {
                return None;
            }
        }
        in_order(&mut found, |a, b| a < b);
        let mut apart: Vec<(usize, usize)> = Vec::with_capacity(found.len());
        for (from, to) in found {
            match apart.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => apart.push((from, to)),
            }
        }
        Some(apart)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snippet(query: &str, text: &str) -> Option<Vec<String>> {
        Query::parse(query)?.snippet(text)
    }

    #[test]
    fn a_snippet_marks_what_matches_as_it_was_written() {
        assert_eq!(snippet("brulee cr", "Une crème Brûlée").unwrap(), ["Une ", "cr", "ème ", "Brûlée", ""]);
        assert_eq!(snippet("creme", "Cre\u{300}me!").unwrap(), ["", "Cre\u{300}me", "!"]);
        assert_eq!(snippet("ab bc", "xabcx").unwrap(), ["x", "abc", "x"], "matches that overlap are one");
        assert_eq!(snippet("here there", "here alone"), None);
        assert_eq!(snippet(" \t", "anything"), None);
    }

    #[test]
    fn of_a_long_text_the_first_match_is_shown_with_what_stands_around_it() {
        let text = format!("{}needle {}", "hay ".repeat(100), "straw ".repeat(100));
        let pieces = snippet("needle", &text).unwrap();
        assert_eq!(pieces[0], "…hay hay hay hay hay hay hay ");
        assert_eq!(pieces[1], "needle");
        assert!(pieces[2].starts_with(" straw") && pieces[2].ends_with('…'));
        assert!(pieces.concat().chars().count() <= SNIPPET + 2);
        // A cut never falls into a letter.
        for shift in 0..8 {
            let text = format!("{}{}é{}", "x".repeat(shift), "漢é🎈".repeat(60), "🎈é".repeat(90));
            assert!(snippet("é", &text).is_some());
        }
        assert!(snippet(&"é".repeat(MAX_QUERY), &"é".repeat(MAX_QUERY)).unwrap()[1].chars().count() >= MAX_QUERY / 2);
    }

    #[test]
    fn a_query_is_bounded() {
        let query = Query::parse(&"a ".repeat(MAX_WORDS * 2)).unwrap();
        assert_eq!(query.words.len(), MAX_WORDS);
        assert!(Query::parse(&"é".repeat(MAX_QUERY)).unwrap().words[0].len() <= MAX_QUERY);
    }
}
