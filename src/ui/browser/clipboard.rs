//! Copying text.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlTextAreaElement;

/// Puts a text on the clipboard and says whether that worked.
pub(crate) async fn copy(text: String) -> bool {
    let navigator = window().navigator();
    // Absent where the page came over plain http from another machine.
    let present = js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| clipboard.is_object());
    if present && JsFuture::from(navigator.clipboard().write_text(&text)).await.is_ok() {
        return true;
    }
    copy_by_selection(&text)
}

/// The old way: a selected text field and the copy command.
fn copy_by_selection(text: &str) -> bool {
    let Some(field) =
        document().create_element("textarea").ok().and_then(|element| element.dyn_into::<HtmlTextAreaElement>().ok())
    else {
        return false;
    };
    // Inside an open dialog, where focus is allowed to go.
    let home = document().query_selector("dialog[open]").ok().flatten().or_else(|| document().body().map(Into::into));
    let Some(home) = home else { return false };
    field.set_value(text);
    field.set_class_name("visually-hidden");
    if home.append_child(&field).is_err() {
        return false;
    }
    let before = document().active_element();
    field.select();
    let done = document().unchecked_ref::<web_sys::HtmlDocument>().exec_command("copy").unwrap_or(false);
    field.remove();
    super::focus::restore(before);
    done
}
