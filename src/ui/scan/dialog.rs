//! The dialog: what the camera sees, what is said of it, and the other ways to give a code.

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;

use super::Screen;
use super::camera::{Camera, State};
use super::frame::Canvas;
use super::outcome::Outcome;
use super::reading::{Code, Verdict, Wanted, judge, read, shown};
use super::still::{self, Still};
use crate::ui::browser::js::{get, set};
use crate::ui::i18n::{Scan, scan};
use crate::ui::session::{Session, use_session};
use crate::ui::widgets::dialog::Dialog;
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};

/// From one frame that was looked at to the next.
const PAUSE: Duration = Duration::from_millis(200);

/// What the dialog knows beside the camera.
#[derive(Debug, Clone, Copy)]
struct Look {
    screen: Screen,
    session: Session,
    camera: Camera,
    /// What was said of the last code or picture; none: nothing was read yet.
    said: RwSignal<Option<&'static str>>,
    /// The numbers were compared.
    same: RwSignal<Option<bool>>,
    /// A picture is being looked at.
    busy: RwSignal<bool>,
}

/// The dialog.
#[component]
pub(super) fn ScanDialog(screen: Screen) -> impl IntoView {
    let t = scan();
    let look = Look {
        screen,
        session: use_session(),
        camera: Camera::new(),
        said: RwSignal::new(None),
        same: RwSignal::new(None),
        busy: RwSignal::new(false),
    };
    look.camera.ask();
    // What was said of a code says nothing of a camera that has come or gone since.
    Effect::new(move |_| {
        look.camera.state().track();
        look.said.set(None);
    });
    let title = match screen.wanted {
        Wanted::Person => t.person_title,
        Wanted::Device => t.device_title,
        Wanted::Number => t.number_title,
    };
    let close = move |()| {
        look.camera.stop(State::Over);
        screen.on_close.run(());
    };
    let again = move |()| {
        look.same.set(None);
        look.said.set(None);
        look.camera.ask();
    };
    view! {
        <Dialog title on_close=close>
            <div class="dialog__body scan">
                {move || match look.same.get() {
                    Some(same) => view! { <Outcome same chat=screen.chat on_again=again on_close=close /> }.into_any(),
                    None => looking(look, Callback::new(close)),
                }}
            </div>
        </Dialog>
    }
}

fn looking(look: Look, close: Callback<()>) -> AnyView {
    let t = scan();
    let otherwise = match look.screen.wanted {
        Wanted::Person | Wanted::Device => t.paste,
        Wanted::Number => t.by_eye,
    };
    view! {
        <Stage look />
        <p class="scan__said" role="status">
            {move || words(look, t)}
        </p>
        <p class="section__note">{t.promise}</p>
        {move || asks_again(look.camera.state().get()).then(|| view! {
            <button class="button button--primary button--wide" type="button" on:click=move |_| look.camera.ask()>
                {if look.camera.state().get_untracked() == State::Paused { t.go_on } else { t.try_again }}
            </button>
        })}
        <Choose look />
        <button class="button button--wide" type="button" on:click=move |_| close.run(())>
            {otherwise}
        </button>
    }
    .into_any()
}

/// Whether asking again may help.
fn asks_again(state: State) -> bool {
    matches!(state, State::Denied | State::Busy | State::Missing | State::Paused)
}

/// What is said now: of the code that was read, or of the camera.
fn words(look: Look, t: &'static Scan) -> &'static str {
    let camera = match look.camera.state().get() {
        State::Asking => t.asking,
        State::On => t.looking,
        State::Denied => t.denied,
        State::Missing => t.missing,
        State::Busy => t.busy,
        State::Insecure => t.insecure,
        State::Paused => t.paused,
        State::Over => "",
    };
    if look.busy.get() { t.reading } else { look.said.get().unwrap_or(camera) }
}

/// What the camera sees, in a frame; or the sign that it sees nothing.
#[component]
fn Stage(look: Look) -> impl IntoView {
    let video = NodeRef::<html::Video>::new();
    let on = Memo::new(move |_| look.camera.state().get() == State::On);
    Effect::new(move |_| {
        let (Some(element), true) = (video.get(), on.get()) else { return };
        let element: JsValue = (*element).clone().into();
        // Muted before anything plays: browsers let nothing else begin by itself.
        set(&element, "muted", true);
        set(&element, "srcObject", look.camera.stream().unwrap_or(JsValue::NULL));
        if let Some(canvas) = Canvas::new() {
            watch(look, canvas, element, look.camera.turn());
        }
    });
    view! {
        <div class="scan__stage" class:scan__stage--on=on>
            <video node_ref=video class="scan__video" autoplay playsinline aria-hidden="true" hidden=move || !on.get()></video>
            {move || (!on.get()).then(|| view! { <Icon glyph=Glyph::CAMERA size=IconSize::Large /> })}
        </div>
    }
}

/// Looks at a frame, then waits, until the camera is let go: two frames are never looked at at once.
fn watch(look: Look, canvas: Canvas, video: JsValue, turn: Option<u32>) {
    if look.camera.turn() != turn || look.camera.stream().is_none() {
        return;
    }
    if let Some(bytes) = canvas.video(&video) {
        take(look, &bytes);
    }
    set_timeout(move || watch(look, canvas, video, turn), PAUSE);
}

/// Does what is to be done about a code.
fn take(look: Look, bytes: &[u8]) {
    let t = scan();
    let (own, other) = numbers(look);
    let say = |sentence| {
        // The same words again would be read out again.
        if look.said.get_untracked() != Some(sentence) {
            look.said.set(Some(sentence));
        }
    };
    let compared = |same| {
        look.camera.stop(State::Over);
        look.same.set(Some(same));
    };
    match judge(look.screen.wanted, read(bytes), own.as_deref(), other.as_deref()) {
        Verdict::Read(code) => {
            look.camera.stop(State::Over);
            look.screen.on_read.run(code);
        }
        Verdict::Match => {
            compared(true);
            look.screen.on_read.run(Code::Number(other.unwrap_or_default()));
        }
        Verdict::Mismatch => compared(false),
        Verdict::Own => say(t.own),
        Verdict::OfPerson => say(t.of_person),
        Verdict::OfDevice => say(t.of_device),
        Verdict::OfNumber => say(t.of_number),
        Verdict::Foreign => say(t.foreign),
    }
}

/// What the own code of the number holds, and what the other's must.
fn numbers(look: Look) -> (Option<String>, Option<String>) {
    let own = look.session.account().with_untracked(|account| account.as_ref().map(|account| account.person));
    let chat = look.screen.chat.map(|chat| chat.get_untracked());
    let (Some(own), Some(chat)) = (own, chat) else { return (None, None) };
    let Some(other) = chat.person else { return (None, None) };
    (shown(&chat.safety_number, &own.0, &other.0), shown(&chat.safety_number, &other.0, &own.0))
}

/// The way by a picture.
#[component]
fn Choose(look: Look) -> impl IntoView {
    let t = scan();
    let change = move |event: leptos::ev::Event| {
        let input: JsValue = event_target::<web_sys::Element>(&event).into();
        let file = get(&get(&input, "files"), "0");
        if file.is_undefined() || look.busy.get_untracked() {
            return;
        }
        // The same file again is a change again.
        set(&input, "value", "");
        look.busy.set(true);
        spawn_local(async move {
            let still = still::read(&file).await;
            // Refused: the dialog has closed meanwhile.
            if look.busy.try_set(false).is_some() {
                return;
            }
            match still {
                Still::Code(bytes) => take(look, &bytes),
                Still::Nothing => look.said.set(Some(t.no_code)),
                Still::TooLarge => look.said.set(Some(t.too_large)),
                Still::Unreadable => look.said.set(Some(t.unreadable)),
            }
        });
    };
    view! {
        <label class="button button--wide scan__choose" aria-busy=move || look.busy.get().then_some("true")>
            {t.choose}
            <input
                class="visually-hidden"
                type="file"
                accept="image/png,image/jpeg,image/webp,image/gif"
                on:change=change
            />
        </label>
    }
}
