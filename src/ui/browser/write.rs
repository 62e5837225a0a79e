//! What the page writes into a text field, as if it had been typed: the field hears of it, and it can be undone.

use leptos::prelude::*;
use web_sys::HtmlTextAreaElement;

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
    if call(&document(), "execCommand", &["insertText".into(), false.into(), text.into()]).is_none() {
        leptos::logging::warn!("the field took nothing");
    }
}
