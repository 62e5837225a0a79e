//! What the browser tests share: JavaScript where a test must look, or break something, behind the code's back.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]

use js_sys::{Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Runs the body of an async function with these arguments (`a`, `b`, `c`) and waits for its result.
pub async fn js(body: &str, arguments: &[JsValue]) -> JsValue {
    let source = format!("return (async () => {{ {body} }})();");
    let function = Function::new_with_args("a, b, c", &source);
    let arguments: js_sys::Array = arguments.iter().collect();
    let promise: js_sys::Promise = function.apply(&JsValue::UNDEFINED, &arguments).unwrap().unchecked_into();
    match JsFuture::from(promise).await {
        Ok(value) => value,
        Err(thrown) => panic!("{body}: {thrown:?}"),
    }
}

/// Something of the browser that is changed for as long as this lives.
pub struct Changed {
    undo: Function,
}

impl Changed {
    /// Runs the body, which changes something and returns the function that changes it back.
    pub fn by(body: &str) -> Self {
        Self { undo: Function::new_no_args(body).call0(&JsValue::UNDEFINED).unwrap().unchecked_into() }
    }
}

impl Drop for Changed {
    fn drop(&mut self) {
        self.undo.call0(&JsValue::UNDEFINED).unwrap();
    }
}

/// From now on the n-th `put` (from 0) on a store called `store` fails like a broken constraint: after the call, inside
/// the transaction.
pub fn failing_put(store: &str, nth: u32) -> Changed {
    Changed::by(&format!(
        "const put = IDBObjectStore.prototype.put;
         let left = {nth};
         IDBObjectStore.prototype.put = function (value, key) {{
             const request = put.call(this, value, key);
             if (this.name === '{store}' && left-- === 0) this.add(value, key);
             return request;
         }};
         return () => {{ IDBObjectStore.prototype.put = put; }};"
    ))
}

/// A name that no other test uses.
pub fn fresh(what: &str) -> String {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    format!("{what}-{:016x}", u64::from_be_bytes(bytes))
}

pub fn field(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

/// A browser whose WebSockets are kept in `self.sockets`, so that a test can be their other end.
pub fn wired() -> Changed {
    Changed::by(
        "const had = self.WebSocket;
         self.sockets = [];
         self.onSocket = [];
         self.WebSocket = class {
             static OPEN = 1;
             constructor(url, protocol) {
                 Object.assign(this, { url, protocol, readyState: 0, sent: [], onmessage: null, onclose: null });
                 self.sockets.push(this);
                 self.onSocket.splice(0).forEach((told) => told());
             }
             send(data) { this.sent.push(new Uint8Array(data)); self.log?.push('send'); }
             close() { this.readyState = 3; }
             opens() { this.readyState = 1; }
             says(bytes) { this.onmessage?.({ data: bytes.slice().buffer }); }
             ends() { this.readyState = 3; this.onclose?.({}); }
         };
         return () => { self.WebSocket = had; };",
    )
}

/// Runs JavaScript on `store` in a write transaction on that store of the database called `name`.
pub async fn tamper(name: &str, store: &str, change: &str) {
    let body = format!(
        "const db = await new Promise((ok, no) => {{
             const r = indexedDB.open(a); r.onsuccess = () => ok(r.result); r.onerror = no;
         }});
         await new Promise((ok, no) => {{
             const tx = db.transaction(b, 'readwrite');
             tx.oncomplete = ok; tx.onabort = no;
             const store = tx.objectStore(b);
             {change}
         }});
         db.close();"
    );
    js(&body, &[name.into(), store.into()]).await;
}

/// For [`tamper`]: flips the last bit of each value's last byte.
pub const FLIP: &str = "
    const r = store.openCursor();
    r.onsuccess = () => {
        if (!r.result) return;
        const value = r.result.value;
        value[value.length - 1] ^= 1;
        r.result.update(value);
        r.result.continue();
    };";
