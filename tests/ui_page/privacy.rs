//! What others are told, and who is blocked, in the settings.

use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlInputElement;
use xchat_engine::api::{AccountView, ChatId, ChatState, ChatView, Command, Event, Privacy};

use crate::stand::{NOOR, Stand, account, name_of, noor, open};

#[wasm_bindgen_test]
async fn each_switch_turns_one_thing_and_shows_what_the_engine_has() {
    let stand = Stand::with(noor(ChatState::Open), "#settings");
    let own = AccountView { privacy: Privacy { delivered: true, read: true, typing: false }, ..account() };
    stand.session.apply(Event::Account { account: own.clone() });
    let switch = |at: usize| -> HtmlInputElement { stand.all("input[role=switch]")[at].clone().unchecked_into() };
    stand.until("the switches", || stand.all("input[role=switch]").len() == 3).await;
    stand.until("them to stand", || switch(0).checked() && switch(1).checked() && !switch(2).checked()).await;
    switch(0).click();
    stand.asked(Command::SetPrivacy { privacy: Privacy { read: false, ..own.privacy } }).await;
    let own = AccountView { privacy: Privacy { read: false, ..own.privacy }, ..own };
    stand.session.apply(Event::Account { account: own.clone() });
    switch(2).click();
    stand.asked(Command::SetPrivacy { privacy: Privacy { typing: true, ..own.privacy } }).await;
}

#[wasm_bindgen_test]
async fn each_switch_has_its_name_and_its_sentence_as_a_description() {
    let stand = Stand::with(noor(ChatState::Open), "#settings");
    stand.until("the switches", || stand.all("input[role=switch]").len() == 3).await;
    let switches = stand.all("input[role=switch]");
    let names = ["Read receipts", "Delivery receipts", "Typing"];
    assert_eq!(switches.iter().map(name_of).collect::<Vec<_>>(), names);
    for (switch, row) in switches.iter().zip(stand.all("label.setting")) {
        let sentence = row.query_selector(".setting__sub").unwrap().unwrap().text_content();
        assert!(sentence.is_some() && stand.described(switch) == sentence, "{sentence:?}");
    }
}

#[wasm_bindgen_test]
async fn who_is_blocked_is_listed_with_the_way_back() {
    let stand = Stand::with(noor(ChatState::Open), "#settings");
    stand.find("h2", "Privacy").await;
    stand.asked(Command::Blocked).await;
    stand.session.apply(Event::Blocked { chats: Vec::new() });
    assert!(stand.named("h2", "Blocked people").is_none());
    stand.asked.borrow_mut().clear();
    stand.session.apply(Event::Chat { chat: noor(ChatState::Blocked) });
    stand.asked(Command::Blocked).await;
    // One of them is not in the list of conversations any more.
    let gone = ChatView { id: ChatId([9; 16]), name: "Ida".to_owned(), ..noor(ChatState::Blocked) };
    stand.session.apply(Event::Blocked { chats: vec![noor(ChatState::Blocked), gone] });
    stand.find("h2", "Blocked people").await;
    stand.find("button", "Unblock Noor").await;
    stand.asked.borrow_mut().clear();
    stand.press("button", "Unblock Ida").await;
    stand.asked(Command::Blocked).await;
    assert_eq!(stand.asked.borrow()[0], Command::Unblock { chat: ChatId([9; 16]) }, "and then asked who still is");
    stand.session.apply(Event::Blocked { chats: Vec::new() });
    stand.until("the list to go", || stand.named("h2", "Blocked people").is_none()).await;
}

#[wasm_bindgen_test]
async fn blocking_on_the_page_of_a_person_asks_first_and_unblocking_does_not() {
    let stand = Stand::with(noor(ChatState::Open), &format!("{}/info", open(NOOR)));
    let blocks = || stand.asked.borrow().contains(&Command::Block { chat: NOOR });
    stand.press("button", "Block Noor").await;
    stand.find("h2", "Block Noor?").await;
    let lost =
        stand.all("dialog p").iter().filter_map(|said| said.text_content()).any(|said| said.contains("not delivered"));
    assert!(lost && !blocks(), "it says what is lost before anything is done");
    stand.press("dialog button", "Cancel").await;
    stand.until("the question to go", || stand.all("dialog").is_empty()).await;
    assert!(!blocks());
    stand.press("button", "Block Noor").await;
    stand.press("dialog button", "Block").await;
    stand.asked(Command::Block { chat: NOOR }).await;
    stand.session.apply(Event::Chat { chat: noor(ChatState::Blocked) });
    stand.press("button", "Unblock Noor").await;
    stand.asked(Command::Unblock { chat: NOOR }).await;
    assert!(stand.all("dialog").is_empty());
}
