use proptest::{collection::vec, prelude::*};

use super::*;

fn text(words: &str) -> Span {
    Span::Text(words.to_owned())
}

#[test]
fn html_is_shown_as_it_was_typed() {
    let hostile = "<script>alert(1)</script>";
    assert_eq!(parse(hostile), [Part::Paragraph(vec![text(hostile)])]);
    assert_eq!(plain(&parse("a <img src=x onerror=alert(1)> b")), "a <img src=x onerror=alert(1)> b");
}

#[test]
fn a_link_that_is_no_address_is_its_text() {
    for href in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc",
        "//x",
        "/x",
        "java\nscript:x",
    ] {
        assert_eq!(safe_href(href), None, "{href}");
    }
    assert_eq!(parse("[press](javascript:alert(1))"), [Part::Paragraph(vec![text("press")])]);
    assert_eq!(parse("<javascript:alert(1)>"), [Part::Paragraph(vec![text("javascript:alert(1)")])]);
    assert_eq!(safe_href("https://x.example/a").as_deref(), Some("https://x.example/a"));
    assert_eq!(safe_href("MAILTO:a@b.example").as_deref(), Some("MAILTO:a@b.example"));
}

#[test]
fn a_picture_is_a_link_and_nothing_is_fetched() {
    let link = Span::Link { href: "https://x.example/a.png".to_owned(), spans: vec![text("cat")] };
    assert_eq!(parse("![cat](https://x.example/a.png)"), [Part::Paragraph(vec![link])]);
}

/// Where the addresses of a text lead.
fn found(words: &str) -> Vec<String> {
    let href = |span| match span {
        Span::Link { href, .. } => Some(href),
        _ => None,
    };
    linkify(words).into_iter().filter_map(href).collect()
}

#[test]
fn a_bare_address_ends_before_the_punctuation_of_its_sentence() {
    assert_eq!(
        found("See https://x.example/a_(b), or http://y.example."),
        ["https://x.example/a_(b)", "http://y.example"]
    );
    assert_eq!(found("(https://x.example)"), ["https://x.example"]);
    assert_eq!(found("([http://x.example/[a](b)).])!"), ["http://x.example/[a](b)"]);
    assert_eq!(found("\u{2068}https://x.example/\u{202e}gpj\u{2069}"), ["https://x.example/"]);
    assert_eq!(
        found("http://a Https://B.example"),
        ["http://a", "Https://B.example"],
        "as telephones begin a sentence"
    );
    assert!(found("https:// is a scheme, and http://. is none").is_empty());
}

#[test]
fn a_name_that_begins_with_www_is_an_address() {
    for (words, href) in [
        ("www.x.example", "https://www.x.example"),
        ("(Www.x.example:81/a_(b)?c#d).", "https://Www.x.example:81/a_(b)?c#d"),
        ("\"www.x.example\", you know", "https://www.x.example"),
        ("www.x.example/?a=1.", "https://www.x.example/?a=1"),
        ("is it www.x.example?", "https://www.x.example"),
        ("www.a_b.x.example... ", "https://www.a_b.x.example"),
        ("www.x.example—there", "https://www.x.example"),
        ("www.münchen.example", "https://www.münchen.example"),
    ] {
        assert_eq!(found(words), [href], "{words}");
    }
    for words in ["www.", "www.x", "www.x.1", "www..example", "www.x_y.example", "www.x.ex_ample", "awww.x.example"] {
        assert!(found(words).is_empty(), "{words}");
    }
    assert!(found("ftp://www.x.example a.www.x.example \\\\www.x.example\\c").is_empty(), "a part of another");
    let link = |name: &str| Span::Link { href: format!("https://{name}"), spans: vec![text(name)] };
    let struck = Span::Struck(vec![link("www.y.example")]);
    let both = [Span::Strong(vec![link("www.x.example")]), text(" "), struck];
    assert_eq!(parse("**www.x.example** ~~www.y.example~~"), [Part::Paragraph(both.to_vec())]);
    assert_eq!(plain(&parse("`www.x.example`, www.y.example")), "www.x.example, www.y.example");
    assert_eq!(parse("`www.x.example`"), [Part::Paragraph(vec![Span::Code("www.x.example".to_owned())])]);
}

#[test]
fn an_address_of_mail_is_a_link_to_all_of_it_or_none() {
    for (words, address) in [
        ("me@x.example", "me@x.example"),
        ("Mail a.b-c_d+e@x-y.example.", "a.b-c_d+e@x-y.example"),
        ("(me@x.example), \u{201e}no\u{201c}", "me@x.example"),
        ("«me@x.example...»", "me@x.example"),
        ("mailto:me@x.example", "me@x.example"),
        ("<me@x.example>", "me@x.example"),
        ("me@münchen.example", "me@münchen.example"),
    ] {
        let parts = parse(words);
        let link = Span::Link { href: format!("mailto:{address}"), spans: vec![text(address)] };
        assert!(matches!(&parts[..], [Part::Paragraph(spans)] if spans.contains(&link)), "{words}: {parts:?}");
    }
    for words in [
        "@Alice",
        "Hi @x.example",
        "@me@x.example",
        "me@x",
        "a@b@x.example",
        "a@b.example@x.example",
        "me@x.ex_ample",
        "me@x.example-",
        "2@1.50",
        "react@18.2.0",
        "jürg@x.example",
        "tom&jerry@x.example",
        "/me@x.example",
        "me@.example",
        "me@x..example",
        ".me@x.example",
        "@",
        ".@x.example",
    ] {
        assert!(found(words).is_empty(), "{words}");
    }
}

#[test]
fn a_link_whose_words_are_another_address_shows_its_own() {
    for (words, href, shown) in [
        ("https://x.example", "https://y.example/a", "https://y.example/a"),
        ("see **www.x.example**!", "http://y.example", "http://y.example"),
        ("https://x.example@z.example", "https://y.example", "https://y.example"),
        ("me@x.example", "mailto:you@x.example", "mailto:you@x.example"),
        ("me@x.example", "https://x.example", "https://x.example"),
        ("me@x.example", "mailto:me@x.example?bcc=you@x.example", "mailto:me@x.example?bcc=you@x.example"),
        ("**Here:** www.x.example", "https://www.x.example", "Here: www.x.example"),
        ("the page", "https://y.example", "the page"),
        ("&nbsp;", "https://y.example", "https://y.example"),
    ] {
        assert_eq!(plain(&parse(&format!("[{words}]({href})"))), shown, "{words} {href}");
    }
}

#[test]
fn an_address_that_seems_to_lead_elsewhere_is_no_link() {
    for href in [
        "https://www.x.example@y.example",
        "https://x.example:a@y.example/",
        "https:x@y.example",
        "https:///x@y.example",
        "https:\\\\x@y.example",
        "https://g\u{43e}\u{43e}gle.example/",
        "https://www.\u{3b1}pple.example",
        "HTTP://b\u{585}b.example",
    ] {
        assert_eq!(safe_href(href), None, "{href}");
        // What is left of one that is written otherwise is an address of mail.
        assert!(!href.contains("://") || found(&format!("see {href} now")).is_empty(), "{href}");
        let parts = parse(&format!("[words]({href})"));
        assert_eq!(parts, [Part::Paragraph(vec![text("words")])], "{href}");
    }
    let honest = [
        "https://m\u{fc}nchen.example/@x",
        "https://\u{43f}\u{440}\u{438}\u{43c}\u{435}\u{440}.example",
        "https://x.example/?q=a@b",
        "https://x.example:8080#@",
    ];
    honest.iter().for_each(|href| assert_eq!(found(href), [*href]));
    assert_eq!(found("www.x.example:8080/a"), ["https://www.x.example:8080/a"]);
}

#[test]
fn nothing_turns_around_what_an_address_says() {
    let turned = "look \u{202e}https://evil.example/moc.knab//:sptth&#x202e; `a\u{202d}b`\n\n```\n\u{202e}x\n```";
    let parts = parse(turned);
    assert!(!format!("{parts:?}").contains("u{202"), "{parts:?}");
    assert!(plain(&parts).starts_with("look https://evil.example/moc.knab//:sptth ab"), "{}", plain(&parts));
    let lines = "[a]: \u{202e}x\n".repeat(MAX_DEFINITIONS + 1);
    assert!(!plain(&parse(&lines)).contains('\u{202e}'));
}

#[test]
fn references_to_characters_are_the_characters_but_in_code() {
    let told = "a &amp; b &lt;i&gt; &quot;&apos; AT&T &none; &eacute; &#65;&#x42;&#0;&#x3C;script>";
    assert_eq!(parse(told), [Part::Paragraph(vec![text("a & b <i> \"' AT&T &none; é AB\u{fffd}<script>")])]);
    assert_eq!(parse("`&amp;`"), [Part::Paragraph(vec![Span::Code("&amp;".to_owned())])]);
    assert_eq!(found("https://x.example/?a&b"), ["https://x.example/?a&b"]);
    assert_eq!(plain(&parse("a&nbsp;b &#x6a;")), "a b j", "as the list says it");
}

#[test]
fn stars_stress_within_a_word_and_underscores_do_not() {
    let stressed = Span::Emphasis(vec![text("b")]);
    assert_eq!(parse("a*b*c a_b_c"), [Part::Paragraph(vec![text("a"), stressed, text("c a_b_c")])]);
    assert_eq!(
        parse("a**b** 2 * 3 * 4"),
        [Part::Paragraph(vec![text("a"), Span::Strong(vec![text("b")]), text(" 2 * 3 * 4")])]
    );
}

#[test]
fn an_address_ends_before_the_words_and_the_punctuation_of_other_scripts() {
    let href = |words: &str| match parse(words).as_slice() {
        [Part::Paragraph(line)] => line.iter().find_map(|span| match span {
            Span::Link { href, .. } => Some(href.clone()),
            _ => None,
        }),
        other => panic!("{other:?}"),
    };
    for (words, leads) in [
        ("a@b.example。ありがとう", "mailto:a@b.example"),
        ("www.x.example、次", "https://www.x.example"),
        ("www.x.example\u{3000}です", "https://www.x.example"),
        ("見て\u{3000}www.x.example", "https://www.x.example"),
        ("a@b.example، شكرا", "mailto:a@b.example"),
        ("www.x.example/a\u{61c}b", "https://www.x.example/a"),
    ] {
        assert_eq!(href(words).as_deref(), Some(leads), "{words}");
    }
}

#[test]
fn what_looks_like_the_definition_of_a_link_is_shown_unless_a_link_leads_to_it() {
    assert_eq!(plain(&parse("[TODO]: done")), "[TODO]: done");
    assert_eq!(plain(&parse("> said\n[Note]: mine")), "said [Note]: mine");
    let twice = "[a]: one\n[a]: two\n\nend";
    assert_eq!(plain(&parse(twice)), "[a]: one [a]: two end");
    let href = "https://x.example/".to_owned();
    let link = Span::Link { href, spans: vec![text("the page")] };
    let named = "See [the page][p] and [q].\n\n[P]: https://x.example/\n[r]: https://y.example/";
    let parts = parse(named);
    let [Part::Paragraph(first), Part::Paragraph(second)] = parts.as_slice() else { panic!("{parts:?}") };
    assert!(first.contains(&link), "{first:?}");
    assert_eq!(plain(&[Part::Paragraph(second.clone())]), "[r]: https://y.example/");
    // A flood of them is shown as it stands.
    let flood: String = (0..5_000).map(|n| format!("[{n}]: x\n")).collect();
    assert_eq!(plain(&parse(&flood)), flood.split_whitespace().collect::<Vec<_>>().join(" "));
}

#[test]
fn an_answer_under_a_quote_is_not_quoted() {
    let line = |words: &str| Part::Paragraph(vec![text(words)]);
    let quote = |words: &str| Part::Quote(vec![line(words)]);
    assert_eq!(parse("> theirs\nmine"), [quote("theirs"), line("mine")]);
    assert_eq!(parse("> theirs\r\nmine\r\n> theirs\r\nmine").len(), 4);
    assert_eq!(parse("> a\n\n> b\n>\n> c\n\nd").len(), 3, "empty lines do what they did");
    let both = Part::Paragraph(vec![text("a"), Span::Break, text("b")]);
    assert_eq!(parse("> a\n>b\nc"), [Part::Quote(vec![both.clone()]), line("c")]);
    assert_eq!(parse("> a\nb\nc")[1], Part::Paragraph(vec![text("b"), Span::Break, text("c")]));
    assert_eq!(parse("> `a\nb`"), [quote("`a"), line("b`")], "whatever the line would be part of");
    assert_eq!(parse("- > a\n  b"), [Part::List { start: None, items: vec![vec![quote("a"), line("b")]] }]);
    assert_eq!(parse("> - a\nb").len(), 2, "from a list in it");
    for closed in ["> > a\n>\n> b", "> > a\n\n> b\n\n", "> ```\n> a\n\nb", "> # a\nb"] {
        assert_eq!(read(closed).1, None, "{closed}");
    }
    let around = Part::Quote(vec![quote("a"), line("b")]);
    assert_eq!(parse("> > a\n> b\nc"), [around, line("c")], "the quote around goes on");
    assert_eq!(plain(&parse("> theirs\nmine")), "theirs mine");
    for code in ["```\n> a\nb\n```", "> ```\n> > a\n> b\n> ```", "    > a\n    b"] {
        assert_eq!(read(code).1, None, "{code}");
    }
}

/// The depth of quotation of each word.
fn depths(parts: &[Part], depth: usize, out: &mut Vec<usize>) {
    for part in parts {
        match part {
            Part::Quote(parts) => depths(parts, depth + 1, out),
            Part::Paragraph(spans) => out.extend(spans.iter().filter(|span| **span != Span::Break).map(|_| depth)),
            _ => panic!("{part:?}"),
        }
    }
}

proptest! {
    #[test]
    fn a_line_is_quoted_as_deep_as_its_marks_say(marks in vec(0..5_usize, 1..12)) {
        let lines: Vec<_> = marks.iter().map(|depth| format!("{}a", "> ".repeat(*depth))).collect();
        let mut shown = Vec::new();
        depths(&parse(&lines.join("\n")), 0, &mut shown);
        prop_assert_eq!(shown, marks);
    }

    #[test]
    fn looking_for_addresses_loses_nothing(
        words in "(https?://|www\\.|[a-cA-C@.:;/()\\[\\]_+ -]|[wWhH]|é|\u{202e}|😀|[0-9]){0,40}",
    ) {
        let mut shown = String::new();
        for span in linkify(&words) {
            match span {
                Span::Text(text) => shown.push_str(&text),
                Span::Link { href, spans } => {
                    let mut named = String::new();
                    plain_spans(&spans, &mut named);
                    let scheme = href.strip_suffix(&named).expect("it shows where it leads");
                    prop_assert!(["", "https://", "mailto:"].contains(&scheme));
                    shown.push_str(&named);
                }
                other => panic!("{other:?}"),
            }
        }
        prop_assert_eq!(shown, words);
    }
}

#[test]
fn endless_nesting_ends() {
    fn depth(parts: &[Part]) -> usize {
        parts
            .iter()
            .map(|part| match part {
                Part::Quote(parts) => 1 + depth(parts),
                Part::List { items, .. } => 1 + items.iter().map(|item| depth(item)).max().unwrap_or(0),
                _ => 1,
            })
            .max()
            .unwrap_or(0)
    }
    for mark in [">", "- ", "1. ", "*", "["] {
        let parts = parse(&(mark.repeat(8 * 1024) + "x"));
        assert!(depth(&parts) <= 2 * MAX_DEPTH, "{mark}");
    }
    assert_eq!(plain(&parse(&("> ".repeat(50) + "deep"))), "deep");
}

#[test]
fn lists_code_and_line_breaks_keep_their_shape() {
    let parts = parse("one\ntwo\n\n1. a\n2. b\n\n```rust\nfn f() {}\n```");
    assert_eq!(parts[0], Part::Paragraph(vec![text("one"), Span::Break, text("two")]));
    assert!(matches!(&parts[1], Part::List { start: Some(1), items } if items.len() == 2));
    assert_eq!(parts[2], Part::Code { language: "rust".to_owned(), text: "fn f() {}\n".to_owned() });
}

#[test]
fn the_tree_crosses_the_port_whole() {
    let parts =
        parse("# a\n\n*b* **c** ~~d~~ `e` [f](https://x.example)\n\n- g\n\n> h\n\n|i|\n|-|\n|j|\n\n---\n\n    k");
    assert_eq!(minicbor::decode::<Vec<Part>>(&minicbor::to_vec(&parts).unwrap()).unwrap(), parts);
    assert!(parts.len() >= 7, "{parts:?}");
}

#[test]
fn a_few_emoji_alone_are_large_and_more_or_others_are_words() {
    assert_eq!(parse(" 👍🏽 🎉\n"), [Part::Emoji("👍🏽 🎉".to_owned())]);
    assert_eq!(plain(&parse("👍🏽 🎉")), "👍🏽 🎉");
    assert_eq!(parse(&"🎉".repeat(5)), [Part::Emoji("🎉".repeat(5))]);
    assert_eq!(parse(&"🎉".repeat(6)), [Part::Paragraph(vec![text(&"🎉".repeat(6))])]);
    assert_eq!(parse("🎉 yes"), [Part::Paragraph(vec![text("🎉 yes")])]);
    assert_eq!(parse("1"), [Part::Paragraph(vec![text("1")])]);
}
