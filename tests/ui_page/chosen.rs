//! Several messages at once: chosen, copied, passed on, deleted.

use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;
use xchat_engine::api::{Body, ChatState, ChatView, Command, Connection, Event, Mark, MessageView};

use crate::messages::{bubble, choose, menu, opened, press_key};
use crate::stand::{HIKING, NOOR, Stand, account, noor, said, wrote};

async fn three() -> Stand {
    let stand = opened(vec![said(1, "Shall we?"), wrote(2, Mark::Sent), said(3, "Good")]).await;
    choose(&stand, 2, "Select").await;
    counts(&stand, "1 message selected").await;
    stand
}

async fn counts(stand: &Stand, words: &str) {
    stand.find(".chosen [role=status]", words).await;
}

async fn click(stand: &Stand, order: u64) {
    bubble(stand, order).await.unchecked_into::<HtmlElement>().click();
}

fn ticked(stand: &Stand) -> Vec<bool> {
    stand
        .all(".bubble__check")
        .iter()
        .map(|check| check.clone().unchecked_into::<web_sys::HtmlInputElement>().checked())
        .collect()
}

#[wasm_bindgen_test]
async fn a_click_chooses_and_unchooses_and_with_the_last_one_the_composer_is_back() {
    let stand = three().await;
    assert!(stand.named("textarea", "Message").is_none());
    click(&stand, 1).await;
    counts(&stand, "2 messages selected").await;
    assert_eq!(ticked(&stand), [true, true, false]);
    stand.press(".bubble[data-order='3'] .bubble__check", "Select").await;
    counts(&stand, "3 messages selected").await;
    stand.until("all three to be ticked", || ticked(&stand) == [true; 3]).await;
    for order in [1, 2, 3] {
        click(&stand, order).await;
    }
    stand.find("textarea", "Message").await;
    assert!(stand.all(".bubble__check").is_empty() && menu(&stand).is_empty());
}

#[wasm_bindgen_test]
async fn by_keys_space_chooses_and_escape_ends_it() {
    let stand = three().await;
    bubble(&stand, 3).await.unchecked_into::<HtmlElement>().focus().expect("it takes the focus");
    press_key(" ");
    counts(&stand, "2 messages selected").await;
    press_key("ArrowUp");
    press_key("Enter");
    counts(&stand, "1 message selected").await;
    assert_eq!(ticked(&stand), [false, false, true]);
    press_key("Escape");
    stand.find("textarea", "Message").await;
}

#[wasm_bindgen_test]
async fn what_is_chosen_is_passed_on_from_old_to_new() {
    let stand = three().await;
    let sam = ChatView { id: HIKING, name: "Sam".to_owned(), ..noor(ChatState::New) };
    let chats = vec![noor(ChatState::Open), sam];
    stand.session.apply(Event::Snapshot { account: Some(account()), chats, connection: Connection::Online });
    click(&stand, 1).await;
    stand.press(".chosen button", "Forward").await;
    stand.press(".pick label", "Sam").await;
    stand.press("dialog button", "Forward").await;
    stand.asked(Command::Forward { chat: NOOR, order: 1, to: vec![HIKING] }).await;
    stand.asked(Command::Forward { chat: NOOR, order: 2, to: vec![HIKING] }).await;
    let order = |command: &Command| match command {
        Command::Forward { order, .. } => Some(*order),
        _ => None,
    };
    assert_eq!(stand.asked.borrow().iter().filter_map(order).collect::<Vec<_>>(), [1, 2]);
    stand.find("textarea", "Message").await;
}

#[wasm_bindgen_test]
async fn only_own_messages_are_deleted_for_everyone_and_a_question_comes_before() {
    let stand = three().await;
    click(&stand, 1).await;
    stand.press(".chosen button", "Delete").await;
    stand.find("h2", "Delete 2 messages?").await;
    assert!(stand.named("dialog button", "Delete for everyone").is_none());
    stand.press("dialog button", "Cancel").await;
    stand.until("the dialog to go", || stand.all("dialog").is_empty()).await;
    counts(&stand, "2 messages selected").await;
    click(&stand, 1).await;
    stand.press(".chosen button", "Delete").await;
    stand.press("dialog button", "Delete for everyone").await;
    stand.asked(Command::DeleteForAll { chat: NOOR, order: 2 }).await;
    assert!(!stand.asked.borrow().contains(&Command::DeleteForMe { chat: NOOR, order: 1 }));
}

#[wasm_bindgen_test]
async fn what_goes_meanwhile_is_chosen_no_longer_and_what_has_no_words_is_not_passed_on() {
    let gone = MessageView { body: Body::Deleted, ..said(4, "") };
    let stand = opened(vec![said(1, "Shall we?"), wrote(2, Mark::Sent), gone]).await;
    choose(&stand, 1, "Select").await;
    click(&stand, 2).await;
    counts(&stand, "2 messages selected").await;
    stand.find(".chosen button", "Forward").await;
    click(&stand, 4).await;
    counts(&stand, "3 messages selected").await;
    stand.until("no way to pass it on", || stand.named(".chosen button", "Forward").is_none()).await;
    stand.find(".chosen button", "Copy text").await;
    stand.session.apply(Event::MessageGone { chat: NOOR, order: 2 });
    counts(&stand, "2 messages selected").await;
}

#[wasm_bindgen_test]
async fn escape_ends_a_selection_that_was_just_begun_from_a_menu() {
    let stand = three().await;
    let nowhere = || leptos::prelude::document().active_element().is_none_or(|element| element.tag_name() == "BODY");
    if let Some(element) = leptos::prelude::document().active_element().filter(|_| !nowhere()) {
        element.unchecked_into::<HtmlElement>().blur().expect("it lets the focus go");
    }
    assert!(nowhere());
    press_key("Escape");
    stand.find("textarea", "Message").await;
}

#[wasm_bindgen_test]
async fn after_forward_and_after_details_one_goes_on_by_writing() {
    let stand = opened(vec![said(1, "Shall we?")]).await;
    let goes_on = || {
        let active = leptos::prelude::document().active_element();
        active.is_some_and(|active| active.matches(".composer__input, .timeline").expect("a selector"))
    };
    for line in ["Details", "Forward"] {
        let active = leptos::prelude::document().active_element().expect("something has the focus");
        active.unchecked_into::<HtmlElement>().blur().expect("it lets the focus go");
        choose(&stand, 1, line).await;
        stand.until("the dialog", || !stand.all("dialog[open]").is_empty()).await;
        stand.press("dialog button", "Close").await;
        stand.until("the dialog to go", || stand.all("dialog").is_empty()).await;
        stand.until("the focus to be where one goes on", goes_on).await;
    }
}

#[wasm_bindgen_test]
async fn a_chat_that_is_deleted_meanwhile_is_no_way_to_forward_to() {
    let stand = opened(vec![said(1, "Shall we?")]).await;
    let sam = ChatView { id: HIKING, name: "Sam".to_owned(), ..noor(ChatState::Open) };
    stand.session.apply(Event::Chat { chat: sam });
    choose(&stand, 1, "Forward").await;
    stand.press(".pick label", "Sam").await;
    stand.press(".pick label", "Noor").await;
    stand.session.apply(Event::ChatGone { chat: HIKING });
    stand.until("its row to go", || stand.named(".pick label", "Sam").is_none()).await;
    stand.press("dialog button", "Forward").await;
    stand.asked(Command::Forward { chat: NOOR, order: 1, to: vec![NOOR] }).await;
}
