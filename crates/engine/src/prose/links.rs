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
    let (mut told, mut at) = (0, 0);
    while let Some(next) = text[at..].find(['h', 'H', 'w', 'W', '@']) {
        at += next;
        let found = address(text, told, at)
            .and_then(|(range, scheme)| Some((safe_href(&format!("{scheme}{}", &text[range.clone()]))?, range)));
        match found {
            Some((href, range)) => {
                push_text(&mut spans, &text[told..range.start]);
                at = range.end;
                told = at;
                spans.push(Span::Link { href, spans: vec![Span::Text(text[range].to_owned())] });
            }
            None => at += 1,
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
    rest.trim_start_matches('/').split(['/', '?', '#']).next().unwrap_or_default()
}

fn push_text(spans: &mut Vec<Span>, text: &str) {
    if !text.is_empty() {
        spans.push(Span::Text(text.to_owned()));
    }
}

/// The address whose first letter, or whose `@`, is at a place, and the scheme that it lacks. It begins no earlier than `from`.
fn address(text: &str, from: usize, at: usize) -> Option<(Range<usize>, &'static str)> {
    let rest = &text[at..];
    let begins = |with: &str| rest.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    if let Some(host) = rest.strip_prefix('@') {
        let local = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
        let run = from + text[from..at].trim_end_matches(local).len();
        let start = at - text[run..at].trim_start_matches('.').len();
        let length = domain(host)?;
        let whole = start < at && may_precede(&text[..run]) && !host[length..].starts_with('@');
        return whole.then_some((start..at + 1 + length, "mailto:"));
    }
    if begins("www.") && may_precede(&text[..at]) {
        let length = "www.".len() + domain(&rest["www.".len()..])?;
        // What else touches a name, such as a dash or a bracket, is the sentence's.
        let goes_on = rest[length..].starts_with(['/', '?', '#', ':']);
        let end = if goes_on { length.max(address_end(rest)) } else { length };
        return Some((at..at + end, "https://"));
    }
    let scheme = ["https://", "http://"].into_iter().find(|scheme| begins(scheme))?;
    let end = address_end(rest);
    (end > scheme.len()).then_some((at..at + end, ""))
}

/// Whether an address may begin after a text: not within a word, a path or another name. Its beginning would be missing, and it
/// would lead to somebody else.
fn may_precede(text: &str) -> bool {
    !text.ends_with(|c: char| c.is_alphanumeric() || "@/\\.-_+%&=?#".contains(c))
}

/// The length of the domain that a text begins with: two names or more with periods between them, no underscores in the last two, and
/// a letter in the last one, so that a price or a version is none.
fn domain(text: &str) -> Option<usize> {
    let run = text.find(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | '-' | '_')).unwrap_or(text.len());
    let domain = text[..run].trim_end_matches('.');
    let mut names = domain.rsplit('.');
    let (last, next) = (names.next()?, names.next()?);
    let fits = last.contains(char::is_alphabetic)
        && !last.ends_with('-')
        && !last.contains('_')
        && !next.contains('_')
        && !next.is_empty()
        && names.all(|name| !name.is_empty());
    fits.then_some(domain.len())
}

/// Where an address ends: at a space or a bracket, without the punctuation of the sentence around it. Marks that turn the direction of
/// writing are no part of it either: they would show it otherwise than it is.
fn address_end(text: &str) -> usize {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let stop = |c: char| c.is_whitespace() || c.is_control() || turns(c) || matches!(c, '<' | '>' | '"' | '`');
    let run = &text[..text.find(stop).unwrap_or(text.len())];
    let surplus = |open: char, close: char| run.matches(close).count().saturating_sub(run.matches(open).count());
    let (mut round, mut square) = (surplus('(', ')'), surplus('[', ']'));
    let kept = run.trim_end_matches(|last: char| {
        let unopened = match last {
            ')' => &mut round,
            ']' => &mut square,
            _ => return matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | '…'),
        };
        let cut = *unopened > 0;
        *unopened = unopened.saturating_sub(1);
        cut
    });
    kept.len()
}
