//! The way to a message further up: from what is pinned, and from what is answered.

use wasm_bindgen_test::wasm_bindgen_test;
use xchat_engine::api::{ChatState, ChatView, Command, Event, MessageView, PinView, Quote};

use crate::stand::{NOOR, Stand, noor, said};

fn pinned(orders: &[u64]) -> ChatView {
    let pin = |order: &u64| PinView { order: *order, text: format!("words of {order}") };
    ChatView { pins: orders.iter().map(pin).collect(), ..noor(ChatState::Open) }
}

fn spoken(orders: std::ops::Range<u64>) -> Vec<MessageView> {
    orders.map(|order| said(order, &format!("words of {order}"))).collect()
}

async fn arrives(stand: &Stand, order: u64) {
    let there = format!(".bubble.is-found[data-order='{order}']");
    stand.until("the message to be shown", || !stand.all(&there).is_empty()).await;
    let frame = stand.all(".timeline")[0].get_bounding_client_rect();
    let bubble = stand.all(&there)[0].get_bounding_client_rect();
    assert!(frame.top() <= bubble.top() && bubble.bottom() <= frame.bottom(), "it is within the frame");
    let here = leptos::prelude::document().active_element().and_then(|element| element.get_attribute("data-order"));
    assert_eq!(here, Some(order.to_string()), "the keyboard goes on from there");
}

#[wasm_bindgen_test]
async fn the_bar_shows_what_was_pinned_last_and_leads_from_one_to_the_other() {
    let stand = Stand::reading(pinned(&[3, 5]), spoken(1..40)).await;
    stand.press("button.pinned", "Pinned message 2 of 2 words of 5").await;
    arrives(&stand, 5).await;
    stand.press("button.pinned", "Pinned message 1 of 2 words of 3").await;
    arrives(&stand, 3).await;
    stand.session.apply(Event::Chat { chat: pinned(&[3]) });
    stand.find("button.pinned", "Pinned message words of 3").await;
    stand.session.apply(Event::Chat { chat: pinned(&[]) });
    stand.until("the bar to go", || stand.all(".pinned").is_empty()).await;
}

#[wasm_bindgen_test]
async fn a_message_that_was_not_loaded_is_loaded_and_one_that_was_not_drawn_is_drawn() {
    let stand = Stand::with(pinned(&[50]), &crate::stand::open(NOOR));
    stand.until("the messages to be asked for", || !stand.asked.borrow().is_empty()).await;
    let page = |messages, more, before| Event::Page { chat: NOOR, messages, more, before };
    stand.session.apply(page(spoken(100..640), true, None));
    stand.until("the newest to be drawn", || !stand.all("[data-order='639']").is_empty()).await;
    stand.press("button.pinned", "Pinned message words of 50").await;
    stand.asked(Command::Load { chat: NOOR, before: Some(100), limit: 60 }).await;
    stand.session.apply(page(spoken(40..100), false, Some(100)));
    arrives(&stand, 50).await;
    assert!(stand.all("[data-order='639']").is_empty(), "not everything is drawn at once");
}

#[wasm_bindgen_test]
async fn a_message_that_is_not_here_is_answered_with_a_sentence() {
    let stand = Stand::reading(pinned(&[90]), spoken(1..40)).await;
    stand.press("button.pinned", "Pinned message words of 90").await;
    stand.find(".toast", "This message is not on this device.").await;
}

#[wasm_bindgen_test]
async fn a_quote_leads_to_what_it_quotes() {
    let quote = Quote::Here { order: 2, mine: false, author: None, text: "words of 2".to_owned(), holds: None };
    let answer = MessageView { quote: Some(quote), ..said(40, "so be it") };
    let stand = Stand::reading(noor(ChatState::Open), [spoken(1..40), vec![answer]].concat()).await;
    stand.press("button.quote", "Noorwords of 2").await;
    arrives(&stand, 2).await;
}
