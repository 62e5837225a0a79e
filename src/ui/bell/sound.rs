//! Two soft tones, a fourth apart, made by the browser: nothing is fetched.

use std::cell::Cell;
use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::ui::browser::clock;
use crate::ui::browser::js::{call, get, make, set};

/// Several messages at once ring once, in milliseconds.
const REST: u64 = 2_000;
/// Each tone's pitch (Hz) and when it begins (seconds): E5, A5.
const TONES: [(f64, f64); 2] = [(659.25, 0.0), (880.0, 0.13)];
/// How loud, of 1.
const LEVEL: f64 = 0.07;
/// Seconds until it is at its loudest: at once it would click.
const RISE: f64 = 0.015;
/// Seconds until it has faded.
const FADE: f64 = 0.4;
/// What counts as silence: the fade never ends at nothing.
const SILENCE: f64 = 0.0001;
/// When everything is over and the device for sound is given back.
const OVER: Duration = Duration::from_secs(2);

thread_local! {
    static RANG: Cell<u64> = const { Cell::new(0) };
}

/// Rings, unless it just did. Answers whether the page is allowed to: a browser lets no page sound that nobody has touched.
pub(super) fn ring() -> bool {
    let touched = get(&get(&window().navigator(), "userActivation"), "hasBeenActive").is_truthy();
    let now = clock::now();
    if touched && now.abs_diff(RANG.replace(now)) >= REST && sound().is_none() {
        leptos::logging::warn!("no sound");
    }
    touched
}

fn sound() -> Option<()> {
    let context = make("AudioContext", &[])?;
    let begin = get(&context, "currentTime").as_f64()?;
    let sounded = TONES.iter().try_for_each(|(pitch, after)| tone(&context, *pitch, begin + after));
    set_timeout(move || _ = call(&context, "close", &[]), OVER);
    sounded
}

fn tone(context: &JsValue, pitch: f64, begin: f64) -> Option<()> {
    let source = call(context, "createOscillator", &[])?;
    let volume = call(context, "createGain", &[])?;
    set(&get(&source, "frequency"), "value", pitch);
    let level = get(&volume, "gain");
    call(&level, "setValueAtTime", &[0.0.into(), begin.into()])?;
    call(&level, "linearRampToValueAtTime", &[LEVEL.into(), (begin + RISE).into()])?;
    call(&level, "exponentialRampToValueAtTime", &[SILENCE.into(), (begin + FADE).into()])?;
    call(&source, "connect", std::slice::from_ref(&volume))?;
    call(&volume, "connect", &[get(context, "destination")])?;
    call(&source, "start", &[begin.into()])?;
    call(&source, "stop", &[(begin + FADE).into()])?;
    Some(())
}
