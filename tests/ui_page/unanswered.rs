//! A first message that nobody has answered.

use wasm_bindgen_test::wasm_bindgen_test;
use xchat_engine::api::{ChatState, ChatView, Event, Mark, MessageView};

use crate::stand::{NOOR, Stand, noor, said, wrote};

#[wasm_bindgen_test]
async fn until_somebody_has_answered_it_says_that_they_have_not() {
    const WAITS: &str = "Noor has not answered yet.";
    let chat = |last: MessageView| ChatView { last: Some(last), ..noor(ChatState::Open) };
    let stand = Stand::reading(chat(wrote(1, Mark::Sent)), vec![wrote(1, Mark::Sent)]).await;
    stand.find(".hero__sub", WAITS).await;
    // A device of theirs has it: so they let it in.
    stand.session.apply(Event::Marked { chat: NOOR, upto: 1, mark: Mark::Delivered });
    stand.until("the line to go", || stand.all(".hero__sub").is_empty()).await;
    let stand = Stand::reading(chat(wrote(2, Mark::Sent)), vec![said(1, "Hi"), wrote(2, Mark::Sent)]).await;
    stand.until("the messages", || stand.all(".bubble").len() == 2).await;
    assert!(stand.all(".hero__sub").is_empty());
}
