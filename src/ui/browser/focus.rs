//! Where the keyboard is, and what kind of pointer there is.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusOptions, HtmlElement};

use super::js::set;

/// Moves the focus without scrolling.
pub(crate) fn focus(element: &HtmlElement) {
    focus_with(element, &FocusOptions::new());
}

fn focus_with(element: &HtmlElement, options: &FocusOptions) {
    options.set_prevent_scroll(true);
    if element.focus_with_options(options).is_err() {
        leptos::logging::warn!("an element took no focus");
    }
}

/// Moves the focus to the first element that matches, if there is one. Nobody looks for it there on a touch screen, so it has no ring.
pub(crate) fn focus_on(selector: &str) {
    let _there = found(selector);
}

fn found(selector: &str) -> bool {
    if let Ok(Some(element)) = document().query_selector(selector)
        && let Some(element) = element.dyn_ref::<HtmlElement>()
    {
        let options = FocusOptions::new();
        if !fine_pointer() {
            set(&options, "focusVisible", false);
        }
        focus_with(element, &options);
        return true;
    }
    false
}

/// Moves it to where one goes on in a conversation: the text field, where there is one and a keyboard.
pub(crate) fn go_on() {
    if !(fine_pointer() && found(".composer__input")) {
        focus_on(".timeline");
    }
}

/// A message goes: if it has the focus, that goes on from there once it is gone.
pub(crate) fn go_on_from(order: u64) {
    let message = format!("[data-order='{order}']");
    let has = document().active_element().is_some_and(|active| active.closest(&message).is_ok_and(|at| at.is_some()));
    if has {
        request_animation_frame(|| {
            if is_nowhere() {
                go_on();
            }
        });
    }
}

/// Whether no element has it.
pub(crate) fn is_nowhere() -> bool {
    document().active_element().is_none_or(|element| element.tag_name() == "BODY")
}

/// Gives the focus back to where it was, if that is still on the page.
pub(crate) fn restore(element: Option<Element>) {
    if let Some(element) = element
        && element.is_connected()
        && let Some(element) = element.dyn_ref::<HtmlElement>()
    {
        focus(element);
    }
}

/// A mouse or the like: opening a conversation may focus its text field, and Enter sends.
pub(crate) fn fine_pointer() -> bool {
    matches("(pointer: fine)")
}

fn matches(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}
