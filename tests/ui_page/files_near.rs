//! How large a picture is in the viewer, and how near one looks at it.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Blob, Element, HtmlElement, HtmlImageElement, KeyboardEvent, KeyboardEventInit};
use xchat::ui::media::client::{Opened, TaskState};
use xchat::ui::media::zoom::{Room, Zoom};
use xchat_files::Kind;

use crate::files_double::{Double, picture, with_files};
use crate::files_viewer::{reading, send, with_three};
use crate::stand::{Stand, frames};

#[wasm_bindgen_test]
fn what_is_under_the_pointer_stays_there_and_a_picture_never_leaves_its_stage() {
    let stage = Room::of((400.0, 300.0), (4000.0, 3000.0));
    let near = Zoom::WHOLE.nearer(2.0, (100.0, 50.0), stage);
    assert_eq!(near, Zoom { scale: 2.0, x: -100.0, y: -50.0 });
    assert_eq!(near.moved((1000.0, -1000.0), stage), Zoom { scale: 2.0, x: 200.0, y: -150.0 });
    assert_eq!(near.nearer(0.01, (0.0, 0.0), stage), Zoom::WHOLE);
    assert!(near.nearer(100.0, (0.0, 0.0), stage).scale <= 8.0 && Zoom::WHOLE.moved((9.0, 9.0), stage).is_whole());
    // A tower of 40 pixels in the middle: what is beside it is nothing to come nearer to.
    let tower = Room::of((400.0, 300.0), (400.0, 3000.0));
    assert_eq!(Zoom::WHOLE.nearer(4.0, (-190.0, 0.0), tower), Zoom { scale: 4.0, x: 0.0, y: 0.0 });
    assert_eq!(Zoom::WHOLE.nearer(4.0, (0.0, 100.0), tower).y, -300.0);
    // Of ten pixels forty are drawn, which fill the stage only at the nearest.
    let dot = Room::of((400.0, 300.0), (10.0, 10.0));
    assert_eq!(Zoom::WHOLE.nearer(8.0, (-190.0, 100.0), dot), Zoom { scale: 8.0, x: 0.0, y: -10.0 });
    assert_eq!(
        Zoom::WHOLE.nearer(8.0, (-190.0, 0.0), Room::of((400.0, 300.0), (0.0, 0.0))).x,
        1330.0,
        "nothing is known of it"
    );
}

#[wasm_bindgen_test]
async fn a_picture_is_looked_at_as_near_as_one_likes() {
    let (_double, stand) = with_three().await;
    let shows = |scale: &str| {
        let picture = stand.all(".viewer__picture img").remove(0).unchecked_into::<HtmlElement>();
        picture.style().get_property_value("transform").is_ok_and(|shown| shown.contains(&format!("scale({scale})")))
    };
    for name in ["+", "+", "-"] {
        send(&stand, name);
    }
    stand.until("it to be near", || shows("1.5")).await;
    send(&stand, "0");
    stand.until("it to be whole", || shows("1")).await;
}

/// A key that was held down until it repeats.
fn held(name: &str) -> KeyboardEvent {
    let init = KeyboardEventInit::new();
    init.set_key(name);
    init.set_bubbles(true);
    init.set_repeat(true);
    KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).expect("an event")
}

#[wasm_bindgen_test]
async fn arrows_lead_through_what_is_near_and_from_its_edge_to_the_next() {
    let style = styled();
    let double = Double::new();
    let pictures = vec![picture("one.jpg", 4000, 3000), picture("two.jpg", 4000, 3000)];
    let stand = reading(vec![with_files(1, "", pictures)]).await;
    stand.until("them to be asked for", || double.opened.borrow().len() == 2).await;
    Double::comes(&double.opened, "one.jpg", of_shape(4000, 3000));
    stand.press(".photo", "Photo 1 of 2").await;
    stand.until("it to be asked for there", || double.opened.borrow().len() == 3).await;
    Double::comes(&double.opened, "one.jpg", of_shape(4000, 3000));
    seen(&stand).await;
    let stands = || {
        let picture = stand.all(".viewer__picture img").remove(0).unchecked_into::<HtmlElement>();
        picture.style().get_property_value("transform").unwrap_or_default()
    };
    for _ in 0..3 {
        send(&stand, "+");
    }
    stand.until("it to be near", || stands().contains("scale(3.375)")).await;
    let middle = stands();
    send(&stand, "ArrowRight");
    stand.until("it to move", || stands() != middle).await;
    stand.find(".viewer__number", "1 of 2").await;
    // Further than any window is wide.
    for _ in 0..200 {
        stand.all(".viewer")[0].dispatch_event(&held("ArrowRight")).expect("sent");
    }
    frames(2).await;
    stand.find(".viewer__number", "1 of 2").await;
    send(&stand, "ArrowRight");
    stand.find(".viewer__number", "2 of 2").await;
    style.remove();
}

/// Until the browser has drawn the picture in the viewer.
async fn seen(stand: &Stand) {
    let whole = || {
        let shown = stand.all(".viewer__picture img").pop();
        shown.is_some_and(|shown| shown.unchecked_ref::<HtmlImageElement>().natural_height() > 0)
    };
    stand.until("the picture", whole).await;
}

/// The viewer as it looks.
fn styled() -> Element {
    let style = document().create_element("style").expect("a style");
    style.set_text_content(Some(include_str!("../../style/later/viewer.css")));
    document().body().expect("a body").append_child(&style).expect("it takes a style");
    style
}

/// A picture of this shape.
fn of_shape(width: u32, height: u32) -> TaskState<Opened> {
    let url = format!("data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}'/>");
    TaskState::Done(Opened { url, kind: Kind::Jpeg, blob: Blob::new().ok() })
}

#[wasm_bindgen_test]
async fn a_picture_of_any_shape_fills_the_stage_and_is_not_cut_off() {
    let style = styled();
    for (name, width, height) in [("tower.jpg", 300, 4000), ("strip.jpg", 4000, 300)] {
        let double = Double::new();
        let stand = reading(vec![with_files(1, "", vec![picture(name, width, height)])]).await;
        stand.until("it to be asked for", || double.opened.borrow().len() == 1).await;
        Double::comes(&double.opened, name, of_shape(width, height));
        stand.press(".photo", "Photo").await;
        stand.until("it to be asked for there", || double.opened.borrow().len() == 2).await;
        Double::comes(&double.opened, name, of_shape(width, height));
        seen(&stand).await;
        let [stage, shown] = [".viewer__stage", ".viewer__picture img"].map(|which| {
            let rect = stand.all(which)[0].get_bounding_client_rect();
            [rect.left(), rect.top(), rect.width(), rect.height()].map(f64::round)
        });
        assert!(stage[2] > 0.0 && stage[3] > 0.0);
        assert_eq!(shown, stage, "{name}: it has that room alone, and is drawn whole within it");
    }
    style.remove();
}

#[wasm_bindgen_test]
async fn a_picture_of_a_few_pixels_is_not_blown_up() {
    let style = styled();
    let double = Double::new();
    // Its sender says that it is large.
    let stand = reading(vec![with_files(1, "", vec![picture("dot.png", 4000, 3000)])]).await;
    stand.until("it to be asked for", || double.opened.borrow().len() == 1).await;
    Double::comes(&double.opened, "dot.png", of_shape(16, 12));
    stand.press(".photo", "Photo").await;
    stand.until("it to be asked for there", || double.opened.borrow().len() == 2).await;
    Double::comes(&double.opened, "dot.png", of_shape(16, 12));
    seen(&stand).await;
    let size = || {
        let rect = stand.all(".viewer__picture img")[0].get_bounding_client_rect();
        (rect.width().round(), rect.height().round())
    };
    stand.until("it to be small", || size() == (64.0, 48.0)).await;
    style.remove();
}
