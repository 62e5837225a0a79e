//! Markdown by keys.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlTextAreaElement, KeyboardEvent, KeyboardEventInit};
use xchat::ui::chat::format::{marked, marks, may_look};
use xchat_engine::api::{Body, ChatState, Command, Event};

use crate::stand::{NOOR, Stand, noor, said};

fn put(text: &str, selected: (usize, usize), marks: &str) -> (String, (usize, usize)) {
    marked(text, selected, marks).expect("it is within the text")
}

#[wasm_bindgen_test]
fn what_is_selected_is_put_between_marks_and_taken_out_again() {
    for marks in ["**", "*", "`", "~~"] {
        let there = put("say it loud", (4, 6), marks);
        assert_eq!(there, (format!("say {marks}it{marks} loud"), (4 + marks.len(), 6 + marks.len())));
        assert_eq!(put(&there.0, there.1, marks), ("say it loud".to_owned(), (4, 6)));
    }
}

#[wasm_bindgen_test]
fn bold_and_italic_do_not_take_each_others_stars() {
    assert_eq!(put("**it**", (2, 4), "*"), ("***it***".to_owned(), (3, 5)));
    assert_eq!(put("***it***", (3, 5), "*"), ("**it**".to_owned(), (2, 4)));
    assert_eq!(put("***it***", (3, 5), "**"), ("*it*".to_owned(), (1, 3)));
    assert_eq!(put("*it*", (1, 3), "**"), ("***it***".to_owned(), (3, 5)));
}

#[wasm_bindgen_test]
fn places_are_counted_as_the_browser_counts_and_none_is_outside() {
    assert_eq!(put("🦒 é", (3, 4), "*"), ("🦒 *é*".to_owned(), (4, 5)));
    assert_eq!(put("", (0, 0), "**"), ("****".to_owned(), (2, 2)));
    assert_eq!(marked("short", (4, 9), "*"), None);
    assert_eq!(marked("short", (3, 2), "*"), None);
    assert_eq!(marked("🦒", (1, 2), "*"), None, "half of a character");
}

#[wasm_bindgen_test]
fn other_keys_mean_nothing() {
    assert_eq!((marks("b", false), marks("X", true)), (Some("**"), Some("~~")));
    assert_eq!((marks("b", true), marks("x", false), marks("c", false)), (None, None, None));
}

#[wasm_bindgen_test]
async fn ctrl_b_in_the_composer_makes_what_is_selected_bold_and_is_what_is_sent() {
    let stand = Stand::reading(noor(ChatState::Open), vec![said(1, "Hi")]).await;
    stand.type_into("textarea", "Message", "very good").await;
    let field: HtmlTextAreaElement = stand.find("textarea", "Message").await.unchecked_into();
    field.set_selection_range(5, 9).expect("it selects");
    let init = KeyboardEventInit::new();
    init.set_bubbles(true);
    init.set_cancelable(true);
    init.set_key("b");
    init.set_ctrl_key(true);
    let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).expect("an event");
    field.dispatch_event(&event).expect("sent");
    assert!(event.default_prevented());
    assert_eq!(
        stand.session.drafts().with_untracked(|drafts| drafts.get(&NOOR).cloned()).as_deref(),
        Some("very **good**")
    );
    assert_eq!(
        (field.value().as_str(), field.selection_start(), field.selection_end()),
        ("very **good**", Ok(Some(7)), Ok(Some(11)))
    );
}

#[wasm_bindgen_test]
fn what_may_be_markdown_is_asked_about_and_other_texts_are_not() {
    for text in ["**a**", "`a", "> a", "a\n- b", "1. a", "[a](b)", "# a", "| a |", "~~a~~", "  + a"] {
        assert!(may_look(text), "{text}");
    }
    for text in ["", "Hello, how are you?", "a - b", "it's 5 o'clock!", "@Noor: yes"] {
        assert!(!may_look(text), "{text}");
    }
}

#[wasm_bindgen_test]
async fn what_is_written_in_markdown_shows_as_it_will_look_above_the_field() {
    let stand = Stand::reading(noor(ChatState::Open), vec![said(1, "Hi")]).await;
    let asked = |stand: &Stand| {
        let last = |command: &Command| match command {
            Command::Preview { preview, text, .. } => Some((*preview, text.clone())),
            _ => None,
        };
        stand.asked.borrow().iter().rev().find_map(last)
    };
    stand.type_into("textarea", "Message", "quite plain").await;
    assert_eq!(asked(&stand), None);
    for (text, looks) in [("very **good**", true), ("very ** good", false), ("- one\n- two", true)] {
        stand.type_into("textarea", "Message", text).await;
        stand.until(text, || asked(&stand).is_some_and(|(_, of)| of == text)).await;
        let (preview, _) = asked(&stand).expect("it was asked");
        let Body::Text { parts, .. } = Body::text(text.to_owned()) else { unreachable!("it is a text") };
        stand.session.apply(Event::Preview { preview: preview + 1, parts: Vec::new() });
        stand.session.apply(Event::Preview { preview, parts });
        stand.until(text, || stand.all(".composer__preview .prose").len() == usize::from(looks)).await;
    }
    let items: Vec<_> = stand.all(".composer__preview li").iter().filter_map(|item| item.text_content()).collect();
    assert_eq!(items, ["one", "two"]);
    stand.type_into("textarea", "Message", "").await;
    stand.until("it to go", || stand.all(".composer__preview").is_empty()).await;
}
