//! Rows that stay what they are while the list around them changes.
//!
//! All lists share one kind of key and of view, because each other kind is another copy of the whole algorithm to download.

use std::sync::Arc;

use leptos::prelude::*;

/// Draws a row for each key, and again only where a key is new.
pub(crate) fn rows(
    keys: impl Fn() -> Vec<u128> + Send + Sync + 'static,
    row: impl Fn(u128) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    keyed(Signal::derive(keys), Arc::new(row))
}

fn keyed(keys: Signal<Vec<u128>>, row: Arc<dyn Fn(u128) -> AnyView + Send + Sync>) -> AnyView {
    view! {
        <For each=move || keys.get() key=|key| *key let(key)>
            {row(key)}
        </For>
    }
    .into_any()
}
