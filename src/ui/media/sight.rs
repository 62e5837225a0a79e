//! What comes on the screen.

use js_sys::{Array, Object};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};

use crate::ui::browser::js::{call, get, make, set};

/// So near to the screen counts.
const NEAR: &str = "300px";

/// Calls `then` once, when the element is on the screen or near it.
pub(super) fn when_seen(node: NodeRef<html::Div>, then: Callback<()>) {
    let watch = StoredValue::new_local(None::<(JsValue, Closure<dyn FnMut(JsValue)>)>);
    let stop = move || {
        if let Some((observer, _)) = watch.try_update_value(Option::take).flatten() {
            call(&observer, "disconnect", &[]);
        }
    };
    Effect::new(move |_| {
        let Some(node) = node.get() else { return };
        let seen = Closure::<dyn FnMut(JsValue)>::new(move |entries: JsValue| {
            let entries: Array = entries.unchecked_into();
            if entries.iter().any(|entry| get(&entry, "isIntersecting").is_truthy()) {
                // Not from within what is thrown away by it.
                queue_microtask(move || {
                    stop();
                    let _gone = then.try_run(());
                });
            }
        });
        let options = Object::new();
        set(&options, "rootMargin", NEAR);
        match make("IntersectionObserver", &[seen.as_ref().clone(), options.into()]) {
            Some(observer) => {
                call(&observer, "observe", &[node.into()]);
                watch.set_value(Some((observer, seen)));
            }
            None => _ = then.try_run(()),
        }
    });
    on_cleanup(stop);
}
