//! That somebody is writing: told, shown, over. What a draft answers. Menus in a window that changes its size.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlElement, HtmlTextAreaElement};
use xchat::ui::chat::writing::sentence;
use xchat_engine::api::{
    AccountView, Author, ChatId, ChatState, ChatView, Command, Draft, Event, MessageView, PersonId, Privacy, TYPING_MS,
};

use crate::groups::{author, group, hiking};
use crate::stand::{HIKING, NOOR, Stand, account, bubbling, noor, open, said};

const HER: PersonId = PersonId([2; 32]);
const SAM: PersonId = PersonId([9; 32]);

fn types(chat: ChatId, person: Author, for_ms: u64) -> Event {
    Event::Typing { chat, person, until: js_sys::Date::now() as u64 + for_ms }
}

fn told(stand: &Stand) -> usize {
    stand.asked.borrow().iter().filter(|command| matches!(command, Command::Typing { .. })).count()
}

fn drafts(stand: &Stand) -> Vec<(String, Option<u64>)> {
    let draft = |command: &Command| match command {
        Command::Draft { draft: Some(draft), .. } => Some((draft.text.clone(), draft.reply)),
        _ => None,
    };
    stand.asked.borrow().iter().filter_map(draft).collect()
}

#[wasm_bindgen_test]
async fn who_writes_shows_under_the_messages_and_in_the_row_until_the_message_is_there() {
    let chat = ChatView { last: Some(said(1, "Hi")), ..noor(ChatState::Open) };
    let stand = Stand::reading(chat, vec![said(1, "Hi")]).await;
    stand.session.apply(types(NOOR, author(HER, "Noor"), TYPING_MS));
    stand.find(".typing", "Noor is writing").await;
    stand.find(".list-row__typing", "Noor is writing").await;
    assert!(
        stand.all("[aria-live] .typing, [role=log] .typing, [role=status] .typing").is_empty(),
        "it is not read out"
    );
    stand.show(MessageView { edited: Some(1), ..said(1, "Hi!") });
    stand
        .until("the edit", || stand.all(".bubble__text").iter().any(|b| b.text_content().unwrap().starts_with("Hi!")))
        .await;
    assert_eq!(stand.all(".typing").len(), 1, "an earlier message that changed is not what she writes");
    stand.show(said(2, "There"));
    stand.until("the line to go", || stand.all(".typing, .list-row__typing").is_empty()).await;
}

#[wasm_bindgen_test]
async fn who_writes_shows_for_a_time_and_each_word_of_it_counts_anew() {
    let stand = Stand::reading(hiking(group()), vec![said(1, "Hi")]).await;
    stand.session.apply(types(HIKING, author(HER, "Noor"), 1));
    stand.session.apply(types(HIKING, author(HER, "Noor"), 300));
    stand.session.apply(types(HIKING, author(SAM, "Sam"), 20));
    stand.find(".typing", "Noor and Sam are writing").await;
    // Sam's time ends behind the first of hers.
    stand.until("the time of one to be over", || stand.named(".typing", "Noor is writing").is_some()).await;
    stand.until("both", || stand.all(".typing").is_empty()).await;
}

#[wasm_bindgen_test]
async fn in_a_group_whoever_writes_is_named_and_goes_with_their_own_message() {
    let stand = Stand::reading(hiking(group()), vec![said(1, "Hi")]).await;
    stand.session.apply(types(HIKING, author(HER, "Noor"), TYPING_MS));
    stand.session.apply(types(HIKING, author(SAM, "Sam"), TYPING_MS));
    stand.find(".typing", "Noor and Sam are writing").await;
    let message = MessageView { author: Some(author(SAM, "Sam")), ..said(2, "Up") };
    stand.session.apply(Event::Message { chat: HIKING, message });
    stand.find(".typing", "Noor is writing").await;
    let people = [author(HER, "Noor"), author(SAM, ""), author(PersonId([8; 32]), "Io")];
    assert_eq!(sentence(&people, &hiking(group())).as_deref(), Some("3 people are writing"));
    assert_eq!(sentence(&people[1..2], &hiking(group())).as_deref(), Some("Somebody is writing"));
}

#[wasm_bindgen_test]
async fn the_engine_is_told_of_typing_once_in_a_while_and_never_against_the_persons_wish() {
    let stand = Stand::with(noor(ChatState::Open), &open(NOOR));
    stand.type_into("textarea", "Message", " ").await;
    assert_eq!(told(&stand), 0, "nothing is written yet");
    for text in ["h", "ha", "hal"] {
        stand.type_into("textarea", "Message", text).await;
    }
    assert_eq!(told(&stand), 1);
    let silent = AccountView { privacy: Privacy { typing: false, ..Privacy::default() }, ..account() };
    let stand = Stand::with(noor(ChatState::Open), &open(NOOR));
    stand.session.apply(types(NOOR, author(HER, "Noor"), TYPING_MS));
    stand.find(".typing", "Noor is writing").await;
    stand.session.apply(Event::Account { account: silent });
    stand.until("the line to go", || stand.all(".typing").is_empty()).await;
    stand.type_into("textarea", "Message", "half").await;
    assert_eq!(told(&stand), 0);
}

fn begun(reply: Option<u64>) -> Draft {
    Draft { text: "half a thou".to_owned(), reply }
}

#[wasm_bindgen_test]
async fn a_draft_keeps_what_it_answers() {
    let stand = Stand::reading(noor(ChatState::Open), vec![said(4, "Shall we?")]).await;
    stand.type_into("textarea", "Message", "half a thou").await;
    stand.until("the bubble", || !stand.all(".bubble__more").is_empty()).await;
    stand.all(".bubble__more").remove(0).unchecked_into::<HtmlElement>().click();
    stand.press("[role=menuitem]", "Reply").await;
    stand.until("the answer to be kept", || drafts(&stand).last() == Some(&("half a thou".to_owned(), Some(4)))).await;
    stand.press("button", "Cancel").await;
    stand.until("that it is none", || drafts(&stand).last() == Some(&("half a thou".to_owned(), None))).await;
}

#[wasm_bindgen_test]
async fn what_a_draft_answers_comes_back_with_it_however_far_up_it_is() {
    let chat = ChatView { draft: Some(Box::new(begun(Some(4)))), ..noor(ChatState::Open) };
    let stand = Stand::reading(chat, vec![said(90, "Long after")]).await;
    stand.asked(Command::Load { chat: NOOR, before: Some(5), limit: 1 }).await;
    stand.type_into("textarea", "Message", "half a thought").await;
    stand.until("it to be kept", || drafts(&stand) == [("half a thought".to_owned(), Some(4))]).await;
    let messages = vec![said(4, "Shall we?")];
    stand.session.apply(Event::Page { chat: NOOR, messages, more: true, before: Some(5) });
    stand.find(".composer__context", "Reply to Noor").await;
    assert_eq!(stand.all(".bubble").len(), 1, "the page is not one of the history's");
    stand.press("button", "Send").await;
    let text = "half a thought".to_owned();
    stand.asked(Command::Reply { chat: NOOR, order: 4, text, tag: 0 }).await;
}

#[wasm_bindgen_test]
async fn another_device_changes_what_a_draft_answers_and_a_message_that_is_gone_is_not_answered() {
    let stand = Stand::reading(noor(ChatState::Open), vec![said(4, "Shall we?")]).await;
    stand.session.apply(Event::Drafted { chat: NOOR, draft: Some(begun(Some(4))) });
    stand.asked(Command::Load { chat: NOOR, before: Some(5), limit: 1 }).await;
    stand.session.apply(Event::Page { chat: NOOR, messages: vec![said(4, "Shall we?")], more: false, before: Some(5) });
    stand.find(".composer__context", "Reply to Noor").await;
    stand.session.apply(Event::Drafted { chat: NOOR, draft: Some(begun(Some(2))) });
    stand.until("no answer", || stand.all(".composer__context").is_empty()).await;
    stand.session.apply(Event::Page { chat: NOOR, messages: vec![said(1, "Hm")], more: false, before: Some(3) });
    stand.type_into("textarea", "Message", "a thought").await;
    stand.until("it to be kept", || drafts(&stand).last() == Some(&("a thought".to_owned(), None))).await;
    assert!(stand.all(".composer__context").is_empty());
    let field: HtmlTextAreaElement = stand.find("textarea", "Message").await.unchecked_into();
    assert_eq!(field.value(), "a thought");
}

#[wasm_bindgen_test]
async fn a_menu_stays_with_its_place_when_the_window_has_another_size() {
    let stand = Stand::reading(noor(ChatState::Open), vec![said(1, "Hi")]).await;
    stand.until("the bubble", || !stand.all(".bubble__more").is_empty()).await;
    stand.all(".bubble__more").remove(0).unchecked_into::<HtmlElement>().click();
    let top = || {
        let menus = stand.all(".message-menu .menu");
        menus
            .first()
            .map(|menu| menu.unchecked_ref::<HtmlElement>().style().get_property_value("inset-block-start").unwrap())
    };
    stand.until("its place", || top().is_some_and(|top| !top.is_empty())).await;
    let before = top();
    let bubble: HtmlElement = stand.all(".bubble").remove(0).unchecked_into();
    bubble.style().set_property("position", "relative").unwrap();
    bubble.style().set_property("top", "-40px").unwrap();
    window().dispatch_event(&web_sys::Event::new_with_event_init_dict("resize", &bubbling()).unwrap()).unwrap();
    stand.until("another place", || top() != before).await;
}
