//! What may be a reaction: one emoji, by the shape that Unicode gives it (UTS #51, definition ED-17).

/// Longest emoji in bytes of UTF-8: the longest that is recommended for interchange has 41.
pub const MAX_EMOJI: usize = 48;

const ZERO_WIDTH_JOINER: char = '\u{200d}';
const EMOJI_STYLE: char = '\u{fe0f}';
const KEYCAP: char = '\u{20e3}';
const TAG_END: char = '\u{e007f}';

/// Whether a text is one emoji and nothing else: a flag, a keycap, or pictures joined into one. Which of them exist is not
/// checked, and grows with each year; what cannot be drawn shows as the pictures that it is joined of.
pub fn is_emoji(text: &str) -> bool {
    if text.len() > MAX_EMOJI {
        return false;
    }
    let chars: Vec<char> = text.chars().collect();
    match chars.as_slice() {
        [a, b] if is_regional(*a) && is_regional(*b) => true,
        [key, KEYCAP] | [key, EMOJI_STYLE, KEYCAP] => matches!(key, '0'..='9' | '#' | '*'),
        chars => !chars.is_empty() && chars.split(|c| *c == ZERO_WIDTH_JOINER).all(is_picture),
    }
}

/// Whether a text is nothing but emoji, and no more than `most` of them; space between them does not count.
pub fn is_few_emoji(text: &str, most: usize) -> bool {
    let mut count = 0;
    for word in text.split_whitespace() {
        let mut rest = word;
        while let Some(length) = first_emoji(rest) {
            count += 1;
            if count > most {
                return false;
            }
            rest = &rest[length..];
        }
        if !rest.is_empty() {
            return false;
        }
    }
    count > 0
}

/// Length in bytes of the longest emoji that a text begins with.
fn first_emoji(text: &str) -> Option<usize> {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= MAX_EMOJI);
    ends.filter(|end| is_emoji(&text[..*end])).last()
}

/// A picture with its style or skin tone, or with the tags that make it a flag of a region.
fn is_picture(chars: &[char]) -> bool {
    let Some((first, rest)) = chars.split_first() else { return false };
    let rest = match rest {
        [EMOJI_STYLE, rest @ ..] => rest,
        [tone, rest @ ..] if is_tone(*tone) => rest,
        rest => rest,
    };
    let tagged = match rest {
        [] => true,
        [tags @ .., TAG_END] => !tags.is_empty() && tags.iter().all(|tag| matches!(tag, '\u{e0020}'..='\u{e007e}')),
        _ => false,
    };
    is_pictographic(*first) && tagged
}

const fn is_regional(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}

const fn is_tone(c: char) -> bool {
    matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

/// The blocks that hold emoji (Extended_Pictographic, coarsely).
const fn is_pictographic(c: char) -> bool {
    matches!(c,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2194}'..='\u{21aa}'
        | '\u{231a}'..='\u{23ff}' | '\u{24c2}' | '\u{25aa}'..='\u{25fe}' | '\u{2600}'..='\u{27bf}'
        | '\u{2934}' | '\u{2935}' | '\u{2b05}'..='\u{2b55}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}'
        | '\u{1f000}'..='\u{1f1e5}' | '\u{1f200}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_emoji_of_every_shape_is_one() {
        for emoji in ["👍", "❤", "❤️", "👍🏽", "🇫🇷", "1️⃣", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "👩🏽‍❤️‍💋‍👨🏿", "☺️", "©️", "🫠", "♥"]
        {
            assert!(is_emoji(emoji), "{emoji}");
        }
    }

    #[test]
    fn a_few_emoji_are_counted_as_a_person_does() {
        for (text, count) in [("👍", 1), (" 👍🏽👍🏿 ", 2), ("🇫🇷🇩🇪🇫🇷", 3), ("👩‍👩‍👧‍👦👩🏽‍❤️‍💋‍👨🏿", 2), ("1️⃣ 2️⃣\n3️⃣", 3), ("❤️❤❤️", 3)]
        {
            assert!(is_few_emoji(text, count), "{text}");
            assert!(!is_few_emoji(text, count - 1), "{text}");
        }
        for text in ["", " ", "a", "👍 ok", "12", "🇫🇷🇩", "👍\u{200d}", "\u{202e}👍", ":-)", "👍\u{301}"]
        {
            assert!(!is_few_emoji(text, 9), "{text:?}");
        }
        assert!(!is_few_emoji(&"👍".repeat(10_000), 5));
    }

    #[test]
    fn a_text_or_more_than_one_emoji_is_none() {
        for text in [
            "",
            " ",
            "a",
            "ok",
            "👍👍",
            "👍a",
            "1",
            "#",
            "🇫",
            "🇫🇷🇩🇪",
            "\u{200d}",
            "👍\u{200d}",
            "\u{200d}👍",
            "\u{fe0f}",
            "👍\u{301}",
            "<b>",
            "👍 ",
            "\u{202e}👍",
            "👍\u{fe0f}\u{fe0f}",
            "🏴\u{e007f}",
        ] {
            assert!(!is_emoji(text), "{text:?}");
        }
        assert!(!is_emoji(&["👩"; 9].join("\u{200d}")), "longer than any");
    }

    proptest! {
        #[test]
        fn letters_and_digits_never_pass(text in "\\PC{0,6}[a-zA-Z0-9]\\PC{0,6}") {
            let keycap = text.ends_with(KEYCAP);
            prop_assert!(keycap || !is_emoji(&text));
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = is_emoji(&text);
        }
    }
}
