//! A text that is served beside the app.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use super::js::call;

/// Fetches it. None: there is no connection, or no such text.
pub(crate) async fn fetch(path: &str) -> Option<String> {
    let answer = JsFuture::from(window().fetch_with_str(path)).await.ok()?;
    if !answer.unchecked_ref::<web_sys::Response>().ok() {
        return None;
    }
    let text = call(&answer, "text", &[])?;
    JsFuture::from(text.unchecked_into::<js_sys::Promise>()).await.ok()?.as_string()
}
