//! Entity tags that a client already has: `If-None-Match` (RFC 9110, section 13.1.2).

use axum::http::{HeaderMap, header};

/// Whether the client has the representation with this tag: it names it, or `*`. Weak and strong tags are the same here
/// (section 8.8.3.2), and a list that breaks off counts as far as it goes: the worst is a body too many.
pub(super) fn names(asked: &HeaderMap, tag: &[u8]) -> bool {
    asked.get_all(header::IF_NONE_MATCH).iter().any(|line| in_list(line.as_bytes(), tag))
}

fn in_list(mut list: &[u8], tag: &[u8]) -> bool {
    if list.trim_ascii() == b"*" {
        return true;
    }
    loop {
        let between = list.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b',')).count();
        list = &list[between..];
        let strong = list.strip_prefix(b"W/").unwrap_or(list);
        let Some(end) = strong.strip_prefix(b"\"").and_then(|rest| rest.iter().position(|byte| *byte == b'"')) else {
            return false;
        };
        let (this, rest) = strong.split_at(end + 2);
        if this == tag {
            return true;
        }
        list = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn has(lines: &[&'static str]) -> bool {
        let lines = lines.iter().map(|line| (header::IF_NONE_MATCH, HeaderValue::from_static(line)));
        names(&HeaderMap::from_iter(lines), b"\"abc\"")
    }

    #[test]
    fn a_tag_is_found_alone_in_lists_in_further_lines_and_weak() {
        for lines in [
            &["\"abc\""][..],
            &["W/\"abc\""],
            &["\"x\", \"abc\""],
            &["\"x\",\tW/\"abc\" , \"y\""],
            &[", ,\"abc\""],
            &["\"a,b\", \"abc\""],
            &["\"x\"", "\"abc\""],
            &["*"],
            &[" * "],
        ] {
            assert!(has(lines), "{lines:?}");
        }
    }

    #[test]
    fn another_tag_or_no_tag_at_all_is_not_it() {
        for lines in [
            &[][..],
            &[""],
            &["abc"],
            &["\"ab\""],
            &["\"abcd\""],
            &["\"ABC\""],
            &["w/\"abc\""],
            &["\"x, \"abc\""],
            &["\"abc"],
            &["\"*\""],
            &["\"x\", *"],
        ] {
            assert!(!has(lines), "{lines:?}");
        }
    }
}
