//! Rows to come: shown while the engine loads.

use leptos::prelude::*;

use crate::ui::i18n::text;

const ROWS: usize = 6;

/// Grey rows, one sentence for those who cannot see them.
#[component]
pub(crate) fn ListSkeleton() -> impl IntoView {
    let rows = (0..ROWS)
        .map(|_| {
            view! {
                <li class="list-row skeleton">
                    <span class="skeleton__circle"></span>
                    <span class="skeleton__lines"></span>
                </li>
            }
        })
        .collect_view();
    view! {
        <p class="visually-hidden" role="status">
            {text().loading}
        </p>
        <ul class="list" aria-hidden="true">
            {rows}
        </ul>
    }
}
