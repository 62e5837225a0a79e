//! A round button that shows an icon and says its name.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};
use crate::ui::route::Route;
use crate::ui::session::use_session;

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
    to: Route,
    /// It leads to the place above: a step back, where one came from there.
    #[prop(optional)]
    up: bool,
) -> impl IntoView {
    let router = use_session().router();
    let href = to.href();
    let press = move |event: leptos::ev::MouseEvent| {
        // A new tab, or window, is the browser's.
        if up && !event.ctrl_key() && !event.meta_key() && !event.shift_key() {
            event.prevent_default();
            router.up(to.clone());
        }
    };
    view! {
        <a class=format!("icon-button {class}") aria-label=label.clone() title=label href=href on:click=press>
            <Icon glyph />
        </a>
    }
}
