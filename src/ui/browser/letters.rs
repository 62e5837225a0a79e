//! Capital and small letters by the browser: Rust's own tables are a thirtieth of what the page would download.

use js_sys::JsString;

use super::js::{call, make};

/// In capital letters.
pub(crate) fn upper(text: &str) -> String {
    JsString::from(text).to_upper_case().into()
}

/// In small letters.
pub(crate) fn lower(text: &str) -> String {
    JsString::from(text).to_lower_case().into()
}

/// Small letters without accents, in the same lines.
pub(crate) fn fold(text: &str) -> String {
    let lower = lower(text);
    // A method is looked up on an object, which a string is not by itself.
    let object = make("String", &[(&*lower).into()]);
    let marked = object.and_then(|text| call(&text, "normalize", &["NFD".into()])?.as_string());
    marked.unwrap_or(lower).chars().filter(|c| !matches!(c, '\u{300}'..='\u{36f}')).collect()
}
