//! Style sheets and our own glue without what only their readers need: comments, and white space that means nothing.
//!
//! Brotli makes most of it cheap and not free: together it is the size of a screen. No names are changed, so that what a browser's
//! tools show of the page can still be read.

/// A style sheet. Strings and what stands in `url(...)` stay as they are.
pub(crate) fn css(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let taken = if let Some(comment) = rest.strip_prefix("/*") {
            comment.find("*/").map_or(rest.len(), |end| end + 4)
        } else if c == '"' || c == '\'' {
            let len = string_len(rest, c);
            out.push_str(&rest[..len]);
            len
        } else if rest.starts_with("url(") {
            let len = rest.find(')').map_or(rest.len(), |end| end + 1);
            out.push_str(&rest[..len]);
            len
        } else if c.is_whitespace() {
            let after = rest.trim_start();
            // Between two words it separates; around these it says nothing. Before a colon it does: `a :hover` is not `a:hover`.
            if !out.is_empty()
                && !out.ends_with(['{', '}', ';', ',', ':', ' '])
                && !after.starts_with(['{', '}', ';', ','])
            {
                out.push(' ');
            }
            rest.len() - after.len()
        } else {
            if c == '}' && out.ends_with(';') {
                out.pop();
            }
            out.push(c);
            c.len_utf8()
        };
        rest = &rest[taken..];
    }
    out.trim_end().to_owned()
}

/// The length of the string that `text` begins with, its quotes included.
fn string_len(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A script: comments that have lines of their own go, and indentation. What stands in lines stays in lines, so that nothing depends
/// on where a statement ends. One with text in back quotes over several lines is left as it is.
pub(crate) fn js(text: &str) -> String {
    if text.lines().any(|line| line.matches('`').count() % 2 == 1) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut in_comment = false;
    for line in text.lines().map(str::trim) {
        if in_comment || line.starts_with("/*") {
            in_comment = !line.ends_with("*/");
        } else if !line.is_empty() && !line.starts_with("//") {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_sheet_keeps_what_it_means() {
        let sheet = "/* a } b */\n.a :hover,\n.b > .c {\n  margin: calc(1px + 2px) 0;\n  content: \"a  { /* b\\\" */ }\";\n}\n\n\
                     @media (min-width: 45rem) {\n  .d { background: url(/a  b.svg) ; }\n}\n";
        assert_eq!(
            css(sheet),
            ".a :hover,.b > .c{margin:calc(1px + 2px) 0;content:\"a  { /* b\\\" */ }\"}\
             @media (min-width:45rem){.d{background:url(/a  b.svg)}}"
        );
    }

    #[test]
    fn a_comment_between_two_words_does_not_join_them() {
        assert_eq!(css("a { margin: 1px/* x */ 2px; }"), "a{margin:1px 2px}");
        assert_eq!(css("a { margin: 1px /* x */2px; }"), "a{margin:1px 2px}");
    }

    #[test]
    fn a_script_keeps_its_statements_and_their_lines() {
        let script = "/**\n * What it does.\n * @param {number} a\n */\nfunction f(a) {\n    // why\n    return `${a}//`\n}\n\n/* one */\nf(1)\n";
        assert_eq!(js(script), "function f(a) {\nreturn `${a}//`\n}\nf(1)\n");
    }

    #[test]
    fn a_script_with_text_over_several_lines_is_left_alone() {
        let script = "const text = `a\n    // b\n`;\n";
        assert_eq!(js(script), script);
    }
}
