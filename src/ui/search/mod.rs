//! Messages by their words: in all conversations, under the list, and in one, above its timeline.
//!
//! Data path: what is typed -> [`Looking`] -> `Command::Search` -> `Found`, by pieces -> rows, or places to go to. All of it is in a
//! part of the page; what calls for it (`list/pane.rs`, `chat/conversation.rs`) knows nothing of what is found.

mod action;
mod hits;
mod looking;
mod marks;
mod within;

pub(crate) use action::SearchAction;
pub(crate) use hits::Hits;
pub(crate) use within::Within;

use leptos::prelude::*;

/// A snippet with what matches marked.
fn marked(snippet: Vec<String>) -> AnyView {
    let piece = |(at, words): (usize, String)| match at % 2 {
        0 => words.into_any(),
        _ => view! { <mark>{words}</mark> }.into_any(),
    };
    snippet.into_iter().enumerate().map(piece).collect_view().into_any()
}
