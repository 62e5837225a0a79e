//! The gallery of a conversation: how it goes on, what becomes of it meanwhile, and where it leads.

use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement};
use xchat::ui::media::client::{FileFailure, TaskState};
use xchat_engine::api::{Body, ChatState, Command, Event, Hit, MessageView, Shelf};

use crate::files_double::{Double, picture, with_files};
use crate::files_gallery::{answer, asked, asks, hit, opened, showing};
use crate::polls::key;
use crate::stand::{NOOR, bubbling, frames, noor, open, said};

fn many(from: u64) -> Vec<Hit> {
    (0..30).map(|at| hit(from - at, vec![picture(&format!("{}.jpg", from - at), 4, 3)])).collect()
}

#[wasm_bindgen_test]
async fn it_goes_on_by_itself_until_there_are_enough_and_then_as_one_comes_to_the_end() {
    let _double = Double::new();
    let stand = opened(noor(ChatState::Open)).await;
    // Room for one row alone, that scrolls.
    let panel: HtmlElement = stand.all("[role=tabpanel]").remove(0).unchecked_into();
    for (name, value) in [("height", "100px"), ("overflow", "auto")] {
        panel.style().set_property(name, value).expect("a style");
    }
    let (search, ..) = asked(&stand, 1).await;
    answer(&stand, search, Vec::new(), Some(vec![1]));
    assert_eq!(asked(&stand, 2).await, (search, Shelf::Media, Some(vec![1])));
    answer(&stand, search, many(90), Some(vec![2]));
    stand.until("the tiles", || stand.all(".photo").len() == 30).await;
    frames(5).await;
    assert_eq!(asks(&stand).len(), 2, "these are enough");
    panel.set_scroll_top(100_000);
    assert_eq!(asked(&stand, 3).await, (search, Shelf::Media, Some(vec![2])));
    let first = stand.all(".photo").remove(0);
    answer(&stand, search, many(60), None);
    stand.until("more tiles", || stand.all(".photo").len() == 60).await;
    assert!(first.is_same_node(stand.all(".photo").first().map(AsRef::as_ref)), "what was there stays");
    panel.set_scroll_top(100_000);
    frames(5).await;
    assert_eq!(asks(&stand).len(), 3, "these are all");
}

#[wasm_bindgen_test]
async fn one_moves_through_all_of_it_in_the_viewer_which_asks_on() {
    let double = Double::new();
    let stand = opened(noor(ChatState::Open)).await;
    let (search, ..) = asked(&stand, 1).await;
    answer(&stand, search, many(90), Some(vec![2]));
    stand.until("the tiles", || stand.all(".photo").len() == 30).await;
    // The page has no styles here: the end may be on the screen.
    let before = asks(&stand).len();
    if before == 2 {
        answer(&stand, search, Vec::new(), Some(vec![2]));
    }
    stand.all(".photo").remove(0).unchecked_into::<HtmlElement>().click();
    stand.find(".viewer__number", "1 of 30+").await;
    let send = |name: &str| stand.all(".viewer")[0].dispatch_event(&key(name)).expect("sent");
    send("ArrowRight");
    stand.find(".viewer__number", "2 of 30+").await;
    stand.until("the next to be asked for", || Double::names(&double.opened).contains(&"89.jpg".to_owned())).await;
    for _ in 0..28 {
        send("ArrowRight");
    }
    stand.find(".viewer__number", "30 of 30+").await;
    stand.until("more to be asked for", || asks(&stand).len() >= 2).await;
    answer(&stand, search, many(60), None);
    stand.find(".viewer__number", "30 of 60").await;
    send("ArrowRight");
    stand.find(".viewer__number", "31 of 60").await;
    stand.press(".viewer button", "Save").await;
    stand.until("it to be saved", || Double::names(&double.saved) == ["60.jpg"]).await;
    Double::comes(&double.saved, "60.jpg", TaskState::Failed(FileFailure::Cancelled));
    stand.press(".viewer button", "Forward").await;
    stand.find("dialog h2", "Forward to").await;
    assert!(stand.all(".viewer").is_empty());
    stand.press(".pick label", "Noor").await;
    stand.press("dialog button", "Forward").await;
    stand.asked(Command::Forward { chat: NOOR, order: 60, to: vec![NOOR] }).await;
}

#[wasm_bindgen_test]
async fn what_is_deleted_or_vanishes_goes_from_the_shelf_and_from_the_viewer() {
    let pictures = (1..=4).rev().map(|order| hit(order, vec![picture(&format!("{order}.jpg"), 4, 3)])).collect();
    let (_double, stand) = showing(pictures).await;
    stand.until("the tiles", || stand.all(".photo").len() == 4).await;
    stand.all(".photo").remove(1).unchecked_into::<HtmlElement>().click();
    stand.find(".viewer__number", "2 of 4").await;
    stand.session.apply(Event::MessageGone { chat: NOOR, order: 4 });
    stand.find(".viewer__number", "1 of 3").await;
    let deleted = MessageView { body: Body::Deleted, ..said(3, "") };
    stand.session.apply(Event::Message { chat: NOOR, message: deleted });
    stand.until("the viewer to go", || stand.all(".viewer").is_empty()).await;
    stand.until("two to be left", || stand.all(".photo").len() == 2).await;
    stand.session.apply(Event::Cleared { chat: NOOR });
    stand.find(".gallery__said", "No photos or videos yet.").await;
    assert_eq!(asks(&stand).len(), 1);
}

#[wasm_bindgen_test]
async fn what_comes_meanwhile_stands_at_its_beginning() {
    let (_double, stand) = showing(vec![hit(1, vec![picture("old.jpg", 4, 3)])]).await;
    stand.until("the tile", || stand.all(".photo").len() == 1).await;
    let old = stand.all(".photo").remove(0);
    // Words are nothing to this shelf.
    stand.show(said(2, "https://example.org"));
    stand.show(with_files(3, "", vec![picture("new.jpg", 4, 3)]));
    let (search, shelf, from) = asked(&stand, 2).await;
    assert_eq!((shelf, from), (Shelf::Media, None));
    let hits = vec![hit(3, vec![picture("new.jpg", 4, 3)]), hit(1, vec![picture("old.jpg", 4, 3)])];
    answer(&stand, search, hits, None);
    stand.until("both", || stand.all(".photo").len() == 2).await;
    assert!(old.is_same_node(stand.all(".photo").get(1).map(AsRef::as_ref)));
    assert_eq!(asks(&stand).len(), 2);
}

#[wasm_bindgen_test]
async fn a_thing_leads_to_its_message() {
    let (_double, stand) = showing(vec![hit(7, vec![picture("hut.jpg", 4, 3)])]).await;
    stand.until("the tile", || stand.all(".photo").len() == 1).await;
    stand.all(".photo").remove(0).unchecked_into::<HtmlElement>().click();
    stand.press(".viewer button", "Show in chat").await;
    let loads = || {
        let of = |command: &&Command| matches!(command, Command::Load { chat: NOOR, before: None, .. });
        stand.asked.borrow().iter().filter(of).count()
    };
    stand.until("the conversation to be opened", || loads() == 1).await;
    stand.until("the gallery to go", || stand.all(".gallery, .viewer").is_empty()).await;
    let messages = vec![said(5000, "the last")];
    stand.session.apply(Event::Page { chat: NOOR, messages, more: true, before: None });
    // It is far above, and what stands around it is asked for.
    let around = |command: &Command| matches!(command, Command::Load { chat: NOOR, before: Some(before), .. } if (8..4000).contains(before));
    stand.until("the way there", || stand.asked.borrow().iter().any(around)).await;
    assert_eq!(window().location().hash().unwrap_or_default(), open(NOOR));
}

#[wasm_bindgen_test]
async fn the_menu_of_a_row_and_of_a_tile_leads_there_too() {
    let (_double, stand) = showing(vec![hit(7, vec![picture("hut.jpg", 4, 3)])]).await;
    stand.until("the tile", || stand.all(".photo").len() == 1).await;
    let init = bubbling();
    init.set_cancelable(true);
    let event = web_sys::Event::new_with_event_init_dict("contextmenu", &init).expect("an event");
    // As a key gives it: no pointer is over the tile.
    for at in ["clientX", "clientY"] {
        js_sys::Reflect::set(&event, &at.into(), &0.into()).expect("set");
    }
    stand.all(".photo")[0].dispatch_event(&event).expect("sent");
    stand.find("[role=menuitem]", "Show in chat").await;
    assert!(event.default_prevented());
    stand.press("[role=menuitem]", "Forward").await;
    stand.find("dialog h2", "Forward to").await;
}

#[wasm_bindgen_test]
async fn back_leads_to_the_page_that_one_came_from() {
    let (_double, stand) = showing(Vec::new()).await;
    stand.press("button", "Back to the details").await;
    stand.find("h1", "Contact").await;
    let entry: Element = stand.find("button", "Media, files and links").await;
    stand.until("the focus to be back", || document().active_element().as_ref() == Some(&entry)).await;
    stand.press("button", "Media, files and links").await;
    stand.find("h1", "Media, files and links").await;
    window().history().expect("a history").back().expect("a step");
    stand.find("h1", "Contact").await;
}
