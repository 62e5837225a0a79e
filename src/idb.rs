//! IndexedDB's requests and transactions as futures, as thin as they can be.
//!
//! Handlers are set when a request is made, not when it is awaited, so that many can be under way in one transaction. A
//! transaction commits by itself when nothing is pending: await nothing but its own requests between two of them.

use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use futures::{FutureExt, channel::oneshot};
use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{
    Event, IdbDatabase, IdbFactory, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransaction, IdbVersionChangeEvent,
};

type Handler = Closure<dyn FnMut(Event)>;

/// A request under way. Resolves to its result; the error is what the browser says.
pub(crate) struct Pending {
    request: IdbRequest,
    settled: oneshot::Receiver<()>,
    _handler: Handler,
}

impl Pending {
    pub(crate) fn new(request: IdbRequest) -> Self {
        let (settle, settled) = oneshot::channel();
        let mut settle = Some(settle);
        let handler = Handler::new(move |_: Event| {
            // Both success and error end it; whoever waited may have gone.
            let _heard = settle.take().is_some_and(|settle| settle.send(()).is_ok());
        });
        request.set_onsuccess(Some(handler.as_ref().unchecked_ref()));
        request.set_onerror(Some(handler.as_ref().unchecked_ref()));
        Self { request, settled, _handler: handler }
    }
}

impl Future for Pending {
    type Output = Result<JsValue, JsValue>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.settled.poll_unpin(cx).map(|_| match self.request.error()? {
            Some(error) => Err(error.into()),
            None => self.request.result(),
        })
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.request.set_onsuccess(None);
        self.request.set_onerror(None);
    }
}

/// How far a transaction may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Read,
    /// With strict durability: complete means on disk.
    Write,
    /// Complete means given to the system: what is lost with the power can be had again, or is followed by a [`Mode::Write`].
    Quick,
}

/// A transaction. Dropped without [`Tx::finish`], it is aborted.
pub(crate) struct Tx {
    tx: IdbTransaction,
    ended: oneshot::Receiver<bool>,
    finished: bool,
    _handler: Handler,
}

impl Tx {
    /// Opens a transaction over these stores. The error is an `InvalidStateError` when the connection is dead.
    pub(crate) fn begin(db: &IdbDatabase, stores: &[&str], mode: Mode) -> Result<Self, JsValue> {
        let names: Array = stores.iter().map(|name| JsValue::from_str(name)).collect();
        let (word, durability) = match mode {
            Mode::Read => ("readonly", "strict"),
            Mode::Write => ("readwrite", "strict"),
            Mode::Quick => ("readwrite", "relaxed"),
        };
        let options = Object::new();
        Reflect::set(&options, &"durability".into(), &durability.into())?;
        // web-sys has this form of `transaction` only behind a compiler flag.
        let transaction: Function = Reflect::get(db, &"transaction".into())?.dyn_into()?;
        let tx: IdbTransaction = transaction.apply(db, &Array::of3(&names, &word.into(), &options))?.unchecked_into();
        let (end, ended) = oneshot::channel();
        let mut end = Some(end);
        let handler = Handler::new(move |event: Event| {
            let _heard = end.take().is_some_and(|end| end.send(event.type_() == "complete").is_ok());
        });
        tx.set_oncomplete(Some(handler.as_ref().unchecked_ref()));
        tx.set_onabort(Some(handler.as_ref().unchecked_ref()));
        Ok(Self { tx, ended, finished: false, _handler: handler })
    }

    pub(crate) fn store(&self, name: &str) -> Result<IdbObjectStore, JsValue> {
        self.tx.object_store(name)
    }

    /// Commits at once; [`Tx::finish`] says how that went. It saves a way to the disk's process and back. Only where the engine's database
    /// may be `hasty`: else a request that fails may be left out, and the others written.
    pub(crate) fn commit_now(&self) {
        // Throws when a failed request has aborted the transaction already; then the abort has its reason.
        #[expect(deprecated, reason = "web-sys marks it so; IndexedDB 3.0 has it, and every browser does")]
        let _asked = self.tx.commit();
    }

    /// Commits once no request is under way, and resolves when everything is complete. An error says that nothing of the transaction
    /// was written; it is the browser's reason (for one, a `QuotaExceededError` that only shows now), or null when there is none.
    pub(crate) async fn finish(mut self) -> Result<(), JsValue> {
        self.finished = true;
        match (&mut self.ended).await {
            Ok(true) => Ok(()),
            Ok(false) | Err(oneshot::Canceled) => Err(self.tx.error().map_or(JsValue::NULL, Into::into)),
        }
    }

    /// Takes everything back, and resolves once that is done: to the reason that the browser had for an abort of its
    /// own, else to null.
    pub(crate) async fn abort(mut self) -> JsValue {
        self.finished = true;
        // Throws when the transaction is being aborted already.
        let _asked = self.tx.abort();
        let _ended = (&mut self.ended).await;
        self.tx.error().map_or(JsValue::NULL, Into::into)
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        self.tx.set_oncomplete(None);
        self.tx.set_onabort(None);
        if !self.finished {
            // Throws when it is over already, which is as good.
            let _aborted = self.tx.abort();
        }
    }
}

/// The browser's IndexedDB; an error where there is none or it is forbidden.
fn factory() -> Result<IdbFactory, JsValue> {
    let factory = Reflect::get(&js_sys::global(), &"indexedDB".into())?;
    match factory.is_object() {
        true => Ok(factory.unchecked_into()),
        false => Err("this browser has no IndexedDB".into()),
    }
}

/// Opens a database at `version`. `upgrade` runs inside the upgrade's transaction with the version before (0: there was
/// none); its error aborts the upgrade and is the result.
pub(crate) async fn open(
    name: &str,
    version: u32,
    upgrade: impl FnOnce(&IdbDatabase, u64) -> Result<(), JsValue> + 'static,
) -> Result<IdbDatabase, JsValue> {
    let request: IdbOpenDbRequest = factory()?.open_with_u32(name, version)?;
    let refused = Rc::new(RefCell::new(None));
    let mut upgrade = Some(upgrade);
    let on_upgrade = Closure::<dyn FnMut(IdbVersionChangeEvent)>::new({
        let (request, refused) = (request.clone(), refused.clone());
        move |event: IdbVersionChangeEvent| {
            let Some(upgrade) = upgrade.take() else { return };
            let done = request.result().and_then(|db| upgrade(db.unchecked_ref(), event.old_version() as u64));
            if let Err(reason) = done {
                *refused.borrow_mut() = Some(reason);
                if let Some(tx) = request.transaction() {
                    let _aborted = tx.abort();
                }
            }
        }
    });
    request.set_onupgradeneeded(Some(on_upgrade.as_ref().unchecked_ref()));
    let opened = Pending::new(request.clone().unchecked_into()).await;
    request.set_onupgradeneeded(None);
    match refused.borrow_mut().take() {
        Some(reason) => Err(reason),
        None => opened.map(JsCast::unchecked_into),
    }
}

/// A connection that lives as long as this value.
pub(crate) struct Link {
    db: IdbDatabase,
    /// The browser has closed it, or we have, to let a newer version or a deletion pass.
    closed: Rc<Cell<bool>>,
    _on_end: Closure<dyn Fn(Event)>,
}

impl Link {
    /// As [`open`].
    pub(crate) async fn open(
        name: &str,
        version: u32,
        upgrade: impl FnOnce(&IdbDatabase, u64) -> Result<(), JsValue> + 'static,
    ) -> Result<Self, JsValue> {
        let db = open(name, version, upgrade).await?;
        let closed = Rc::new(Cell::new(false));
        let on_end = Closure::<dyn Fn(Event)>::new({
            let (db, closed) = (db.clone(), closed.clone());
            move |_: Event| {
                closed.set(true);
                db.close();
            }
        });
        db.set_onclose(Some(on_end.as_ref().unchecked_ref()));
        db.set_onversionchange(Some(on_end.as_ref().unchecked_ref()));
        Ok(Self { db, closed, _on_end: on_end })
    }

    /// A transaction. None: the connection is dead.
    pub(crate) fn begin(&self, stores: &[&str], mode: Mode) -> Result<Option<Tx>, JsValue> {
        if self.closed.get() {
            return Ok(None);
        }
        match Tx::begin(&self.db, stores, mode) {
            Ok(tx) => Ok(Some(tx)),
            Err(thrown) if named(&thrown, "InvalidStateError") => Ok(None),
            Err(thrown) => Err(thrown),
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.db.set_onclose(None);
        self.db.set_onversionchange(None);
        self.db.close();
    }
}

/// Whether what was thrown has this name.
pub(crate) fn named(thrown: &JsValue, name: &str) -> bool {
    Reflect::get(thrown, &"name".into()).ok().and_then(|name| name.as_string()).as_deref() == Some(name)
}
