//! A picture that is chosen from the device: a square of it, made small and written anew.

use std::slice;

use js_sys::{Promise, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use xchat_engine::api::{MAX_PICTURE, picture_kind};

use super::crop::Crop;
use super::icon::{Glyph, Icon};
use super::square::Square;
use crate::ui::browser::js::{call, come, get, set};
use crate::ui::i18n::later;
use crate::ui::session::use_session;

/// Sides in pixels and qualities that are tried, best first, until the bytes are few enough: noise itself fits in the last.
const TRIES: [(f64, f64); 7] =
    [(256.0, 0.85), (256.0, 0.7), (192.0, 0.75), (160.0, 0.65), (128.0, 0.6), (96.0, 0.5), (64.0, 0.4)];
/// A file larger than this is not looked at: a picture that unfolds to gigabytes would take the page with it.
const MAX_FILE: f64 = 64.0 * 1024.0 * 1024.0;

/// A picture that the browser can draw.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    bitmap: JsValue,
    width: f64,
    height: f64,
}

impl Picture {
    /// The largest square in its middle.
    pub(super) fn middle(&self) -> Square {
        Square::middle(self.width, self.height)
    }

    /// Its pixels are not needed any more.
    fn close(&self) {
        call(&self.bitmap, "close", &[]);
    }
}

/// Reads a picture out of a file (a `Blob`). None: the browser can make nothing of it, or it is too large.
async fn read(file: &JsValue) -> Option<Picture> {
    if get(file, "size").as_f64()? > MAX_FILE {
        return None;
    }
    let bitmap = come(call(&window(), "createImageBitmap", slice::from_ref(file))?).await?;
    let (width, height) = (get(&bitmap, "width").as_f64()?, get(&bitmap, "height").as_f64()?);
    Some(Picture { bitmap, width, height })
}

/// Draws a square of a picture over a whole canvas, whose sides become `size` pixels. None: the browser cannot.
pub(super) fn draw(picture: &Picture, of: Square, canvas: &JsValue, size: f64) -> Option<()> {
    set(canvas, "width", size);
    set(canvas, "height", size);
    let context = call(canvas, "getContext", &["2d".into()])?;
    // What shows through is white, as on paper.
    set(&context, "fillStyle", "#fff");
    set(&context, "imageSmoothingQuality", "high");
    let numbers = |numbers: &[f64]| numbers.iter().map(|number| JsValue::from(*number)).collect::<Vec<_>>();
    call(&context, "fillRect", &numbers(&[0.0, 0.0, size, size]))?;
    let mut drawn = numbers(&[of.x, of.y, of.side, of.side, 0.0, 0.0, size, size]);
    drawn.insert(0, picture.bitmap.clone());
    call(&context, "drawImage", &drawn).map(|_| ())
}

/// A square of a picture in at most [`MAX_PICTURE`] bytes, WebP or where the browser writes none JPEG. Nothing but the pixels is left.
async fn small(picture: &Picture, of: Square) -> Option<Vec<u8>> {
    let canvas: JsValue = document().create_element("canvas").ok()?.into();
    let mut kind = "image/webp";
    for (size, quality) in TRIES {
        draw(picture, of, &canvas, size)?;
        let mut bytes = written(&canvas, kind, quality).await?;
        if picture_kind(&bytes) != Some(kind) {
            kind = "image/jpeg";
            bytes = written(&canvas, kind, quality).await?;
        }
        if bytes.len() <= MAX_PICTURE {
            return picture_kind(&bytes).map(|_| bytes);
        }
    }
    None
}

async fn written(canvas: &JsValue, kind: &str, quality: f64) -> Option<Vec<u8>> {
    let blob = Promise::new(&mut |resolve, _| {
        call(canvas, "toBlob", &[resolve.into(), kind.into(), quality.into()]);
    });
    let blob = JsFuture::from(blob).await.ok()?;
    let bytes = come(call(&blob, "arrayBuffer", &[])?).await?;
    Some(Uint8Array::new(&bytes).to_vec())
}

/// Two actions: another picture, and none.
#[component]
pub(crate) fn PictureActions(
    /// Whether there is one to be removed.
    #[prop(into)]
    has: Signal<bool>,
    #[prop(into)] on_pick: Callback<Option<Vec<u8>>>,
) -> impl IntoView {
    let session = use_session();
    let t = later();
    let busy = RwSignal::new(false);
    // The one whose part is being chosen.
    let chosen = RwSignal::new_local(None::<Picture>);
    let unreadable = move || session.toast(t.picture_unreadable.to_owned());
    let change = move |event: leptos::ev::Event| {
        let input: JsValue = event_target::<web_sys::Element>(&event).into();
        let file = get(&get(&input, "files"), "0");
        if file.is_undefined() {
            return;
        }
        // The same file again is a change again.
        set(&input, "value", "");
        busy.set(true);
        spawn_local(async move {
            match read(&file).await {
                Some(picture) => {
                    let _left = chosen.try_set(Some(picture));
                }
                None => unreadable(),
            }
            busy.try_set(false);
        });
    };
    let close = Callback::new(move |()| {
        if let Some(picture) = chosen.write().take() {
            picture.close();
        }
    });
    let take = Callback::new(move |of: Square| {
        let Some(picture) = chosen.write().take() else { return };
        busy.set(true);
        spawn_local(async move {
            match small(&picture, of).await {
                Some(bytes) => on_pick.run(Some(bytes)),
                None => unreadable(),
            }
            picture.close();
            busy.try_set(false);
        });
    });
    view! {
        <label class="hero__action" aria-busy=move || busy.get().then_some("true")>
            <Icon glyph=Glyph::CAMERA />
            {t.picture_change}
            <input class="visually-hidden" type="file" accept="image/*" on:change=change />
        </label>
        <button class="hero__action" type="button" hidden=move || !has.get() on:click=move |_| on_pick.run(None)>
            <Icon glyph=Glyph::TRASH />
            {t.picture_remove}
        </button>
        {move || chosen.get().map(|picture| view! { <Crop picture on_use=take on_close=close /> })}
    }
}
