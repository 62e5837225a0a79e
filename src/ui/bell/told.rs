//! What another tab has told of. A lock says that as long as its tab stands: who tells, says so to the others as well, for a tab that
//! is closed right after it has told.

use std::cell::RefCell;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::Closure;

use crate::ui::browser::js::{call, get, make, set};

const CHANNEL: &str = "xchat-bell";
/// So many names are kept: more than come in while a tab that nobody looks at is late.
const KEPT: usize = 64;

/// The way to the other tabs, and what came by it.
struct Others {
    channel: JsValue,
    _heard: Closure<dyn FnMut(JsValue)>,
}

thread_local! {
    static OTHERS: Option<Others> = listen();
    static NAMES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn listen() -> Option<Others> {
    let channel = make("BroadcastChannel", &[CHANNEL.into()])?;
    let heard = Closure::<dyn FnMut(JsValue)>::new(|event: JsValue| {
        let Some(name) = get(&event, "data").as_string() else { return };
        NAMES.with_borrow_mut(|names| {
            if names.len() == KEPT {
                names.remove(0);
            }
            names.push(name);
        });
    });
    set(&channel, "onmessage", heard.as_ref().clone());
    Some(Others { channel, _heard: heard })
}

/// From now on it is known what the others tell of.
pub(super) fn hear() {
    OTHERS.with(|_| ());
}

/// Whether another tab has taken a message.
pub(super) fn elsewhere(name: &str) -> bool {
    NAMES.with_borrow(|names| names.iter().any(|told| told == name))
}

/// This tab has taken it.
pub(super) fn here(name: &str) {
    OTHERS.with(|others| {
        if let Some(others) = others {
            call(&others.channel, "postMessage", &[name.into()]);
        }
    });
}
