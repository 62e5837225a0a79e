//! Saving what somebody sent: piece by piece into a file of the person's choice; as a download that the service worker feeds, piece by
//! piece as well; or as a download of what is whole in memory, where the browser has neither and for what lies in one chunk.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::{Either, select};
use gloo_timers::callback::Timeout;
use gloo_timers::future::TimeoutFuture;
use js_sys::Reflect;
use leptos::prelude::{Set, document, window};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Blob;
use xchat_engine::api::Attachment;
use xchat_files::{FileSource, Kind, safe};

use super::stream::{self, Offered, Told};
use super::task::{Begin, State, Stop, Task, TaskState, end, hears, run_after, working};
use super::{FileFailure, host, urls};
use crate::filing::{Answer, Ask};
use crate::ui::browser::js::{call, come, get, set};

/// How long the address of a download holds, in milliseconds: the browser has begun by then.
const HOLDS_MS: u32 = 60_000;
/// How long a browser may take to begin with a download that is streamed, in milliseconds.
const BEGINS_MS: u32 = 10_000;
/// How long after that another may be begun without ending the first.
const APART_MS: u32 = 300;

pub(super) fn save(file: &Attachment, asks_where: bool) -> Task<()> {
    let Some(source) = file.source.clone() else {
        let state = working(file.size);
        end(state, Err(FileFailure::Broken("nobody knows where it is".to_owned())));
        return Task::new(state, || ());
    };
    let name = safe(&file.name, Kind::claimed(&file.content_type));
    // At once: a browser asks where to only while a press is fresh.
    let chosen = asks_where.then(|| choose(&name)).flatten();
    run_after(file.size, async move {
        let into = match chosen {
            Some(chosen) => JsFuture::from(chosen).await,
            None => Ok(JsValue::NULL),
        };
        let into = match into {
            Ok(into) => into,
            Err(thrown) if get(&thrown, "name").as_string().as_deref() == Some("AbortError") => {
                return Err(FileFailure::Cancelled);
            }
            // It is not asked here, a frame of another site for one.
            Err(_) => JsValue::NULL,
        };
        if into.is_null()
            && source.chunks.len() > 1
            && let Some(begin) = streamed(&source, &name).await?
        {
            return Ok(begin);
        }
        let read = move |answer, thing: JsValue| match answer {
            Answer::Done => Some(()),
            Answer::Read => download(thing.dyn_ref()?, &name),
            _ => None,
        };
        Ok(Box::new(move |state: State<()>| {
            let hear = hears(state, read);
            let asked = host::ask(&Ask::Save { source }, &into.clone(), move |answer, thing| {
                if matches!(answer, Answer::Failed { .. }) {
                    leaves_nothing(into.clone());
                }
                hear(answer, thing);
            });
            Rc::new(move || asked.cancel()) as Stop
        }) as Begin<()>)
    })
}

/// The browser makes an empty file of what is chosen, or empties what is there: where nothing comes of it, that goes.
fn leaves_nothing(into: JsValue) {
    if into.is_null() {
        return;
    }
    spawn_local(async move {
        let Some(file) = call_later(&into, "getFile").await else { return };
        if get(&file, "size").as_f64() == Some(0.0) {
            // Where a browser cannot, it stays.
            let _removed = call_later(&into, "remove").await;
        }
    });
}

async fn call_later(of: &JsValue, method: &str) -> Option<JsValue> {
    come(call(of, method, &[])?).await
}

/// Asks where to. None: the browser has no such thing.
fn choose(name: &str) -> Option<js_sys::Promise> {
    let options = js_sys::Object::new();
    set(&options, "suggestedName", name);
    call(&window(), "showSaveFilePicker", &[options.into()])?.dyn_into().ok()
}

fn download(blob: &Blob, name: &str) -> Option<()> {
    let url = urls::create(blob)?;
    follow_link(&url, name)?;
    Timeout::new(HOLDS_MS, move || urls::revoke(&url)).forget();
    Some(())
}

fn follow_link(url: &str, name: &str) -> Option<()> {
    let link = document().create_element("a").ok()?;
    set(&link, "href", url);
    set(&link, "download", name);
    call(&link, "click", &[])?;
    Some(())
}

/// The way in which a browser can be had to download what a service worker answers with.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// By a link that says so. Firefox: to go there would end what else the page loads.
    Link,
    /// By going there, which comes to a download and leaves the page where it is. What is built on Chromium: from such a link it asks the
    /// network alone.
    Visit,
}

/// None: Safari, and others. That feeds downloads from a service worker since 15.4 (WebKit bug 202142), but versions since then broke such a
/// download off or lost its file (247885, 286060, 298321), and nobody has seen yet that it makes nothing of one that breaks off.
fn way() -> Option<Way> {
    let has = |of: &JsValue, name: &str| Reflect::has(of, &name.into()).unwrap_or(false);
    match (has(&window(), "mozInnerScreenX"), has(&get(&window(), "navigator"), "userAgentData")) {
        (true, _) => Some(Way::Link),
        (_, true) => Some(Way::Visit),
        _ => None,
    }
}

/// What begins a download that the service worker feeds. None: there is no such thing here.
async fn streamed(source: &FileSource, name: &str) -> Result<Option<Begin<()>>, FileFailure> {
    let Some(way) = way() else { return Ok(None) };
    let Some(worker) = stream::saves().await else { return Ok(None) };
    let media_type = Kind::Other.media_type();
    let Some(offered) = stream::offer(&worker, source.clone(), media_type, Some(name.to_owned())).await else {
        return Ok(None);
    };
    // Of what cannot even be begun nothing is to lie among the downloads.
    offered.begins().await?;
    let (name, total) = (name.to_owned(), source.size);
    Ok(Some(Box::new(move |state| begin(offered, total, state, way, name))))
}

fn begin(offered: Offered, total: u64, state: State<()>, way: Way, name: String) -> Stop {
    let url = offered.url();
    let held = Rc::new(RefCell::new(None));
    let (begins, begun) = oneshot::channel();
    let (begins, far) = (RefCell::new(Some(begins)), Cell::new(0));
    let holds = held.clone();
    offered.follow(move |told| {
        if let Some(begins) = begins.take() {
            let _gone = begins.send(());
        }
        match told {
            // What is read ahead may be further.
            Told::Read(to) => {
                far.set(to.max(far.get()));
                let _gone = state.try_set(TaskState::Working { done: far.get(), total });
            }
            Told::Over(outcome) => {
                end(state, outcome);
                drop(holds.take());
            }
        }
    });
    *held.borrow_mut() = Some(offered);
    let holds = held.clone();
    spawn_local(async move {
        let wanted = || holds.borrow().is_some();
        if !begins_download(way, (&url, &name), begun, wanted).await && holds.take().is_some() {
            end(state, Err(FileFailure::Broken("the browser does not begin with the download".to_owned())));
        }
    });
    Rc::new(move || {
        if held.take().is_some() {
            end(state, Err(FileFailure::Cancelled));
        }
    })
}

thread_local! {
    /// To go to a second address ends the way to the first.
    static VISITS: Rc<futures::lock::Mutex<()>> = Rc::default();
}

/// Has the browser ask for it. False: it has not.
async fn begins_download(
    way: Way,
    (url, name): (&str, &str),
    begun: oneshot::Receiver<()>,
    wanted: impl Fn() -> bool,
) -> bool {
    let begun = async move {
        match select(begun, TimeoutFuture::new(BEGINS_MS)).await {
            Either::Left((begun, _)) => begun.is_ok(),
            Either::Right(_) => false,
        }
    };
    match way {
        Way::Link => {
            follow_link(url, name);
            begun.await
        }
        Way::Visit => {
            let visits = VISITS.with(Rc::clone);
            let _turn = visits.lock().await;
            // It may have been stopped while others began.
            if !wanted() {
                return false;
            }
            // The page stays: it need not ask whether what is unsent may be lost.
            let stays = Closure::<dyn Fn(JsValue)>::new(|event: JsValue| {
                call(&event, "stopImmediatePropagation", &[]);
            });
            let hear = |verb| call(&window(), verb, &["beforeunload".into(), stays.as_ref().clone(), true.into()]);
            hear("addEventListener");
            call(&get(&window(), "location"), "assign", &[url.into()]);
            let begun = begun.await;
            hear("removeEventListener");
            TimeoutFuture::new(APART_MS).await;
            begun
        }
    }
}
