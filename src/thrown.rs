//! What JavaScript throws, in words.

use js_sys::Reflect;
use wasm_bindgen::JsValue;

/// `name: message` of an error, else the value as it prints. For reports, not for people.
pub(crate) fn words(thrown: &JsValue) -> String {
    if thrown.is_null() {
        return "no reason was given".to_owned();
    }
    let field = |name: &str| Reflect::get(thrown, &name.into()).ok().and_then(|value| value.as_string());
    match (field("name"), field("message")) {
        (Some(name), Some(message)) => format!("{name}: {message}"),
        (None, Some(message)) => message,
        _ => thrown.as_string().unwrap_or_else(|| format!("{thrown:?}")),
    }
}
