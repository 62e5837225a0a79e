//! A round button that shows an icon and says its name.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// The button.
#[component]
pub(crate) fn IconButton(
    glyph: Glyph,
    /// Its accessible name.
    #[prop(into)]
    label: String,
    /// Further classes.
    #[prop(optional)]
    class: &'static str,
    #[prop(into)] on_press: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            class=format!("icon-button {class}")
            type="button"
            aria-label=label.clone()
            title=label
            on:click=move |_| on_press.run(())
        >
            <Icon glyph />
        </button>
    }
}

/// A link that looks the same.
#[component]
pub(crate) fn IconLink(
    glyph: Glyph,
    /// Its accessible name.
    #[prop(into)]
    label: String,
    /// Further classes.
    #[prop(optional)]
    class: &'static str,
    href: String,
) -> impl IntoView {
    view! {
        <a class=format!("icon-button {class}") aria-label=label.clone() title=label href=href>
            <Icon glyph />
        </a>
    }
}
