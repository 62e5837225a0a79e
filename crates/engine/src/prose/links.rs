//! Addresses in a message: which may be followed, and where bare ones begin and end.

use std::ops::Range;

use super::Span;

/// The address, if a link may lead there.
pub(super) fn safe_href(href: &str) -> Option<String> {
    let href = href.trim();
    let (scheme, rest) = href.split_once(':')?;
    let is = |name| scheme.eq_ignore_ascii_case(name);
    let allowed = is("mailto") && !rest.is_empty() || (is("http") || is("https")) && is_honest(rest);
    let clean = !href.chars().any(|c| c.is_control() || c.is_whitespace());
    (allowed && clean).then(|| href.to_owned())
}

/// Whether an address of the web, here without its scheme, leads where it seems to: nobody is named before its host, and no name of that has
/// Latin letters and Greek, Cyrillic or Armenian ones, which look like them.
fn is_honest(rest: &str) -> bool {
    let host = rest.strip_prefix("//").and_then(|rest| rest.split(['/', '?', '#', '\\']).next()).unwrap_or_default();
    let mixes = |name: &str| {
        name.bytes().any(|byte| byte.is_ascii_alphabetic()) && name.bytes().any(|byte| matches!(byte, 0xcd..=0xd6))
    };
    !host.is_empty() && !host.contains('@') && !host.split('.').any(mixes)
}

/// Finds what is an address without any marks, as GFM's extended autolinks have it: of the web with its scheme or from `www.` on, and
/// of mail.
pub(super) fn linkify(text: &str) -> Vec<Span> {
    marked(text, |href| safe_href(href).is_some())
}

/// The same, and which of them become links.
fn marked(text: &str, may_lead: impl Fn(&str) -> bool) -> Vec<Span> {
    let mut spans = Vec::new();
    let (mut told, mut seen) = (0, 0);
    for at in 0..text.len() {
        if at >= seen
            && let Some((range, scheme)) = address(text, seen, at)
        {
            seen = range.end;
            let shown = &text[range.clone()];
            let href = [scheme, shown].concat();
            if may_lead(&href) {
                push_text(&mut spans, &text[told..range.start]);
                told = seen;
                spans.push(Span::Link { href, spans: vec![Span::Text(shown.to_owned())] });
            }
        }
    }
    push_text(&mut spans, &text[told..]);
    spans
}

/// Whether words have another address in them than a link has.
pub(super) fn misleads(words: &str, href: &str) -> bool {
    marked(words, |_| true).iter().any(|span| matches!(span, Span::Link { href: named, .. } if named != href))
}

fn push_text(spans: &mut Vec<Span>, text: &str) {
    if !text.is_empty() {
        spans.push(Span::Text(text.to_owned()));
    }
}

/// The address whose first letter, or whose `@`, is at a place, and the scheme that it lacks. It begins no earlier than `from`.
fn address(text: &str, from: usize, at: usize) -> Option<(Range<usize>, &'static str)> {
    let (before, rest) = text.as_bytes().split_at_checked(at)?;
    if let [b'@', host @ ..] = rest {
        let local = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+');
        let start = at - before.get(from..)?.iter().rev().take_while(local).count();
        let length = domain(host)?;
        let whole = start < at
            && !before.get(start..)?.starts_with(b".")
            && may_precede(before.get(..start)?)
            && host.get(length) != Some(&b'@');
        return whole.then_some((start..at + 1 + length, "mailto:"));
    }
    let begins = |with: &&str| rest.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()));
    let with = ["https://", "http://", "www."].into_iter().find(begins)?;
    if with != "www." {
        let end = address_end(text.get(at..)?);
        return (end > with.len()).then_some((at..at + end, ""));
    }
    if !may_precede(before) {
        return None;
    }
    let name = at + with.len();
    let end = name + domain(text.as_bytes().get(name..)?)?;
    // What else touches a name, such as a dash or a bracket, is the sentence's.
    let goes_on = matches!(text.as_bytes().get(end), Some(b'/' | b'?' | b'#' | b':'));
    let more = if goes_on { address_end(text.get(end..)?) } else { 0 };
    Some((at..end + more, "https://"))
}

/// Whether an address may begin after a text: not within a word, a path or another name. Its beginning would be missing, and it
/// would lead to somebody else.
fn may_precede(text: &[u8]) -> bool {
    text.iter().rev().find(|byte| !matches!(byte, 0x80..=0xbf)).is_none_or(|first| {
        !letter(*first)
            && !matches!(first, b'@' | b'/' | b'\\' | b'.' | b'-' | b'_' | b'+' | b'%' | b'&' | b'=' | b'?' | b'#')
    })
}

/// Whether a character, by its first byte in UTF-8, may be of a name: those of ASCII, and up to U+053F the letters of Latin, Greek and
/// Cyrillic. Of other scripts words follow an address without a space, or with spaces and punctuation of their own, and the tables of
/// Unicode that tell them apart would be a large part of the download.
fn letter(first: u8) -> bool {
    first.is_ascii_alphanumeric() || matches!(first, 0xc3..=0xd4)
}

/// The length of the domain that a text begins with: two names or more with periods between them, no underscores in the last two, and
/// no mere number as the last one, so that a price or a version is none.
fn domain(text: &[u8]) -> Option<usize> {
    let of_name = |byte: &u8| letter(*byte) || matches!(byte, b'-' | b'_' | 0x80..=0xbf);
    let run = text.iter().take_while(|byte| **byte == b'.' || of_name(byte)).count();
    let (mut length, mut next, mut last): (_, &[u8], &[u8]) = (0, &[], &[]);
    for name in text.get(..run)?.split(|byte| *byte == b'.').take_while(|name| !name.is_empty()) {
        (next, last) = (last, name);
        length += name.len() + 1;
    }
    let fits = !next.is_empty()
        && !last.iter().all(u8::is_ascii_digit)
        && !last.ends_with(b"-")
        && ![next, last].iter().any(|name| name.contains(&b'_'));
    fits.then(|| length - 1)
}

/// Where an address ends: at a space or a bracket, without the punctuation of the sentence around it. Marks that turn the direction of
/// writing are no part of it either: they would show it otherwise than it is.
fn address_end(text: &str) -> usize {
    // Brackets that close more than those that open, counted once: a text may be nothing else.
    let (mut end, mut round, mut square) = (0, 0, 0);
    for c in text.chars() {
        match c {
            '<'
            | '>'
            | '"'
            | '`'
            | '…'
            | '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => break,
            _ if c.is_whitespace() || c.is_control() => break,
            '(' => round -= 1,
            ')' => round += 1,
            '[' => square -= 1,
            ']' => square += 1,
            _ => {}
        }
        end += c.len_utf8();
    }
    for last in text.as_bytes()[..end].iter().rev() {
        match last {
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' | b'*' | b'_' | b'~' => {}
            b')' if round > 0 => round -= 1,
            b']' if square > 0 => square -= 1,
            _ => break,
        }
        end -= 1;
    }
    end
}
