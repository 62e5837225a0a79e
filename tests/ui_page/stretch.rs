//! A message far from what is loaded: the stretch around it takes the place of what was there, and what stands between is loaded when
//! the reader comes to it.

use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Element;
use xchat::ui::session::{History, MAX_SHOWN};
use xchat_engine::api::{ChatState, ChatView, Command, Event, Mark, MessageView, PinView};

use crate::stand::{NOOR, Stand, noor, open, said, wrote};

/// Messages of the conversation, counted from 0; the last of them are loaded when it opens.
const COUNT: u64 = 100_000;
/// Messages of one page.
const PAGE: u64 = 60;

fn spoken(orders: std::ops::Range<u64>) -> Vec<MessageView> {
    orders.map(|order| said(order, &format!("words of {order}"))).collect()
}

fn orders(history: &History) -> Vec<u64> {
    history.drawn().iter().map(|entry| entry.order).collect()
}

/// At the end of the conversation.
fn at_the_end() -> History {
    let mut history = History::opening();
    history.page(spoken(COUNT - PAGE..COUNT), true, None);
    history
}

/// Around a message.
fn around(history: &mut History, order: u64) {
    let before = history.around(order);
    history.page(spoken(before - PAGE..before), true, Some(before));
}

/// Gives the pages that the history asks for, out of these orders, until its end is drawn.
fn walk_down(history: &mut History, stored: &[u64]) {
    while !history.ends_here() {
        let Some(before) = history.newer() else { continue };
        let till = stored.partition_point(|order| *order < before);
        let page = stored[till.saturating_sub(PAGE as usize)..till].iter().map(|order| said(*order, "words"));
        history.page(page.collect(), true, Some(before));
    }
}

#[wasm_bindgen_test]
fn what_stands_around_a_message_takes_the_place_of_what_was_loaded() {
    let mut history = at_the_end();
    around(&mut history, 50_000);
    let drawn = orders(&history);
    assert!(drawn.contains(&50_000) && drawn.len() == PAGE as usize, "{drawn:?}");
    assert!(history.has_older() && !history.ends_here() && history.loaded());
    let oldest = history.older().expect("what is further up is asked for");
    assert_eq!(Some(&oldest), drawn.first());
    history.page(spoken(oldest - PAGE..oldest), true, Some(oldest));
    assert_eq!(orders(&history), (oldest - PAGE..oldest + PAGE).collect::<Vec<_>>());
}

#[wasm_bindgen_test]
fn on_the_way_down_every_message_comes_once_also_those_that_came_meanwhile() {
    let mut history = at_the_end();
    let from = COUNT - 1_000;
    // Some were deleted: more than a page in a row.
    let mut stored: Vec<u64> = (from - PAGE..COUNT).filter(|order| !(from + 200..from + 400).contains(order)).collect();
    let before = history.around(from);
    let till = stored.partition_point(|order| *order < before);
    let first = till - PAGE as usize;
    history.page(stored[first..till].iter().map(|order| said(*order, "words")).collect(), true, Some(before));
    for order in COUNT..COUNT + 70 {
        stored.push(order);
        history.message(said(order, "new"), false);
        assert!(!orders(&history).contains(&order), "it would stand beside what is not its neighbour");
    }
    walk_down(&mut history, &stored);
    assert_eq!(orders(&history), stored[stored.len() - MAX_SHOWN..]);
    history.message(said(COUNT + 70, "newer still"), true);
    assert_eq!(history.newest(), Some(COUNT + 70), "at the end they come as always");
    while history.drawn().first().is_some_and(|entry| entry.order > stored[first]) {
        assert_eq!(history.older(), None, "all of it is in memory");
    }
    let drawn = orders(&history);
    assert_eq!(drawn, stored[first..first + drawn.len()], "without holes, each once");
}

#[wasm_bindgen_test]
fn a_message_that_comes_while_its_page_is_on_its_way_is_there_once() {
    let mut history = at_the_end();
    around(&mut history, COUNT - 100);
    let before = history.newer().expect("more follows");
    history.message(said(COUNT, "new"), false);
    let page = spoken(before - PAGE..before.min(COUNT + 1));
    history.page(page, true, Some(before));
    walk_down(&mut history, &(COUNT - 200..=COUNT).collect::<Vec<_>>());
    let drawn = orders(&history);
    assert_eq!(drawn, (drawn[0]..=COUNT).collect::<Vec<_>>());
}

#[wasm_bindgen_test]
fn the_last_page_of_an_engine_that_started_anew_does_not_take_the_reader_away() {
    let mut history = at_the_end();
    around(&mut history, 50_000);
    let before = orders(&history);
    assert!(!history.page(spoken(COUNT + 100..COUNT + 160), true, None));
    assert_eq!(orders(&history), before);
    assert!(history.latest(), "what is at the end is not here");
    assert!(history.page(spoken(COUNT + 100..COUNT + 160), true, None));
    assert_eq!(orders(&history).last(), Some(&(COUNT + 159)));
}

#[wasm_bindgen_test]
fn marks_of_messages_further_down_change_nothing_here() {
    let mut history = at_the_end();
    around(&mut history, 50_000);
    history.raise(COUNT, Mark::Read);
    history.remove(COUNT - 1);
    history.message(wrote(COUNT, Mark::Pending), false);
    assert_eq!(orders(&history).len(), PAGE as usize);
    assert!(!history.ends_here());
}

fn pinned(order: u64) -> ChatView {
    let pins = vec![PinView { order, text: format!("words of {order}") }];
    ChatView { pins, ..noor(ChatState::Open) }
}

fn page(messages: Vec<MessageView>, before: Option<u64>) -> Event {
    Event::Page { chat: NOOR, messages, more: true, before }
}

/// As much of the styles as makes the timeline's frame one that scrolls.
const STYLES: &str = ".timeline { height: 300px; overflow-y: auto; overflow-anchor: none; position: relative; }
    [data-order] { display: block; min-height: 60px; }";

/// With a conversation open in a frame that scrolls, before any message has come.
pub(crate) async fn scrolling(chat: ChatView) -> Stand {
    let stand = Stand::with(chat, &open(NOOR));
    stand.until("the messages to be asked for", || !stand.asked.borrow().is_empty()).await;
    stand.until("the timeline", || !stand.all(".timeline").is_empty()).await;
    let style = leptos::prelude::document().create_element("style").expect("a style");
    style.set_text_content(Some(STYLES));
    stand.all(".app")[0].append_child(&style).expect("it goes with the page");
    stand
}

/// With the last page of a long conversation, and the press on a pin that leads far up.
async fn far_up(order: u64) -> Stand {
    let stand = scrolling(pinned(order)).await;
    stand.session.apply(page(spoken(COUNT - PAGE..COUNT), None));
    drawn(&stand, COUNT - 1).await;
    stand.press("button.pinned", &format!("Pinned message words of {order}")).await;
    stand.asked(Command::Load { chat: NOOR, before: Some(order + PAGE / 2), limit: 60 }).await;
    stand
}

fn bubbles(stand: &Stand, order: u64) -> Vec<Element> {
    stand.all(&format!(".bubble[data-order='{order}']"))
}

async fn drawn(stand: &Stand, order: u64) {
    stand.until(&format!("{order} to be drawn"), || bubbles(stand, order).len() == 1).await;
}

async fn pointed_at(stand: &Stand, order: u64) {
    let at = format!(".bubble.is-found[data-order='{order}']");
    stand.until(&format!("{order} to be pointed at"), || !stand.all(&at).is_empty()).await;
}

fn loads_of_the_last(stand: &Stand) -> usize {
    let last = |command: &&Command| matches!(command, Command::Load { before: None, .. });
    stand.asked.borrow().iter().filter(last).count()
}

fn frame(stand: &Stand) -> Element {
    stand.all(".timeline").remove(0)
}

#[wasm_bindgen_test]
async fn a_message_far_up_is_one_page_away_and_so_is_the_way_back() {
    let stand = far_up(500).await;
    drawn(&stand, COUNT - 1).await;
    stand.session.apply(page(spoken(470..530), Some(530)));
    pointed_at(&stand, 500).await;
    assert!(bubbles(&stand, COUNT - 1).is_empty(), "what stood there is not beside it");
    stand.show(said(COUNT, "meanwhile"));
    let before = loads_of_the_last(&stand);
    stand.press("button", "Go to the newest message").await;
    stand.until("the last page to be asked for", || loads_of_the_last(&stand) == before + 1).await;
    drawn(&stand, 500).await;
    stand.session.apply(page(spoken(COUNT + 1 - PAGE..COUNT + 1), None));
    drawn(&stand, COUNT).await;
    stand.until("the reader to be at the end", || stand.named("button", "Go to the newest message").is_none()).await;
    let frame = frame(&stand);
    assert!(frame.scroll_height() - frame.client_height() - frame.scroll_top() <= 1);
    assert!(bubbles(&stand, 500).is_empty());
    stand.show(said(COUNT + 1, "and then"));
    drawn(&stand, COUNT + 1).await;
}

#[wasm_bindgen_test]
async fn who_scrolls_down_from_there_gets_what_follows_and_stays_where_they_are() {
    let stand = far_up(500).await;
    stand.session.apply(page(spoken(470..530), Some(530)));
    pointed_at(&stand, 500).await;
    frame(&stand).set_scroll_top(i32::MAX);
    stand.asked(Command::Load { chat: NOOR, before: Some(590), limit: 60 }).await;
    drawn(&stand, 529).await;
    let top = || bubbles(&stand, 529)[0].get_bounding_client_rect().top();
    let before = top();
    stand.session.apply(page(spoken(530..590), Some(590)));
    drawn(&stand, 589).await;
    assert!((top() - before).abs() < 2.0, "{before} and then {}", top());
}

#[wasm_bindgen_test]
async fn who_writes_while_they_are_far_up_is_taken_to_the_end() {
    let stand = far_up(500).await;
    stand.session.apply(page(spoken(470..530), Some(530)));
    pointed_at(&stand, 500).await;
    stand.type_into("textarea", "Message", "from up here").await;
    stand.press("button", "Send").await;
    stand
        .until("the message to be sent", || stand.asked.borrow().iter().any(|c| matches!(c, Command::Send { .. })))
        .await;
    stand.session.apply(page(spoken(COUNT - PAGE..COUNT), None));
    stand.show(wrote(COUNT, Mark::Pending));
    drawn(&stand, COUNT).await;
    stand.until("the reader to be at the end", || stand.named("button", "Go to the newest message").is_none()).await;
    assert_eq!(stand.all("[data-order]").len(), PAGE as usize + 1, "each once");
}

#[wasm_bindgen_test]
async fn who_looks_for_a_message_that_is_gone_stays_where_they_are() {
    let stand = far_up(500).await;
    let rest = spoken(470..530).into_iter().filter(|message| message.order != 500).collect();
    stand.session.apply(page(rest, Some(530)));
    stand.find(".toast", "This message is not on this device.").await;
    drawn(&stand, COUNT - 1).await;
    assert!(bubbles(&stand, 499).is_empty());
}

#[wasm_bindgen_test]
async fn the_first_of_very_many_unread_messages_is_one_page_away() {
    let unread = ChatView { unread: 90_000, first_unread: Some(10_000), ..noor(ChatState::Open) };
    let stand = scrolling(unread).await;
    stand.session.apply(page(spoken(COUNT - 200..COUNT), None));
    stand.asked(Command::Load { chat: NOOR, before: Some(10_030), limit: 60 }).await;
    stand.session.apply(page(spoken(9_970..10_030), Some(10_030)));
    drawn(&stand, 10_000).await;
    let line = || stand.all(".unread").first().map(|line| line.get_bounding_client_rect().top());
    let top = frame(&stand).get_bounding_client_rect().top();
    stand.until("the line to be at the top", || line().is_some_and(|at| (0.0..200.0).contains(&(at - top)))).await;
    assert!(
        !stand.asked.borrow().iter().any(|command| matches!(command, Command::Seen { .. })),
        "the end was not seen"
    );
}

#[wasm_bindgen_test]
async fn a_message_is_found_only_when_it_is_on_the_page() {
    let stand = Stand::reading(pinned(5), spoken(1..40)).await;
    drawn(&stand, 5).await;
    let bubble = bubbles(&stand, 5).remove(0);
    let home = bubble.parent_node().expect("it stands in a group");
    let next = bubble.next_sibling();
    bubble.remove();
    stand.press("button.pinned", "Pinned message words of 5").await;
    crate::stand::frames(3).await;
    assert!(stand.all(".is-found").is_empty());
    home.insert_before(&bubble, next.as_ref()).expect("it goes back");
    pointed_at(&stand, 5).await;
}

#[wasm_bindgen_test]
async fn who_goes_on_scrolling_while_older_messages_come_is_where_they_scrolled_to() {
    let stand = scrolling(noor(ChatState::Open)).await;
    stand.session.apply(page(spoken(COUNT - PAGE..COUNT), None));
    drawn(&stand, COUNT - 1).await;
    crate::stand::frames(2).await;
    let frame = frame(&stand);
    frame.set_scroll_top(700);
    stand.asked(Command::Load { chat: NOOR, before: Some(COUNT - PAGE), limit: 60 }).await;
    crate::stand::frames(2).await;
    let seen = COUNT - PAGE + 12;
    let top = || bubbles(&stand, seen)[0].get_bounding_client_rect().top();
    let before = top();
    stand.session.apply(page(spoken(COUNT - 2 * PAGE..COUNT - PAGE), Some(COUNT - PAGE)));
    frame.set_scroll_top(frame.scroll_top() - 100);
    drawn(&stand, COUNT - 2 * PAGE).await;
    crate::stand::frames(3).await;
    assert!((top() - before - 100.0).abs() < 2.0, "{before} and then {}", top());
}
