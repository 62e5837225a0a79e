//! A chunk over HTTP, from the relay of this page's origin.

use std::rc::Rc;

use futures::{
    FutureExt,
    channel::oneshot,
    future::{Either, LocalBoxFuture, select},
};
use gloo_timers::future::TimeoutFuture;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Event, EventTarget};
use xchat_wire::{BLOB_PATH, BlobHash};

use super::js::{call, come, get, object};
use super::reader::Reader;

/// A connection on which nothing comes for so long is none, in milliseconds.
const SILENT_MS: u32 = 60_000;

/// Why there is no chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// The relay does not have it.
    Gone,
    /// It has another length.
    Wrong,
    /// There was no answer, or none that counts: it is worth another attempt.
    Later,
}

/// A chunk on its way.
pub type Coming = LocalBoxFuture<'static, Result<Uint8Array, Lack>>;
/// Fetches the chunk of this hash into these bytes, of which it has as many; says each time that more of them are here.
pub type Fetch = Rc<dyn Fn(BlobHash, Uint8Array, Rc<dyn Fn(u64)>) -> Coming>;

/// From the relay.
pub fn from_relay() -> Fetch {
    Rc::new(|hash, room, came| fetched(hash, room, came).boxed_local())
}

async fn fetched(hash: BlobHash, room: Uint8Array, came: Rc<dyn Fn(u64)>) -> Result<Uint8Array, Lack> {
    let path = hash.as_bytes().iter().fold(BLOB_PATH.to_owned(), |path, byte| format!("{path}{byte:02x}"));
    let ended = Ended::new().map_err(later)?;
    // No credential: the relay has none, and a blob is nobody's. No second copy in the browser's cache.
    let how = object(&[
        ("credentials", "omit".into()),
        ("redirect", "error".into()),
        ("cache", "no-store".into()),
        ("signal", get(&ended.0, "signal")),
    ]);
    let answer = come(call(&js_sys::global(), "fetch", &[path.into(), how.into()])).await.map_err(later)?;
    match get(&answer, "status").as_f64().unwrap_or_default() as u16 {
        200 => {}
        408 | 425 | 429 | 500..=599 => return Err(Lack::Later),
        _ => return Err(Lack::Gone),
    }
    let (length, mut at) = (room.length(), 0);
    let mut reader = Reader::of(&get(&answer, "body"), room).map_err(later)?;
    while at < length {
        at += match in_time(reader.some(at, length)).await? {
            0 => return Err(Lack::Wrong),
            read => {
                came(u64::from(read));
                read
            }
        };
    }
    in_time(reader.ends()).await?.ok_or(Lack::Wrong)
}

/// What comes, unless nothing does.
async fn in_time<T>(comes: impl Future<Output = Result<T, JsValue>>) -> Result<T, Lack> {
    match select(std::pin::pin!(comes), TimeoutFuture::new(SILENT_MS)).await {
        Either::Left((come, _)) => come.map_err(later),
        Either::Right(_) => Err(Lack::Later),
    }
}

fn later(_: JsValue) -> Lack {
    Lack::Later
}

/// Ends a request when it is dropped: nobody waits for it any more.
struct Ended(JsValue);

impl Ended {
    fn new() -> Result<Self, JsValue> {
        let class: js_sys::Function = get(&js_sys::global(), "AbortController").dyn_into()?;
        js_sys::Reflect::construct(&class, &js_sys::Array::new()).map(Self)
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        // Nothing happens to one that is over.
        let _ended = call(&self.0, "abort", &[]);
    }
}

/// Waits so many milliseconds, or until the browser says that there is a connection again.
pub(super) async fn wait(ms: u32) {
    let (tell, told) = oneshot::channel::<()>();
    let mut tell = Some(tell);
    let on_online = Closure::<dyn FnMut(Event)>::new(move |_: Event| {
        let _heard = tell.take().is_some_and(|tell| tell.send(()).is_ok());
    });
    let _listens = Listens::to("online", on_online);
    select(TimeoutFuture::new(ms), told).await;
}

struct Listens(EventTarget, &'static str, Closure<dyn FnMut(Event)>);

impl Listens {
    fn to(name: &'static str, closure: Closure<dyn FnMut(Event)>) -> Self {
        let target: EventTarget = js_sys::global().unchecked_into();
        let _added = target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
        Self(target, name, closure)
    }
}

impl Drop for Listens {
    fn drop(&mut self) {
        let _removed = self.0.remove_event_listener_with_callback(self.1, self.2.as_ref().unchecked_ref());
    }
}
