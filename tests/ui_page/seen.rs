//! What counts as read: what stands on the screen for a moment from the first unread message on, and nothing that was below, jumped over or
//! covered.

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlDialogElement};
use xchat_engine::api::{ChatState, ChatView, Command, Event, MessageView};

use crate::stand::{NOOR, Stand, noor, open, said};

/// Longer than what is on the screen needs to be read, in milliseconds.
const LONG_ENOUGH: f64 = 1_500.0;
/// Five messages fill the frame.
const STYLES: &str = ".timeline { height: 300px; overflow-y: auto; overflow-anchor: none; position: relative; }
    [data-order] { display: block; min-height: 60px; }";

fn spoken(orders: std::ops::RangeInclusive<u64>) -> Vec<MessageView> {
    orders.map(|order| said(order, &format!("words of {order}"))).collect()
}

fn unread(first: Option<u64>) -> ChatView {
    let unread = first.map_or(0, |first| 61 - u32::try_from(first).expect("few"));
    ChatView { unread, first_unread: first, ..noor(ChatState::Open) }
}

/// Sixty messages in a frame that shows five of them.
async fn sixty(chat: ChatView) -> Stand {
    let stand = Stand::with(chat, &open(NOOR));
    stand.until("the timeline", || !stand.all(".timeline").is_empty()).await;
    let style = document().create_element("style").expect("a style");
    style.set_text_content(Some(STYLES));
    stand.all(".app")[0].append_child(&style).expect("it goes with the page");
    stand.until("the messages to be asked for", || !stand.asked.borrow().is_empty()).await;
    stand.session.apply(Event::Page { chat: NOOR, messages: spoken(1..=60), more: false, before: None });
    stand.until("the messages", || stand.all("[data-order='60']").len() == 1).await;
    stand
}

fn seen(stand: &Stand) -> Vec<u64> {
    let seen = |command: &Command| match command {
        Command::Seen { order, .. } => Some(*order),
        _ => None,
    };
    stand.asked.borrow().iter().filter_map(seen).collect()
}

fn frame(stand: &Stand) -> Element {
    stand.all(".timeline").remove(0)
}

/// Scrolls until this message stands at the top.
fn go_to(stand: &Stand, order: u64) {
    let message = stand.all(&format!("[data-order='{order}']")).remove(0);
    let frame = frame(stand);
    frame
        .scroll_by_with_x_and_y(0.0, message.get_bounding_client_rect().top() - frame.get_bounding_client_rect().top());
}

/// The last message that ends within the frame.
fn last_shown(stand: &Stand) -> u64 {
    let bottom = frame(stand).get_bounding_client_rect().bottom();
    let shown = stand
        .all("[data-order]")
        .into_iter()
        .rev()
        .find(|message| message.get_bounding_client_rect().bottom() <= bottom);
    shown.and_then(|message| message.get_attribute("data-order")?.parse().ok()).expect("something is shown")
}

async fn long_enough() {
    let begun = js_sys::Date::now();
    while js_sys::Date::now() - begun < LONG_ENOUGH {
        TimeoutFuture::new(50).await;
    }
}

#[wasm_bindgen_test]
async fn who_reads_downwards_has_read_what_stood_on_the_screen_and_no_more() {
    let stand = sixty(unread(Some(21))).await;
    stand.until("the first of them to be read", || !seen(&stand).is_empty()).await;
    let first = last_shown(&stand);
    assert_eq!(seen(&stand), [first]);
    assert!((22..28).contains(&first), "{first} of those from 21 on");
    stand.session.apply(Event::Chat { chat: unread(Some(first + 1)) });
    go_to(&stand, first);
    stand.until("the next to be read", || seen(&stand).len() == 2).await;
    assert_eq!(seen(&stand)[1], last_shown(&stand));
    assert!(seen(&stand)[1] > first && seen(&stand)[1] < first + 8);
}

#[wasm_bindgen_test]
async fn what_was_jumped_over_stays_unread_until_somebody_stands_there() {
    let stand = sixty(unread(Some(21))).await;
    go_to(&stand, 40);
    long_enough().await;
    assert!(seen(&stand).is_empty(), "{:?}", seen(&stand));
    go_to(&stand, 20);
    stand.until("what stands there to be read", || !seen(&stand).is_empty()).await;
    assert_eq!(seen(&stand), [last_shown(&stand)]);
}

#[wasm_bindgen_test]
async fn what_comes_while_a_dialog_lies_over_the_end_is_read_when_it_is_gone() {
    let stand = sixty(unread(None)).await;
    let dialog: HtmlDialogElement = document().create_element("dialog").expect("a dialog").unchecked_into();
    stand.all(".app")[0].append_child(&dialog).expect("it lies over the page");
    dialog.show_modal().expect("it opens");
    stand.show(said(61, "meanwhile"));
    stand.session.apply(Event::Chat { chat: ChatView { unread: 1, first_unread: Some(61), ..noor(ChatState::Open) } });
    stand.until("the message", || stand.all("[data-order='61']").len() == 1).await;
    long_enough().await;
    assert!(seen(&stand).is_empty(), "{:?}", seen(&stand));
    dialog.remove();
    stand.asked(Command::Seen { chat: NOOR, order: 61 }).await;
}
