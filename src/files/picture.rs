//! Pictures before they are sent: how large they are, a small likeness, and for a photo new bytes that hold nothing but its pixels.
//!
//! Nothing is decoded before its header was read: a small file can unfold to a very large picture.

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ImageBitmap, ImageEncodeOptions, OffscreenCanvas, OffscreenCanvasRenderingContext2d};
use xchat_engine::api::MAX_FILE_PREVIEW;
use xchat_files::{
    Kind, Metadata, PICTURE_HEAD, Shows, TIFF_DIRECTORY, dimensions, is_decodable, metadata, tiff_directory,
    tiff_metadata,
};

use super::js::{broken, bytes, call, come, object, size, slice};
use crate::filing::Failure;

/// The longer side of a photo, in pixels.
const LONGEST: u32 = 2048;
/// The longer side of a likeness.
const LIKENESS: u32 = 64;
/// How well a photo is written: as WebP, and where the browser writes none, as JPEG.
const WEBP: f64 = 0.82;
const JPEG: f64 = 0.85;
/// How well a likeness is, until it is small enough.
const TRIES: [f64; 3] = [0.6, 0.3, 0.1];
/// Larger files are not read whole for their notes.
const WHOLE: u64 = 8 << 20;
/// Larger ones are not decoded, which reads them whole as well.
const LARGEST: u64 = 256 << 20;

/// What a picture is like.
pub(super) struct Seen {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) preview: Vec<u8>,
}

/// A picture as it is sent.
pub(super) struct Photo {
    pub(super) bytes: Blob,
    pub(super) kind: Kind,
    pub(super) seen: Seen,
}

/// The first bytes of a file: enough to tell what it is, and of a picture how large.
pub(super) async fn head(file: &Blob) -> Result<Vec<u8>, Failure> {
    Ok(bytes(&slice(file, 0, size(file).min(PICTURE_HEAD as u64))?).await?.to_vec())
}

/// Whether a browser may be able to make a picture of it.
pub(super) fn is_picture(kind: Kind) -> bool {
    kind.shows_as() == Some(Shows::Picture) || kind == Kind::Heic
}

/// What a picture is like, as far as this browser can tell.
pub(super) async fn seen(file: &Blob, head: &[u8]) -> Seen {
    let told = dimensions(head).unwrap_or_default();
    let unseen = Seen { width: told.0, height: told.1, preview: Vec::new() };
    match Bitmap::of(file, head).await {
        Ok(bitmap) => bitmap.seen().await.unwrap_or(unseen),
        Err(_) => unseen,
    }
}

/// A photo: scaled down and written anew. One that moves, or would only become larger, stays as it is if nothing is noted in it.
pub(super) async fn photo(file: &Blob, head: &[u8]) -> Result<Photo, Failure> {
    let kind = Kind::of(head);
    let bitmap = Bitmap::of(file, head).await?;
    let seen = bitmap.seen().await?;
    let stays = || Photo { bytes: file.clone(), kind, seen: Seen { preview: seen.preview.clone(), ..seen } };
    if kind == Kind::Gif || moves(kind, head) && says_nothing(file, head).await? {
        return Ok(stays());
    }
    let (written, width, height) = bitmap.written(LONGEST, WEBP, JPEG).await?;
    if kind.shows_as().is_some() && written.size() >= file.size() && says_nothing(file, head).await? {
        return Ok(stays());
    }
    let kind = if written.type_() == Kind::Webp.media_type() { Kind::Webp } else { Kind::Jpeg };
    Ok(Photo { bytes: written, kind, seen: Seen { width, height, preview: seen.preview } })
}

/// What is noted in a picture: some kinds have it behind their pixels.
pub(super) async fn notes(file: &Blob, head: &[u8]) -> Result<Metadata, Failure> {
    match size(file) > head.len() as u64 && size(file) <= WHOLE {
        true => Ok(metadata(&bytes(file).await?.to_vec())),
        false => Ok(metadata(head)),
    }
}

/// What is noted in a TIFF, which goes as it is.
pub(super) async fn tiff_notes(file: &Blob, head: &[u8]) -> Result<Metadata, Failure> {
    let Some(at) = tiff_directory(head) else { return Ok(Metadata::default()) };
    let directory = bytes(&slice(file, at, at + TIFF_DIRECTORY)?).await?;
    Ok(tiff_metadata(head, &directory.to_vec()))
}

async fn says_nothing(file: &Blob, head: &[u8]) -> Result<bool, Failure> {
    Ok(size(file) <= WHOLE && notes(file, head).await? == Metadata::default())
}

/// Whether it has several frames (WebP and PNG).
fn moves(kind: Kind, head: &[u8]) -> bool {
    match kind {
        Kind::Webp => head.get(12..16) == Some(b"VP8X") && head.get(20).is_some_and(|flags| flags & 2 != 0),
        // Says so before its pixels.
        Kind::Png => {
            let at = |name: &[u8; 4]| head.windows(4).position(|four| four == name);
            at(b"acTL").is_some_and(|control| at(b"IDAT").is_none_or(|pixels| control < pixels))
        }
        _ => false,
    }
}

/// A decoded picture, upright.
struct Bitmap(ImageBitmap);

impl Bitmap {
    async fn of(file: &Blob, head: &[u8]) -> Result<Self, Failure> {
        let told = dimensions(head).ok_or(Failure::NotWhatItSays)?;
        if !is_decodable(told) || size(file) > LARGEST {
            return Err(Failure::TooManyPixels);
        }
        let how = object(&[("imageOrientation", "from-image".into())]);
        let decoded = come(call(&js_sys::global(), "createImageBitmap", &[file.into(), how.into()])).await;
        decoded.and_then(JsCast::dyn_into).map(Self).map_err(|_| Failure::Unreadable)
    }

    async fn seen(&self) -> Result<Seen, Failure> {
        let (width, height) = (self.0.width(), self.0.height());
        for quality in TRIES {
            let (written, ..) = self.written(LIKENESS, quality, quality).await?;
            if size(&written) <= MAX_FILE_PREVIEW as u64 {
                return Ok(Seen { width, height, preview: bytes(&written).await?.to_vec() });
            }
        }
        Ok(Seen { width, height, preview: Vec::new() })
    }

    /// The picture as WebP, or where the browser writes none as JPEG, and its size then.
    async fn written(&self, longest: u32, webp: f64, jpeg: f64) -> Result<(Blob, u32, u32), Failure> {
        let (width, height) = fit(self.0.width(), self.0.height(), longest);
        for (kind, quality) in [(Kind::Webp, webp), (Kind::Jpeg, jpeg)] {
            let canvas = OffscreenCanvas::new(width, height).map_err(broken)?;
            let context = canvas.get_context("2d").map_err(broken)?.ok_or_else(no_canvas)?;
            let context: OffscreenCanvasRenderingContext2d = context.dyn_into().map_err(|_| no_canvas())?;
            let (wide, high) = (f64::from(width), f64::from(height));
            if kind == Kind::Jpeg {
                // What shows through is white, as on paper.
                context.set_fill_style_str("#fff");
                context.fill_rect(0.0, 0.0, wide, high);
            }
            let _smooth = js_sys::Reflect::set(&context, &"imageSmoothingQuality".into(), &"high".into());
            context
                .draw_image_with_image_bitmap_and_dw_and_dh(&self.0, 0.0, 0.0, wide, high)
                .map_err(|_| Failure::Unreadable)?;
            let how = ImageEncodeOptions::new();
            how.set_type(kind.media_type());
            how.set_quality(quality);
            let written = JsFuture::from(canvas.convert_to_blob_with_options(&how).map_err(broken)?).await;
            let written: Blob = written.and_then(JsCast::dyn_into).map_err(|_| Failure::Unreadable)?;
            if written.type_() == kind.media_type() {
                return Ok((written, width, height));
            }
        }
        Err(no_canvas())
    }
}

impl Drop for Bitmap {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn fit(width: u32, height: u32, longest: u32) -> (u32, u32) {
    let scale = (f64::from(longest) / f64::from(width.max(height).max(1))).min(1.0);
    let side = |side: u32| (f64::from(side) * scale).round().max(1.0) as u32;
    (side(width), side(height))
}

fn no_canvas() -> Failure {
    Failure::Broken("the browser writes no pictures".to_owned())
}
