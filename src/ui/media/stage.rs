//! A picture on the viewer's stage: pointers, the wheel and clicks bring it nearer and move it, and turn to the next one.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::{HtmlElement, PointerEvent, WheelEvent};

use super::piece::Piece;
use super::zoom::{LARGER, Room, Zoom};
use crate::ui::browser::js::get;
use crate::ui::widgets::walk::rtl;

/// How much nearer a notch of the wheel comes, and a double click.
const NOTCH: f64 = 1.2;
const CLICK: f64 = 2.5;
/// How far a finger goes to turn over, in CSS pixels.
const SWIPE: f64 = 60.0;

/// What there is to look at: the stage, and the picture on it.
pub(super) fn room(stage: NodeRef<html::Div>) -> Room {
    let Some(stage) = stage.get_untracked() else { return Room::of((1.0, 1.0), (0.0, 0.0)) };
    let picture = stage.query_selector("img").ok().flatten();
    let long = |name| picture.as_ref().and_then(|picture| get(picture, name).as_f64()).unwrap_or_default();
    let size = (f64::from(stage.client_width()), f64::from(stage.client_height()));
    Room::of(size, (long("naturalWidth"), long("naturalHeight")))
}

/// Where a pointer is, from the stage's middle.
fn from_middle(stage: &HtmlElement, x: i32, y: i32) -> (f64, f64) {
    let rect = stage.get_bounding_client_rect();
    (f64::from(x) - rect.left() - rect.width() / 2.0, f64::from(y) - rect.top() - rect.height() / 2.0)
}

/// The picture.
pub(super) fn picture(
    url: &str,
    name: &'static str,
    piece: Piece,
    stage: NodeRef<html::Div>,
    zoom: RwSignal<Zoom>,
    go: Callback<bool>,
) -> AnyView {
    let room = move || room(stage);
    let near = move |times: f64, x: i32, y: i32| {
        if let Some(stage) = stage.get_untracked() {
            let point = from_middle(&stage, x, y);
            zoom.update(|zoom| *zoom = zoom.nearer(times, point, room()));
        }
    };
    // Pointers on it, where each was last; and where the only one came down.
    let held = StoredValue::new(Vec::<(i32, i32, i32)>::new());
    let began = StoredValue::new(None::<(i32, i32)>);
    let node = NodeRef::<html::Div>::new();
    let down = move |event: PointerEvent| {
        if event.button() != 0 {
            return;
        }
        // A pointer that is gone already holds nothing.
        if node.get_untracked().is_some_and(|node| node.set_pointer_capture(event.pointer_id()).is_ok()) {
            let at = (event.client_x(), event.client_y());
            held.update_value(|held| held.push((event.pointer_id(), at.0, at.1)));
            began.set_value((held.with_value(Vec::len) == 1).then_some(at));
        }
    };
    let moves = move |event: PointerEvent| {
        let before = held.get_value();
        let Some(at) = before.iter().position(|(id, ..)| *id == event.pointer_id()) else { return };
        let mut after = before.clone();
        after[at] = (event.pointer_id(), event.client_x(), event.client_y());
        match (before.as_slice(), after.as_slice()) {
            ([old], [new]) if !zoom.get_untracked().is_whole() => {
                let by = (f64::from(new.1 - old.1), f64::from(new.2 - old.2));
                zoom.update(|zoom| *zoom = zoom.moved(by, room()));
            }
            ([a, b], [c, d]) => {
                let apart = |p: &(i32, i32, i32), q: &(i32, i32, i32)| f64::from(p.1 - q.1).hypot(f64::from(p.2 - q.2));
                let middle =
                    |p: &(i32, i32, i32), q: &(i32, i32, i32)| (i32::midpoint(p.1, q.1), i32::midpoint(p.2, q.2));
                let (from, to) = (middle(a, b), middle(c, d));
                near(apart(c, d) / apart(a, b).max(1.0), to.0, to.1);
                let by = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
                zoom.update(|zoom| *zoom = zoom.moved(by, room()));
            }
            _ => {}
        }
        held.set_value(after);
    };
    let ends = move |event: PointerEvent| {
        held.update_value(|held| held.retain(|(id, ..)| *id != event.pointer_id()));
        let Some((x, y)) = began.get_value().filter(|_| zoom.get_untracked().is_whole()) else { return };
        began.set_value(None);
        let (right, down) = (f64::from(event.client_x() - x), f64::from(event.client_y() - y));
        // A mouse has buttons for it.
        if event.pointer_type() != "mouse" && right.abs() > SWIPE && right.abs() > down.abs() * 1.5 {
            go.run((right < 0.0) != rtl());
        }
    };
    let wheel = move |event: WheelEvent| {
        event.prevent_default();
        near(if event.delta_y() < 0.0 { NOTCH } else { 1.0 / NOTCH }, event.client_x(), event.client_y());
    };
    let twice = move |event: leptos::ev::MouseEvent| match zoom.get_untracked().is_whole() {
        true => near(CLICK, event.client_x(), event.client_y()),
        false => zoom.set(Zoom::WHOLE),
    };
    // What its sender says, until the browser knows it.
    let pixels = RwSignal::new(piece.with(|file| (f64::from(file.media.width), f64::from(file.media.height))));
    let measured = move |event: leptos::ev::Event| {
        let long = |name| get(&event_target::<JsValue>(&event), name).as_f64().unwrap_or_default();
        pixels.set((long("naturalWidth"), long("naturalHeight")));
    };
    let at_most = |long: f64| (long > 0.0).then(|| format!("min(100%, {}px)", long * LARGER));
    view! {
        <div
            node_ref=node
            class="viewer__picture"
            class:is-near=move || !zoom.get().is_whole()
            on:pointerdown=down
            on:pointermove=moves
            on:pointerup=ends
            on:pointercancel=move |event: PointerEvent| {
                held.update_value(|held| held.retain(|(id, ..)| *id != event.pointer_id()));
                began.set_value(None);
            }
            on:wheel=wheel
            on:dblclick=twice
        >
            <img
                src=url.to_owned()
                alt=name
                draggable="false"
                style=("transform", move || zoom.get().transform())
                style=("max-inline-size", move || at_most(pixels.get().0))
                style=("max-block-size", move || at_most(pixels.get().1))
                on:load=measured
                on:error=move |_| piece.breaks()
            />
        </div>
    }
    .into_any()
}
