//! The browser's things by name, and its promises.

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, MessageChannel, MessagePort};

use crate::filing::Failure;
pub(super) use crate::folder::get;
use crate::idb::named;
use crate::thrown::words;

/// An object with these properties.
pub(super) fn object(properties: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in properties {
        // A fresh object takes every property.
        let _set = Reflect::set(&object, &(*name).into(), value);
    }
    object
}

/// Calls a method.
pub(super) fn call(of: &JsValue, name: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let method: Function = get(of, name).dyn_into()?;
    method.apply(of, &arguments.iter().collect::<Array>())
}

/// What a promise comes to.
pub(super) async fn come(promise: Result<JsValue, JsValue>) -> Result<JsValue, JsValue> {
    JsFuture::from(promise?.dyn_into::<Promise>()?).await
}

/// A stretch of a blob, up to `to`.
pub(super) fn slice(blob: &Blob, from: u64, to: u64) -> Result<Blob, Failure> {
    // Both are far below 2^53.
    blob.slice_with_f64_and_f64(from as f64, to as f64).map_err(broken)
}

/// The bytes of a blob, in JavaScript's memory. An error: the browser cannot read them (any more).
pub(super) async fn bytes(blob: &Blob) -> Result<Uint8Array, Failure> {
    let bytes = JsFuture::from(blob.array_buffer()).await.map_err(|_| Failure::Unreadable)?;
    Ok(Uint8Array::new(&bytes))
}

/// Gives the memory of all these bytes back now, and not when the browser comes to it: it counts them as little, and they are much. Nobody may use them
/// any more. (`ArrayBuffer.transfer` does not: of what the browser itself made, Chromium has a second owner.)
pub(super) fn free(all: &[Uint8Array]) {
    thread_local! {
        /// A port whose other end is closed: what is sent there is gone.
        static NOBODY: Option<MessagePort> = MessageChannel::new().ok().map(|channel| {
            channel.port2().close();
            channel.port1()
        });
    }
    let buffers: Array = all.iter().map(Uint8Array::buffer).collect();
    NOBODY.with(|nobody| {
        // What cannot be sent stays as long as the browser likes.
        let _gone =
            nobody.as_ref().is_some_and(|port| port.post_message_with_transferable(&JsValue::NULL, &buffers).is_ok());
    });
}

/// Its length in bytes.
pub(super) fn size(blob: &Blob) -> u64 {
    blob.size() as u64
}

/// These bytes as a blob, which has a copy of them.
pub(super) fn blob_of(bytes: &Uint8Array) -> Result<Blob, Failure> {
    Blob::new_with_buffer_source_sequence(&Array::of1(bytes)).map_err(broken)
}

/// One blob of several things, with a media type.
pub(super) fn joined(parts: &Array, media_type: &str) -> Result<Blob, Failure> {
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(media_type);
    Blob::new_with_blob_sequence_and_options(parts, &options).map_err(broken)
}

/// What should not have been thrown.
pub(super) fn broken(thrown: JsValue) -> Failure {
    match named(&thrown, "QuotaExceededError") {
        true => Failure::NoRoom,
        false => Failure::Broken(words(&thrown)),
    }
}
