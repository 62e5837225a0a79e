//! One task that a page has set: how far it is, and what is to be taken back if it comes to nothing.

use std::cell::{Cell, RefCell};

use js_sys::Date;
use wasm_bindgen::JsValue;
use xchat_wire::BlobHash;

use super::js::{call, come};
use super::store::Store;
use crate::filing::{Answer, Failure};

/// Progress is told so often at most, in milliseconds.
const EVERY_MS: f64 = 100.0;

/// What a task does along its way.
pub struct Task {
    tell: Box<dyn Fn(Answer)>,
    done: Cell<u64>,
    total: Cell<u64>,
    /// What it is of a file's content. Sealed it is a little more, and what is said of it is for people.
    content: Cell<u64>,
    told: Cell<f64>,
    offline: Cell<bool>,
    /// Chunks that it has put into the store for an upload.
    pub(super) staged: RefCell<Vec<BlobHash>>,
    /// A file of the device that it writes.
    pub(super) writes: RefCell<Option<JsValue>>,
}

impl Task {
    /// `tell` hears how far it is.
    pub fn new(tell: impl Fn(Answer) + 'static) -> Self {
        Self {
            tell: Box::new(tell),
            done: Cell::default(),
            total: Cell::default(),
            content: Cell::default(),
            told: Cell::new(0.0),
            offline: Cell::default(),
            staged: RefCell::default(),
            writes: RefCell::default(),
        }
    }

    /// It has so many bytes to do, for so many of a file's content.
    pub(super) fn begins(&self, total: u64, content: u64) {
        self.done.set(0);
        self.total.set(total);
        self.content.set(content);
        self.told.set(0.0);
        self.tell();
    }

    /// So many more are done.
    pub(super) fn adds(&self, bytes: u64) {
        self.offline.set(false);
        self.done.set(self.done.get().saturating_add(bytes).min(self.total.get()));
        self.tell();
    }

    /// So many were not done after all: there is no connection.
    pub(super) fn loses(&self, bytes: u64) {
        self.offline.set(true);
        self.done.set(self.done.get().saturating_sub(bytes));
        self.tell();
    }

    fn tell(&self) {
        let now = Date::now();
        if now - self.told.get() >= EVERY_MS {
            self.told.set(now);
            let content = self.content.get();
            // Files are below 2^31 bytes.
            let done = (self.done.get() * content).checked_div(self.total.get()).unwrap_or_default();
            (self.tell)(Answer::Working { done, total: content });
        }
    }

    /// What it comes to when it is stopped.
    pub fn stopped(&self) -> Failure {
        if self.offline.get() { Failure::Offline } else { Failure::Cancelled }
    }

    /// Takes back what it has begun.
    pub async fn take_back(&self, store: &Store) {
        let writes = self.writes.take();
        if let Some(file) = writes {
            // Nothing of it passes for the whole: what was there before stays.
            let _aborted = come(call(&file, "abort", &[])).await;
        }
        let staged = self.staged.take();
        if let Err(failure) = store.remove(&staged).await {
            web_sys::console::warn_1(&format!("chunks that nobody needs stay for a while: {failure:?}").into());
        }
    }
}
