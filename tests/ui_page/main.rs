//! The page in a real browser: a session fed with events, found by role and name, answering with commands.
#![allow(clippy::unwrap_used)]

mod back;
mod bell;
mod called;
mod chosen;
mod devices;
mod emoji;
mod files_double;
mod files_gallery;
mod files_gallery_led;
mod files_going;
mod files_late;
mod files_near;
mod files_once;
mod files_once_sent;
mod files_sent;
mod files_shown;
mod files_told;
mod files_viewer;
mod find;
mod format;
mod groups;
mod help;
mod joins;
mod leaving;
mod linked;
mod list;
mod long;
mod looks;
mod mentions;
mod messages;
mod pace;
mod parts;
mod pasted;
mod pictures;
mod polls;
mod privacy;
mod reads;
mod removed;
mod scan;
mod scan_text;
mod search;
mod seek;
mod stand;
mod storage;
mod stretch;
mod timers;
mod typing;
mod unanswered;
mod voices;

use leptos::prelude::*;
use stand::{NOOR, Stand, account, noor, open, said, wrote};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlInputElement};
use xchat_engine::api::{
    Body, ChatState, Command, Connection, Event, Mark, MessageView, Problem, Quote, Reaction, StorageProblem,
};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn a_name_and_continue_make_an_account_before_the_engine_has_spoken() {
    let stand = Stand::at("");
    stand.type_into("input", "Name", "  Alex ").await;
    stand.press("button", "Continue").await;
    stand.asked(Command::CreateAccount { name: "Alex".to_owned() }).await;
}

#[wasm_bindgen_test]
async fn a_blank_name_is_answered_with_a_sentence_and_no_command() {
    let stand = Stand::at("");
    stand.press("button", "Continue").await;
    stand.find(".field__error", "A name has 1 to 48 characters.").await;
    assert!(stand.asked.borrow().is_empty());
}

#[wasm_bindgen_test]
async fn a_contact_link_waits_for_the_account_and_then_opens() {
    let link = format!("#add/{}", "A".repeat(64));
    let stand = Stand::at(&link);
    stand.session.apply(Event::Snapshot { account: None, chats: Vec::new(), connection: Connection::Online });
    stand.find("b", "Someone sent you their link").await;
    stand.session.apply(Event::Account { account: account() });
    stand
        .until("OpenLink", || {
            stand
                .asked
                .borrow()
                .iter()
                .any(|command| matches!(command, Command::OpenLink { link: whole } if whole.ends_with(&link)))
        })
        .await;
    stand.session.apply(Event::Chat { chat: noor(ChatState::New) });
    stand.session.apply(Event::LinkOpened { chat: NOOR });
    stand.find("h1", "Noor").await;
}

#[wasm_bindgen_test]
async fn a_request_can_be_accepted_and_its_foot_gives_way_to_the_composer() {
    let stand = Stand::reading(noor(ChatState::Request), vec![said(1, "Hi")]).await;
    stand.find("section", "Answer the request").await;
    assert!(stand.named("textarea", "Message").is_none());
    stand.press("button", "Accept").await;
    stand.asked(Command::Accept { chat: NOOR }).await;
    stand.session.apply(Event::Chat { chat: noor(ChatState::Open) });
    stand.find("textarea", "Message").await;
}

#[wasm_bindgen_test]
async fn deleting_a_request_asks_first() {
    let stand = Stand::with(noor(ChatState::Request), &open(NOOR));
    stand.press("button", "Delete").await;
    stand.find("h2", "Delete this chat?").await;
    assert!(!stand.asked.borrow().contains(&Command::Delete { chat: NOOR }));
    stand.press(".dialog button", "Delete").await;
    stand.asked(Command::Delete { chat: NOOR }).await;
    stand.session.apply(Event::ChatGone { chat: NOOR });
    stand.find("h2", "No chats yet").await;
}

#[wasm_bindgen_test]
async fn what_stands_around_a_message_shows() {
    let reaction = Reaction { emoji: "👍".to_owned(), count: 2, mine: true, people: Vec::new() };
    let quote = Quote::Here { order: 1, mine: true, author: None, text: "the question".to_owned(), holds: None };
    let around = MessageView {
        quote: Some(quote),
        edited: Some(1),
        forwarded: true,
        reactions: vec![reaction],
        ..said(2, "the answer")
    };
    let deleted = MessageView { body: Body::Deleted, ..said(3, "") };
    let stand = Stand::reading(noor(ChatState::Open), vec![around, deleted]).await;
    stand.find(".quote__who", "You").await;
    stand.find(".quote__text", "the question").await;
    stand.find(".bubble__over", "Forwarded").await;
    stand.find(".reaction--mine", "👍 2: You, 1 more").await;
    assert_eq!(stand.all("[data-order='3'].bubble--deleted").len(), 1);
    stand.session.apply(Event::MessageGone { chat: NOOR, order: 3 });
    stand.until("the message to go", || stand.all("[data-order='3']").is_empty()).await;
}

#[wasm_bindgen_test]
async fn marks_are_raised_and_a_failed_message_offers_to_try_again() {
    let stand = Stand::reading(noor(ChatState::Open), vec![wrote(1, Mark::Sent), wrote(2, Mark::Failed)]).await;
    stand.find("[data-order='1'] svg", "Sent").await;
    stand.session.apply(Event::Marked { chat: NOOR, upto: 2, mark: Mark::Read });
    stand.find("[data-order='1'] svg", "Read").await;
    stand.press("button", "Try again").await;
    stand.asked(Command::Retry { chat: NOOR, order: 2 }).await;
}

#[wasm_bindgen_test]
async fn hostile_markdown_is_shown_and_never_run() {
    let stand = Stand::reading(
        noor(ChatState::Open),
        vec![
            said(1, "<script>window.hacked = 1</script>"),
            said(2, "<img src=x onerror='window.hacked = 1'> [press](javascript:window.hacked=1)"),
            said(3, "[fine](https://x.example)"),
        ],
    )
    .await;
    stand.find(".bubble a", "fine").await;
    assert!(stand.all(".bubble script, .bubble img").is_empty());
    assert_eq!(stand.all(".bubble a").len(), 1);
    let words: String = stand.all(".bubble").iter().filter_map(|bubble| bubble.text_content()).collect();
    assert!(words.contains("<script>window.hacked = 1</script>") && words.contains("onerror"));
    let link = &stand.all(".bubble a")[0];
    assert_eq!(link.get_attribute("rel").as_deref(), Some("noopener noreferrer"));
    assert!(js_sys::Reflect::get(&window(), &"hacked".into()).expect("a window").is_undefined());
}

#[wasm_bindgen_test]
async fn what_is_on_the_screen_is_seen_once() {
    let mut chat = noor(ChatState::Open);
    chat.unread = 2;
    chat.first_unread = Some(1);
    let stand = Stand::reading(chat, vec![said(1, "Hi"), said(2, "There")]).await;
    stand.asked(Command::Seen { chat: NOOR, order: 2 }).await;
    stand.find("p", "New messages").await;
    stand.show(said(2, "There!"));
    let says = |bubble: &Element| bubble.text_content().is_some_and(|text| text.starts_with("There!"));
    stand.until("the new words", || stand.all(".bubble__text").iter().any(says)).await;
    let seen = stand.asked.borrow().iter().filter(|command| matches!(command, Command::Seen { .. })).count();
    assert_eq!(seen, 1);
}

#[wasm_bindgen_test]
async fn a_draft_stays_with_its_conversation() {
    let stand = Stand::with(noor(ChatState::Open), &open(NOOR));
    stand.type_into("textarea", "Message", "half a thou").await;
    window().location().set_hash("#").expect("an address");
    stand.find(".list-row__draft", "Draft:").await;
    window().location().set_hash(&open(NOOR)).expect("an address");
    let field: web_sys::HtmlTextAreaElement = stand.find("textarea", "Message").await.unchecked_into();
    stand.until("the draft", || field.value() == "half a thou").await;
}

#[wasm_bindgen_test]
async fn a_bad_link_is_answered_at_its_field() {
    let stand = Stand::with(noor(ChatState::Open), "#new");
    stand.find("h2", "New chat").await;
    stand.session.apply(Event::Refused { problem: Problem::LinkDamaged });
    stand.find(".field__error", "This link is not complete. Ask for it again.").await;
    let field = stand.find("input", "Their link").await;
    stand.until("the field to be marked", || field.get_attribute("aria-invalid").as_deref() == Some("true")).await;
}

#[wasm_bindgen_test]
async fn a_conversation_that_this_device_has_no_beginning_of_says_since_when_it_is_there() {
    let begins = MessageView { body: Body::Gap { from: 0, to: 1_700_000_000_000 }, ..said(1, "") };
    let stand = Stand::reading(noor(ChatState::Open), vec![begins, said(2, "Hi")]).await;
    let line = "This device joined on Nov 14, 2023. Earlier messages are on your other devices.";
    stand.find(".system", line).await;
}

#[wasm_bindgen_test]
async fn an_address_that_leads_nowhere_says_so_and_shows_the_way_back() {
    let stand = Stand::with(noor(ChatState::Open), "#nowhere");
    stand.find("h1", "Nothing here").await;
    assert!(stand.all("[role=alert]").is_empty(), "it is the page, and no news on it");
    stand.press(".empty-state a", "Back to chats").await;
    stand.find("h1", "Pick a chat").await;
}

#[wasm_bindgen_test]
async fn offline_says_that_writing_goes_on() {
    let stand = Stand::with(noor(ChatState::Open), &open(NOOR));
    stand.session.apply(Event::Connection { connection: Connection::Offline });
    stand.find("b", "You are offline.").await;
    stand.press("button", "Try now").await;
    stand.asked(Command::Reconnect).await;
}

#[wasm_bindgen_test]
async fn another_tab_can_be_taken_over() {
    let stand = Stand::with(noor(ChatState::Open), "");
    stand.session.apply(Event::Elsewhere);
    stand.press("button", "Use here").await;
    stand.asked(Command::UseHere).await;
}

#[wasm_bindgen_test]
async fn the_words_are_asked_back_and_the_reminder_goes() {
    let stand = Stand::with(noor(ChatState::Open), "#settings/words");
    stand.asked(Command::ShowWords).await;
    let words: Vec<String> = (0..12).map(|at| format!("word{at}")).collect();
    stand.session.apply(Event::Words { words });
    stand.find("h2", "Write down these 12 words").await;
    stand.press("label", "I have written them down in this order.").await;
    stand.press("button", "Continue").await;
    stand.find("h2", "Check three words").await;
    stand.session.apply(Event::WordsChecked { right: false });
    stand.find("p", "These words are not the ones on your list. Check the order and the spelling.").await;
    stand.session.apply(Event::WordsChecked { right: true });
    stand.find("h2", "Your words are on paper").await;
    stand.until("the reminder to go", || stand.named("b", "Write down your 12 words.").is_none()).await;
}

#[wasm_bindgen_test]
async fn what_was_not_stored_comes_back_in_its_order_before_what_is_being_written() {
    let stand = Stand::with(noor(ChatState::Open), &open(NOOR));
    for text in ["one", "two", "three"] {
        stand.type_into("textarea", "Message", text).await;
        stand.press("button", "Send").await;
    }
    stand.type_into("textarea", "Message", "four").await;
    let tags: Vec<u32> = stand
        .asked
        .borrow()
        .iter()
        .filter_map(|command| match command {
            Command::Send { tag, .. } => Some(*tag),
            _ => None,
        })
        .collect();
    assert_eq!(tags.len(), 3);
    for tag in tags {
        stand.session.apply(Event::NotWritten { tag, problem: None });
    }
    let field: web_sys::HtmlTextAreaElement = stand.find("textarea", "Message").await.unchecked_into();
    stand.until("all of it", || field.value() == "one\n\ntwo\n\nthree\n\nfour").await;
}

#[wasm_bindgen_test]
async fn the_settings_show_the_name_when_it_comes_after_them_and_say_nothing_of_the_words_before() {
    let stand = Stand::inhabited("#settings");
    let field: HtmlInputElement = stand.find("input", "Name").await.unchecked_into();
    assert!(stand.named("span", "Your words are on paper").is_none());
    stand.session.apply(Event::Snapshot {
        account: Some(account()),
        chats: Vec::new(),
        connection: Connection::Online,
    });
    stand.until("the name", || field.value() == "Alex").await;
    assert!(stand.all(".field__error").is_empty());
}

#[wasm_bindgen_test]
async fn a_relay_that_is_not_understood_gets_a_sentence_of_its_own_and_a_way_on() {
    let stand = Stand::with(noor(ChatState::Open), &open(NOOR));
    stand.session.apply(Event::Connection { connection: Connection::Garbled });
    stand.find("b", "The server sent something unreadable.").await;
    stand.find(".banner button", "Reload").await;
    stand.session.apply(Event::Storage { problem: StorageProblem::Full, detail: String::new() });
    stand.find("b", "Storage is full.").await;
    stand.until("one trouble at a time", || stand.named("b", "The server sent something unreadable.").is_none()).await;
}
