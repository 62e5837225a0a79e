//! The camera: asked for when a dialog opens, let go when it closes, when the page is hidden, and when a code was read.

use js_sys::{Array, Object, Promise};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::ui::browser::js::{call, get, set};

/// How it is with the camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// The browser asks the person.
    Asking,
    /// It shows what it sees.
    On,
    /// It is not allowed, by the person or by whoever set up the device.
    Denied,
    /// There is none.
    Missing,
    /// Another program has it, or it went.
    Busy,
    /// Browsers give no camera to a page that came over an open line.
    Insecure,
    /// Let go because the page was hidden.
    Paused,
    /// Let go because it is not needed any more.
    Over,
}

/// The camera of a dialog.
#[derive(Debug, Clone, Copy)]
pub(super) struct Camera {
    state: RwSignal<State>,
    stream: StoredValue<Option<JsValue>, LocalStorage>,
    /// Counts what was asked for: a stream that nobody waits for any more is ended.
    turn: StoredValue<u32>,
}

impl Camera {
    pub(super) fn new() -> Self {
        let camera = Self {
            state: RwSignal::new(State::Asking),
            stream: StoredValue::new_local(None),
            turn: StoredValue::new(0),
        };
        on_cleanup(move || camera.stop(State::Over));
        let hidden = window_event_listener_untyped("visibilitychange", move |_| camera.look_up());
        // Safari says this, and not always the other, when a page goes.
        let gone = window_event_listener_untyped("pagehide", move |_| camera.pause());
        on_cleanup(move || {
            hidden.remove();
            gone.remove();
        });
        camera
    }

    pub(super) fn state(self) -> ReadSignal<State> {
        self.state.read_only()
    }

    /// Asks for the camera that looks away from the person, or any.
    pub(super) fn ask(self) {
        self.stop(State::Asking);
        let turn = self.turn.get_value();
        spawn_local(async move {
            let answer = open().await;
            if self.turn.try_get_value() != Some(turn) {
                answer.iter().for_each(end);
                return;
            }
            match answer {
                Ok(stream) => {
                    self.stream.set_value(Some(stream));
                    self.state.set(State::On);
                }
                Err(state) => self.state.set(state),
            }
        });
    }

    /// Ends the stream, and whatever was asked for before.
    pub(super) fn stop(self, state: State) {
        // A dialog that goes takes the signals with it in no order; the stream must end in each.
        self.turn.try_update_value(|turn| *turn = turn.wrapping_add(1));
        if let Some(stream) = self.stream.try_update_value(Option::take).flatten() {
            end(&stream);
        }
        self.state.try_set(state);
    }

    /// Which time it was asked for: what was begun at another one has come to its end.
    pub(super) fn turn(self) -> Option<u32> {
        self.turn.try_get_value()
    }

    /// The stream, while there is one. It went if the camera was unplugged, or its right taken back.
    pub(super) fn stream(self) -> Option<JsValue> {
        let stream = self.stream.try_get_value().flatten()?;
        let lives =
            tracks(&stream).iter().any(|track| get(&track, "readyState").as_string().as_deref() == Some("live"));
        if !lives {
            self.stop(State::Busy);
        }
        lives.then_some(stream)
    }

    fn look_up(self) {
        if document().hidden() {
            self.pause();
        }
    }

    fn pause(self) {
        if matches!(self.state.try_get_untracked(), Some(State::Asking | State::On)) {
            self.stop(State::Paused);
        }
    }
}

async fn open() -> Result<JsValue, State> {
    let devices = get(&window().navigator(), "mediaDevices");
    let video = Object::new();
    for (name, ideal) in [("facingMode", JsValue::from("environment")), ("width", 1280.into()), ("height", 720.into())]
    {
        let wish = Object::new();
        set(&wish, "ideal", ideal);
        set(&video, name, wish);
    }
    let wanted = Object::new();
    set(&wanted, "video", video);
    set(&wanted, "audio", false);
    let Some(promise) = call(&devices, "getUserMedia", &[wanted.into()]) else {
        return Err(if get(&window(), "isSecureContext").is_truthy() { State::Missing } else { State::Insecure });
    };
    JsFuture::from(Promise::resolve(&promise)).await.map_err(|error| refused(&error))
}

/// Why there is no stream, by the names of the Media Capture specification (10.3.1).
fn refused(error: &JsValue) -> State {
    match get(error, "name").as_string().as_deref() {
        Some("NotAllowedError" | "SecurityError") => State::Denied,
        Some("NotFoundError" | "OverconstrainedError" | "TypeError") => State::Missing,
        _ => State::Busy,
    }
}

fn tracks(stream: &JsValue) -> Array {
    call(stream, "getTracks", &[]).and_then(|tracks| tracks.dyn_into().ok()).unwrap_or_default()
}

fn end(stream: &JsValue) {
    tracks(stream).iter().for_each(|track| {
        call(&track, "stop", &[]);
    });
}
