//! Back closes what lies over a place before it leaves the place: each layer has a step of its own in the history. A step says in its
//! state how many layers there are at it; a layer that is closed otherwise leaves its step behind, for the next one to use, or for Back
//! to pass over. To leave it at once would take the browser a while, and undo what is gone to meanwhile.

use std::cell::{Cell, RefCell};

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::browser::js::{call, get};

thread_local! {
    /// What closes them, from the lowest on; each has a number.
    static LAYERS: RefCell<Vec<(u32, Callback<()>)>> = const { RefCell::new(Vec::new()) };
    static LAST: Cell<u32> = const { Cell::new(0) };
    /// How many layers the step says that one is at.
    static STEP: Cell<usize> = const { Cell::new(0) };
}

/// Something lies over the place for as long as the current owner lives. `close` must take it away.
pub(crate) fn layer(close: Callback<()>) {
    let number = LAST.get().wrapping_add(1);
    LAST.set(number);
    let count = LAYERS.with_borrow_mut(|layers| {
        layers.push((number, close));
        layers.len()
    });
    let here = step();
    if here.is_none() {
        // Told apart from a place that is gone to from here, which says nothing.
        history("replaceState", &[0.into(), "".into()]);
    }
    for step in here.unwrap_or_default() + 1..=count {
        history("pushState", &[JsValue::from_f64(step as f64), "".into()]);
    }
    STEP.set(step().unwrap_or_default());
    on_cleanup(move || LAYERS.with_borrow_mut(|layers| layers.retain(|(of, _)| *of != number)));
}

/// Whether the step that one is at is a layer's: what is gone to from here takes its place.
pub(crate) fn is_layer() -> bool {
    step().is_some_and(|step| step > 0)
}

/// Listens for as long as the current owner lives.
pub(crate) fn listen() {
    let handle = window_event_listener_untyped("popstate", |_| came());
    on_cleanup(move || handle.remove());
}

/// What the current step says. None: it is a place's, over which nothing has lain.
fn step() -> Option<usize> {
    get(&get(&window(), "history"), "state").as_f64().map(|step| step as usize)
}

fn history(method: &str, arguments: &[JsValue]) {
    if call(&get(&window(), "history"), method, arguments).is_none() {
        leptos::logging::warn!("the history took no step");
    }
}

/// Another step is the current one.
fn came() {
    let here = step();
    let before = STEP.replace(here.unwrap_or_default());
    let Some(here) = here else { return };
    let mut closed = false;
    while let Some((_, close)) = LAYERS.with_borrow_mut(|layers| (layers.len() > here).then(|| layers.pop()).flatten())
    {
        let _gone_already = close.try_run(());
        closed = true;
    }
    if here < before && !closed {
        history("back", &[]);
    }
}
