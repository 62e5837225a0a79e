//! Events that come faster than frames.

use wasm_bindgen_test::wasm_bindgen_test;
use xchat::ui::Session;
use xchat_engine::api::{ChatState, Event};

use crate::bell::Stage;
use crate::stand::{NOOR, Stand, noor, said};

fn comes(session: Session, order: u64) {
    session.take(Event::Message { chat: NOOR, message: said(order, "Hi") });
}

fn here(session: Session) -> Vec<u64> {
    use leptos::prelude::*;
    session.history().with_untracked(|history| history.drawn().iter().map(|entry| entry.order).collect())
}

#[wasm_bindgen_test]
async fn of_many_events_the_first_are_taken_at_once_and_the_others_in_their_order_a_few_with_each_frame() {
    let stand = Stand::reading(noor(ChatState::Open), Vec::new()).await;
    (1..=100).for_each(|order| comes(stand.session, order));
    let first = here(stand.session).len();
    assert!((1..10).contains(&first), "{first} of 100 are drawn at once");
    stand.until("the next", || here(stand.session).len() > first).await;
    let some = here(stand.session).len();
    assert!(some < 100, "{some} of 100 are drawn with the next frame");
    stand.until("all of them", || here(stand.session) == (1..=100).collect::<Vec<_>>()).await;
}

#[wasm_bindgen_test]
async fn what_comes_while_nobody_looks_is_taken_at_once_behind_what_waits() {
    let stage = Stage::set("default", "default", false);
    let stand = Stand::reading(noor(ChatState::Open), Vec::new()).await;
    (1..=20).for_each(|order| comes(stand.session, order));
    assert!(here(stand.session).len() < 20);
    stage.says("stage.hidden = true");
    comes(stand.session, 21);
    assert_eq!(here(stand.session), (1..=21).collect::<Vec<_>>());
}
