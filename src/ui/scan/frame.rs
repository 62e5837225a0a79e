//! What is drawn in a canvas, as a code. One at a time, and small enough that the page stays quick: a decoding takes some milliseconds.

use js_sys::{Object, Uint8ClampedArray};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

use super::decode::decode;
use crate::ui::browser::js::{call, get, set};

/// The side of the square that is cut out of what the camera sees, in pixels: some 7 for each module of this app's largest code, if it fills
/// the frame that is shown.
const FRAME: f64 = 480.0;
/// The longer side of a part of a picture.
const PICTURE: f64 = 640.0;
/// The parts of a picture that are looked at: all of it, then the quarters and the middle, each with room to spare. Left, top and side, as parts
/// of the picture's own sides.
pub(super) const PARTS: [(f64, f64, f64); 6] =
    [(0.0, 0.0, 1.0), (0.2, 0.2, 0.6), (0.0, 0.0, 0.6), (0.4, 0.0, 0.6), (0.0, 0.4, 0.6), (0.4, 0.4, 0.6)];

/// A canvas that is never on the page.
#[derive(Debug, Clone)]
pub(super) struct Canvas(JsValue);

impl Canvas {
    pub(super) fn new() -> Option<Self> {
        document().create_element("canvas").ok().map(|canvas| Self(canvas.into()))
    }

    /// The middle of what a video element shows now. None: nothing yet, or no code.
    pub(super) fn video(&self, video: &JsValue) -> Option<Vec<u8>> {
        let side = |name| get(video, name).as_f64().filter(|side| *side > 0.0);
        let (width, height) = (side("videoWidth")?, side("videoHeight")?);
        let square = width.min(height);
        let to = square.min(FRAME).floor();
        self.read(video, [(width - square) / 2.0, (height - square) / 2.0, square, square], [to, to])
    }

    /// A part of a picture that was unfolded.
    pub(super) fn picture(&self, bitmap: &JsValue, (left, top, part): (f64, f64, f64)) -> Option<Vec<u8>> {
        let (width, height) = (get(bitmap, "width").as_f64()?, get(bitmap, "height").as_f64()?);
        let (cut, high) = (width * part, height * part);
        let scale = (PICTURE / cut.max(high)).min(1.0);
        let to = [cut, high].map(|side| (side * scale).floor().max(1.0));
        self.read(bitmap, [width * left, height * top, cut, high], to)
    }

    /// Draws `from` (left, top, width, height) so large and looks for a code.
    fn read(&self, source: &JsValue, from: [f64; 4], to: [f64; 2]) -> Option<Vec<u8>> {
        let [width, height] = to;
        set(&self.0, "width", width);
        set(&self.0, "height", height);
        let often = Object::new();
        // Kept where it is read, not on the graphics card.
        set(&often, "willReadFrequently", true);
        let context = call(&self.0, "getContext", &["2d".into(), often.into()])?;
        // What shows through is white, as on paper.
        set(&context, "fillStyle", "#fff");
        let numbers = |numbers: &[f64]| numbers.iter().map(|number| JsValue::from(*number)).collect::<Vec<_>>();
        call(&context, "fillRect", &numbers(&[0.0, 0.0, width, height]))?;
        let mut drawn = vec![source.clone()];
        drawn.extend(numbers(&from));
        drawn.extend(numbers(&[0.0, 0.0, width, height]));
        call(&context, "drawImage", &drawn)?;
        let data = call(&context, "getImageData", &numbers(&[0.0, 0.0, width, height]))?;
        let pixels: Uint8ClampedArray = get(&data, "data").dyn_into().ok()?;
        // Both are whole, positive and at most `PICTURE`.
        decode(width as usize, height as usize, &pixels.to_vec())
    }
}
