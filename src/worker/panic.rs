//! A panic's last word: the pages learn that the worker has stopped, and the worker ends.

use std::{cell::RefCell, panic};

use js_sys::{Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use xchat_engine::api::Event;

use crate::link::Ports;

thread_local! {
    // The hook must be Send; a worker has one thread, and this is where the hook finds the ports on it.
    static PAGES: RefCell<Option<Ports>> = const { RefCell::new(None) };
}

/// From now on a panic reaches the console and every page, and ends the worker: a page that is loaded again gets a new
/// one, never one whose memory is in doubt. What was committed is on disk; what was not is as if it had never been
/// asked.
pub(super) fn install(pages: Ports) {
    PAGES.with(|slot| *slot.borrow_mut() = Some(pages));
    panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        let said = PAGES.try_with(|slot| {
            if let Ok(Some(pages)) = slot.try_borrow().as_deref() {
                pages.tell_all(&Event::Fatal { detail: info.to_string() });
            }
        });
        if said.is_ok() {
            close();
        }
    }));
}

/// `self.close()`: nothing of this worker runs any more, and its lock is free.
fn close() {
    let scope = js_sys::global();
    if let Ok(close) = Reflect::get(&scope, &"close".into())
        && let Some(close) = close.dyn_ref::<Function>()
    {
        let _closed = close.call0(&JsValue::from(scope));
    }
}
