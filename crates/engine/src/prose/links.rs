//! Addresses in a message: which may be followed, and where bare ones begin and end.

use std::ops::Range;

use super::Span;

/// The address, if a link may lead there.
pub(super) fn safe_href(href: &str) -> Option<String> {
    let href = href.trim();
    let (scheme, rest) = href.split_once(':')?;
    let allowed = ["http", "https", "mailto"].iter().any(|name| scheme.eq_ignore_ascii_case(name));
    let clean = !href.chars().any(|c| c.is_control() || c.is_whitespace());
    (allowed && clean && !rest.is_empty()).then(|| href.to_owned())
}

/// Finds what is an address without any marks, as GFM's extended autolinks have it: of the web with its scheme or from `www.` on, and
/// of mail.
pub(super) fn linkify(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut told = 0;
    for at in 0..text.len() {
        if at >= told
            && let Some((range, scheme)) = address(text, told, at)
        {
            push_text(&mut spans, &text[told..range.start]);
            told = range.end;
            let shown = &text[range];
            spans.push(Span::Link { href: [scheme, shown].concat(), spans: vec![Span::Text(shown.to_owned())] });
        }
    }
    push_text(&mut spans, &text[told..]);
    spans
}

/// Whether words have an address in them that a link does not lead to.
pub(super) fn misleads(words: &str, href: &str) -> bool {
    linkify(words)
        .iter()
        .any(|span| matches!(span, Span::Link { href: named, .. } if !host(named).eq_ignore_ascii_case(host(href))))
}

/// Whom an address reaches, of the web or of mail.
fn host(href: &str) -> &str {
    let (_, rest) = href.split_once(':').unwrap_or_default();
    let rest = rest.trim_start_matches('/');
    &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())]
}

fn push_text(spans: &mut Vec<Span>, text: &str) {
    if !text.is_empty() {
        spans.push(Span::Text(text.to_owned()));
    }
}

/// The address whose first letter, or whose `@`, is at a place, and the scheme that it lacks. It begins no earlier than `from`.
fn address(text: &str, from: usize, at: usize) -> Option<(Range<usize>, &'static str)> {
    let bytes = text.as_bytes();
    if bytes[at] == b'@' {
        let local = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+');
        let start = at - bytes[from..at].iter().rev().take_while(local).count();
        let end = at + 1 + domain(&text[at + 1..])?;
        let whole = start < at && bytes[start] != b'.' && may_precede(&text[..start]) && bytes.get(end) != Some(&b'@');
        return whole.then_some((start..end, "mailto:"));
    }
    let begins =
        |with: &&str| bytes[at..].get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()));
    let with = ["https://", "http://", "www."].into_iter().find(begins)?;
    let name = at + with.len();
    if with != "www." {
        let end = at + address_end(&text[at..]);
        return (end > name).then_some((at..end, ""));
    }
    if !may_precede(&text[..at]) {
        return None;
    }
    let end = name + domain(&text[name..])?;
    // What else touches a name, such as a dash or a bracket, is the sentence's.
    let goes_on = matches!(bytes.get(end), Some(b'/' | b'?' | b'#' | b':'));
    Some((at..if goes_on { end.max(at + address_end(&text[at..])) } else { end }, "https://"))
}

/// Whether an address may begin after a text: not within a word, a path or another name. Its beginning would be missing, and it
/// would lead to somebody else.
fn may_precede(text: &str) -> bool {
    !text.ends_with(|c: char| {
        let mut first = [0; 4];
        c.encode_utf8(&mut first);
        letter(first[0]) || matches!(c, '@' | '/' | '\\' | '.' | '-' | '_' | '+' | '%' | '&' | '=' | '?' | '#')
    })
}

/// Whether a character, by its first byte in UTF-8, may be of a name: beyond ASCII what is not of the blocks of punctuation, symbols and
/// emoji. The tables of Unicode would be a large part of the download.
fn letter(first: u8) -> bool {
    first.is_ascii_alphanumeric() || matches!(first, 0xc3..=0xe1 | 0xe3..=0xed)
}

/// The length of the domain that a text begins with: two names or more with periods between them, no underscores in the last two, and
/// no mere number as the last one, so that a price or a version is none.
fn domain(text: &str) -> Option<usize> {
    let of_name = |byte: u8| letter(byte) || matches!(byte, b'.' | b'-' | b'_' | 0x80..=0xbf);
    let run = text.bytes().take_while(|byte| of_name(*byte)).count();
    let (mut next, mut last, mut length) = ("", "", 0);
    for name in text[..run].split('.').take_while(|name| !name.is_empty()) {
        (next, last) = (last, name);
        length += name.len() + 1;
    }
    let number = last.bytes().all(|byte| byte.is_ascii_digit());
    let fits = !next.is_empty() && !number && !last.ends_with('-') && !next.contains('_') && !last.contains('_');
    fits.then(|| length - 1)
}

/// Where an address ends: at a space or a bracket, without the punctuation of the sentence around it. Marks that turn the direction of
/// writing are no part of it either: they would show it otherwise than it is.
fn address_end(text: &str) -> usize {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let stop = |c: char| c.is_whitespace() || c.is_control() || turns(c) || matches!(c, '<' | '>' | '"' | '`');
    let mut run = &text[..text.find(stop).unwrap_or(text.len())];
    // Brackets that close more than those that open, counted once: a text may be nothing else.
    let (mut round, mut square) = (0, 0);
    for byte in run.bytes() {
        match byte {
            b'(' => round -= 1,
            b')' => round += 1,
            b'[' => square -= 1,
            b']' => square += 1,
            _ => {}
        }
    }
    while let Some(last) = run.chars().next_back() {
        match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | '…' => {}
            ')' if round > 0 => round -= 1,
            ']' if square > 0 => square -= 1,
            _ => break,
        }
        run = &run[..run.len() - last.len_utf8()];
    }
    run.len()
}
