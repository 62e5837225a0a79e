//! Addresses in a message: which may be followed, and where bare ones begin and end.

use super::Span;

/// The address, if a link may lead there.
pub(super) fn safe_href(href: &str) -> Option<String> {
    let href = href.trim();
    let (scheme, rest) = href.split_once(':')?;
    let allowed = ["http", "https", "mailto"].iter().any(|name| scheme.eq_ignore_ascii_case(name));
    let clean = !href.chars().any(|c| c.is_control() || c.is_whitespace());
    (allowed && clean && !rest.is_empty()).then(|| href.to_owned())
}

/// Finds bare http and https addresses in a text.
pub(super) fn linkify(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some(start) = address_start(rest) {
        let tail = &rest[start..];
        let end = address_end(tail);
        match safe_href(&tail[..end]) {
            Some(href) if end > "https://".len() => {
                push_text(&mut spans, &rest[..start]);
                spans.push(Span::Link { spans: vec![Span::Text(tail[..end].to_owned())], href });
            }
            _ => push_text(&mut spans, &rest[..start + end]),
        }
        rest = &tail[end..];
    }
    push_text(&mut spans, rest);
    spans
}

fn push_text(spans: &mut Vec<Span>, text: &str) {
    if text.is_empty() {
        return;
    }
    match spans.last_mut() {
        Some(Span::Text(before)) => before.push_str(text),
        _ => spans.push(Span::Text(text.to_owned())),
    }
}

fn address_start(text: &str) -> Option<usize> {
    ["https://", "http://"].into_iter().filter_map(|scheme| text.find(scheme)).min()
}

/// Where an address ends: at a space or a bracket, without the punctuation of the sentence around it.
fn address_end(text: &str) -> usize {
    let stop = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`');
    let run = &text[..text.find(stop).unwrap_or(text.len())];
    let mut end = run.len();
    while let Some(last) = run[..end].chars().next_back() {
        let cut = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | '…' => true,
            ')' => run[..end].matches(')').count() > run[..end].matches('(').count(),
            ']' => run[..end].matches(']').count() > run[..end].matches('[').count(),
            _ => false,
        };
        if !cut {
            break;
        }
        end -= last.len_utf8();
    }
    end.max("http://".len().min(text.len()))
}
