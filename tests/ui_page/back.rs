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

fn state() -> Option<f64> {
    window().history().expect("there is one").state().expect("it has one").as_f64()
}

async fn talk() -> Stand {
    Stand::reading(noor(ChatState::Open), vec![said(1, "Hi")]).await
}

#[wasm_bindgen_test]
async fn back_closes_a_dialog_and_the_conversation_stays() {
    let stand = talk().await;
    stand.press("button", "New poll").await;
    stand.find("h2", "New poll").await;
    back();
    stand.until("the dialog to go", || stand.all("dialog").is_empty()).await;
    assert_eq!(hash(), open(NOOR));
    assert_eq!(stand.all(".bubble").len(), 1);
}

#[wasm_bindgen_test]
async fn back_passes_over_the_step_of_a_dialog_that_was_closed_otherwise() {
    let stand = talk().await;
    window().location().set_hash("#settings").expect("it goes");
    stand.find("h1", "Settings").await;
    window().location().set_hash(&open(NOOR)).expect("it goes");
    for _ in 0..2 {
        stand.press("button", "New poll").await;
        stand.find("h2", "New poll").await;
        stand.press("dialog button", "Close").await;
        stand.until("the dialog to go", || stand.all("dialog").is_empty()).await;
    }
    assert_eq!(hash(), open(NOOR));
    assert_eq!(state(), Some(1.0), "the second used the step of the first");
    back();
    stand.find("h1", "Settings").await;
    assert_eq!(hash(), "#settings");
}

#[wasm_bindgen_test]
async fn back_closes_the_topmost_of_several() {
    let stand = talk().await;
    let init = KeyboardEventInit::new();
    init.set_key("f");
    init.set_ctrl_key(true);
    init.set_bubbles(true);
    let find = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).expect("an event");
    document().body().expect("there is one").dispatch_event(&find).expect("it is heard");
    stand.find(".find-bar input", "Search in chat").await;
    stand.press("button", "New poll").await;
    stand.find("h2", "New poll").await;
    stand.until("two steps", || state() == Some(2.0)).await;
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
    stand.until("one step", || state() == Some(1.0)).await;
    stand.press("dialog button", "Delete for me").await;
    stand.asked(Command::DeleteForMe { chat: NOOR, order: 1 }).await;
    stand.session.apply(Event::MessageGone { chat: NOOR, order: 1 });
    stand.until("the dialog to go", || stand.all("dialog").is_empty()).await;
    assert_eq!((state(), hash()), (Some(1.0), open(NOOR)));
}
