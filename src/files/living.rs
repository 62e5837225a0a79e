//! A Web Lock that this worker holds for as long as it lives, and with it its page: what is marked with its name is being staged. The
//! browser gives it back however the two end.

use futures::channel::oneshot;
use js_sys::Promise;
use wasm_bindgen::{JsValue, closure::Closure};

use super::crypto::random;
use super::js::{broken, call, get};
use crate::chunks::NAME;
use crate::filing::Failure;

/// Takes it, under a name that is nobody else's.
pub(super) async fn says_so() -> Result<JsValue, Failure> {
    let name = random()?.iter().fold(NAME.to_owned(), |name, byte| format!("{name} {byte:02x}"));
    let name = JsValue::from(name);
    let (give, given) = oneshot::channel();
    let held = Closure::once_into_js(move |_: JsValue| {
        let _heard = give.send(());
        // Until it is settled, which it never is.
        Promise::new(&mut |_, _| ())
    });
    let locks = get(&get(&js_sys::global(), "navigator"), "locks");
    call(&locks, "request", &[name.clone(), held]).map_err(broken)?;
    match given.await {
        Ok(()) => Ok(name),
        Err(_) => Err(Failure::Broken("the browser grants no locks".to_owned())),
    }
}
