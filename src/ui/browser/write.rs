//! What the page writes into a text field, as if it had been typed: the field hears of it, and it can be undone.

use leptos::prelude::*;
use web_sys::{Event, HtmlTextAreaElement};

use super::focus::focus;
use super::js::call;

/// Writes a text in place of what stands from one place to another, in UTF-16 units. The caret is behind it then.
pub(crate) fn write(field: &HtmlTextAreaElement, (from, to): (usize, usize), text: &str) {
    let narrow = |at| u32::try_from(at).unwrap_or(u32::MAX);
    let (from, to) = (narrow(from), narrow(to));
    focus(field);
    if field.set_selection_range(from, to).is_err() {
        leptos::logging::warn!("nothing was selected");
    }
    // The one way into the history of what can be undone.
    let typed = call(&document(), "execCommand", &["insertText".into(), false.into(), text.into()]);
    if typed.is_some_and(|typed| typed.is_truthy()) {
        return;
    }
    let told = field.set_range_text_with_start_and_end(text, from, to).and_then(|()| {
        let event = Event::new("input")?;
        event.init_event_with_bubbles("input", true);
        field.dispatch_event(&event)
    });
    let caret = from + narrow(text.encode_utf16().count());
    if told.is_err() || field.set_selection_range(caret, caret).is_err() {
        leptos::logging::warn!("the field took nothing");
    }
}
