//! Capital and small letters by the browser: Rust's own tables are a thirtieth of what the page would download.

use js_sys::JsString;

/// In capital letters.
pub(crate) fn upper(text: &str) -> String {
    JsString::from(text).to_upper_case().into()
}

/// In small letters.
pub(crate) fn lower(text: &str) -> String {
    JsString::from(text).to_lower_case().into()
}
