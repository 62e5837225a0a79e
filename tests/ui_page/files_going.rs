//! Files of an own message on their way to the relay.

use wasm_bindgen_test::wasm_bindgen_test;
use xchat::ui::media::pace::Pace;
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

#[wasm_bindgen_test]
async fn what_a_lost_connection_takes_along_is_not_taken_back_on_the_screen() {
    let _double = Double::new();
    let stand = reading(vec![sends(Going { done: 0, total: 3_200_000, paused: false, halt: None })]).await;
    let sending = |bytes| stand.session.apply(Event::Sending { chunk: BlobHash::new([7; 32]), bytes });
    sending(1_600_000);
    stand.find(".going__words", "1.5 of 3 MB").await;
    stand.session.apply(Event::Connection { connection: Connection::Offline });
    stand.find(".going__words", "1.5 of 3 MB · Waiting for network…").await;
    stand.session.apply(Event::Connection { connection: Connection::Online });
    sending(320_000);
    stand.find(".going__words", "1.5 of 3 MB").await;
    sending(2_400_000);
    stand.find(".going__words", "2.3 of 3 MB").await;
}

fn counted(done: u64) -> Going {
    Going { done, total: 1_000, paused: false, halt: None }
}

const A: [u8; 32] = [1; 32];
const B: [u8; 32] = [2; 32];

#[wasm_bindgen_test]
fn a_chunk_that_has_arrived_is_counted_once_whatever_was_said_of_it_last() {
    let mut pace = Pace::default();
    pace.counted(counted(0), 0);
    pace.sending(A, 400, 390, 10);
    pace.sending(B, 400, 100, 20);
    assert_eq!(pace.shown(), (490, 1_000));
    pace.counted(counted(400), 30);
    assert_eq!(pace.shown(), (500, 1_000), "A is there, and of B as much as before");
    pace.sending(B, 400, 400, 40);
    pace.counted(counted(800), 50);
    assert_eq!(pace.shown(), (800, 1_000));
}

#[wasm_bindgen_test]
fn what_goes_once_more_is_not_shown_twice() {
    let mut pace = Pace::default();
    pace.counted(counted(200), 0);
    pace.sending(A, 400, 300, 10);
    pace.sending(A, 400, 50, 20);
    assert_eq!(pace.shown().0, 500);
    pace.sending(A, 400, 350, 30);
    assert_eq!(pace.shown().0, 550);
}

/// It goes on at so many bytes a second, told four times in each of them, until so many have gone. Answers when that is.
fn goes(pace: &mut Pace, (from, to): (u64, u64), by: u64, began: u64) -> u64 {
    let steps = (to - from) * 4 / by;
    for step in 1..=steps {
        pace.sending(A, 100_000, from + step * by / 4, began + step * 250);
    }
    began + steps * 250
}

#[wasm_bindgen_test]
fn the_time_that_is_left_follows_how_fast_it_went_lately() {
    let mut pace = Pace::default();
    pace.counted(Going { total: 100_000, ..counted(0) }, 0);
    // What a browser takes at once has not gone anywhere.
    pace.sending(A, 100_000, 30_000, 0);
    let now = goes(&mut pace, (30_000, 32_000), 1_000, 0);
    assert_eq!(pace.left(now), None, "what goes first says little");
    let now = goes(&mut pace, (32_000, 40_000), 1_000, now);
    assert_eq!(pace.left(now).map(f64::round), Some(60.0));
    // Faster, for longer than it is looked back.
    let now = goes(&mut pace, (40_000, 70_000), 2_500, now);
    assert_eq!(pace.left(now).map(f64::round), Some(12.0));
    let now = goes(&mut pace, (70_000, 95_000), 2_500, now);
    assert_eq!(pace.left(now), None, "it is as good as there");
}

#[wasm_bindgen_test]
fn no_time_is_told_of_what_stands_still_rests_or_was_lost() {
    let mut pace = Pace::default();
    pace.counted(Going { total: 100_000, ..counted(0) }, 0);
    let now = goes(&mut pace, (0, 4_000), 1_000, 0);
    assert_eq!(pace.left(now), Some(96.0));
    assert_eq!(pace.left(now + 1_000), Some(128.0), "it grows as nothing comes");
    assert_eq!(pace.left(now + 3_000), None);
    pace.rests();
    assert_eq!(pace.left(now), None, "it was stopped");
    let now = goes(&mut pace, (4_000, 8_000), 1_000, now);
    assert!(pace.left(now).is_some());
    pace.sending(A, 100_000, 100, now);
    assert_eq!(pace.left(now), None, "it begins anew");
    let now = goes(&mut pace, (100, 4_100), 1_000, now);
    assert_eq!(pace.left(now).map(f64::round), Some(96.0), "and the way is as long as it is");
    assert_eq!(pace.shown().0, 8_000, "which is not shown");
}
