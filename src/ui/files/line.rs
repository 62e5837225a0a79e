//! A line to a service worker, on which it asks for the bytes of one file.
//!
//! It asks `{ number, from, to }`, the number being that of one request of the browser's, and gets `{ number, bytes }` or `{ number, why }`;
//! it ends with `{ number, whole }`. `{ ready }` and `{ alive }` say that it hears. `{ gone }` tells it that there is nothing more to be had.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use futures::channel::oneshot;
use futures::future::{AbortHandle, abortable};
use js_sys::{Array, Object};
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use xchat_engine::api::SortedMap;

use super::FileFailure;
use super::reading::Reading;
use super::stream::{Offer, Told};
use crate::ui::browser::js::{call, get, make, set};

/// So many questions whether it lives may stay without an answer.
const UNHEARD: u32 = 3;

/// One request of the browser's.
#[derive(Default)]
struct Answer {
    under_way: Option<AbortHandle>,
    /// What it will ask for next, and from which byte on that is.
    ahead: Option<(u64, Reading)>,
}

pub(super) struct Line {
    port: JsValue,
    worker: JsValue,
    answers: RefCell<SortedMap<u32, Answer>>,
    unheard: Cell<u32>,
    ready: RefCell<Option<oneshot::Sender<()>>>,
    _hear: Closure<dyn Fn(JsValue)>,
}

/// What a stream comes to whose service worker was stopped.
pub(super) fn stopped() -> FileFailure {
    FileFailure::Broken("the browser has stopped the service worker".to_owned())
}

impl Line {
    /// Hands one end to a service worker, with these words. What comes: when it has heard them.
    pub(super) fn to(worker: &JsValue, says: &Object, offer: Weak<Offer>) -> Option<(Rc<Self>, oneshot::Receiver<()>)> {
        let channel = make("MessageChannel", &[])?;
        let port = get(&channel, "port1");
        let (send, ready) = oneshot::channel();
        let line = Rc::new_cyclic(|this: &Weak<Self>| {
            let this = this.clone();
            let hear = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
                if let (Some(line), Some(offer)) = (this.upgrade(), offer.upgrade()) {
                    line.hear(&offer, &get(&event, "data"));
                }
            });
            set(&port, "onmessage", hear.as_ref());
            Self {
                port,
                worker: worker.clone(),
                answers: RefCell::default(),
                unheard: Cell::new(0),
                ready: RefCell::new(Some(send)),
                _hear: hear,
            }
        });
        let goes = Array::of1(&get(&channel, "port2"));
        call(worker, "postMessage", &[says.into(), goes.into()])?;
        Some((line, ready))
    }

    pub(super) fn leads_to(&self, worker: &JsValue) -> bool {
        self.worker == *worker
    }

    /// Whether a request of the browser's is under way.
    pub(super) fn is_used(&self) -> bool {
        !self.answers.borrow().is_empty()
    }

    /// Asks, by the way on which the browser hears that there is something to do. False: it has not said so for too long.
    pub(super) fn asks_whether_it_lives(&self, id: &str) -> bool {
        let says = Object::new();
        set(&says, "stream", id);
        call(&self.worker, "postMessage", &[says.into()]);
        self.unheard.replace(self.unheard.get() + 1) < UNHEARD
    }

    /// There is nothing more to be had.
    pub(super) fn hang_up(&self) {
        self.says("gone", &true.into(), None);
        for answer in self.answers.take().values() {
            answer.under_way.iter().for_each(AbortHandle::abort);
        }
        set(&self.port, "onmessage", JsValue::NULL);
        call(&self.port, "close", &[]);
    }

    fn says(&self, name: &str, what: &JsValue, number: Option<u32>) {
        let says = Object::new();
        set(&says, name, what);
        if let Some(number) = number {
            set(&says, "number", number);
        }
        call(&self.port, "postMessage", &[says.into()]);
    }

    fn hear(self: &Rc<Self>, offer: &Rc<Offer>, said: &JsValue) {
        self.unheard.set(0);
        if let Some(ready) = self.ready.take() {
            let _gone = ready.send(());
        }
        let number = |name| get(said, name).as_f64();
        let Some(of) = number("number").map(|of| of as u32) else { return };
        match (get(said, "whole").as_bool(), number("from"), number("to")) {
            (Some(whole), ..) => {
                let answer = self.answers.borrow_mut().remove(&of);
                if let Some(under_way) = answer.and_then(|answer| answer.under_way) {
                    under_way.abort();
                }
                offer.ends(whole);
            }
            (None, Some(from), Some(to)) => self.gives(offer, of, (from as u64, to as u64)),
            _ => {}
        }
    }

    fn gives(self: &Rc<Self>, offer: &Rc<Offer>, number: u32, (from, to): (u64, u64)) {
        // The browser has what is before it.
        offer.tell(Told::Read(from));
        let piece = offer.piece(from, to);
        let mut answers = self.answers.borrow_mut();
        let answer = answers.entry(number).or_default();
        let ahead = answer.ahead.take().filter(|(at, _)| *at == from);
        let reading = ahead.map_or_else(|| offer.read(piece.clone()), |(_, reading)| reading);
        if offer.saves() && piece.end < to {
            answer.ahead = Some((piece.end, offer.read(offer.piece(piece.end, to))));
        }
        let (line, of) = (self.clone(), offer.clone());
        let (work, under_way) = abortable(async move {
            match reading.bytes().await {
                Ok(bytes) => line.says("bytes", &bytes, Some(number)),
                Err(why) => {
                    of.fails(why.clone());
                    line.says("why", &format!("{why:?}").into(), Some(number));
                }
            }
        });
        answer.under_way = Some(under_way);
        spawn_local(async move { _ = work.await });
    }
}
