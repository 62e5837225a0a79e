//! The microphone: asked for when somebody presses the button, let go when the recording is over, however it ends.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Object, Promise, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use crate::ui::browser::js::{call, get, make, set};

/// What a voice is recorded as, best first: all of it Opus, but for Safari.
const TYPES: [&str; 4] = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4", "audio/webm"];
/// Bits of sound in a second: speech is clear with them.
const BITS: u32 = 32_000;
/// Samples of which a loudness is made.
const SAMPLES: u32 = 1024;

/// Why there is no sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silent {
    /// The person, or whoever set up the device, does not allow it.
    Denied,
    Missing,
    Busy,
    /// Browsers give none to a page that came over an open line.
    Insecure,
}

/// Whether the browser records at all.
pub(super) fn can_record() -> bool {
    get(&window(), "MediaRecorder").is_function()
}

/// A recording under way.
pub struct Mic {
    stream: JsValue,
    recorder: JsValue,
    context: Option<JsValue>,
    analyser: Option<JsValue>,
    samples: Uint8Array,
    pieces: Rc<RefCell<Vec<JsValue>>>,
    _heard: Closure<dyn FnMut(JsValue)>,
    _stopped: Closure<dyn FnMut()>,
    over: Cell<bool>,
}

impl Mic {
    /// Begins. `ended` is called when it has come to its end, wanted or not.
    pub(super) async fn begin(ended: Callback<()>) -> Result<Rc<Self>, Silent> {
        let stream = listen().await?;
        let busy = |stream: &JsValue| {
            end(stream);
            Silent::Busy
        };
        let options = Object::new();
        set(&options, "audioBitsPerSecond", BITS);
        let class = get(&window(), "MediaRecorder");
        let takes =
            |kind: &&&str| call(&class, "isTypeSupported", &[(**kind).into()]).is_some_and(|yes| yes.is_truthy());
        if let Some(kind) = TYPES.iter().find(takes) {
            set(&options, "mimeType", *kind);
        }
        let recorder = make("MediaRecorder", &[stream.clone(), options.into()]).ok_or_else(|| busy(&stream))?;
        let pieces = Rc::<RefCell<Vec<JsValue>>>::default();
        let kept = pieces.clone();
        let heard =
            Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| kept.borrow_mut().push(get(&event, "data")));
        let stopped = Closure::<dyn FnMut()>::new(move || _ = ended.try_run(()));
        set(&recorder, "ondataavailable", heard.as_ref().clone());
        set(&recorder, "onstop", stopped.as_ref().clone());
        call(&recorder, "start", &[]).ok_or_else(|| busy(&stream))?;
        let context = make("AudioContext", &[]);
        let analyser = context.as_ref().and_then(|context| analyse(context, &stream));
        Ok(Rc::new(Self {
            stream,
            recorder,
            context,
            analyser,
            samples: Uint8Array::new_with_length(SAMPLES),
            pieces,
            _heard: heard,
            _stopped: stopped,
            over: Cell::new(false),
        }))
    }

    /// How loud it is now.
    pub(super) fn level(&self) -> u8 {
        let Some(analyser) = &self.analyser else { return 0 };
        call(analyser, "getByteTimeDomainData", &[self.samples.clone().into()]);
        loudness(&self.samples.to_vec())
    }

    pub(super) fn pause(&self, paused: bool) {
        call(&self.recorder, if paused { "pause" } else { "resume" }, &[]);
        if paused {
            // What was heard so far can be listened to.
            call(&self.recorder, "requestData", &[]);
        }
    }

    /// Ends it: what was heard is here when `ended` is called.
    pub(super) fn stop(&self) {
        if get(&self.recorder, "state").as_string().as_deref() != Some("inactive") {
            call(&self.recorder, "stop", &[]);
        }
        self.let_go();
    }

    /// Nobody uses the microphone any more.
    pub(super) fn let_go(&self) {
        if !self.over.replace(true) {
            end(&self.stream);
            if let Some(context) = &self.context {
                call(context, "close", &[]);
            }
        }
    }

    /// What was heard, up to where it was stopped for a while or for good. None: nothing.
    pub(super) fn sound(&self) -> Option<Blob> {
        let pieces: Array = self.pieces.borrow().iter().collect();
        let options = Object::new();
        set(&options, "type", get(&self.recorder, "mimeType"));
        let blob: Blob = make("Blob", &[pieces.into(), options.into()])?.unchecked_into();
        (blob.size() > 0.0).then_some(blob)
    }
}

impl Drop for Mic {
    fn drop(&mut self) {
        // What is said of it is said to nobody.
        set(&self.recorder, "onstop", JsValue::NULL);
        set(&self.recorder, "ondataavailable", JsValue::NULL);
        self.stop();
    }
}

/// From samples around 128: their root mean square, speech about half of the scale.
pub fn loudness(samples: &[u8]) -> u8 {
    if samples.is_empty() {
        return 0;
    }
    let square = |sample: &u8| (f64::from(*sample) - 128.0).powi(2);
    let mean = samples.iter().map(square).sum::<f64>() / samples.len() as f64;
    // 128 is as loud as can be; a voice near a microphone comes to a tenth of that.
    (mean.sqrt() / 128.0 * 4.0 * 255.0).min(255.0) as u8
}

fn analyse(context: &JsValue, stream: &JsValue) -> Option<JsValue> {
    let source = call(context, "createMediaStreamSource", std::slice::from_ref(stream))?;
    let analyser = call(context, "createAnalyser", &[])?;
    set(&analyser, "fftSize", SAMPLES);
    call(&source, "connect", std::slice::from_ref(&analyser))?;
    Some(analyser)
}

async fn listen() -> Result<JsValue, Silent> {
    let devices = get(&window().navigator(), "mediaDevices");
    let wanted = Object::new();
    set(&wanted, "audio", true);
    let Some(promise) = call(&devices, "getUserMedia", &[wanted.into()]) else {
        return Err(if get(&window(), "isSecureContext").is_truthy() { Silent::Missing } else { Silent::Insecure });
    };
    JsFuture::from(Promise::resolve(&promise)).await.map_err(|error| refused(&error))
}

/// By the names of the Media Capture specification (10.3.1).
fn refused(error: &JsValue) -> Silent {
    match get(error, "name").as_string().as_deref() {
        Some("NotAllowedError" | "SecurityError") => Silent::Denied,
        Some("NotFoundError" | "OverconstrainedError") => Silent::Missing,
        _ => Silent::Busy,
    }
}

fn end(stream: &JsValue) {
    let tracks: Option<Array> = call(stream, "getTracks", &[]).and_then(|tracks| tracks.dyn_into().ok());
    tracks.unwrap_or_default().iter().for_each(|track| {
        call(&track, "stop", &[]);
    });
}
