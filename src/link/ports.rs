//! The worker's ends: one for each page that is open.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Event as DomEvent, MessageEvent, MessagePort};
use xchat_engine::api::{Command, Event, SortedMap};

use super::letter::{self, READY, ToWorker};

/// Where the worker's loader keeps the ports that came before the worker was ready.
const QUEUE: &str = "xchatPorts";
/// What the loader calls with each later port.
const HOOK: &str = "xchatOnPort";

/// One page, for the time that its port is open. Never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortId(u64);

/// What comes from the pages, in the order of each port.
#[derive(Debug, PartialEq)]
pub enum FromPage {
    /// A page is there; the first of its port.
    Attached(PortId),
    /// It asks for something.
    Said(PortId, Command),
    /// It is gone; the last of its port.
    Left(PortId),
}

/// All pages. Clones are the same set.
#[derive(Clone)]
pub struct Ports(Rc<Shared>);

struct Shared {
    sink: Box<dyn Fn(FromPage)>,
    open: RefCell<SortedMap<PortId, Open>>,
    next: Cell<u64>,
}

struct Open {
    port: MessagePort,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    on_close: Closure<dyn Fn(DomEvent)>,
}

impl Ports {
    /// No pages yet. What they say goes to `sink`, which must not call back into the ports at once: it queues.
    pub fn new(sink: impl Fn(FromPage) + 'static) -> Self {
        Self(Rc::new(Shared { sink: Box::new(sink), open: RefCell::default(), next: Cell::new(0) }))
    }

    /// Takes the ports that the worker's loader has queued, and each that comes from now on.
    pub fn listen(&self) {
        let scope = js_sys::global();
        let ports = self.clone();
        let hook = Closure::<dyn Fn(MessagePort)>::new(move |port: MessagePort| {
            ports.attach(port);
        })
        .into_js_value();
        // The worker's own global object takes every property.
        let _set = Reflect::set(&scope, &HOOK.into(), &hook);
        let queued = Reflect::get(&scope, &QUEUE.into()).unwrap_or(JsValue::UNDEFINED);
        if let Some(queued) = queued.dyn_ref::<Array>() {
            while queued.length() > 0 {
                self.attach(queued.shift().unchecked_into());
            }
        }
    }

    /// Listens to one more page, and tells it so.
    pub fn attach(&self, port: MessagePort) -> PortId {
        let id = PortId(self.0.next.replace(self.0.next.get() + 1));
        let ports = self.clone();
        let on_message =
            Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| ports.hear(id, &message.data()));
        let ports = self.clone();
        // Browsers that have this event tell of a page that crashed and could not say goodbye.
        let on_close = Closure::<dyn Fn(DomEvent)>::new(move |_: DomEvent| ports.leave(id));
        let _added = port.add_event_listener_with_callback("close", on_close.as_ref().unchecked_ref());
        (self.0.sink)(FromPage::Attached(id));
        let _told = port.post_message(&READY.into());
        port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        self.0.open.borrow_mut().insert(id, Open { port, _on_message: on_message, on_close });
        id
    }

    /// Whether this page is still there.
    pub fn has(&self, id: PortId) -> bool {
        self.0.open.borrow().contains_key(&id)
    }

    /// An event for one page; nothing when it is gone.
    pub fn tell(&self, id: PortId, event: &Event) {
        if let Some(open) = self.0.open.borrow().get(&id) {
            open.post(&event.to_bytes());
        }
    }

    /// An event for every page.
    pub fn tell_all(&self, event: &Event) {
        // Also the last word of a worker that panics, wherever it was: never panic here.
        if let Ok(open) = self.0.open.try_borrow() {
            let bytes = event.to_bytes();
            open.values().for_each(|open| open.post(&bytes));
        }
    }

    fn hear(&self, id: PortId, data: &JsValue) {
        match letter::from_page(data) {
            Ok(ToWorker::Command(command)) => (self.0.sink)(FromPage::Said(id, command)),
            Ok(ToWorker::Bye) => self.leave(id),
            Err(detail) => self.tell(id, &Event::Fatal { detail }),
        }
    }

    fn leave(&self, id: PortId) {
        // Said once, though a goodbye and the close of its port may both come.
        let gone = self.0.open.borrow_mut().remove(&id);
        if let Some(open) = gone {
            open.hang_up();
            (self.0.sink)(FromPage::Left(id));
        }
    }
}

impl Open {
    fn post(&self, bytes: &[u8]) {
        // A port whose page is gone swallows what is posted; there is nobody to tell.
        let _posted = letter::post(&self.port, bytes);
    }

    fn hang_up(&self) {
        self.port.set_onmessage(None);
        let _removed = self.port.remove_event_listener_with_callback("close", self.on_close.as_ref().unchecked_ref());
        self.port.close();
    }
}
