//! The page's end: starts the worker, or joins the one that runs.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::{Rc, Weak},
};

use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{
    Event as DomEvent, EventTarget, MessageChannel, MessageEvent, MessagePort, PageTransitionEvent, SharedWorker,
    Window, Worker, WorkerOptions, WorkerType,
};
use xchat_engine::api::{Command, Event};

use super::letter::{self, BYE, ToPage};
use crate::thrown::words;

/// The page's meta element that names the worker's script.
const META: &str = "meta[name=\"xchat-worker\"]";

/// A page's way to the worker. Clones share one port; it lives as long as one of them does.
#[derive(Clone)]
pub struct Port(Rc<Inner>);

struct Inner {
    on_event: Box<dyn Fn(Event)>,
    host: RefCell<Option<Host>>,
    wire: RefCell<Option<Wire>>,
    /// The worker listens on the wire.
    ready: Cell<bool>,
    /// Commands given before it did, in order.
    waiting: RefCell<VecDeque<Vec<u8>>>,
    /// The browser was asked to keep what is stored.
    kept: Cell<bool>,
    /// Listeners of the page and of the worker, removed with the port.
    listeners: RefCell<Vec<Listener>>,
}

/// Who runs the worker.
enum Host {
    /// One worker for all tabs; each page gets a port by naming the same script.
    Shared(String),
    /// This page's own, where there is no SharedWorker.
    Own(Worker),
}

struct Wire {
    port: MessagePort,
    _on_message: Closure<dyn Fn(MessageEvent)>,
}

struct Listener {
    target: EventTarget,
    name: &'static str,
    closure: Closure<dyn Fn(DomEvent)>,
}

impl Port {
    /// Starts the worker that the page names, or joins it. `on_event` is called for each event, never from inside this
    /// call, with a snapshot first. A worker that cannot be started is an `Event::Fatal`.
    pub fn open(on_event: impl Fn(Event) + 'static) -> Port {
        let port = Port::new(on_event);
        if let Err(detail) = port.0.start() {
            let inner = Rc::downgrade(&port.0);
            wasm_bindgen_futures::spawn_local(async move { fatal(&inner, detail) });
        }
        port
    }

    /// A port over a channel whose other end somebody holds: what `open` comes to once the worker is found.
    pub fn over(channel: MessagePort, on_event: impl Fn(Event) + 'static) -> Port {
        let port = Port::new(on_event);
        port.0.attach(channel);
        port
    }

    fn new(on_event: impl Fn(Event) + 'static) -> Port {
        Port(Rc::new(Inner {
            on_event: Box::new(on_event),
            host: RefCell::default(),
            wire: RefCell::default(),
            ready: Cell::new(false),
            waiting: RefCell::default(),
            kept: Cell::new(false),
            listeners: RefCell::default(),
        }))
    }

    /// Gives a command to the worker. Before the worker listens it is held back; order is kept.
    pub fn send(&self, command: Command) {
        self.0.waiting.borrow_mut().push_back(command.to_bytes());
        self.0.flush();
    }
}

impl Inner {
    fn start(self: &Rc<Self>) -> Result<(), String> {
        let window = web_sys::window().ok_or("no window")?;
        let url = worker_url(&window)?;
        let host = match has_shared_workers(&window) {
            true => Host::Shared(url),
            false => Host::Own(self.own_worker(&url)?),
        };
        *self.host.borrow_mut() = Some(host);
        // A page that is put away says so; one that comes back from the back/forward cache joins again.
        self.listen(&window, "pagehide", |inner, _| inner.leave());
        self.listen(&window, "pageshow", |inner, event| {
            if event.dyn_ref::<PageTransitionEvent>().is_some_and(PageTransitionEvent::persisted) {
                inner.join_or_tell();
            }
        });
        self.join()
    }

    fn join_or_tell(self: &Rc<Self>) {
        if let Err(detail) = self.join() {
            (self.on_event)(Event::Fatal { detail });
        }
    }

    /// A fresh channel to the worker.
    fn join(self: &Rc<Self>) -> Result<(), String> {
        let (port, shared) = match self.host.borrow().as_ref() {
            None => return Err("no worker was started".to_owned()),
            Some(Host::Shared(url)) => {
                let worker = SharedWorker::new_with_worker_options(url, &module()).map_err(|thrown| words(&thrown))?;
                (worker.port(), Some(worker))
            }
            Some(Host::Own(worker)) => {
                let channel = MessageChannel::new().map_err(|thrown| words(&thrown))?;
                worker
                    .post_message_with_transfer(&JsValue::NULL, &Array::of1(&channel.port2()))
                    .map_err(|thrown| words(&thrown))?;
                (channel.port1(), None)
            }
        };
        if let Some(worker) = shared {
            self.listen(&worker, "error", |inner, event| inner.worker_failed(&event));
        }
        self.attach(port);
        Ok(())
    }

    fn own_worker(self: &Rc<Self>, url: &str) -> Result<Worker, String> {
        let worker = Worker::new_with_options(url, &module()).map_err(|thrown| words(&thrown))?;
        self.listen(&worker, "error", |inner, event| inner.worker_failed(&event));
        Ok(worker)
    }

    fn worker_failed(&self, event: &DomEvent) {
        let said = Reflect::get(event, &"message".into()).ok().and_then(|message| message.as_string());
        let detail = said.unwrap_or_else(|| "the worker's script could not be loaded".to_owned());
        (self.on_event)(Event::Fatal { detail });
    }

    fn attach(self: &Rc<Self>, port: MessagePort) {
        let inner = Rc::downgrade(self);
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            if let Some(inner) = inner.upgrade() {
                inner.hear(&message.data());
            }
        });
        port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        // Where browsers say so: a worker that was ended from outside cannot say it by itself.
        self.listen(&port, "close", |inner, _| inner.cut_off());
        self.ready.set(false);
        *self.wire.borrow_mut() = Some(Wire { port, _on_message: on_message });
    }

    /// The worker's end of the port is gone, and it was not this page that hung up.
    fn cut_off(&self) {
        if self.wire.borrow().is_some() {
            (self.on_event)(Event::Fatal { detail: "the worker ended".to_owned() });
        }
    }

    fn hear(&self, data: &JsValue) {
        match letter::from_worker(data) {
            ToPage::Ready => {
                self.ready.set(true);
                self.flush();
            }
            ToPage::Event(event) => {
                self.keep_storage(&event);
                (self.on_event)(*event);
            }
        }
    }

    fn flush(&self) {
        let wire = self.wire.borrow();
        let Some(wire) = wire.as_ref().filter(|_| self.ready.get()) else { return };
        let mut waiting = self.waiting.borrow_mut();
        while let Some(bytes) = waiting.front() {
            // A port that takes nothing is a closed one: what waits goes out on the next.
            if letter::post(&wire.port, bytes).is_err() {
                return;
            }
            waiting.pop_front();
        }
    }

    fn leave(&self) {
        self.ready.set(false);
        if let Some(wire) = self.wire.borrow_mut().take() {
            wire.hang_up();
        }
    }

    /// Once there is an account, asks the browser not to evict it; only a page may. A refusal changes nothing.
    fn keep_storage(&self, event: &Event) {
        let account = matches!(event, Event::Account { .. } | Event::Snapshot { account: Some(_), .. });
        if account
            && !self.kept.replace(true)
            && let Some(window) = web_sys::window()
            && let Ok(asked) = window.navigator().storage().persist()
        {
            wasm_bindgen_futures::spawn_local(async move {
                let _granted = wasm_bindgen_futures::JsFuture::from(asked).await;
            });
        }
    }

    fn listen(self: &Rc<Self>, target: &EventTarget, name: &'static str, then: impl Fn(&Rc<Self>, DomEvent) + 'static) {
        let inner = Rc::downgrade(self);
        let closure = Closure::<dyn Fn(DomEvent)>::new(move |event: DomEvent| {
            if let Some(inner) = inner.upgrade() {
                then(&inner, event);
            }
        });
        // Adding a function as a listener does not fail.
        if target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref()).is_ok() {
            self.listeners.borrow_mut().push(Listener { target: target.clone(), name, closure });
        }
    }
}

impl Wire {
    fn hang_up(self) {
        // A port that is closed already has nobody to tell.
        let _told = self.port.post_message(&BYE.into());
        self.port.set_onmessage(None);
        self.port.close();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.leave();
        for Listener { target, name, closure } in self.listeners.take() {
            let _removed = target.remove_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
        }
    }
}

fn fatal(inner: &Weak<Inner>, detail: String) {
    if let Some(inner) = inner.upgrade() {
        (inner.on_event)(Event::Fatal { detail });
    }
}

fn worker_url(window: &Window) -> Result<String, String> {
    let meta = window.document().and_then(|document| document.query_selector(META).ok().flatten());
    meta.and_then(|meta| meta.get_attribute("content")).ok_or_else(|| "the page names no worker".to_owned())
}

fn has_shared_workers(window: &Window) -> bool {
    Reflect::get(window, &"SharedWorker".into()).is_ok_and(|class| class.is_function())
}

fn module() -> WorkerOptions {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    options
}
