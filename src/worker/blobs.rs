//! Blobs over HTTP: one request each, on the relay's origin, answered whatever comes of it.

use js_sys::{ArrayBuffer, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;
use xchat_engine::{BlobCame, BlobFailure, BlobWork};
use xchat_wire::BlobHash;

use super::{kept, upload};

/// Does it, and says what came of it. None: nobody waits for that.
pub async fn carry_out(work: BlobWork, sent: impl Fn(BlobHash, u64) + 'static) -> Option<BlobCame> {
    let (hash, done) = match work {
        BlobWork::Put { hash, path, token, bytes } => {
            (hash, put(&path, &token, &Uint8Array::from(bytes.as_slice())).await.map(|()| BlobCame::Put { hash }))
        }
        BlobWork::PutKept { hash, path, token } => {
            (hash, put_kept(hash, &path, &token, sent).await.map(|()| BlobCame::Put { hash }))
        }
        BlobWork::Fetch { hash, path, size } => {
            (hash, fetched(&path, size).await.map(|bytes| BlobCame::Fetched { hash, bytes }))
        }
        BlobWork::Release { hashes } => return noted(kept::release(&hashes).await),
        BlobWork::Discard { hashes } => return noted(kept::discard(&hashes).await),
        BlobWork::Needs { hashes } => return noted(kept::keep_only(&hashes).await),
    };
    Some(done.unwrap_or_else(|why| BlobCame::Failed { hash, why }))
}

/// What cannot be marked or thrown away stays as it is: that is done another time.
fn noted(done: Result<(), JsValue>) -> Option<BlobCame> {
    done.unwrap_or_else(|thrown| web_sys::console::warn_1(&thrown));
    None
}

async fn put_kept(
    hash: BlobHash,
    path: &str,
    token: &str,
    sent: impl Fn(BlobHash, u64) + 'static,
) -> Result<(), BlobFailure> {
    let chunk = kept::chunk(&hash).await.map_err(later)?.ok_or(BlobFailure::Lost)?;
    match upload::put(path, token, &chunk, move |bytes| sent(hash, bytes)).await.map_err(later)? {
        200..300 => Ok(()),
        // As without a connection.
        0 if !kept::is_readable(&chunk).await => Err(BlobFailure::Lost),
        status => Err(BlobFailure::of_status(status)),
    }
}

async fn put(path: &str, token: &str, body: &JsValue) -> Result<(), BlobFailure> {
    let (init, headers) = (Object::new(), Object::new());
    set(&headers, "authorization", &format!("Bearer {token}").into());
    set(&init, "method", &"PUT".into());
    set(&init, "headers", &headers);
    set(&init, "body", body);
    answer(path, &init).await.map(|_| ())
}

/// The bytes at a path. Of another length than was expected nothing is read: these are not the bytes, and none are given.
async fn fetched(path: &str, size: u64) -> Result<Vec<u8>, BlobFailure> {
    let response = answer(path, &Object::new()).await?;
    let length = response.headers().get("content-length").ok().flatten().and_then(|text| text.parse::<u64>().ok());
    if length.is_some_and(|length| length != size) {
        return Ok(Vec::new());
    }
    let body = JsFuture::from(response.array_buffer().map_err(later)?).await.map_err(later)?;
    let body: ArrayBuffer = body.dyn_into().map_err(later)?;
    match u64::from(body.byte_length()) == size {
        true => Ok(Uint8Array::new(&body).to_vec()),
        false => Ok(Vec::new()),
    }
}

/// An answer that went well. No answer at all is a failure like others.
async fn answer(path: &str, init: &Object) -> Result<Response, BlobFailure> {
    // No cookie, no credential: the relay has none, and a blob is nobody's.
    set(init, "credentials", &"omit".into());
    set(init, "redirect", &"error".into());
    let scope = js_sys::global();
    let fetch: Function = Reflect::get(&scope, &"fetch".into()).and_then(JsCast::dyn_into).map_err(later)?;
    let promise: Promise = fetch.call2(&scope, &path.into(), init).and_then(JsCast::dyn_into).map_err(later)?;
    let response: Response = JsFuture::from(promise).await.and_then(JsCast::dyn_into).map_err(later)?;
    match response.ok() {
        true => Ok(response),
        false => Err(BlobFailure::of_status(response.status())),
    }
}

fn later(_: JsValue) -> BlobFailure {
    BlobFailure::Later
}

fn set(object: &Object, key: &str, value: &JsValue) {
    // Only a frozen object refuses.
    let _set = Reflect::set(object, &key.into(), value);
}
