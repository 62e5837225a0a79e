//! Files of an own message on their way to the relay.

use wasm_bindgen_test::wasm_bindgen_test;
use xchat_engine::api::{
    Attachments, ChatState, Command, Connection, Event, FileCommand, Going, Halt, Mark, MessageView,
};
use xchat_wire::BlobHash;

use crate::files_double::{Double, attachment, with_files};
use crate::stand::{NOOR, Stand, noor};

async fn reading(messages: Vec<MessageView>) -> Stand {
    let stand = Stand::reading(noor(ChatState::Open), messages).await;
    stand.until("the files", || !stand.all(".attachments").is_empty()).await;
    stand
}

fn sends(going: Going) -> MessageView {
    let files = vec![attachment("route.gpx", "application/gpx", 3_000_000, 7)];
    let attachments = Some(Attachments { files: files.clone(), going: Some(going) }.to_bytes().into());
    MessageView { mine: true, mark: Some(Mark::Pending), attachments, ..with_files(1, "", files) }
}

fn is_deleted(stand: &Stand) -> bool {
    stand.asked.borrow().contains(&Command::DeleteForMe { chat: NOOR, order: 1 })
}

#[wasm_bindgen_test]
async fn files_on_their_way_say_how_far_they_are_and_can_be_stopped_for_a_while_or_for_good() {
    let _double = Double::new();
    // Sealed it is more.
    let going = Going { done: 0, total: 3_200_000, paused: false, halt: None };
    let stand = reading(vec![sends(going)]).await;
    stand.find(".going__words", "0 of 3 MB").await;
    stand.session.apply(Event::Sending { chunk: BlobHash::new([7; 32]), bytes: 1_600_000 });
    stand.find(".going__words", "1.5 of 3 MB").await;
    stand.session.apply(Event::Sending { chunk: BlobHash::new([9; 32]), bytes: 1_000_000 });
    let paused = Going { paused: true, done: 0, ..going }.to_bytes();
    stand.press(".going .icon-button", "Pause sending").await;
    let what = FileCommand::Pause { order: 1, paused: true }.to_bytes().into();
    stand.asked(Command::Files { chat: NOOR, reply: None, tag: None, what }).await;
    stand.session.apply(Event::Going { chat: NOOR, order: 1, going: paused.into() });
    stand.find(".going__words", "1.5 of 3 MB · Paused").await;
    stand.find(".going .icon-button", "Go on").await;
    stand.session.apply(Event::Connection { connection: Connection::Offline });
    let full = Going { halt: Some(Halt::Full), ..going }.to_bytes();
    stand.session.apply(Event::Going { chat: NOOR, order: 1, going: full.into() });
    stand.find(".going__words", "The server has no room now. It is asked again in a while.").await;
    let lost = Going { halt: Some(Halt::Lost), ..going }.to_bytes();
    stand.session.apply(Event::Going { chat: NOOR, order: 1, going: lost.into() });
    stand.find(".going__words", "A file is not on this device any more, so this cannot be sent.").await;
    stand.until("no way on", || stand.all(".going .icon-button").is_empty()).await;
    stand.press(".going__stop", "Cancel sending").await;
    stand.find("dialog h2", "Stop sending this message?").await;
    assert!(!is_deleted(&stand), "some of it has gone, so it is asked first");
    stand.press("dialog button", "Cancel").await;
    stand.until("the question to go", || stand.all("dialog").is_empty()).await;
    assert!(!is_deleted(&stand));
    stand.press(".going__stop", "Cancel sending").await;
    stand.press("dialog button", "Delete message").await;
    stand.until("it to be deleted", || is_deleted(&stand)).await;
    stand.until("the question to go", || stand.all("dialog").is_empty()).await;
}

#[wasm_bindgen_test]
async fn nothing_is_asked_before_anything_has_gone() {
    let _double = Double::new();
    let stand = reading(vec![sends(Going { done: 0, total: 3_200_000, paused: false, halt: None })]).await;
    stand.find(".going__words", "0 of 3 MB").await;
    stand.press(".going__stop", "Cancel sending").await;
    stand.until("it to be deleted", || is_deleted(&stand)).await;
    assert!(stand.all("dialog").is_empty());
}

#[wasm_bindgen_test]
async fn what_arrives_while_it_is_asked_is_sent_and_the_question_goes() {
    let _double = Double::new();
    let stand = reading(vec![sends(Going { done: 1_600_000, total: 3_200_000, paused: false, halt: None })]).await;
    stand.press(".going__stop", "Cancel sending").await;
    stand.find("dialog h2", "Stop sending this message?").await;
    let files = vec![attachment("route.gpx", "application/gpx", 3_000_000, 7)];
    stand.show(MessageView { mine: true, mark: Some(Mark::Sent), ..with_files(1, "", files) });
    stand.until("the question to go", || stand.all("dialog").is_empty()).await;
    assert!(!is_deleted(&stand));
}
