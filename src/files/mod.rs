//! The file worker: reads, seals and keeps what a person sends, and fetches and opens what they were sent.
//!
//! A page starts one of its own when it first needs it, and asks it by messages (`filing`). Data path, out: a file -> `picture` (a photo) ->
//! `seal` (records, chunks) -> `store`; from there the engine's worker sends it. In: `fetch` -> `store` -> `open` -> a Blob, or a file on disk.
//!
//! Bytes of files stay in the browser's memory, of which no more than a few chunks are taken at once, whatever the size of a file; none come into
//! this module's own but what stands behind the content of a record. It must never know a key but those of files, and never hand out bytes that did not open.

mod archive;
mod crypto;
mod desk;
mod disk;
mod fetch;
mod film;
mod gate;
mod js;
mod living;
mod open;
mod picture;
mod reader;
mod seal;
mod spare;
mod store;
mod task;

use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

pub use archive::Archive;
pub use desk::Desk;
pub use fetch::{Coming, Fetch, Lack, from_relay};
pub use store::Store;
pub use task::Task;

/// Where the worker's loader keeps what came before the worker was ready.
const QUEUE: &str = "xchatAsked";
/// What the loader calls with each later message.
const HOOK: &str = "xchatOnAsk";

/// Starts the worker; returns at once, the page's messages drive it from here.
pub fn start() {
    console_error_panic_hook::set_once();
    let scope: JsValue = js_sys::global().into();
    let desk = Desk::new(Archive::new(Store::new(crate::chunks::NAME), from_relay()), move |message| {
        // A page that is gone takes its worker with it.
        let _posted = js::call(&scope, "postMessage", std::slice::from_ref(message));
    });
    let hook = {
        let desk = desk.clone();
        Closure::<dyn Fn(JsValue)>::new(move |message: JsValue| desk.hear(&message)).into_js_value()
    };
    // The worker's own global object takes every property.
    let _set = Reflect::set(&js_sys::global(), &HOOK.into(), &hook);
    if let Ok(queued) = js::get(&js_sys::global(), QUEUE).dyn_into::<Array>() {
        while queued.length() > 0 {
            desk.hear(&queued.shift());
        }
    }
}
