//! One writer: the Web Lock that the worker which owns this device's database holds for as long as it lives.
//!
//! A lock may be stolen ('Use here'). Whoever loses it learns so through [`Lock::lost`], but perhaps late (a frozen
//! tab): the fence inside each commit is what keeps it from writing.

use std::{cell::RefCell, rc::Rc};

use futures::channel::oneshot;
use js_sys::{Array, Function, Object, Promise, Reflect};
use thiserror::Error;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::thrown::words;

/// Name of the writer's lock, for the whole origin.
pub const WRITER: &str = "xchat-writer";

/// How to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Only if nobody holds it.
    Free,
    /// Take it from whoever holds it.
    Steal,
}

/// The browser grants no locks at all (not a secure context, or too old); nothing was taken.
#[derive(Debug, Error)]
#[error("this browser grants no locks: {0}")]
pub struct NoLocks(String);

/// A held lock. Dropping it lets go.
pub struct Lock {
    release: Function,
    lost: Option<oneshot::Receiver<()>>,
}

type Answer = Result<Option<Function>, NoLocks>;

impl Lock {
    /// Asks for the lock `name`. None: somebody else holds it (only with [`Ask::Free`]).
    pub async fn take(name: &str, ask: Ask) -> Result<Option<Lock>, NoLocks> {
        let (answer, answered) = oneshot::channel::<Answer>();
        let answer = Rc::new(RefCell::new(Some(answer)));
        let held = request(name, ask, answer.clone()).map_err(|thrown| NoLocks(words(&thrown)))?;
        let (lose, lost) = oneshot::channel();
        spawn_local(async move {
            // Settles when the lock is released, stolen, or was never granted.
            if let Err(thrown) = JsFuture::from(held).await {
                let waiting = answer.borrow_mut().take();
                // Whoever waits for the one or the other may be gone; then nobody needs to know.
                let _heard = match waiting {
                    Some(asked) => asked.send(Err(NoLocks(words(&thrown)))).is_ok(),
                    None => lose.send(()).is_ok(),
                };
            }
        });
        let granted = answered.await.map_err(|_| NoLocks("no answer".to_owned()))??;
        Ok(granted.map(|release| Lock { release, lost: Some(lost) }))
    }

    /// Resolves to true when somebody steals the lock, to false when it was let go. None from the second call on.
    pub fn lost(&mut self) -> Option<impl Future<Output = bool> + use<>> {
        let lost = self.lost.take()?;
        Some(async move { lost.await.is_ok() })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Resolving a promise does not throw.
        let _released = self.release.call0(&JsValue::UNDEFINED);
    }
}

/// `navigator.locks.request(name, options, granted)`: `granted` answers with the function that releases the lock, and
/// holds it until then by the promise that it returns.
fn request(name: &str, ask: Ask, answer: Rc<RefCell<Option<oneshot::Sender<Answer>>>>) -> Result<Promise, JsValue> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into())?;
    let locks = Reflect::get(&navigator, &"locks".into())?;
    let request: Function = Reflect::get(&locks, &"request".into())?.dyn_into()?;
    let options = Object::new();
    let way = match ask {
        Ask::Free => "ifAvailable",
        Ask::Steal => "steal",
    };
    Reflect::set(&options, &way.into(), &JsValue::TRUE)?;
    let granted = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        let mut release = None;
        let held = match lock.is_null() {
            true => JsValue::UNDEFINED,
            false => Promise::new(&mut |resolve, _| release = Some(resolve)).into(),
        };
        if let Some(asked) = answer.borrow_mut().take() {
            // Nobody waits any more: `held` is dropped with its resolver only when the worker ends, which is what
            // holding means.
            let _heard = asked.send(Ok(release)).is_ok();
        }
        held
    });
    request.apply(&locks, &Array::of3(&name.into(), &options, &granted))?.dyn_into()
}
