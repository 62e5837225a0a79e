//! What the engine is told of as read: what was on the screen, from the first unread message on, with nothing over it.

use gloo_timers::future::TimeoutFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use xchat_engine::api::{ChatState, ChatView, Command, Event, MessageView, PinView};

use crate::messages::{bubble, menu, press_key};
use crate::stand::{NOOR, Stand, noor, said};
use crate::stretch::scrolling;

/// Longer than what is on the screen takes to be read.
const LONG: u32 = 1_300;

fn spoken(orders: std::ops::Range<u64>) -> Vec<MessageView> {
    orders.map(|order| said(order, &format!("words of {order}"))).collect()
}

fn unread(first: u64, count: u32) -> ChatView {
    let pins = vec![PinView { order: 45, text: "words of 45".to_owned() }];
    ChatView { unread: count, first_unread: Some(first), pins, ..noor(ChatState::Open) }
}

fn seen(stand: &Stand) -> Vec<u64> {
    let order = |command: &Command| match command {
        Command::Seen { order, .. } => Some(*order),
        _ => None,
    };
    stand.asked.borrow().iter().filter_map(order).collect()
}

/// A conversation with sixty messages, of which those from the tenth on are unread, in a frame that holds a few.
async fn long() -> Stand {
    let stand = scrolling(unread(10, 50)).await;
    stand.session.apply(Event::Page { chat: NOOR, messages: spoken(0..60), more: false, before: None });
    bubble(&stand, 59).await;
    stand
}

/// A message comes to the conversation whose end is on the screen.
fn comes(stand: &Stand, order: u64) {
    stand.show(said(order, "Are you there?"));
    let chat = ChatView { unread: 1, first_unread: Some(order), ..noor(ChatState::Open) };
    stand.session.apply(Event::Chat { chat });
}

#[wasm_bindgen_test]
async fn what_is_on_the_screen_from_the_first_unread_on_is_read_and_nothing_below() {
    let stand = long().await;
    stand.until("something to be read", || !seen(&stand).is_empty()).await;
    TimeoutFuture::new(LONG).await;
    let frame = stand.all(".timeline")[0].get_bounding_client_rect();
    let ends_in_frame = |order: &u64| {
        let bubbles = stand.all(&format!("[data-order='{order}']"));
        bubbles.iter().any(|bubble| bubble.get_bounding_client_rect().bottom() <= frame.bottom())
    };
    let last = (0..60).rev().find(ends_in_frame).expect("something is on the screen");
    assert!((10..30).contains(&last), "{last}");
    assert!(seen(&stand).iter().all(|order| *order == last), "{:?}", seen(&stand));
}

#[wasm_bindgen_test]
async fn what_was_jumped_over_is_not_read() {
    let stand = long().await;
    stand.press("button.pinned", "Pinned message words of 45").await;
    stand.until("it to be found", || !stand.all(".is-found").is_empty()).await;
    TimeoutFuture::new(LONG).await;
    assert_eq!(seen(&stand), [0; 0]);
}

#[wasm_bindgen_test]
async fn who_touches_the_end_and_is_gone_at_once_has_not_read_it() {
    let stand = long().await;
    let frame = stand.all(".timeline").remove(0);
    stand.until("the reader to be at the line", || frame.scroll_top() > 100).await;
    frame.set_scroll_top(frame.scroll_height());
    stand.until("the end", || stand.named("button", "Go to the newest message").is_none()).await;
    frame.set_scroll_top(1_000);
    TimeoutFuture::new(LONG).await;
    assert!(!seen(&stand).contains(&59), "{:?}", seen(&stand));
    frame.set_scroll_top(frame.scroll_height());
    stand.asked(Command::Seen { chat: NOOR, order: 59 }).await;
}

#[wasm_bindgen_test]
async fn what_comes_while_a_dialog_lies_over_the_end_is_read_once_that_is_closed() {
    let stand = Stand::reading(noor(ChatState::Open), spoken(1..4)).await;
    bubble(&stand, 3).await;
    press_key("?");
    stand.find("dialog[open] h2", "Keyboard shortcuts").await;
    comes(&stand, 4);
    bubble(&stand, 4).await;
    TimeoutFuture::new(LONG).await;
    assert_eq!(seen(&stand), [0; 0]);
    stand.press("dialog button", "Close").await;
    stand.asked(Command::Seen { chat: NOOR, order: 4 }).await;
}

#[wasm_bindgen_test]
async fn what_comes_while_a_menu_is_open_over_the_end_is_read_once_that_is_closed() {
    let stand = Stand::reading(noor(ChatState::Open), spoken(1..4)).await;
    bubble(&stand, 3).await;
    stand.press(".bubble[data-order='3'] .bubble__more", "Message actions").await;
    stand.until("the menu", || !menu(&stand).is_empty()).await;
    comes(&stand, 4);
    bubble(&stand, 4).await;
    TimeoutFuture::new(LONG).await;
    assert_eq!(seen(&stand), [0; 0]);
    press_key("Escape");
    stand.asked(Command::Seen { chat: NOOR, order: 4 }).await;
}
