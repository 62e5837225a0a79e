//! `blob:` addresses, each of which is taken back with the owner in which it was asked for: else their bytes stay as long as the page.

use std::cell::{Cell, RefCell};

use leptos::prelude::{Owner, on_cleanup};
use wasm_bindgen::JsValue;
use web_sys::Blob;
use xchat_engine::api::SortedMap;

use crate::ui::browser::js::{call, get};

thread_local! {
    static NEXT: Cell<u64> = const { Cell::new(0) };
    /// What each lease has by now; none any more: its owner is gone.
    static LEASES: RefCell<SortedMap<u64, Option<String>>> = RefCell::default();
}

/// Stands for who asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lease(u64);

/// For the current owner. Without one it holds as long as the page.
pub(super) fn lease() -> Lease {
    let lease = number();
    LEASES.with_borrow_mut(|leases| leases.insert(lease, None));
    if Owner::current().is_some() {
        on_cleanup(move || {
            let held = LEASES.with_borrow_mut(|leases| leases.remove(&lease));
            if let Some(Some(url)) = held {
                revoke(&url);
            }
        });
    }
    Lease(lease)
}

/// A number that no other call has got.
pub(super) fn number() -> u64 {
    NEXT.replace(NEXT.get() + 1)
}

/// An address for a lease. None: its owner is gone.
pub(super) fn make(lease: Lease, blob: &Blob) -> Option<String> {
    LEASES.with_borrow_mut(|leases| {
        let held = leases.get_mut(&lease.0)?;
        *held = create(blob);
        held.clone()
    })
}

/// An address that its user takes back.
pub(crate) fn create(blob: &Blob) -> Option<String> {
    call(&class(), "createObjectURL", &[blob.into()])?.as_string()
}

pub(crate) fn revoke(url: &str) {
    call(&class(), "revokeObjectURL", &[url.into()]);
}

fn class() -> JsValue {
    get(&js_sys::global(), "URL")
}
