//! Who closes the page, or loads it anew, is asked by the browser where that would lose what was picked or spoken.

use leptos::prelude::window;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Event as Happening, EventInit};
use xchat::ui::media::client::TaskState;
use xchat_engine::api::Event;
use xchat_files::Kind;

use crate::files_double::Double;
use crate::files_sent::{NOTES, come_back, looked, pick, reading, sent, staged};
use crate::stand::Stand;
use crate::voices::{leave_and_return, microphone, speak};

/// What a browser says before the page goes: whether it is to ask.
fn asks() -> bool {
    let init = EventInit::new();
    init.set_cancelable(true);
    let event = Happening::new_with_event_init_dict("beforeunload", &init).expect("an event");
    !window().dispatch_event(&event).expect("sent")
}

/// The message that was sent last is stored.
fn is_stored(stand: &Stand) {
    let tag = sent(stand).last().expect("one was sent").0;
    stand.session.apply(Event::Written { tag });
}

#[wasm_bindgen_test]
async fn leaving_asks_while_files_are_picked_until_they_are_stored_or_given_up() {
    let double = Double::new();
    let stand = reading().await;
    assert!(!asks(), "there is nothing to lose");
    pick(&stand, "File", NOTES).await;
    stand.find("dialog h2", "Send to Noor").await;
    assert!(asks(), "they are picked");
    stand.press("dialog button", "Close").await;
    stand.until("the sheet to go", || stand.all("dialog").is_empty()).await;
    assert!(!asks(), "nobody wants them");
    pick(&stand, "File", NOTES).await;
    Double::comes(&double.looked, "notes.pdf", looked(Kind::Pdf, false));
    stand.until("it to be staged", || double.staged.borrow().len() == 1).await;
    stand.press("dialog button", "Send").await;
    stand.find(".parcel__words", "Preparing a file").await;
    assert!(asks(), "they are being prepared");
    Double::comes(&double.staged, "notes.pdf", TaskState::Done(staged("notes.pdf")));
    stand.until("it to be sent", || !sent(&stand).is_empty()).await;
    is_stored(&stand);
    assert!(!asks(), "the engine has them");
}

#[wasm_bindgen_test]
async fn leaving_asks_where_files_came_back_but_not_where_nothing_can_be_sent_any_more() {
    let double = Double::new();
    let stand = reading().await;
    come_back(&stand, &double).await;
    assert!(asks(), "they came back");
    stand.session.apply(Event::Elsewhere);
    assert!(!asks(), "another tab has the device");
}

#[wasm_bindgen_test]
async fn leaving_asks_while_one_speaks_and_while_what_was_said_waits() {
    microphone("");
    let double = Double::new();
    let stand = reading().await;
    speak(&stand).await;
    assert!(asks(), "it records");
    stand.press(".recorder button", "Discard").await;
    stand.until("the composer", || stand.all(".recorder").is_empty()).await;
    assert!(!asks(), "it is thrown away");
    speak(&stand).await;
    leave_and_return(&stand).await;
    assert!(asks(), "it waits");
    stand.press(".recorder button", "Send").await;
    stand.until("it to be sealed", || double.voices.borrow().len() == 1).await;
    Double::comes(&double.staged, "voice", TaskState::Done(staged("voice")));
    stand.until("it to be sent", || !sent(&stand).is_empty()).await;
    is_stored(&stand);
    assert!(!asks(), "the engine has it");
}
