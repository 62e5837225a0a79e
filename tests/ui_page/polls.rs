//! Polls: asked from the composer, voted in, ended.

use leptos::prelude::document;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{KeyboardEvent, KeyboardEventInit};
use xchat::ui::chat::ask::asked;
use xchat::ui::chat::poll::chosen;
use xchat_engine::api::{
    Author, Body, ChatState, Command, Event, Known, MAX_OPTION, MAX_OPTIONS, MessageView, PersonId, PollOption, Voted,
};

use crate::stand::{NOOR, Stand, noor, said};

fn option(text: &str, votes: u32, mine: bool) -> PollOption {
    PollOption { text: text.to_owned(), votes, mine }
}

fn poll(multiple: bool, closed: bool) -> MessageView {
    let options = vec![option("Bread", 2, true), option("Salt", 1, false)];
    let body = Body::Poll { question: "What?".to_owned(), options, multiple, closed, voters: 3 };
    MessageView { body, mine: true, ..said(1, "") }
}

#[wasm_bindgen_test]
fn a_press_takes_the_place_of_the_other_choice_or_joins_it_and_a_second_one_takes_it_back() {
    let options = [option("a", 1, true), option("b", 0, false), option("c", 0, false)];
    assert_eq!(chosen(&options, false, 1), [1]);
    assert_eq!(chosen(&options, true, 2), [0, 2]);
    assert_eq!(chosen(&options, true, 0), [] as [u8; 0]);
}

#[wasm_bindgen_test]
fn a_question_needs_words_and_two_answers() {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let sent = asked(" What? ", &texts(&[" Bread", "", "Salt ", " "]));
    assert_eq!(sent, Some(("What?".to_owned(), texts(&["Bread", "Salt"]))));
    assert_eq!(asked(" ", &texts(&["Bread", "Salt"])), None);
    assert_eq!(asked("What?", &texts(&["Bread", " "])), None);
    assert_eq!(asked("What?", &texts(&["Bread", "Salt", " Bread "])), None, "twice the same");
    assert_eq!(asked("What?", &vec!["x".to_owned(); MAX_OPTIONS + 1]), None);
    assert_eq!(asked(&"x".repeat(600), &texts(&["Bread", "Salt"])), None);
    assert_eq!(asked("What?", &texts(&["Bread", &"x".repeat(200)])), None);
}

#[wasm_bindgen_test]
async fn a_poll_is_asked_from_the_composer_with_as_many_fields_as_are_needed() {
    let stand = Stand::reading(noor(ChatState::Open), Vec::new()).await;
    stand.press("button", "Attach").await;
    stand.press("[role=menuitem]", "Poll").await;
    stand.find("h2", "New poll").await;
    assert!(stand.named("dialog button:not([disabled])", "Send").is_none());
    stand.type_into("dialog input", "Question", "What?").await;
    stand.type_into("dialog input", "Option 1", "Bread").await;
    assert!(stand.named("dialog input", "Option 3").is_none());
    stand.type_into("dialog input", "Option 2", "Salt").await;
    stand.find("dialog input", "Option 3").await;
    stand.press("dialog .setting input", "Several answers").await;
    stand.press("dialog button", "Send").await;
    let options = vec!["Bread".to_owned(), "Salt".to_owned()];
    stand.asked(Command::Poll { chat: NOOR, question: "What?".to_owned(), options, multiple: true, tag: 0 }).await;
    stand.until("the dialog to go", || stand.all("dialog").is_empty()).await;
}

#[wasm_bindgen_test]
async fn enter_leads_through_the_fields_and_options_that_are_the_same_are_named() {
    let stand = Stand::reading(noor(ChatState::Open), Vec::new()).await;
    stand.press("button", "Attach").await;
    stand.press("[role=menuitem]", "Poll").await;
    for (field, text, next) in
        [("Question", "What?", "Option 1"), ("Option 1", "Salt", "Option 2"), ("Option 2", "Salt", "Option 3")]
    {
        stand.type_into("dialog input", field, text).await;
        let input = stand.find("dialog input", field).await;
        let next = stand.find("dialog input", next).await;
        assert!(!input.dispatch_event(&key("Enter")).unwrap(), "{field} sends nothing");
        assert_eq!(document().active_element(), Some(next));
    }
    stand.find("dialog [role=alert]", "Two options are the same.").await;
    assert!(stand.named("dialog button:not([disabled])", "Send").is_none());
    stand.type_into("dialog input", "Option 2", "Bread").await;
    stand.find("dialog button:not([disabled])", "Send").await;
    stand.type_into("dialog input", "Option 2", &"س".repeat(MAX_OPTION / 2 + 1)).await;
    stand.find("dialog [role=alert]", "The question or an option is too long.").await;
    assert!(stand.named("dialog button:not([disabled])", "Send").is_none());
    stand.type_into("dialog input", "Option 2", "Bread").await;
    stand.find("dialog button:not([disabled])", "Send").await;
    let last = stand.find("dialog input", "Option 3").await;
    assert!(!last.dispatch_event(&key("Enter")).unwrap(), "nor does the empty one");
    assert_eq!(document().active_element(), stand.named("dialog button", "Send"), "but the button has the next Enter");
}

pub(crate) fn key(name: &str) -> KeyboardEvent {
    let init = KeyboardEventInit::new();
    init.set_key(name);
    init.set_bubbles(true);
    init.set_cancelable(true);
    KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap()
}

#[wasm_bindgen_test]
async fn who_voted_for_what_is_told_where_the_votes_are_counted() {
    let stand = Stand::reading(noor(ChatState::Open), vec![poll(false, false)]).await;
    stand.press(".poll__who", "3 voted").await;
    assert_eq!(stand.all(".poll .poll__one").len(), 2, "one answer");
    stand.asked(Command::Details { chat: NOOR, order: 1 }).await;
    let person = |n: u8| Author { person: PersonId([n; 32]), name: String::new(), colour: 1 };
    let votes = vec![Voted { person: person(2), choices: vec![1] }];
    let known = Known { votes, ..Known::default() }.to_bytes().into();
    stand.session.apply(Event::Details { chat: NOOR, order: 1, known });
    stand.find("dialog h3", "Who voted for what").await;
    stand.find("dialog .setting__name", "Noor").await;
    stand.find("dialog .setting__sub", "Salt").await;
}

async fn end(stand: &Stand) {
    stand.press("button", "Message actions").await;
    stand.press("[role=menuitem]", "End poll").await;
    stand.find("dialog h2", "End this poll?").await;
}

#[wasm_bindgen_test]
async fn votes_are_given_until_the_poll_is_ended() {
    let stand = Stand::reading(noor(ChatState::Open), vec![poll(false, false)]).await;
    stand.find("legend", "What?").await;
    stand.find(".poll__sub", "One answer · 3 voted").await;
    stand.press(".poll label", "Salt1").await;
    stand.asked(Command::Vote { chat: NOOR, order: 1, choices: vec![1] }).await;
    end(&stand).await;
    // It is asked once more, and nothing has happened yet.
    stand.press("dialog button", "Cancel").await;
    stand.until("the dialog to go", || stand.all("dialog").is_empty()).await;
    assert!(!stand.asked.borrow().iter().any(|command| matches!(command, Command::ClosePoll { .. })));
    end(&stand).await;
    stand.press("dialog button", "End poll").await;
    stand.asked(Command::ClosePoll { chat: NOOR, order: 1 }).await;
    stand.session.apply(Event::Message { chat: NOOR, message: poll(false, true) });
    stand.find(".poll__sub", "Ended · 3 voted").await;
    assert_eq!(stand.all(".poll input:disabled").len(), 2);
    stand.press("button", "Message actions").await;
    stand.find("[role=menuitem]", "Delete").await;
    assert!(stand.named("[role=menuitem]", "End poll").is_none());
}
