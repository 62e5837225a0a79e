//! What only a page can find out of a file: how long a film or a sound is, and what a film looks like.
//!
//! Nothing here fails: what cannot be played, or not soon enough, is sent without.

use std::time::Duration;

use futures::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Promise, Uint8Array};
use leptos::prelude::document;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;
use xchat_engine::api::{MAX_FILE_PREVIEW, Media};
use xchat_files::{FIRST_BYTES, Kind, Shows};

use super::{Opened, urls};
use crate::ui::browser::js::{call, come, get, make, set};

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(4);
/// Where in a film its likeness is taken, in seconds: many begin with black.
const INTO: f64 = 0.1;
/// The longer side of a likeness, in pixels.
const LIKENESS: f64 = 64.0;
/// Kinds and qualities of a likeness, until one is small enough.
const TRIES: [(&str, f64); 4] = [("image/webp", 0.6), ("image/webp", 0.2), ("image/jpeg", 0.6), ("image/jpeg", 0.2)];

/// What a file is, and of a film or a sound what it is like.
pub(super) async fn look(file: &Blob) -> (Kind, Media) {
    let kind = kind_of(file).await.unwrap_or(Kind::Other);
    let element = match kind.shows_as() {
        Some(Shows::Video) => "video",
        Some(Shows::Sound) => "audio",
        _ => return (kind, Media::default()),
    };
    let typed = file.slice_with_f64_and_f64_and_content_type(0.0, file.size(), kind.media_type());
    let Some(url) = typed.ok().and_then(|typed| urls::create(&typed)) else { return (kind, Media::default()) };
    let url = Lent(url);
    (kind, played(element, &url.0).await.unwrap_or_default())
}

/// Whether the browser has something to show of a picture or a film.
pub(super) async fn shows(opened: &Opened) -> bool {
    if opened.kind.shows_as() == Some(Shows::Video) {
        return played("video", &opened.url).await.is_some_and(|media| media.width > 0);
    }
    let Some(image) = make("Image", &[]) else { return false };
    set(&image, "src", opened.url.as_str());
    match call(&image, "decode", &[]) {
        Some(decoded) => come(decoded).await.is_some(),
        None => false,
    }
}

/// What it is by its first bytes. None: they cannot be read.
pub(super) async fn kind_of(file: &Blob) -> Option<Kind> {
    let first = file.slice_with_f64_and_f64(0.0, FIRST_BYTES as f64).ok()?;
    let bytes = JsFuture::from(first.array_buffer()).await.ok()?;
    Some(Kind::of(&Uint8Array::new(&bytes).to_vec()))
}

async fn played(element: &str, url: &str) -> Option<Media> {
    let player = Player(document().create_element(element).ok()?.into());
    set(&player.0, "muted", true);
    set(&player.0, "playsInline", true);
    set(&player.0, "preload", "auto");
    let known = happens(&player.0, "loadedmetadata");
    set(&player.0, "src", url);
    known.await?;
    Some(seen(&player.0).await)
}

/// An address that is taken back with it, also where nobody waits for what is looked at.
struct Lent(String);

impl Drop for Lent {
    fn drop(&mut self) {
        urls::revoke(&self.0);
    }
}

/// What plays, and lets go of the file with it.
struct Player(JsValue);

impl Drop for Player {
    fn drop(&mut self) {
        call(&self.0, "removeAttribute", &["src".into()]);
        call(&self.0, "load", &[]);
    }
}

async fn seen(player: &JsValue) -> Media {
    let number = |name| get(player, name).as_f64().filter(|number| number.is_finite() && *number >= 0.0);
    let seconds = number("duration").unwrap_or_default();
    let (width, height) = (number("videoWidth").unwrap_or_default(), number("videoHeight").unwrap_or_default());
    let mut media = Media { duration_ms: (seconds * 1000.0) as u32, ..Media::default() };
    if width > 0.0 && height > 0.0 {
        (media.width, media.height) = (width as u32, height as u32);
        let there = happens(player, "seeked");
        // A recording may not know how long it is.
        set(player, "currentTime", if seconds > 0.0 { INTO.min(seconds / 2.0) } else { INTO });
        if there.await.is_some()
            && let Some(preview) = likeness(player, width, height).await
        {
            media.preview = preview.into();
        }
    }
    media
}

async fn likeness(player: &JsValue, width: f64, height: f64) -> Option<Vec<u8>> {
    let scale = (LIKENESS / width.max(height)).min(1.0);
    let (width, height) = ((width * scale).round().max(1.0), (height * scale).round().max(1.0));
    let canvas: JsValue = document().create_element("canvas").ok()?.into();
    set(&canvas, "width", width);
    set(&canvas, "height", height);
    let context = call(&canvas, "getContext", &["2d".into()])?;
    call(&context, "drawImage", &[player.clone(), 0.into(), 0.into(), width.into(), height.into()])?;
    for (kind, quality) in TRIES {
        let blob = Promise::new(&mut |resolve, _| {
            call(&canvas, "toBlob", &[resolve.into(), kind.into(), quality.into()]);
        });
        let blob = JsFuture::from(blob).await.ok()?;
        // A browser that does not write this kind writes another.
        let fits = get(&blob, "size").as_f64().is_some_and(|size| size <= MAX_FILE_PREVIEW as f64);
        if get(&blob, "type").as_string().as_deref() == Some(kind) && fits {
            let bytes = come(call(&blob, "arrayBuffer", &[])?).await?;
            return Some(Uint8Array::new(&bytes).to_vec());
        }
    }
    None
}

/// Waits for an event; None: an error came first, or it takes too long. Listens from now on, not only when it is awaited.
fn happens(of: &JsValue, name: &'static str) -> impl Future<Output = Option<()>> {
    let once = js_sys::Object::new();
    set(&once, "once", true);
    let event = Promise::new(&mut |resolve, reject| {
        call(of, "addEventListener", &[name.into(), resolve.into(), once.clone().into()]);
        call(of, "addEventListener", &["error".into(), reject.into(), once.clone().into()]);
    });
    let event = JsFuture::from(event);
    async move {
        match select(event, TimeoutFuture::new(PATIENCE.as_millis() as u32)).await {
            Either::Left((Ok(_), _)) => Some(()),
            _ => None,
        }
    }
}
