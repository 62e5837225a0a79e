//! Conversations by name, as one types: the field above the chips, and the arrow keys from it along the rows.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::ui::browser::letters::fold;
use crate::ui::i18n::text;
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};

/// The field of the search.
pub(crate) const FIELD: &str = ".search-field__input";

/// Whether each word of what was typed begins a word of the name. Capitals and accents make no difference.
pub(crate) fn fits(name: &str, typed: &str) -> bool {
    let (name, typed) = (fold(name), fold(typed));
    typed.split(apart).all(|word| name.split(apart).any(|of| of.starts_with(word)))
}

fn apart(c: char) -> bool {
    c.is_whitespace() || c.is_ascii_punctuation() || c == '\u{2019}'
}

/// The field.
#[component]
pub(super) fn Find(typed: RwSignal<String>) -> impl IntoView {
    let t = text();
    // Not every browser does it by itself.
    let key = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            typed.set(String::new());
        }
    };
    view! {
        <search class="search-field">
            <Icon glyph=Glyph::SEARCH size=IconSize::Small />
            <input
                class="search-field__input"
                type="search"
                autocomplete="off"
                aria-label=t.search
                placeholder=t.search
                prop:value=move || typed.get()
                on:input=move |event| typed.set(event_target_value(&event))
                on:keydown=key
            />
        </search>
    }
}

/// Up and down lead from the field along the rows, and back; Enter opens the first.
pub(super) fn walk(event: &KeyboardEvent) {
    if event.key() == "Enter"
        && event.target().is_some_and(|field| field.unchecked_ref::<HtmlElement>().matches(FIELD).unwrap_or_default())
        && let Ok(Some(first)) = document().query_selector(".app__list a.list-row")
    {
        return first.unchecked_ref::<HtmlElement>().click();
    }
    let step = match event.key().as_str() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        _ => return,
    };
    let Ok(stops) = document().query_selector_all(".search-field__input, .app__list a.list-row") else { return };
    let stop = |at: u32| stops.item(at).and_then(|node| node.dyn_into::<HtmlElement>().ok());
    let here = document().active_element();
    let at = (0..stops.length()).find(|at| stop(*at).as_deref() == here.as_ref());
    // Before the first there is nothing, as there is after the last.
    if let Some(next) = at.and_then(|at| stop(at.wrapping_add_signed(step))) {
        event.prevent_default();
        if next.focus().is_err() {
            leptos::logging::warn!("a row took no focus");
        }
    }
}
