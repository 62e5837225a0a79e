//! Starts the file worker, and carries questions and answers. One that died takes its tasks along; the next question starts another.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

use leptos::prelude::document;
use wasm_bindgen::{JsValue, closure::Closure};
use web_sys::MessageEvent;
use xchat_engine::api::SortedMap;

use super::{FileFailure, keep};
use crate::filing::{Answer, Ask, Letter};
use crate::ui::browser::js::{call, get, make, set};

/// The page's meta element that names the worker's script.
const META: &str = "meta[name=\"xchat-files\"]";

type Hear = Rc<dyn Fn(Answer, JsValue)>;

/// Who waits for answers to a question.
#[derive(Clone)]
struct Waits {
    hear: Hear,
    /// Nobody wants what was asked for any more.
    stopped: Rc<Cell<bool>>,
}

thread_local! {
    static HOST: RefCell<Option<Rc<Host>>> = const { RefCell::new(None) };
}

struct Host {
    /// The worker, or a port to whatever answers.
    worker: JsValue,
    next: Cell<u32>,
    waiting: RefCell<SortedMap<u32, Waits>>,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(JsValue)>,
}

/// A question that was put.
#[derive(Clone)]
pub(super) struct Asked {
    host: Weak<Host>,
    task: u32,
}

impl Asked {
    /// Stops the task. It still answers: that it was stopped, or that it was over.
    pub(super) fn cancel(&self) {
        if let Some(host) = self.host.upgrade() {
            if let Some(waits) = host.waiting.borrow().get(&self.task) {
                waits.stopped.set(true);
            }
            host.post(self.task, Ask::Cancel, JsValue::NULL);
        }
    }
}

/// Puts a question; `hear` gets all answers, none of them before this has returned.
pub(super) fn ask(ask: &Ask, thing: &JsValue, hear: impl Fn(Answer, JsValue) + 'static) -> Asked {
    let hear: Hear = Rc::new(hear);
    let Some(host) = host() else {
        let why = FileFailure::Broken("the file worker cannot be started".to_owned());
        wasm_bindgen_futures::spawn_local(async move { hear(Answer::Failed { why }, JsValue::NULL) });
        return Asked { host: Weak::new(), task: 0 };
    };
    let task = host.next.replace(host.next.get() + 1);
    host.waiting.borrow_mut().insert(task, Waits { hear, stopped: Rc::default() });
    host.post(task, ask.clone(), thing.clone());
    Asked { host: Rc::downgrade(&host), task }
}

/// From now on this port is asked.
pub(super) fn over(port: JsValue) {
    HOST.set(Some(Host::of(port)));
}

/// The one that runs, or a new one.
fn host() -> Option<Rc<Host>> {
    HOST.with_borrow_mut(|held| {
        if held.is_none() {
            *held = start().map(Host::of);
            // Nobody waits for its answer.
            if let (Some(host), Some(most)) = (&held, keep::most_bytes()) {
                host.post(0, Ask::Limit { bytes: Some(most) }, JsValue::NULL);
            }
        }
        held.clone()
    })
}

fn start() -> Option<JsValue> {
    let script = document().query_selector(META).ok()??.get_attribute("content")?;
    let options = js_sys::Object::new();
    set(&options, "type", "module");
    make("Worker", &[script.into(), options.into()])
}

impl Host {
    fn of(worker: JsValue) -> Rc<Self> {
        Rc::new_cyclic(|this: &Weak<Self>| {
            let host = this.clone();
            let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
                if let Some(host) = host.upgrade() {
                    host.hear(&message.data());
                }
            });
            let host = this.clone();
            let on_error = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
                if let Some(host) = host.upgrade() {
                    let said = get(&event, "message").as_string();
                    host.dies(said.unwrap_or_else(|| "the file worker cannot be loaded".to_owned()));
                }
            });
            set(&worker, "onmessage", on_message.as_ref());
            set(&worker, "onerror", on_error.as_ref());
            Self {
                worker,
                next: Cell::new(1),
                waiting: RefCell::default(),
                _on_message: on_message,
                _on_error: on_error,
            }
        })
    }

    fn post(&self, task: u32, says: Ask, thing: JsValue) {
        let letter = Letter { task, says, thing }.to_js();
        if call(&self.worker, "postMessage", &[letter]).is_none() {
            self.tell(task, Answer::Failed { why: FileFailure::Broken("it cannot be handed over".to_owned()) });
        }
    }

    /// Later, as answers come: whoever asks does not expect one before they have asked.
    fn tell(&self, task: u32, answer: Answer) {
        let waits = self.waiting.borrow_mut().remove(&task);
        if let Some(Waits { hear, .. }) = waits {
            wasm_bindgen_futures::spawn_local(async move { hear(answer, JsValue::NULL) });
        }
    }

    fn hear(self: &Rc<Self>, message: &JsValue) {
        if let Some(why) = get(message, "fatal").as_string() {
            return self.dies(why);
        }
        let Some(Letter { task, says, thing }) = Letter::<Answer>::of_js(message) else {
            return self.dies("page and file worker are not of one build".to_owned());
        };
        let waits = match says {
            Answer::Working { .. } => self.waiting.borrow().get(&task).cloned(),
            _ => self.waiting.borrow_mut().remove(&task),
        };
        let Some(Waits { hear, stopped }) = waits else { return };
        match says {
            // It was said before the word to stop was heard: nobody will send that.
            Answer::Staged { source, .. } if stopped.get() => {
                self.post(0, Ask::Discard { source }, JsValue::NULL);
                hear(Answer::Failed { why: FileFailure::Cancelled }, JsValue::NULL);
            }
            says => hear(says, thing),
        }
    }

    fn dies(self: &Rc<Self>, why: String) {
        leptos::logging::warn!("the file worker stopped: {why}");
        HOST.with_borrow_mut(|held| {
            if held.as_ref().is_some_and(|held| Rc::ptr_eq(held, self)) {
                *held = None;
            }
        });
        call(&self.worker, "terminate", &[]);
        let tasks: Vec<u32> = self.waiting.borrow().keys().copied().collect();
        for task in tasks {
            self.tell(task, Answer::Failed { why: FileFailure::Broken(why.clone()) });
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        set(&self.worker, "onmessage", JsValue::NULL);
        set(&self.worker, "onerror", JsValue::NULL);
    }
}
