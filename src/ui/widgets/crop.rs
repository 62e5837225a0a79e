//! The dialog in which one chooses the part of a picture that others see.

use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::{KeyboardEvent, PointerEvent, WheelEvent};

use super::dialog::FormDialog;
use super::picture::{Picture, draw};
use super::square::{NEAREST, Square};
use crate::ui::browser::js::get;
use crate::ui::i18n::later;

/// The sides of what is shown, in pixels: twice what it takes on the screen.
const SIDE: f64 = 512.0;
/// How far an arrow key goes, in parts of what is shown.
const STEP: f64 = 0.05;
/// How much nearer a notch of the wheel comes.
const NOTCH: f64 = 1.1;
/// Where a slider begins and ends: of what there is room for, and of how near one can come.
const SHARE: [&str; 2] = ["0", "1"];
const ZOOM: [&str; 2] = ["1", "4"];
const _: () = assert!(NEAREST == 4.0, "the slider goes as far as the square");

/// The dialog.
#[component]
pub(super) fn Crop(picture: Picture, on_use: Callback<Square>, on_close: Callback<()>) -> impl IntoView {
    let t = later();
    let square = RwSignal::new(picture.middle());
    let canvas = NodeRef::<Canvas>::new();
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            let _drawn = draw(&picture, square.get(), &canvas, SIDE);
        }
    });
    let frame = NodeRef::<Div>::new();
    // The one pointer that drags, and where it was last.
    let held = StoredValue::new(None::<(i32, i32, i32)>);
    let down = move |event: PointerEvent| {
        let Some(frame) = frame.get_untracked().filter(|_| event.is_primary() && event.button() == 0) else { return };
        // A pointer that is gone already drags nothing.
        if frame.set_pointer_capture(event.pointer_id()).is_ok() {
            held.set_value(Some((event.pointer_id(), event.client_x(), event.client_y())));
        }
    };
    let drag = move |event: PointerEvent| {
        let (Some((pointer, x, y)), Some(frame)) = (held.get_value(), frame.get_untracked()) else { return };
        if pointer != event.pointer_id() {
            return;
        }
        let (at, side) = ((event.client_x(), event.client_y()), f64::from(frame.client_width().max(1)));
        held.set_value(Some((pointer, at.0, at.1)));
        // The picture follows the pointer, so what is kept of it goes the other way.
        square.update(|square| *square = square.moved(f64::from(x - at.0) / side, f64::from(y - at.1) / side));
    };
    let key = move |event: KeyboardEvent| {
        let (right, down) = match event.key().as_str() {
            // As the sliders go: what is shown, not the picture under it.
            "ArrowLeft" => (-STEP, 0.0),
            "ArrowRight" => (STEP, 0.0),
            "ArrowUp" => (0.0, -STEP),
            "ArrowDown" => (0.0, STEP),
            _ => return,
        };
        event.prevent_default();
        square.update(|square| *square = square.moved(right, down));
    };
    let wheel = move |event: WheelEvent| {
        event.prevent_default();
        let times = if event.delta_y() < 0.0 { NOTCH } else { 1.0 / NOTCH };
        square.update(|square| *square = square.zoomed(square.zoom() * times));
    };
    // For whom neither drags nor presses arrows: a touch on a screen reader's phone, one finger, a switch.
    let slid = move |event: leptos::ev::Event, to: fn(Square, f64) -> Square| {
        // As the number that it is: reading one out of text is 20 KiB of code.
        let slider: JsValue = event_target::<web_sys::Element>(&event).into();
        if let Some(value) = get(&slider, "valueAsNumber").as_f64() {
            square.update(|square| *square = to(*square, value));
        }
    };
    let slider =
        move |label: &'static str, ends: [&'static str; 2], of: fn(Square) -> f64, to: fn(Square, f64) -> Square| {
            view! {
                <label class="crop__zoom">
                    {label}
                    <input
                        type="range"
                        min=ends[0]
                        max=ends[1]
                        step="0.01"
                        prop:value=move || JsValue::from_f64(of(square.get()))
                        on:input=move |event| slid(event, to)
                    />
                </label>
            }
            .into_any()
        };
    let done = move |()| on_use.run(square.get_untracked());
    view! {
        <FormDialog title=t.picture_part action=t.picture_use ready=Signal::stored(true) on_submit=done on_close>
            <div
                node_ref=frame
                class="crop"
                autofocus=true
                role="group"
                tabindex="0"
                aria-label=t.picture_part
                aria-describedby="crop-hint"
                on:pointerdown=down
                on:pointermove=drag
                on:lostpointercapture=move |_| held.set_value(None)
                on:wheel=wheel
                on:keydown=key
            >
                <canvas node_ref=canvas class="crop__picture"></canvas>
            </div>
            <p id="crop-hint" class="crop__hint">
                {t.picture_part_hint}
            </p>
            {slider(t.picture_across, SHARE, |square| square.place().0, |square, across| square.placed(across, square.place().1))}
            {slider(t.picture_down, SHARE, |square| square.place().1, |square, down| square.placed(square.place().0, down))}
            {slider(t.picture_zoom, ZOOM, Square::zoom, Square::zoomed)}
        </FormDialog>
    }
}
