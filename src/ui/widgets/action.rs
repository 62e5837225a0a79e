//! A row of a card that does something when it is pressed.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// The button, with its icon, its words, and a smaller line under them.
#[component]
pub(crate) fn Action(
    glyph: Glyph,
    #[prop(into)] words: Signal<String>,
    /// What becomes of it; empty where the words say it.
    #[prop(optional, into)]
    more: String,
    /// It takes something away.
    #[prop(optional, into)]
    danger: Signal<bool>,
    #[prop(into)] on_press: Callback<()>,
) -> impl IntoView {
    view! {
        <button class="setting" class:setting--danger=danger type="button" on:click=move |_| on_press.run(())>
            <Icon glyph />
            <span class="setting__body">
                <span class="setting__name">{words}</span>
                <span class="setting__sub">{more}</span>
            </span>
        </button>
    }
}
