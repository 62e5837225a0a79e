//! Back closes what lies over a place before it leaves the place.

use leptos::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{KeyboardEvent, KeyboardEventInit};
use xchat_engine::api::{ChatState, Command, Event};

use crate::stand::{NOOR, Stand, frames, noor, open, said};

fn back() {
    window().history().expect("there is one").back().expect("it goes");
}

fn hash() -> String {
    window().location().hash().expect("there is one")
}

/// Layers over the place, as the step says.
fn layers() -> u32 {
    let state = window().history().expect("there is one").state().expect("it has one").as_f64();
    state.expect("each step says where it is") as u32 % 16
}

/// A key, as if nothing had the focus.
fn press_key(key: &str, ctrl: bool) {
    let init = KeyboardEventInit::new();
    init.set_key(key);
    init.set_ctrl_key(ctrl);
    init.set_bubbles(true);
    let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).expect("an event");
    document().body().expect("there is one").dispatch_event(&event).expect("it is heard");
}

async fn talk() -> Stand {
    // A step of its own: whatever test was before may have left layers at this place.
    window().location().set_hash("#settings").expect("it goes");
    Stand::reading(noor(ChatState::Open), vec![said(1, "Hi")]).await
}

#[wasm_bindgen_test]
async fn back_closes_a_dialog_and_the_conversation_stays() {
    let stand = talk().await;
    stand.press("button", "Attach").await;
    stand.press("[role=menuitem]", "Poll").await;
    stand.find("h2", "New poll").await;
    back();
    stand.until("the dialog to go", || stand.all("dialog").is_empty()).await;
    assert_eq!(hash(), open(NOOR));
    assert_eq!(stand.all(".bubble").len(), 1);
}

#[wasm_bindgen_test]
async fn back_passes_over_the_step_of_a_dialog_that_was_closed_otherwise() {
    let stand = talk().await;
    go("#settings", &stand, "Settings").await;
    go(&open(NOOR), &stand, "Noor").await;
    for _ in 0..2 {
        stand.press("button", "Attach").await;
        stand.press("[role=menuitem]", "Poll").await;
        stand.find("h2", "New poll").await;
        stand.press("dialog button", "Close").await;
        stand.until("the dialog to go", || stand.all("dialog").is_empty()).await;
    }
    assert_eq!(hash(), open(NOOR));
    assert_eq!(layers(), 1, "the second used the step of the first");
    back();
    stand.find("h1", "Settings").await;
    assert_eq!(hash(), "#settings");
}

#[wasm_bindgen_test]
async fn back_closes_the_topmost_of_several() {
    let stand = talk().await;
    press_key("f", true);
    stand.find(".find-bar input", "Search in chat").await;
    stand.press("button", "Attach").await;
    stand.press("[role=menuitem]", "Poll").await;
    stand.find("h2", "New poll").await;
    stand.until("two steps", || layers() == 2).await;
    back();
    stand.until("the dialog to go", || stand.all("dialog").is_empty()).await;
    frames(3).await;
    assert_eq!(stand.all(".find-bar").len(), 1);
    back();
    stand.until("the search to go", || stand.all(".find-bar").is_empty()).await;
    assert_eq!(hash(), open(NOOR));
}

#[wasm_bindgen_test]
async fn what_a_menu_leads_to_takes_its_step() {
    let stand = talk().await;
    stand.press("button", "Message actions").await;
    stand.press("[role=menuitem]", "Delete").await;
    stand.find("dialog h2", "Delete this message?").await;
    stand.until("one step", || layers() == 1).await;
    stand.press("dialog button", "Delete for me").await;
    stand.asked(Command::DeleteForMe { chat: NOOR, order: 1 }).await;
    stand.session.apply(Event::MessageGone { chat: NOOR, order: 1 });
    stand.until("the dialog to go", || stand.all("dialog").is_empty()).await;
    assert_eq!((layers(), hash()), (1, open(NOOR)));
}

#[wasm_bindgen_test]
async fn a_dialog_that_is_a_place_is_passed_over_as_well_once_it_was_closed() {
    let stand = talk().await;
    go("#settings", &stand, "Settings").await;
    go(&open(NOOR), &stand, "Noor").await;
    stand.press("a", "New chat").await;
    stand.press("dialog button", "New group").await;
    stand.find("dialog h2", "New group").await;
    stand.press("dialog button", "Close").await;
    stand.until("the dialog to go", || stand.all("dialog").is_empty()).await;
    assert_eq!(hash(), open(NOOR));
    stand.press("a", "New chat").await;
    stand.find("dialog h2", "New chat").await;
    stand.press("dialog button", "Close").await;
    stand.until("the dialog to go", || stand.all("dialog").is_empty()).await;
    back();
    stand.find("h1", "Settings").await;
    assert!(stand.all("dialog").is_empty());
}

async fn go(to: &str, stand: &Stand, title: &str) {
    window().location().set_hash(to).expect("it goes");
    stand.find("h1", title).await;
}

#[wasm_bindgen_test]
async fn the_arrow_up_goes_back_where_one_came_from_there() {
    let stand = talk().await;
    go("#settings", &stand, "Settings").await;
    go("#settings/devices", &stand, "Devices").await;
    let steps = window().history().expect("there is one").length().expect("it has a length");
    stand.press(".bar a", "Back to settings").await;
    stand.find("h1", "Settings").await;
    back();
    stand.until("the conversation", || hash() == open(NOOR)).await;
    assert_eq!(window().history().expect("there is one").length(), Ok(steps));
}

#[wasm_bindgen_test]
async fn a_conversation_that_is_gone_is_no_place_to_go_back_to() {
    let stand = talk().await;
    go("#settings", &stand, "Settings").await;
    go(&open(NOOR), &stand, "Noor").await;
    go(&format!("{}/info", open(NOOR)), &stand, "Contact").await;
    stand.session.apply(Event::ChatGone { chat: NOOR });
    stand.until("the list", || hash().is_empty()).await;
    back();
    stand.find("h1", "Settings").await;
}

#[wasm_bindgen_test]
async fn the_arrow_up_leaves_what_lies_over_the_place_as_well() {
    let stand = Stand::with(noor(ChatState::Open), "");
    go("#settings", &stand, "Settings").await;
    go("#settings/devices", &stand, "Devices").await;
    press_key("?", false);
    stand.find("dialog h2", "Keyboard shortcuts").await;
    stand.press("dialog button", "Close").await;
    stand.until("the dialog to go", || stand.all("dialog").is_empty()).await;
    assert_eq!(layers(), 1, "its step is there");
    stand.press(".bar a", "Back to settings").await;
    stand.find("h1", "Settings").await;
    assert_eq!((layers(), hash().as_str()), (0, "#settings"));
}

#[wasm_bindgen_test]
async fn a_press_on_the_row_of_the_open_conversation_leaves_all_as_it_is() {
    let stand = talk().await;
    press_key("f", true);
    stand.find(".find-bar input", "Search in chat").await;
    assert_eq!(layers(), 1);
    let row: web_sys::HtmlElement = wasm_bindgen::JsCast::unchecked_into(stand.all("a.list-row").remove(0));
    row.click();
    frames(3).await;
    assert_eq!(layers(), 1, "the step is not replaced");
    back();
    stand.until("the search to go", || stand.all(".find-bar").is_empty()).await;
    assert_eq!(hash(), open(NOOR));
}
