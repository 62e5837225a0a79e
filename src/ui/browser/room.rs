//! How much the browser lets the app store, and how much of it is left.

use js_sys::Promise;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::js;
use crate::ui::i18n::spoken;

/// What the browser says of the origin's storage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Room {
    /// Bytes that are used, and that may be; as the browser rounds them.
    pub used: f64,
    pub of: f64,
    /// It promised not to evict them.
    pub kept: bool,
}

/// Less than this is little: a picture or two, or a day of a lively group.
const LITTLE: f64 = 32e6;

impl Room {
    /// What is left, where that is little: under a tenth and under [`LITTLE`] bytes.
    pub fn scarce(self) -> Option<f64> {
        let left = (self.of - self.used).max(0.0);
        (left < LITTLE && left < self.of / 10.0).then_some(left)
    }
}

/// Asks the browser. None: it does not say.
pub(crate) async fn room() -> Option<Room> {
    let storage = js::get(&window().navigator(), "storage");
    let ask = async |method: &str| {
        let promise: Promise = js::call(&storage, method, &[])?.dyn_into().ok()?;
        JsFuture::from(promise).await.ok()
    };
    let estimate = ask("estimate").await?;
    let number = |name: &str| js::get(&estimate, name).as_f64();
    let kept = ask("persisted").await.is_some_and(|kept| kept.is_truthy());
    Some(Room { used: number("usage")?, of: number("quota")?, kept })
}

/// "12 MB", by the browser's way of writing numbers and units in the page's language.
pub(crate) fn size(bytes: f64) -> String {
    const UNITS: [(&str, f64); 3] = [("gigabyte", 1e9), ("megabyte", 1e6), ("kilobyte", 1e3)];
    let (unit, of) = UNITS.into_iter().find(|(_, of)| bytes >= *of).unwrap_or(UNITS[2]);
    let options = js_sys::Object::new();
    js::set(&options, "style", "unit");
    js::set(&options, "unit", unit);
    js::set(&options, "maximumSignificantDigits", 2);
    // An object: a bare number has no methods to ask for by name.
    let number = js::make("Number", &[JsValue::from_f64(bytes / of)]);
    let write = |number| js::call(&number, "toLocaleString", &[spoken().tag().into(), options.into()])?.as_string();
    number.and_then(write).unwrap_or_default()
}
