//! Messages by their words: under the list, and in one conversation.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;
use xchat_engine::api::{Body, ChatId, ChatState, ChatView, Command, Connection, Event, Found, Hit, MessageView};

use crate::stand::{NOOR, Stand, account, name_of, noor, said};

const FIELD: &str = ".app__list .search-field input";
pub(crate) const BAR: &str = ".find-bar input";
const SAM: ChatId = ChatId([9; 16]);

fn sam() -> ChatView {
    ChatView { id: SAM, name: "Sam".to_owned(), ..noor(ChatState::Open) }
}

pub(crate) fn hit(chat: ChatId, order: u64, snippet: &[&str]) -> Hit {
    let snippet = snippet.iter().map(|piece| (*piece).to_owned()).collect();
    Hit {
        chat,
        order,
        mine: order.is_multiple_of(2),
        author: None,
        time: 1_800_000_000_000,
        snippet,
        attachments: None,
        links: Vec::new(),
    }
}

/// A search that was asked for: its number, its words, in which conversation, and from where on.
type Asked = (u32, String, Option<ChatId>, Option<Vec<u8>>);

fn searches(stand: &Stand) -> Vec<Asked> {
    let of = |command: &Command| match command {
        Command::Search { search, query, chat, from } => {
            Some((*search, query.clone(), *chat, from.clone().map(Into::into)))
        }
        _ => None,
    };
    stand.asked.borrow().iter().filter_map(of).collect()
}

/// Waits for this many searches; the last of them.
pub(crate) async fn asked(stand: &Stand, count: usize) -> (u32, String, Option<ChatId>, Option<Vec<u8>>) {
    stand.until(&format!("{count} searches"), || searches(stand).len() == count).await;
    searches(stand).pop().expect("there are some")
}

pub(crate) fn answer(stand: &Stand, search: u32, hits: Vec<Hit>, more: Option<Vec<u8>>) {
    let found = Found { search, hits, more: more.map(Into::into) };
    stand.session.apply(Event::Found { found: found.to_bytes().into() });
}

fn list() -> Stand {
    let stand = Stand::at("");
    let chats = vec![noor(ChatState::Open), sam()];
    stand.session.apply(Event::Snapshot { account: Some(account()), chats, connection: Connection::Online });
    stand
}

fn snippets(stand: &Stand) -> Vec<String> {
    stand.all(".list-row--wrap .list-row__preview").iter().map(|row| row.text_content().unwrap_or_default()).collect()
}

fn spoken(orders: std::ops::Range<u64>) -> Vec<MessageView> {
    orders.map(|order| said(order, &format!("words of {order}"))).collect()
}

pub(crate) fn key(key: &str, ctrl: bool, shift: bool) {
    let init = web_sys::KeyboardEventInit::new();
    init.set_key(key);
    init.set_ctrl_key(ctrl);
    init.set_shift_key(shift);
    init.set_bubbles(true);
    init.set_cancelable(true);
    let event = web_sys::KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
    let at = document().active_element().unwrap_or_else(|| document().body().unwrap().into());
    at.dispatch_event(&event).unwrap();
}

#[wasm_bindgen_test]
async fn what_is_typed_is_looked_for_in_messages_and_what_matches_is_marked() {
    let stand = list();
    stand.type_into(FIELD, "Search", " hut ").await;
    let (search, query, chat, from) = asked(&stand, 1).await;
    assert_eq!((query.as_str(), chat, from), ("hut", None, None));
    stand.until("a word of waiting", || stand.named("section [role=status]", "Searching…").is_some()).await;
    answer(&stand, search, vec![hit(SAM, 7, &["The ", "hut", " is ours"]), hit(NOOR, 4, &["", "Hut", ""])], None);
    stand.until("the hits", || snippets(&stand) == ["The hut is ours", "You: Hut"]).await;
    let marks: Vec<String> = stand.all(".list-row mark").iter().map(|mark| mark.text_content().unwrap()).collect();
    assert_eq!(marks, ["hut", "Hut"]);
    // The keys walk them as they walk the conversations.
    let field: HtmlElement = stand.find(FIELD, "Search").await.unchecked_into();
    field.focus().unwrap();
    key("ArrowDown", false, false);
    let here = document().active_element().unwrap();
    assert!(here.class_list().contains("list-row--wrap"), "no conversation has this name: {}", name_of(&here));
    stand.type_into(FIELD, "Search", "").await;
    stand.until("nothing to be looked for", || stand.all(".list-row--wrap").is_empty()).await;
}

#[wasm_bindgen_test]
async fn a_newer_question_makes_an_older_one_moot() {
    let stand = list();
    stand.type_into(FIELD, "Search", "hu").await;
    let (old, ..) = asked(&stand, 1).await;
    stand.type_into(FIELD, "Search", "hut").await;
    let (new, query, ..) = asked(&stand, 2).await;
    assert_eq!(query, "hut");
    answer(&stand, old, vec![hit(SAM, 1, &["", "hu", "ge"])], Some(vec![1]));
    answer(&stand, new, vec![hit(SAM, 3, &["", "hut", ""])], None);
    stand.until("the newer one", || snippets(&stand) == ["hut"]).await;
    stand.find("section h2", "Messages").await;
    assert_eq!(searches(&stand).len(), 2, "the older one is not gone on with");
    answer(&stand, old, vec![hit(SAM, 1, &["", "hu", "ge"])], None);
    stand.type_into(FIELD, "Search", "huts").await;
    let (none, ..) = asked(&stand, 3).await;
    assert_eq!(snippets(&stand), ["hut"], "what was found stays until there is an answer");
    answer(&stand, none, Vec::new(), None);
    let none = "Nothing found for “huts”. Search covers messages on this device.";
    stand.until("that there is nothing", || stand.named("section [role=status]", none).is_some()).await;
    assert!(snippets(&stand).is_empty());
    assert!(stand.named("section h2", "Messages").is_none(), "it would stand above nothing");
}

#[wasm_bindgen_test]
async fn under_a_conversation_that_was_found_by_name_only_messages_are_said_to_be_missing() {
    let stand = list();
    stand.type_into(FIELD, "Search", "sam").await;
    let (search, ..) = asked(&stand, 1).await;
    answer(&stand, search, Vec::new(), None);
    stand.until("the answer", || stand.named("section [role=status]", "No messages found").is_some()).await;
    assert!(stand.named("section h2", "Messages").is_none());
}

#[wasm_bindgen_test]
async fn a_search_goes_on_until_there_are_enough_and_then_when_it_is_asked_to() {
    let stand = list();
    stand.type_into(FIELD, "Search", "a").await;
    let (search, ..) = asked(&stand, 1).await;
    answer(&stand, search, Vec::new(), Some(vec![1, 2]));
    let (again, query, _, from) = asked(&stand, 2).await;
    assert_eq!((again, query.as_str(), from), (search, "a", Some(vec![1, 2])));
    let many = |from: u64| (from..from + 30).map(|order| hit(SAM, order, &["", "a", ""])).collect();
    answer(&stand, search, many(100), Some(vec![3]));
    stand.until("the hits", || snippets(&stand).len() == 30).await;
    assert_eq!(searches(&stand).len(), 2, "these are enough");
    stand.press("button", "More messages").await;
    assert_eq!(asked(&stand, 3).await.3, Some(vec![3]));
    answer(&stand, search, many(50), None);
    stand.until("more hits", || snippets(&stand).len() == 60).await;
    assert!(stand.named("button", "More messages").is_none());
}

#[wasm_bindgen_test]
async fn what_is_deleted_cleared_or_blocked_is_listed_no_more_and_nothing_is_asked_for_it() {
    let stand = list();
    stand.type_into(FIELD, "Search", "a").await;
    let (search, ..) = asked(&stand, 1).await;
    let hits = [(SAM, 9), (SAM, 8), (NOOR, 7), (SAM, 6), (SAM, 5), (NOOR, 4), (SAM, 3)];
    answer(&stand, search, hits.map(|(chat, order)| hit(chat, order, &["", "a", ""])).to_vec(), None);
    stand.until("the hits", || snippets(&stand).len() == 7).await;
    stand.session.apply(Event::MessageGone { chat: SAM, order: 8 });
    stand.until("one to have vanished", || snippets(&stand).len() == 6).await;
    let deleted = MessageView { body: Body::Deleted, ..said(9, "") };
    stand.session.apply(Event::Message { chat: SAM, message: deleted });
    stand.until("one to be deleted", || snippets(&stand).len() == 5).await;
    stand.session.apply(Event::Chat { chat: noor(ChatState::Blocked) });
    stand.until("hers to go", || snippets(&stand).len() == 3).await;
    stand.session.apply(Event::Cleared { chat: SAM });
    let none = "Nothing found for “a”. Search covers messages on this device.";
    stand.until("that there is nothing", || stand.named("section [role=status]", none).is_some()).await;
    assert_eq!(searches(&stand).len(), 1);
}

#[wasm_bindgen_test]
async fn where_all_that_was_found_is_gone_the_search_goes_on() {
    let stand = list();
    stand.type_into(FIELD, "Search", "a").await;
    let (search, ..) = asked(&stand, 1).await;
    answer(&stand, search, (0..30).map(|order| hit(SAM, order, &["", "a", ""])).collect(), Some(vec![1]));
    stand.until("the hits", || snippets(&stand).len() == 30).await;
    stand.session.apply(Event::ChatGone { chat: SAM });
    assert_eq!(asked(&stand, 2).await.3, Some(vec![1]));
    answer(&stand, search, vec![hit(NOOR, 1, &["", "a", " hut"])], None);
    stand.until("what is left", || snippets(&stand) == ["a hut"]).await;
}

#[wasm_bindgen_test]
async fn what_was_edited_is_looked_for_once_more_and_the_other_rows_stay() {
    let stand = list();
    stand.type_into(FIELD, "Search", "hut").await;
    let (first, ..) = asked(&stand, 1).await;
    let same = hit(NOOR, 3, &["", "hut", ""]);
    answer(&stand, first, vec![hit(SAM, 5, &["a ", "hut", ""]), same.clone()], None);
    stand.until("the hits", || snippets(&stand) == ["a hut", "hut"]).await;
    let row = stand.all(".list-row--wrap").remove(1);
    // What is said elsewhere asks for nothing; what was found, however often it changes, for one answer.
    for order in [6, 5, 5, 5] {
        stand.session.apply(Event::Message { chat: SAM, message: said(order, "the hut") });
    }
    let (again, query, chat, from) = asked(&stand, 2).await;
    assert_eq!((query.as_str(), chat, from, again == first), ("hut", None, None, false));
    assert_eq!(snippets(&stand), ["a hut", "hut"], "what was found stays until there is an answer");
    answer(&stand, again, vec![hit(SAM, 5, &["the ", "hut", ""])], Some(vec![1]));
    assert_eq!(asked(&stand, 3).await.3, Some(vec![1]));
    assert_eq!(snippets(&stand), ["a hut", "hut"], "the answer comes in one piece");
    answer(&stand, again, vec![same], None);
    stand.until("the new words", || snippets(&stand) == ["the hut", "hut"]).await;
    assert!(row.is_same_node(stand.all(".list-row--wrap").get(1).map(AsRef::as_ref)));
    assert_eq!(searches(&stand).len(), 3);
}

#[wasm_bindgen_test]
async fn in_a_conversation_the_reader_stays_at_a_hit_while_others_go() {
    let stand = Stand::reading(noor(ChatState::Open), spoken(1..60)).await;
    stand.until("the messages", || !stand.all("[data-order='59']").is_empty()).await;
    key("f", true, false);
    stand.type_into(BAR, "Search in chat", "words").await;
    let (search, ..) = asked(&stand, 1).await;
    answer(&stand, search, [50, 40, 30, 20].map(|order| hit(NOOR, order, &["", "words", ""])).to_vec(), None);
    stand.find(".find-bar [role=status]", "1 of 4").await;
    assert!(document().active_element().is_some_and(|here| here.matches(BAR).unwrap()));
    for _ in 0..2 {
        key("Enter", false, false);
    }
    stand.find(".find-bar [role=status]", "3 of 4").await;
    stand.session.apply(Event::MessageGone { chat: NOOR, order: 50 });
    stand.find(".find-bar [role=status]", "2 of 3").await;
    // Also from where nothing is any more.
    stand.session.apply(Event::MessageGone { chat: NOOR, order: 30 });
    stand.find(".find-bar [role=status]", "1 of 2").await;
    key("Enter", false, false);
    stand.find(".find-bar [role=status]", "2 of 2").await;
    key("Enter", false, true);
    stand.find(".find-bar [role=status]", "1 of 2").await;
    stand.until("the one above", || !stand.all(".bubble.is-found[data-order='40']").is_empty()).await;
}

#[wasm_bindgen_test]
async fn the_words_are_marked_in_the_message_itself_and_without_a_hit_there_is_no_way_to_one() {
    let stand = Stand::reading(noor(ChatState::Open), vec![said(1, "The **hut**, the Hut"), said(2, "hut")]).await;
    stand.until("the messages", || !stand.all("[data-order='2']").is_empty()).await;
    key("f", true, false);
    stand.type_into(BAR, "Search in chat", "hut").await;
    assert_eq!(stand.all(".find-bar button:disabled").len(), 2);
    let (search, ..) = asked(&stand, 1).await;
    let hits = vec![hit(NOOR, 2, &["", "hut", ""]), hit(NOOR, 1, &["The ", "hut", ", the ", "Hut", ""])];
    answer(&stand, search, hits, None);
    stand.until("the latest to be marked", || marked() == ["hut"]).await;
    stand.press(".find-bar button:not([disabled])", "Further up").await;
    stand.until("both to be marked", || marked() == ["hut", "Hut"]).await;
    assert!(stand.named(".find-bar button[disabled]", "Further up").is_some(), "there is no other");
    assert!(stand.named(".find-bar button[disabled]", "Further down").is_none());
    stand.type_into(BAR, "Search in chat", "shed").await;
    stand.until("nothing to be marked", || marked().is_empty()).await;
    let (search, ..) = asked(&stand, 2).await;
    answer(&stand, search, Vec::new(), None);
    stand.until("no way", || stand.all(".find-bar button:disabled").len() == 2).await;
}

/// What the browser's highlight of the search is on.
fn marked() -> Vec<String> {
    let texts = js_sys::Function::new_no_args("return [...(CSS.highlights.get('found') ?? [])].map(String)");
    let texts: js_sys::Array = texts.call0(&wasm_bindgen::JsValue::NULL).unwrap().unchecked_into();
    texts.iter().filter_map(|text| text.as_string()).collect()
}

#[wasm_bindgen_test]
async fn a_hit_opens_its_conversation_at_its_message() {
    let stand = list();
    stand.type_into(FIELD, "Search", "words").await;
    let (search, ..) = asked(&stand, 1).await;
    answer(&stand, search, vec![hit(SAM, 5, &["", "words", " of 5"]), hit(SAM, 30, &["", "words", " of 30"])], None);
    stand.until("the hits", || snippets(&stand).len() == 2).await;
    let click = |at: usize| stand.all(".list-row--wrap").remove(at).unchecked_into::<HtmlElement>().click();
    let there = |order: u64| format!(".bubble.is-found[data-order='{order}']");
    click(0);
    stand
        .until("its messages to be asked for", || {
            stand.asked.borrow().iter().any(|command| matches!(command, Command::Load { chat: SAM, .. }))
        })
        .await;
    stand.session.apply(Event::Page { chat: SAM, messages: spoken(1..60), more: false, before: None });
    stand.until("the message to be shown", || !stand.all(&there(5)).is_empty()).await;
    // And within the one that is open.
    click(1);
    stand.until("the other one", || !stand.all(&there(30)).is_empty()).await;
}

#[wasm_bindgen_test]
async fn in_a_conversation_keys_lead_from_hit_to_hit_and_the_field_keeps_the_focus() {
    let stand = Stand::reading(noor(ChatState::Open), spoken(1..60)).await;
    stand.until("the messages", || !stand.all("[data-order='59']").is_empty()).await;
    key("f", true, false);
    stand.type_into(BAR, "Search in chat", "words").await;
    let (search, _, chat, _) = asked(&stand, 1).await;
    assert_eq!(chat, Some(NOOR), "in this one alone");
    answer(&stand, search, [50, 40, 30].map(|order| hit(NOOR, order, &["", "words", ""])).to_vec(), None);
    let there = |order: u64| format!(".bubble.is-found[data-order='{order}']");
    // The latest is shown without a key.
    stand.find(".find-bar [role=status]", "1 of 3").await;
    stand.until("the latest hit", || !stand.all(&there(50)).is_empty()).await;
    for (press, shift, order, says) in [
        ("Enter", false, 40, "2 of 3"),
        ("ArrowUp", false, 30, "3 of 3"),
        ("Enter", false, 30, "3 of 3"),
        ("ArrowDown", false, 40, "2 of 3"),
        ("Enter", true, 50, "1 of 3"),
        ("Enter", true, 50, "1 of 3"),
    ] {
        key(press, false, shift);
        stand.until(&format!("{order} to be shown"), || !stand.all(&there(order)).is_empty()).await;
        stand.find(".find-bar [role=status]", says).await;
        assert!(document().active_element().is_some_and(|here| here.matches(BAR).unwrap()));
    }
    key("Escape", false, false);
    stand.until("the bar to go", || stand.all(".find-bar").is_empty()).await;
}
