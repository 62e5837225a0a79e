//! A long message shows its beginning, and a button that shows the rest.

use leptos::html;
use leptos::prelude::*;
use web_sys::Element;

use crate::ui::i18n::later;
use crate::ui::session::use_session;

/// What the button says of itself, and by which the style folds the words before it: `false` they are folded.
const OPEN: &str = "aria-expanded";

/// The button, behind the words. It hides where they have room as they are.
pub(super) fn rest(order: u64) -> AnyView {
    let session = use_session();
    let node = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        let Some(button) = node.get() else { return };
        let fits = |words: Element| words.scroll_height() <= words.client_height();
        // Who is led to it, by a search say, sees all of it: what is sought may stand anywhere in it.
        if session.sought().get() == Some(order) {
            set(&button, true);
        } else if !is_open(&button) {
            button.set_hidden(button.previous_element_sibling().is_some_and(fits));
        }
    });
    let press = move |_| {
        let Some(button) = node.get_untracked() else { return };
        if is_open(&button) {
            stay(button.clone().into());
        } else {
            // One who reads on from here is not at the end any more.
            session.follow(false);
        }
        set(&button, !is_open(&button));
    };
    view! {
        <button node_ref=node class="bubble__rest" type="button" aria-expanded="false" on:click=press>
            {later().read_more}
        </button>
    }
    .into_any()
}

fn is_open(button: &Element) -> bool {
    button.get_attribute(OPEN).as_deref() == Some("true")
}

fn set(button: &Element, open: bool) {
    let (says, words) = if open { ("true", later().read_less) } else { ("false", later().read_more) };
    button.set_text_content(Some(words));
    if let Err(error) = button.set_attribute(OPEN, says) {
        leptos::logging::warn!("a message does not unfold: {error:?}");
    }
}

/// Keeps an element where it is on the screen, whatever of its message goes above it.
fn stay(element: Element) {
    let before = element.get_bounding_client_rect().top();
    request_animation_frame(move || {
        let moved = element.get_bounding_client_rect().top() - before;
        if let Ok(Some(frame)) = element.closest(".timeline") {
            frame.scroll_by_with_x_and_y(0.0, moved);
        }
    });
}
