//! All stretches of a message, one after the other, however deep they stand.

use super::{Part, Span};

/// The addresses that a message's links lead to, in their order.
pub(crate) fn addresses(parts: &mut [Part]) -> Vec<String> {
    let mut found = Vec::new();
    each(parts, &mut |span| {
        if let Span::Link { href, .. } = span {
            found.push(href.clone());
        }
    });
    found
}

/// Visits each stretch, those that hold others before what they hold.
pub(super) fn each(parts: &mut [Part], visit: &mut dyn FnMut(&mut Span)) {
    for part in parts {
        match part {
            Part::Paragraph(spans) | Part::Heading(spans) => each_span(spans, visit),
            Part::List { items, .. } => items.iter_mut().for_each(|item| each(item, visit)),
            Part::Quote(parts) => each(parts, visit),
            Part::Table(rows) => rows.iter_mut().flatten().for_each(|cell| each_span(cell, visit)),
            Part::Code { .. } | Part::Emoji(_) | Part::Rule => {}
        }
    }
}

fn each_span(spans: &mut [Span], visit: &mut dyn FnMut(&mut Span)) {
    for span in spans {
        visit(span);
        match span {
            Span::Emphasis(spans) | Span::Strong(spans) | Span::Struck(spans) | Span::Link { spans, .. } => {
                each_span(spans, visit);
            }
            Span::Mention { .. } | Span::Text(_) | Span::Code(_) | Span::Break => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_however_deep_they_stand_and_in_order() {
        let text = "> - **[one](https://1.example)** https://2.example\n\n| a |\n|-|\n| [x](https://3.example) |\n\n`https://4.example`";
        let found = addresses(&mut crate::prose::parse(text));
        assert_eq!(found, ["https://1.example", "https://2.example", "https://3.example"]);
    }
}
