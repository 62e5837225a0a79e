//! The mark: two strokes that cross and close into a speech shape.

use leptos::prelude::*;

/// The mark alone.
#[component]
pub(crate) fn Mark(class: &'static str) -> impl IntoView {
    view! {
        <svg class=format!("mark {class}") viewBox="0 0 32 32" aria-hidden="true">
            <path d="M8 29V14.5a10 10 0 1 1 10 10H3" />
        </svg>
    }
}

/// The mark and the name.
#[component]
pub(crate) fn Wordmark() -> impl IntoView {
    view! {
        <span class="wordmark">
            <Mark class="wordmark__mark" />
            <span>"X Chat"</span>
        </span>
    }
}
