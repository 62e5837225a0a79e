//! The browser's things by name. The page's glue has a function for each binding, in its first download; these cost it nothing.

use js_sys::{Array, Function, Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, EventTarget};

/// A property; undefined where there is none.
pub(crate) fn get(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// Sets a property. What does not take it is without it.
pub(crate) fn set(of: &JsValue, name: &str, value: impl Into<JsValue>) {
    if Reflect::set(of, &name.into(), &value.into()).is_err() {
        leptos::logging::warn!("{name} was not set");
    }
}

/// Calls a method. None: there is none, or it threw.
pub(crate) fn call(of: &JsValue, name: &str, arguments: &[JsValue]) -> Option<JsValue> {
    let method: Function = get(of, name).dyn_into().ok()?;
    method.apply(of, &arguments.iter().collect::<Array>()).ok()
}

/// A new object of one of the window's classes. None: there is none, or it threw.
pub(crate) fn make(class: &str, arguments: &[JsValue]) -> Option<JsValue> {
    let class: Function = get(&window(), class).dyn_into().ok()?;
    Reflect::construct(&class, &arguments.iter().collect::<Array>()).ok()
}

/// What a promise comes to. None: it was refused, or is none.
pub(crate) async fn come(promise: JsValue) -> Option<JsValue> {
    JsFuture::from(promise.dyn_into::<Promise>().ok()?).await.ok()
}

/// What an event happened in that this selector names: its target, or the nearest around it.
pub(crate) fn closest(target: Option<EventTarget>, selector: &str) -> Option<Element> {
    target?.dyn_into::<Element>().ok()?.closest(selector).ok()?
}
