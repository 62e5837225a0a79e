//! Saving what somebody sent: piece by piece into a file of the person's choice, or as a download where the browser has no such thing.

use gloo_timers::callback::Timeout;
use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;
use xchat_engine::api::Attachment;
use xchat_files::{Kind, safe};

use super::task::{Task, end, run_after, working};
use super::{FileFailure, urls};
use crate::filing::{Answer, Ask};
use crate::ui::browser::js::{call, get, set};

/// How long the address of a download holds, in milliseconds: the browser has begun by then.
const HOLDS_MS: u32 = 60_000;

pub(super) fn save(file: &Attachment) -> Task<()> {
    let Some(source) = file.source.clone() else {
        let state = working(file.size);
        end(state, Err(FileFailure::Broken("nobody knows where it is".to_owned())));
        return Task::new(state, || ());
    };
    let name = safe(&file.name, Kind::claimed(&file.content_type));
    // At once: a browser asks where to only while a press is fresh.
    let chosen = choose(&name);
    let read = move |answer, thing: JsValue| match answer {
        Answer::Done => Some(()),
        Answer::Read => download(thing.dyn_ref()?, &name),
        _ => None,
    };
    run_after(file.size, read, async move {
        let into = match chosen {
            Some(chosen) => wasm_bindgen_futures::JsFuture::from(chosen).await,
            None => Ok(JsValue::NULL),
        };
        match into {
            Ok(into) => Ok((Ask::Save { source }, into)),
            Err(thrown) if get(&thrown, "name").as_string().as_deref() == Some("AbortError") => {
                Err(FileFailure::Cancelled)
            }
            // It is not asked here, a frame of another site for one.
            Err(_) => Ok((Ask::Save { source }, JsValue::NULL)),
        }
    })
}

/// Asks where to. None: the browser has no such thing.
fn choose(name: &str) -> Option<js_sys::Promise> {
    let options = js_sys::Object::new();
    set(&options, "suggestedName", name);
    call(&window(), "showSaveFilePicker", &[options.into()])?.dyn_into().ok()
}

fn download(blob: &Blob, name: &str) -> Option<()> {
    let url = urls::create(blob)?;
    let link = document().create_element("a").ok()?;
    set(&link, "href", url.as_str());
    set(&link, "download", name);
    call(&link, "click", &[])?;
    Timeout::new(HOLDS_MS, move || urls::revoke(&url)).forget();
    Some(())
}
