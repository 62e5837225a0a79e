//! The tree of a message, as views. Every kind of node has its element here; there is no other way in.

use leptos::prelude::*;
use xchat_engine::api::{Part, Span};

use super::acts;
use super::code::block;
use crate::ui::part::Place;

/// Blocks, one under the other.
pub(crate) fn prose(parts: &[Part]) -> AnyView {
    parts.iter().map(part).collect_view().into_any()
}

fn part(part: &Part) -> AnyView {
    match part {
        Part::Paragraph(line) => view! { <p>{spans(line)}</p> }.into_any(),
        Part::Heading(line) => view! {
            <p class="prose__heading">
                <strong>{spans(line)}</strong>
            </p>
        }
        .into_any(),
        Part::List { start: None, items } => view! { <ul>{list_items(items)}</ul> }.into_any(),
        Part::List { start: Some(start), items } => view! {
            <ol start=start.to_string()>{list_items(items)}</ol>
        }
        .into_any(),
        Part::Quote(parts) => view! { <blockquote>{prose(parts)}</blockquote> }.into_any(),
        Part::Code { language, text } => block(language, text),
        Part::Table(rows) => acts::open(Place::Strip, acts::Screen::Table(StoredValue::new(rows.clone()))),
        Part::Emoji(text) => view! { <p>{text.clone()}</p> }.into_any(),
        Part::Rule => view! { <hr /> }.into_any(),
    }
}

fn list_items(items: &[Vec<Part>]) -> AnyView {
    items
        .iter()
        .map(|parts| match parts.as_slice() {
            // A tight item is its line.
            [Part::Paragraph(line)] => view! { <li>{spans(line)}</li> }.into_any(),
            parts => view! { <li>{prose(parts)}</li> }.into_any(),
        })
        .collect_view()
        .into_any()
}

/// Rows of cells, the first of them the heads. Called from its part alone.
pub(super) fn table(rows: &[Vec<Vec<Span>>]) -> AnyView {
    let head = |cell: &Vec<Span>| view! { <th scope="col">{spans(cell)}</th> };
    let data = |cell: &Vec<Span>| view! { <td>{spans(cell)}</td> };
    let Some((first, rest)) = rows.split_first() else {
        return ().into_any();
    };
    let body = rest.iter().map(|row| view! { <tr>{row.iter().map(data).collect_view()}</tr> }).collect_view();
    view! {
        <div class="prose__table">
            <table>
                <thead>
                    <tr>{first.iter().map(head).collect_view()}</tr>
                </thead>
                <tbody>{body}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// Stretches of one line.
pub(crate) fn spans(line: &[Span]) -> AnyView {
    line.iter().map(span).collect_view().into_any()
}

fn span(span: &Span) -> AnyView {
    match span {
        Span::Text(text) => text.clone().into_any(),
        Span::Code(code) => view! { <code>{code.clone()}</code> }.into_any(),
        Span::Emphasis(line) => view! { <em>{spans(line)}</em> }.into_any(),
        Span::Strong(line) => view! { <strong>{spans(line)}</strong> }.into_any(),
        Span::Struck(line) => view! { <s>{spans(line)}</s> }.into_any(),
        Span::Link { href, spans: line } => {
            // A contact link or an invite this page opens itself.
            let target = (!is_own(href)).then_some("_blank");
            view! {
                <a href=href.clone() target=target rel="noopener noreferrer">
                    {spans(line)}
                </a>
            }
            .into_any()
        }
        Span::Mention { name, .. } => view! { <bdi class="mention">{name.clone()}</bdi> }.into_any(),
        Span::Break => view! { <br /> }.into_any(),
    }
}

/// Whether it leads to somebody, or into a group, by this page's own address.
fn is_own(href: &str) -> bool {
    let here = window().location().href().unwrap_or_default();
    href.split_once('#').is_some_and(|(page, rest)| {
        (rest.starts_with("add/") || rest.starts_with("join/")) && here.split('#').next() == Some(page)
    })
}
