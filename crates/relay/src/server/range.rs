//! The `Range` header of a GET (RFC 9110, section 14): one range of bytes, or none.

use std::ops::Range;

use axum::http::HeaderValue;

/// What part of a blob is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it; also for a header that is no range of bytes or names several, which a server may ignore.
    Whole,
    /// These bytes, of which there is at least one.
    Bytes(Range<u64>),
    /// Bytes that are not there.
    Unsatisfiable,
}

impl Part {
    /// What `header` asks of `size` bytes.
    pub(super) fn of(header: Option<&HeaderValue>, size: u64) -> Self {
        let asked = header.and_then(|header| header.to_str().ok()).and_then(|text| text.strip_prefix("bytes="));
        let Some((first, last)) = asked.and_then(|range| range.trim().split_once('-')) else { return Self::Whole };
        let range = match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(size),
            (Some(first), None) if last.is_empty() => first..size,
            (None, Some(count)) if first.is_empty() => size.saturating_sub(count)..size,
            _ => return Self::Whole,
        };
        match range.start < range.end {
            true => Self::Bytes(range),
            false => Self::Unsatisfiable,
        }
    }
}

/// Digits only: `parse` would take a sign as well.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than fit are beyond every size.
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(header: &'static str) -> Part {
        Part::of(Some(&HeaderValue::from_static(header)), 100)
    }

    #[test]
    fn one_range_is_taken_and_cut_to_what_is_there() {
        assert_eq!(of("bytes=0-0"), Part::Bytes(0..1));
        assert_eq!(of("bytes=10-19"), Part::Bytes(10..20));
        assert_eq!(of("bytes=90-"), Part::Bytes(90..100));
        assert_eq!(of("bytes=90-1000"), Part::Bytes(90..100));
        assert_eq!(of("bytes=99-99999999999999999999999"), Part::Bytes(99..100));
        assert_eq!(of("bytes=-5"), Part::Bytes(95..100));
        assert_eq!(of("bytes=-500"), Part::Bytes(0..100));
    }

    #[test]
    fn a_range_of_nothing_is_unsatisfiable() {
        assert_eq!(of("bytes=100-"), Part::Unsatisfiable);
        assert_eq!(of("bytes=100-200"), Part::Unsatisfiable);
        assert_eq!(of("bytes=-0"), Part::Unsatisfiable);
        assert_eq!(of("bytes=99999999999999999999999-"), Part::Unsatisfiable);
        assert_eq!(Part::of(Some(&HeaderValue::from_static("bytes=0-")), 0), Part::Unsatisfiable);
    }

    #[test]
    fn what_is_no_single_range_of_bytes_is_ignored() {
        for header in
            ["", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,5-6", "bytes=+1-2", "items=0-1", "bytes=a-b"]
        {
            assert_eq!(of(header), Part::Whole, "{header}");
        }
        assert_eq!(Part::of(None, 100), Part::Whole);
    }
}
