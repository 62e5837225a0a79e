//! A code in a picture that was taken before: chosen from the device, looked at in the page, and forgotten.

use std::slice;

use gloo_timers::future::TimeoutFuture;
use js_sys::Uint8Array;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::frame::{Canvas, PARTS};
use super::size::dimensions;
use crate::ui::browser::js::{call, come, get};

/// A larger file is not looked at, in bytes.
const MAX_FILE: f64 = 32.0 * 1024.0 * 1024.0;
/// How far into a file it is looked for what says how large the picture is, in bytes: a camera writes a preview before that.
const HEAD: f64 = 512.0 * 1024.0;
/// A picture with more pixels is not unfolded: four bytes each, and the page must live with that. What cameras of telephones make today.
const MAX_PIXELS: u64 = 52_428_800;
/// No canvas of any browser is wider or higher.
const MAX_SIDE: u32 = 16_384;

/// What a picture holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Still {
    Code(Vec<u8>),
    /// No code, or none that can be read.
    Nothing,
    TooLarge,
    /// The browser, or this page, makes nothing of it.
    Unreadable,
}

/// Looks for a code in a file (a `Blob`), part by part, with time for the page in between.
pub(super) async fn read(file: &JsValue) -> Still {
    look(file).await.unwrap_or(Still::Unreadable)
}

async fn look(file: &JsValue) -> Option<Still> {
    if get(file, "size").as_f64()? > MAX_FILE {
        return Some(Still::TooLarge);
    }
    let head = call(file, "slice", &[0.0.into(), HEAD.into()])?;
    let head = Uint8Array::new(&come(call(&head, "arrayBuffer", &[])?).await?).to_vec();
    let (width, height) = dimensions(&head)?;
    if width.max(height) > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Some(Still::TooLarge);
    }
    let bitmap = come(call(&window(), "createImageBitmap", slice::from_ref(file))?).await?;
    let canvas = Canvas::new()?;
    let mut found = None;
    for part in PARTS {
        found = canvas.picture(&bitmap, part);
        if found.is_some() {
            break;
        }
        TimeoutFuture::new(0).await;
    }
    call(&bitmap, "close", &[]);
    Some(found.map_or(Still::Nothing, Still::Code))
}
