//! The file worker, in a page instead of a worker of its own: sealing, opening, keeping, and the page's way to it. What stands in for the
//! relay hands out bytes by their hash, and can be told to hand out others.
#![allow(clippy::unwrap_used)]

mod client;
mod coming;
mod opening;
mod pictures;
mod saved;
mod stored;
mod streams;
#[path = "../support/mod.rs"]
mod support;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use futures::FutureExt;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test_configure;
use web_sys::Blob;
use xchat::files::{Archive, Fetch, Lack, Store, Task};
use xchat::filing::{Answer, Ask, Failure, How, Wanted};
use xchat_engine::api::{Media, SortedMap};
use xchat_files::{FileSource, Kind};
use xchat_wire::BlobHash;

wasm_bindgen_test_configure!(run_in_browser);

/// What the relay has, and what it does.
#[derive(Default)]
struct Relay {
    blobs: RefCell<SortedMap<BlobHash, Uint8Array>>,
    /// So many requests more are not answered.
    away: Cell<u32>,
    asked: Cell<u32>,
    /// It answers nobody, and so many did not wait for it any more.
    holds: Cell<bool>,
    left: Cell<u32>,
}

/// A request that is under way.
struct Held(Rc<Relay>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.left.set(self.0.left.get() + 1);
    }
}

impl Relay {
    fn fetch(self: &Rc<Self>) -> Fetch {
        let relay = self.clone();
        Rc::new(move |hash, room, came| {
            let relay = relay.clone();
            async move {
                relay.asked.set(relay.asked.get() + 1);
                if relay.holds.get() {
                    let _held = Held(relay.clone());
                    std::future::pending::<()>().await;
                }
                if let Some(left) = relay.away.get().checked_sub(1) {
                    relay.away.set(left);
                    return Err(Lack::Later);
                }
                let bytes = relay.blobs.borrow().get(&hash).cloned().ok_or(Lack::Gone)?;
                if bytes.length() != room.length() {
                    return Err(Lack::Wrong);
                }
                came(room.length().into());
                room.set(&bytes, 0);
                Ok(room)
            }
            .boxed_local()
        })
    }

    /// As if all that is stored there had been uploaded.
    async fn takes(&self, store: &str) {
        let body = "const db = await new Promise((ok, no) => {
                const r = indexedDB.open(a); r.onsuccess = () => ok(r.result); r.onerror = no;
            });
            const store = db.transaction('chunks').objectStore('chunks');
            const all = (r) => new Promise((ok) => { r.onsuccess = () => ok(r.result); });
            const [keys, blobs] = await Promise.all([all(store.getAllKeys()), all(store.getAll())]);
            db.close();
            const bytes = await Promise.all(blobs.map((blob) => blob.arrayBuffer()));
            return keys.map((key, at) => [new Uint8Array(key), new Uint8Array(bytes[at])]);";
        let found: Array = support::js(body, &[store.into()]).await.unchecked_into();
        for pair in found.iter() {
            let pair: Array = pair.unchecked_into();
            let key = pair.get(0).unchecked_into::<Uint8Array>().to_vec();
            self.blobs.borrow_mut().insert(BlobHash::from_slice(&key).unwrap(), pair.get(1).unchecked_into());
        }
    }
}

/// A device: a store of its own, and the relay.
struct Device {
    name: String,
    archive: Archive,
}

impl Device {
    fn new(relay: &Rc<Relay>) -> Self {
        let name = support::fresh("files");
        Self { archive: Archive::new(Store::new(&name), relay.fetch()), name }
    }

    /// One that keeps of what is saved nothing that is larger than so many bytes.
    fn keeping(relay: &Rc<Relay>, bytes: u64) -> Self {
        let Self { name, archive } = Self::new(relay);
        Self { archive: archive.keeping(bytes), name }
    }

    async fn asks(&self, ask: Ask, thing: &JsValue) -> Result<(Answer, JsValue), Failure> {
        let task = Rc::new(Task::new(|_| ()));
        self.archive.answer(&task, ask, thing.clone()).await
    }

    async fn stages(&self, file: &Blob, how: How) -> Result<Staged, Failure> {
        let ask =
            Ask::Stage { name: "a.b/holiday.jpeg".to_owned(), claimed: String::new(), how, media: Media::default() };
        match self.asks(ask, file).await?.0 {
            Answer::Staged { name, content_type, source, shown, media } => {
                Ok(Staged { name, content_type, source, shown, media })
            }
            other => panic!("{other:?}"),
        }
    }

    async fn opens(&self, source: &FileSource, wanted: Wanted) -> Result<(Kind, Blob), Failure> {
        match self.asks(Ask::Open { source: source.clone(), wanted }, &JsValue::NULL).await? {
            (Answer::Opened { kind }, blob) => Ok((kind, blob.unchecked_into())),
            (other, _) => panic!("{other:?}"),
        }
    }
}

struct Staged {
    name: String,
    content_type: String,
    source: FileSource,
    shown: bool,
    media: Media,
}

/// A file of random bytes, which is of no kind.
async fn file_of(size: u64) -> Blob {
    let body = "const bytes = new Uint8Array(a);
        for (let at = 0; at < a; at += 65536) crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65536, a)));
        bytes[0] = 1;
        return new Blob([bytes]);";
    support::js(body, &[(size as f64).into()]).await.unchecked_into()
}

fn blob_of(bytes: &[u8]) -> Blob {
    Blob::new_with_buffer_source_sequence(&Array::of1(&Uint8Array::from(bytes))).unwrap()
}

async fn bytes_of(blob: &Blob) -> Vec<u8> {
    let bytes = wasm_bindgen_futures::JsFuture::from(blob.array_buffer()).await.unwrap();
    Uint8Array::new(&bytes).to_vec()
}

async fn same(a: &Blob, b: &Blob) -> bool {
    let body =
        "const hash = async (blob) => new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));
        const [x, y] = [await hash(a), await hash(b)];
        return a.size === b.size && x.every((byte, at) => byte === y[at]);";
    support::js(body, &[a.into(), b.into()]).await.is_truthy()
}

/// How many rows the stores `chunks` and `marks` have.
async fn rows(store: &str) -> (u32, u32) {
    let body = "const db = await new Promise((ok, no) => {
            const r = indexedDB.open(a); r.onsuccess = () => ok(r.result); r.onerror = no;
        });
        const count = (name) => new Promise((ok) => {
            const r = db.transaction(name).objectStore(name).count(); r.onsuccess = () => ok(r.result);
        });
        const counts = [await count('chunks'), await count('marks')];
        db.close();
        return counts;";
    let counts: Array = support::js(body, &[store.into()]).await.unchecked_into();
    (counts.get(0).as_f64().unwrap() as u32, counts.get(1).as_f64().unwrap() as u32)
}
