//! What conversations take on this device, and how to make room.

use std::rc::Rc;

use js_sys::Uint8Array;
use leptos::prelude::{document, window};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlElement, HtmlInputElement, MessageChannel, MessageEvent};
use xchat::files::{Archive, Desk, Fetch, Store};
use xchat::ui::files::answered_by;
use xchat_engine::api::{ChatId, ChatState, ChatView, Command, Connection, Event, StoredView};
use xchat_wire::BlobHash;

use crate::stand::{HIKING, NOOR, Stand, account, noor, said};

#[wasm_bindgen_test]
async fn conversations_stand_by_size_and_one_is_cleared_after_a_question() {
    let stand = Stand::with(noor(ChatState::Open), "#settings/storage");
    let measures = |chat: ChatId| {
        let asked = stand.asked.clone();
        let of_it = move |command: &Command| matches!(command, Command::Storage { chats } if chats.contains(&chat));
        stand.until("it to be measured", move || asked.borrow().iter().any(of_it))
    };
    measures(NOOR).await;
    let sam = ChatView { id: HIKING, name: "Sam".to_owned(), ..noor(ChatState::Open) };
    let chats = vec![noor(ChatState::Open), sam];
    stand.session.apply(Event::Snapshot { account: Some(account()), chats, connection: Connection::Online });
    // What comes after the page is measured as well.
    measures(HIKING).await;
    stand.find("li", "No messages are stored.").await;
    let chats = vec![
        StoredView { chat: NOOR, messages: 1, bytes: 1_400 },
        StoredView { chat: HIKING, messages: 20_000, bytes: 12_300_000 },
    ];
    stand.session.apply(Event::Stored { chats });
    stand.find(".setting__sub", "20000 messages · 12 MB").await;
    let names: Vec<_> = stand.all("main li bdi").iter().filter_map(|name| name.text_content()).collect();
    assert_eq!(names, ["Sam", "Noor"]);
    stand.find(".setting__sub", "1 message · 1.4 kB").await;
    stand.press("button", "Clear Noor").await;
    stand.find("h2", "Clear this chat?").await;
    assert!(!stand.asked.borrow().contains(&Command::Clear { chat: NOOR }));
    stand.press("dialog button", "Clear").await;
    stand.asked(Command::Clear { chat: NOOR }).await;
    stand.session.apply(Event::Cleared { chat: NOOR });
    stand.until("its row to go", || stand.named("button", "Clear Noor").is_none()).await;
}

#[wasm_bindgen_test]
async fn little_room_is_said_above_the_list_with_the_way_to_make_some() {
    let room = |left: f64| {
        let body = format!("return navigator.storage.estimate = async () => ({{ usage: {}, quota: 1e9 }})", 1e9 - left);
        js_sys::Function::new_no_args(&body).call0(&JsValue::NULL).unwrap();
    };
    // What the history's strip is drawn with is there as well.
    let flow = Event::History { giving: false, chats: Vec::new(), messages: 120, done: 1, of: 2, over: false };
    room(500e6);
    let roomy = Stand::with(noor(ChatState::Open), "");
    roomy.session.apply(flow.clone());
    roomy.until("the strip of the history", || !roomy.all(".banner").is_empty()).await;
    assert!(
        !roomy.all(".banner").iter().any(|strip| strip.text_content().is_some_and(|text| text.contains("nearly full")))
    );
    drop(roomy);
    room(12e6);
    let stand = Stand::with(noor(ChatState::Open), "");
    stand.session.apply(flow);
    let said =
        |words: &str| stand.all(".banner__text").iter().any(|p| p.text_content().is_some_and(|t| t.contains(words)));
    stand.until("the strip", || said("Storage is nearly full. This browser leaves 12 MB for new messages.")).await;
    // Something was cleared.
    room(500e6);
    stand.session.apply(Event::Stored { chats: Vec::new() });
    stand.until("the strip to go", || !said("Storage is nearly full.")).await;
    js_sys::Function::new_no_args("delete navigator.storage.estimate").call0(&JsValue::NULL).unwrap();
}

#[wasm_bindgen_test]
async fn an_open_conversation_that_was_cleared_is_read_anew() {
    let stand = Stand::reading(noor(ChatState::Open), vec![said(1, "Shall we?")]).await;
    stand.until("its message", || stand.all(".bubble").len() == 1).await;
    let loads = || stand.asked.borrow().iter().filter(|command| matches!(command, Command::Load { .. })).count();
    let before = loads();
    stand.session.apply(Event::Cleared { chat: NOOR });
    stand.until("its message to go", || stand.all(".bubble").is_empty()).await;
    assert_eq!(loads(), before + 1);
}

/// From now on the page asks this store of files.
fn serve(store: Store) {
    let channel = MessageChannel::new().unwrap();
    let port = channel.port1();
    let reply = port.clone();
    let never: Fetch = Rc::new(|_, _, _| Box::pin(std::future::pending()));
    let desk = Desk::new(Archive::new(store, never), move |message| reply.post_message(message).unwrap());
    let hear = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| desk.hear(&message.data()));
    port.set_onmessage(Some(hear.into_js_value().unchecked_ref()));
    answered_by(channel.port2());
}

#[wasm_bindgen_test]
async fn where_the_browser_has_less_room_than_is_chosen_for_files_what_is_in_force_is_said() {
    let storage = || window().local_storage().unwrap().unwrap();
    storage().remove_item("xchat.files.most").unwrap();
    let runs = |body: &str| js_sys::Function::new_no_args(body).call0(&JsValue::NULL).unwrap();
    runs("navigator.storage.estimate = async () => ({ usage: 0, quota: 5e9 });");
    serve(Store::new("files of the settings"));
    let stand = Stand::with(noor(ChatState::Open), "#settings/storage");
    stand.find(".setting__sub", "This browser has room for 500 MB of it.").await;
    let choose = |at: u32| {
        let option = document().get_element_by_id(&format!("files-most-{at}")).unwrap();
        option.unchecked_into::<HtmlInputElement>().click();
    };
    let offered = || document().get_element_by_id("files-most-3").is_some();
    stand.until("no more to be offered than there is", || !offered()).await;
    choose(2);
    stand.find(".setting__sub", "This browser has room for 2.5 GB of it.").await;
    choose(0);
    let says =
        |class: &str, words: &str| stand.all(class).iter().any(|one| one.text_content().unwrap().contains(words));
    stand.until("what is chosen to be in force", || says(".setting__name", "of at most 250 MB")).await;
    assert!(!says(".setting__sub", "has room for"));
    storage().remove_item("xchat.files.most").unwrap();
    runs("delete navigator.storage.estimate;");
}

#[wasm_bindgen_test]
async fn files_take_no_more_than_is_chosen_and_are_cleared_but_for_what_waits_to_be_sent() {
    let store = Store::new("files of the settings");
    store.set_limit(Some(500_000_000)).await.unwrap();
    for (number, kept) in [(1, true), (2, false), (3, false)] {
        let bytes = Uint8Array::new_with_length(2_000_000);
        store.put(&BlobHash::new([number; 32]), &bytes, kept).await.unwrap();
    }
    serve(store);
    let stand = Stand::with(noor(ChatState::Open), "#settings/storage");
    stand.find(".setting__name", "6 MB of at most 500 MB").await;
    let chosen = |id: &str| {
        let option = document().get_element_by_id(id).unwrap();
        option.unchecked_into::<HtmlInputElement>()
    };
    assert!(chosen("files-most-1").checked() && chosen("files-by-itself-2").checked());
    chosen("files-most-0").click();
    stand.find(".setting__name", "6 MB of at most 250 MB").await;
    chosen("files-by-itself-0").click();
    let kept = |name: &str| window().local_storage().unwrap().unwrap().get_item(name).unwrap();
    assert_eq!((kept("xchat.files.most"), kept("xchat.files.by-itself")), (Some("250".into()), Some("0".into())));
    let clear: HtmlElement = stand.find("button", "Clear photos, videos and files").await.unchecked_into();
    clear.focus().unwrap();
    clear.click();
    stand.find("h2", "Clear photos, videos and files?").await;
    stand.press("dialog button", "Clear").await;
    stand.find(".setting__name", "2 MB of at most 250 MB").await;
    stand.until("the question to go", || stand.all("dialog").is_empty()).await;
    crate::stand::frames(3).await;
    assert_eq!(document().active_element(), Some(clear.into()), "the focus is where it was");
}

#[wasm_bindgen_test]
async fn with_nothing_to_clear_the_button_keeps_its_place_and_asks_nothing() {
    serve(Store::new("no files of the settings"));
    let stand = Stand::with(noor(ChatState::Open), "#settings/storage");
    let clear = stand.find("button[aria-disabled=true]", "Clear photos, videos and files").await;
    clear.unchecked_into::<HtmlElement>().click();
    crate::stand::frames(3).await;
    assert!(stand.all("dialog").is_empty());
}
