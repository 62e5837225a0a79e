//! What crosses a port, and how it is read: bytes are CBOR, strings are the port's own words.

use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::MessagePort;
use xchat_engine::api::{Command, Event};

/// Worker to page, first: it listens.
pub(super) const READY: &str = "ready";
/// Page to worker, last: it goes away.
pub(super) const BYE: &str = "bye";
/// The field in which the worker's loader says that it could not start the worker.
const FATAL: &str = "fatal";

/// What a worker says.
#[derive(Debug, PartialEq)]
pub(super) enum ToPage {
    Ready,
    Event(Box<Event>),
}

/// What a page says.
#[derive(Debug, PartialEq)]
pub(super) enum ToWorker {
    Bye,
    Command(Command),
}

/// Reads a message of the worker. What cannot be read is an `Event::Fatal`: page and worker are not of one build.
pub(super) fn from_worker(data: &JsValue) -> ToPage {
    if let Some(bytes) = data.dyn_ref::<Uint8Array>() {
        // Where, and not why: the sentences of the codec are of no use to a page, and would be part of its download.
        let event = Event::from_bytes(&bytes.to_vec()).unwrap_or_else(|error| Event::Fatal {
            detail: format!("the worker's event does not decode at byte {}", error.position().unwrap_or_default()),
        });
        return ToPage::Event(Box::new(event));
    }
    if data.as_string().as_deref() == Some(READY) {
        return ToPage::Ready;
    }
    let loader = Reflect::get(data, &FATAL.into()).ok().and_then(|detail| detail.as_string());
    ToPage::Event(Box::new(Event::Fatal {
        detail: loader.unwrap_or_else(|| "the worker said something unknown".to_owned()),
    }))
}

/// Reads a message of a page; the error says why it cannot be read.
pub(super) fn from_page(data: &JsValue) -> Result<ToWorker, String> {
    if let Some(bytes) = data.dyn_ref::<Uint8Array>() {
        return Command::from_bytes(&bytes.to_vec()).map(ToWorker::Command).map_err(|error| {
            format!("the page's command does not decode at byte {}", error.position().unwrap_or_default())
        });
    }
    match data.as_string().as_deref() {
        Some(BYE) => Ok(ToWorker::Bye),
        _ => Err("the page said something unknown".to_owned()),
    }
}

/// Posts bytes; their buffer is transferred, not copied again. The error is the browser's.
pub(super) fn post(port: &MessagePort, bytes: &[u8]) -> Result<(), JsValue> {
    let array = Uint8Array::from(bytes);
    let buffer = array.buffer();
    port.post_message_with_transferable(&array, &Array::of1(&buffer))
}
