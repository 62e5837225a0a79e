//! An upload that says how far it is: `fetch` does not tell, `XMLHttpRequest` does.

use std::cell::Cell;

use futures::channel::oneshot;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Blob, ProgressEvent, XmlHttpRequest};

/// Progress is told so often at most, in milliseconds.
const EVERY_MS: f64 = 250.0;

/// Puts a body at a path of this origin, under a token. `sent` hears of bytes that have gone so far. The answer's status; 0: there was none.
pub(super) async fn put(path: &str, token: &str, body: &Blob, sent: impl Fn(u64) + 'static) -> Result<u16, JsValue> {
    let request = XmlHttpRequest::new()?;
    request.open("PUT", path)?;
    request.set_request_header("authorization", &format!("Bearer {token}"))?;
    let told = Cell::new(f64::NEG_INFINITY);
    let progress = Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| {
        let now = js_sys::Date::now();
        if now - told.get() >= EVERY_MS {
            told.set(now);
            sent(event.loaded() as u64);
        }
    });
    request.upload()?.set_onprogress(Some(progress.as_ref().unchecked_ref()));
    let (end, ended) = oneshot::channel();
    let over = Closure::once(move |_: ProgressEvent| {
        // Whoever waited may have gone.
        let _heard = end.send(());
    });
    request.set_onloadend(Some(over.as_ref().unchecked_ref()));
    request.send_with_opt_blob(Some(body))?;
    let _ended = ended.await;
    request.status()
}
