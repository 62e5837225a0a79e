//! Addresses from which the browser itself plays and saves a file, piece by piece: it begins before all of it is here, and is never whole
//! in memory. The service worker answers there (`loader/offline.js`) and asks here; the file worker opens.
//!
//! An address holds until its [`Offered`] is dropped, and no longer than the page. No byte goes out that did not open in its place: what
//! cannot be had fails the stream, and the browser, which was told how long it is, makes no file of what it has.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::{Rc, Weak};

use futures::channel::oneshot;
use futures::future::{Either, select};
use gloo_timers::callback::Interval;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Object, Uint8Array};
use leptos::prelude::window;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use xchat_engine::api::SortedMap;
use xchat_files::{FileSource, Layout};

use super::FileFailure;
use super::line::{Line, stopped};
use super::reading::Reading;
use crate::ui::browser::js::{call, come, get, set};

/// What stands before the number of a stream; the service worker knows it as well.
const PATH: &str = "/stream/";
/// How long the service worker may take to say that it has heard of it, in milliseconds. One of an earlier build never does.
const PATIENCE_MS: u32 = 3000;
/// How often it is said that a stream is under way, in milliseconds: a browser stops a service worker that hears nothing for half a minute.
const ALIVE_MS: u32 = 10_000;
/// What is given at once of a file that is played, in bytes: so much is read for nothing when one goes elsewhere in it.
const PIECE: u64 = 2 << 20;

thread_local! {
    static OFFERED: RefCell<SortedMap<String, Rc<Offer>>> = RefCell::default();
    static TICKS: RefCell<Option<Interval>> = const { RefCell::new(None) };
    /// Whether it is heard what the service worker asks for.
    static HEARS: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// What becomes of a stream that is saved.
pub(super) enum Told {
    /// So many bytes of it are read.
    Read(u64),
    /// The browser has all of it; or why it has not.
    Over(Result<(), FileFailure>),
}

/// Hears what becomes of an offer.
type Tell = Rc<dyn Fn(Told)>;

/// A file that is offered.
pub(super) struct Offer {
    id: String,
    source: FileSource,
    layout: Layout,
    media_type: &'static str,
    /// As what it is saved. None: it is played.
    name: Option<String>,
    /// To each service worker that has asked for it.
    lines: RefCell<Vec<Rc<Line>>>,
    tell: RefCell<Option<Tell>>,
    failure: RefCell<Option<FileFailure>>,
    /// Its first piece, until it is asked for. Of what is not kept it would be fetched a second time.
    first: RefCell<Option<Reading>>,
}

/// An address that holds as long as this.
pub(super) struct Offered(String);

impl Offered {
    pub(super) fn url(&self) -> String {
        format!("{PATH}{}", self.0)
    }

    /// Has its first piece fetched, for whoever asks for it first.
    pub(super) async fn begins(&self) -> Result<(), FileFailure> {
        if let Some(offer) = find(&self.0) {
            let mut first = offer.read(offer.piece(0, u64::MAX));
            first.is_here().await?;
            *offer.first.borrow_mut() = Some(first);
        }
        Ok(())
    }

    /// From now on `tell` hears what becomes of it.
    pub(super) fn follow(&self, tell: impl Fn(Told) + 'static) {
        if let Some(offer) = find(&self.0) {
            *offer.tell.borrow_mut() = Some(Rc::new(tell));
        }
    }
}

impl Drop for Offered {
    fn drop(&mut self) {
        let offer = OFFERED.with_borrow_mut(|offered| offered.remove(&self.0));
        if let Some(offer) = offer {
            offer.lines.take().iter().for_each(|line| line.hang_up());
        }
        if OFFERED.with_borrow(SortedMap::is_empty) {
            TICKS.take();
        }
    }
}

/// Why the stream of this address ended the last time, if it was for want of bytes.
pub(super) fn failure(url: &str) -> Option<FileFailure> {
    find(url.strip_prefix(PATH)?)?.failure.take()
}

/// The service worker through which this page's own requests go. None: there is none, or not yet.
pub(super) fn plays() -> Option<JsValue> {
    Some(get(&container(), "controller")).filter(JsValue::is_truthy)
}

/// The service worker that answers where the browser goes to.
pub(super) async fn saves() -> Option<JsValue> {
    if let Some(worker) = plays() {
        return Some(worker);
    }
    let registration = come(call(&container(), "getRegistration", &[])?).await?;
    Some(get(&registration, "active")).filter(JsValue::is_truthy)
}

fn container() -> JsValue {
    get(&get(&window(), "navigator"), "serviceWorker")
}

/// Offers a file through this service worker: to be played, or with a name, to be saved. None: it does not answer.
pub(super) async fn offer(
    worker: &JsValue,
    source: FileSource,
    media_type: &'static str,
    name: Option<String>,
) -> Option<Offered> {
    listen();
    let id = number()?;
    let layout = Layout::of(source.size)?;
    let (lines, tell, failure, first) = Default::default();
    let offer = Rc::new(Offer { id: id.clone(), source, layout, media_type, name, lines, tell, failure, first });
    OFFERED.with_borrow_mut(|offered| offered.insert(id.clone(), offer.clone()));
    TICKS.with_borrow_mut(|ticks| _ = ticks.get_or_insert_with(|| Interval::new(ALIVE_MS, tick)));
    let offered = Offered(id);
    let ready = offer.hand_over(worker)?;
    match select(ready, TimeoutFuture::new(PATIENCE_MS)).await {
        Either::Left((Ok(()), _)) => Some(offered),
        _ => None,
    }
}

/// A number that nobody guesses.
fn number() -> Option<String> {
    let bytes = Uint8Array::new_with_length(16);
    call(&get(&window(), "crypto"), "getRandomValues", &[bytes.clone().into()])?;
    Some(bytes.to_vec().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn find(id: &str) -> Option<Rc<Offer>> {
    OFFERED.with_borrow(|offered| offered.get(id).cloned())
}

/// A service worker that was stopped meanwhile asks whose a stream is.
fn listen() {
    if HEARS.replace(true) {
        return;
    }
    let hear = Closure::<dyn Fn(JsValue)>::new(|event: JsValue| {
        let id = get(&get(&event, "data"), "stream").as_string();
        if let Some(offer) = id.and_then(|id| find(&id)) {
            offer.hand_over(&get(&event, "source"));
        }
    });
    call(&container(), "addEventListener", &["message".into(), hear.into_js_value()]);
    call(&container(), "startMessages", &[]);
}

/// What is under way is kept alive, and what does not answer any more is given up.
fn tick() {
    let all: Vec<Rc<Offer>> = OFFERED.with_borrow(|offered| offered.values().cloned().collect());
    for offer in all {
        let lines = offer.lines.borrow().clone();
        for line in lines.iter().filter(|line| line.is_used()) {
            if !line.asks_whether_it_lives(&offer.id) {
                offer.loses(line);
            }
        }
    }
}

impl Offer {
    /// Gives a service worker a line to this page. What comes: when it has heard of it.
    fn hand_over(self: &Rc<Self>, worker: &JsValue) -> Option<oneshot::Receiver<()>> {
        // Another line to the same one: it was stopped, and knows nothing of the first.
        let before = self.lines.borrow().iter().find(|line| line.leads_to(worker)).cloned();
        if let Some(before) = before {
            self.loses(&before);
        }
        // A download that has begun before does not go on.
        find(&self.id)?;
        let says = Object::new();
        set(&says, "stream", self.id.as_str());
        // Far below 2^53.
        set(&says, "size", self.source.size as f64);
        set(&says, "type", self.media_type);
        if let Some(name) = &self.name {
            set(&says, "name", name.as_str());
        }
        let (line, ready) = Line::to(worker, &says, Rc::downgrade(self))?;
        self.lines.borrow_mut().push(line);
        Some(ready)
    }

    /// Who was at the end of this line is gone.
    fn loses(&self, line: &Rc<Line>) {
        self.lines.borrow_mut().retain(|other| !Rc::ptr_eq(other, line));
        let used = line.is_used();
        line.hang_up();
        if used {
            self.tell(Told::Over(Err(stopped())));
        }
    }

    pub(super) fn tell(&self, told: Told) {
        let tell = self.tell.borrow().clone();
        if let Some(tell) = tell {
            tell(told);
        }
    }

    /// Whether it is saved. Then all of it is wanted, so more is read than what is asked for now.
    pub(super) fn saves(&self) -> bool {
        self.name.is_some()
    }

    /// What is given of these bytes at once: never of two chunks, so that nobody waits for one more than is needed. Of what is saved it is all
    /// that a chunk has of them, so that none is fetched twice where it is not kept.
    pub(super) fn piece(&self, from: u64, to: u64) -> Range<u64> {
        let record = self.layout.records_for(from..from.saturating_add(1)).start;
        let last = self.layout.records_of(self.layout.place(record).chunk).end.saturating_sub(1);
        let most = if self.saves() { u64::MAX } else { from.saturating_add(PIECE) };
        from..self.layout.content_of(last).end.min(to).min(most)
    }

    pub(super) fn read(self: &Rc<Self>, piece: Range<u64>) -> Reading {
        if piece.start == 0
            && let Some(first) = self.first.take()
        {
            return first;
        }
        let offer: Weak<Self> = Rc::downgrade(self);
        Reading::of(&self.source, piece, self.saves(), move |at| {
            if let Some(offer) = offer.upgrade() {
                offer.tell(Told::Read(at));
            }
        })
    }

    pub(super) fn fails(&self, why: FileFailure) {
        *self.failure.borrow_mut() = Some(why);
    }

    /// One use of it is over.
    pub(super) fn ends(&self, whole: bool) {
        let failure = || self.failure.borrow().clone().unwrap_or(FileFailure::Cancelled);
        self.tell(Told::Over(if whole { Ok(()) } else { Err(failure()) }));
    }
}
