//! What a press on a file leads to: the viewer, a text, a question.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Blob, Element, HtmlElement};
use xchat::ui::media::client::{FileFailure, Opened, TaskState};
use xchat_engine::api::{Attachment, ChatState, Event, MessageView};
use xchat_files::Kind;

use crate::files_double::{Double, PIXEL, attachment, here, picture, voice, with_files};
use crate::polls::key;
use crate::stand::{NOOR, Stand, frames, noor, said};

pub(crate) async fn reading(messages: Vec<MessageView>) -> Stand {
    let stand = Stand::reading(noor(ChatState::Open), messages).await;
    stand.until("the files", || !stand.all(".attachments").is_empty()).await;
    stand.all(".attachments")[0].scroll_into_view();
    stand
}

/// Two messages with three things to look at, the second of them a film; and one with words between.
pub(crate) async fn with_three() -> (std::rc::Rc<Double>, Stand) {
    let double = Double::new();
    let film = attachment("film.mp4", "video/mp4", 3_000_000, 3);
    let messages = vec![
        with_files(1, "", vec![picture("one.jpg", 4, 3), film]),
        said(2, "between"),
        with_files(3, "", vec![picture("two.jpg", 4, 3)]),
    ];
    let stand = reading(messages).await;
    stand.until("the pictures to be asked for", || double.opened.borrow().len() == 2).await;
    Double::comes(&double.opened, "one.jpg", here(Kind::Jpeg));
    Double::comes(&double.opened, "two.jpg", here(Kind::Jpeg));
    stand.press(".photo", "Photo 1 of 2").await;
    stand.find(".viewer__number", "1 of 3").await;
    Double::comes(&double.opened, "one.jpg", here(Kind::Jpeg));
    stand.find(".viewer__picture img", "").await;
    (double, stand)
}

pub(crate) fn send(stand: &Stand, name: &str) {
    stand.all(".viewer")[0].dispatch_event(&key(name)).expect("sent");
}

#[wasm_bindgen_test]
async fn arrows_lead_through_what_there_is_to_see_and_no_further() {
    let (double, stand) = with_three().await;
    stand.find(".viewer__who b", "Noor").await;
    send(&stand, "ArrowLeft");
    stand.find(".viewer__number", "1 of 3").await;
    send(&stand, "ArrowRight");
    stand.find(".viewer__number", "2 of 3").await;
    // One that has nothing to show yet, and nothing wrong.
    let url = js_sys::eval("URL.createObjectURL(new MediaSource())").expect("an address").as_string().expect("a text");
    let film = Opened { url, kind: Kind::Mp4, blob: None };
    Double::comes(&double.opened, "film.mp4", TaskState::Done(film));
    stand.until("the film, with the browser's controls", || !stand.all("video[controls]").is_empty()).await;
    assert!(stand.all(".viewer__zoom").is_empty(), "a film is not gone into");
    stand.press(".viewer button", "Next").await;
    stand.find(".viewer__number", "3 of 3").await;
    stand.until("the end", || stand.named(".viewer button:not([disabled])", "Next").is_none()).await;
    stand.press(".viewer button", "Previous").await;
    stand.find(".viewer__number", "2 of 3").await;
}

#[wasm_bindgen_test]
async fn a_film_that_plays_while_it_comes_is_opened_by_the_first_press() {
    let double = Double::new();
    *double.streams.borrow_mut() = true;
    let film = attachment("film.mp4", "video/mp4", 30_000_000, 3);
    let stand = reading(vec![with_files(1, "", vec![film])]).await;
    stand.press(".photo", "Video, 30 MB").await;
    stand
        .until("the viewer, which asks for it", || {
            !stand.all(".viewer").is_empty() && Double::names(&double.opened) == ["film.mp4"]
        })
        .await;
    // The browser makes nothing of what is there.
    let film = Opened { url: "/nothing".to_owned(), kind: Kind::Mp4, blob: None };
    Double::comes(&double.opened, "film.mp4", TaskState::Done(film));
    stand.find(".viewer__failed p", "This is not what it says it is, so it is not shown.").await;
}

#[wasm_bindgen_test]
async fn escape_closes_it_and_the_focus_is_where_it_was() {
    let (_double, stand) = with_three().await;
    let cancel = web_sys::Event::new("cancel").expect("an event");
    let tile: HtmlElement = stand.find(".photo", "Photo 1 of 2").await.unchecked_into();
    stand.all(".viewer")[0].dispatch_event(&cancel).expect("sent");
    stand.until("it to go", || stand.all(".viewer").is_empty()).await;
    tile.focus().expect("focused");
    tile.click();
    stand.find(".viewer__number", "1 of 3").await;
    stand.press(".viewer button", "Close").await;
    let back = || document().active_element() == Some(tile.clone().unchecked_into::<Element>());
    stand.until("the focus to be back", back).await;
}

#[wasm_bindgen_test]
async fn back_closes_it() {
    let (_double, stand) = with_three().await;
    leptos::prelude::window().history().expect("a history").back().expect("a step");
    stand.until("it to go", || stand.all(".viewer").is_empty()).await;
    stand.find("h1", "Noor").await;
}

#[wasm_bindgen_test]
async fn what_is_deleted_is_looked_at_no_more() {
    let (_double, stand) = with_three().await;
    send(&stand, "ArrowRight");
    send(&stand, "ArrowRight");
    stand.find(".viewer__number", "3 of 3").await;
    stand.session.apply(Event::MessageGone { chat: NOOR, order: 3 });
    stand.until("it to go", || stand.all(".viewer").is_empty()).await;
}

#[wasm_bindgen_test]
async fn it_is_saved_and_passed_on_from_there() {
    let (double, stand) = with_three().await;
    stand.press(".viewer button", "Save").await;
    stand.until("it to be saved", || Double::names(&double.saved) == ["one.jpg"]).await;
    Double::comes(&double.saved, "one.jpg", TaskState::Done(()));
    stand.find(".viewer__said p", "Saved").await;
    stand.press(".viewer button", "Close").await;
    stand.until("it to go", || stand.all(".viewer").is_empty()).await;
    let tile: HtmlElement = stand.find(".photo", "Photo 1 of 2").await.unchecked_into();
    tile.focus().expect("focused");
    tile.click();
    stand.press(".viewer button", "Forward").await;
    stand.find("dialog h2", "Forward to").await;
    assert!(stand.all(".viewer").is_empty());
    stand.press("dialog button", "Close").await;
    let back = || document().active_element() == Some(tile.clone().unchecked_into::<Element>());
    stand.until("the focus to be on the photo again", back).await;
}

#[wasm_bindgen_test]
async fn a_tile_learns_that_its_picture_came_while_it_was_looked_at() {
    let double = Double::new();
    let large = Attachment { size: 9 << 20, ..picture("large.jpg", 4, 3) };
    let stand = reading(vec![with_files(1, "", vec![picture("one.jpg", 4, 3), large])]).await;
    stand.until("the small one to be asked for", || Double::names(&double.opened) == ["one.jpg"]).await;
    Double::comes(&double.opened, "one.jpg", here(Kind::Jpeg));
    stand.press(".photo", "Photo 1 of 2").await;
    stand.find(".viewer__number", "1 of 2").await;
    send(&stand, "ArrowRight");
    stand.find(".viewer__number", "2 of 2").await;
    *double.here.borrow_mut() = true;
    Double::comes(&double.opened, "large.jpg", here(Kind::Jpeg));
    let asked = || Double::names(&double.opened).iter().filter(|name| *name == "large.jpg").count();
    stand.until("the tile to ask for it too", || asked() == 2).await;
    Double::comes(&double.opened, "large.jpg", here(Kind::Jpeg));
    stand.press(".viewer button", "Close").await;
    stand.find(".photo", "Photo 2 of 2").await;
}

#[wasm_bindgen_test]
async fn what_could_run_is_saved_only_when_that_was_asked() {
    let double = Double::new();
    let stand = reading(vec![with_files(1, "", vec![attachment("photo.jpg.exe", "application/x", 5, 4)])]).await;
    stand.press(".file-card button", "Save photo.jpg.exe").await;
    stand.find("dialog h2", "Save this file?").await;
    assert!(double.saved.borrow().is_empty());
    stand.press("dialog button", "Save").await;
    stand.until("it to be saved", || Double::names(&double.saved) == ["photo.jpg.exe"]).await;
    stand.until("the question to go", || stand.all("dialog").is_empty()).await;
}

fn text(words: &str, kind: Kind) -> TaskState<Opened> {
    let parts = js_sys::Array::of1(&words.into());
    let blob = Blob::new_with_str_sequence(&parts).expect("a blob");
    TaskState::Done(Opened { url: PIXEL.to_owned(), kind, blob: Some(blob) })
}

#[wasm_bindgen_test]
async fn a_text_is_nothing_but_text_whatever_it_says() {
    let double = Double::new();
    let stand = reading(vec![with_files(1, "", vec![attachment("notes.txt", "text/plain", 50, 4)])]).await;
    stand.until("the row", || !stand.all("button.file-card__main").is_empty()).await;
    stand.all("button.file-card__main").remove(0).unchecked_into::<HtmlElement>().click();
    stand.find("dialog h2", "notes.txt").await;
    Double::comes(&double.opened, "notes.txt", text("one <b>two</b>", Kind::Text));
    stand.find("dialog pre", "one <b>two</b>").await;
    assert!(stand.all("dialog pre b").is_empty());
    stand.press("dialog button", "Close").await;
    stand.until("it to go", || stand.all("dialog").is_empty()).await;
    stand.all("button.file-card__main").remove(0).unchecked_into::<HtmlElement>().click();
    stand.find("dialog h2", "notes.txt").await;
    Double::comes(&double.opened, "notes.txt", text("<html>", Kind::Html));
    stand.find("dialog p", "This is not what it says it is, so it is not shown.").await;
}

#[wasm_bindgen_test]
async fn a_text_without_a_word_is_said_to_be_empty() {
    let double = Double::new();
    let stand = reading(vec![with_files(1, "", vec![attachment("empty.txt", "text/plain", 0, 4)])]).await;
    stand.until("the row", || !stand.all("button.file-card__main").is_empty()).await;
    stand.all("button.file-card__main").remove(0).unchecked_into::<HtmlElement>().click();
    stand.find("dialog p", "This file is empty.").await;
    assert!(double.opened.borrow().is_empty());
}

#[wasm_bindgen_test]
async fn a_paper_opens_on_a_page_of_its_own_and_only_if_it_is_one_by_its_bytes() {
    let double = Double::new();
    let stand = reading(vec![with_files(1, "", vec![attachment("paper.pdf", "application/pdf", 50, 4)])]).await;
    js_sys::eval("window.pages = []; HTMLAnchorElement.prototype.click = function () { window.pages.push(this.rel + ' ' + this.target); };")
        .expect("a page");
    stand.until("the row", || !stand.all("button.file-card__main").is_empty()).await;
    let row: HtmlElement = stand.all("button.file-card__main").remove(0).unchecked_into();
    row.click();
    stand.until("it to be asked for", || double.opened.borrow().len() == 1).await;
    Double::comes(&double.opened, "paper.pdf", text("%PDF-", Kind::Pdf));
    let pages = || js_sys::eval("window.pages.join()").expect("pages").as_string().unwrap_or_default();
    stand.until("a page of its own", || pages() == "noopener _blank").await;
    js_sys::eval("delete HTMLAnchorElement.prototype.click;").expect("as it was");
    drop(stand);
    let stand = reading(vec![with_files(1, "", vec![attachment("paper.pdf", "application/pdf", 50, 4)])]).await;
    stand.until("the row", || !stand.all("button.file-card__main").is_empty()).await;
    stand.all("button.file-card__main").remove(0).unchecked_into::<HtmlElement>().click();
    stand.until("it to be asked for", || double.opened.borrow().len() == 2).await;
    Double::comes(&double.opened, "paper.pdf", text("<html>", Kind::Html));
    stand.find(".file-card .trouble", "This is not what it says it is, so it is not shown.").await;
}

#[wasm_bindgen_test]
async fn why_it_is_not_saved_is_said_where_one_looks_and_elsewhere_once_that_is_closed() {
    let (double, stand) = with_three().await;
    stand.press(".viewer button", "Save").await;
    stand.until("it to be asked for", || double.saved.borrow().len() == 1).await;
    Double::comes(&double.saved, "one.jpg", TaskState::Failed(FileFailure::Gone));
    stand.find(".viewer .viewer__said p", "No longer available.").await;
    assert!(stand.all(".toast").is_empty(), "it would stand behind");
    send(&stand, "ArrowRight");
    stand.until("what was of the other to go", || stand.all(".viewer__said p").is_empty()).await;
    send(&stand, "ArrowLeft");
    stand.find(".viewer__number", "1 of 3").await;
    stand.press(".viewer button", "Save").await;
    stand.until("it to be asked for again", || double.saved.borrow().len() == 2).await;
    stand.press(".viewer button", "Close").await;
    stand.until("it to go", || stand.all(".viewer").is_empty()).await;
    Double::comes(&double.saved, "one.jpg", TaskState::Failed(FileFailure::NoRoom));
    stand.find(".toast", "There is no room for it on this device.").await;
}

fn has_focus(stand: &Stand, name: &str) -> bool {
    document().active_element().is_some_and(|active| stand.named(".viewer button", name) == Some(active))
}

#[wasm_bindgen_test]
async fn a_button_that_has_come_to_its_end_gives_the_focus_on() {
    let (_double, stand) = with_three().await;
    let focus =
        |name: &str| stand.named(".viewer button", name).expect("a button").unchecked_into::<HtmlElement>().focus();
    for (button, other) in [("Next", "Previous"), ("Previous", "Next")] {
        focus(button).expect("focused");
        stand.press(".viewer button", button).await;
        stand.find(".viewer__number", "2 of 3").await;
        frames(3).await;
        assert!(has_focus(&stand, button), "while there are more it stays");
        stand.press(".viewer button", button).await;
        stand.until("the other to have it", || has_focus(&stand, other)).await;
    }
    // What goes with a picture takes it along as well.
    focus("Zoom in").expect("focused");
    send(&stand, "ArrowRight");
    stand.until("the focus to be in there", || has_focus(&stand, "Previous")).await;
    focus("Next").expect("focused");
    stand.session.apply(Event::MessageGone { chat: NOOR, order: 3 });
    stand.until("the other to have it", || has_focus(&stand, "Previous")).await;
}

#[wasm_bindgen_test]
async fn a_film_stops_the_voice_that_is_heard() {
    let double = Double::new();
    *double.streams.borrow_mut() = true;
    let film = attachment("film.mp4", "video/mp4", 3_000_000, 3);
    let stand = reading(vec![with_files(1, "", vec![voice("a", 24_000)]), with_files(2, "", vec![film])]).await;
    stand.until("the voice to be asked for", || double.opened.borrow().len() == 1).await;
    Double::comes(&double.opened, "a", here(Kind::Ogg));
    stand.press(".voice-note__play", "Play voice message, 0:24").await;
    stand.find(".voice-note__play", "Pause voice message, 0:24").await;
    stand.all(".photo").remove(0).unchecked_into::<HtmlElement>().click();
    stand.until("the film to be asked for", || Double::names(&double.opened).contains(&"film.mp4".to_owned())).await;
    let url = js_sys::eval("URL.createObjectURL(new MediaSource())").expect("an address").as_string().expect("a text");
    Double::comes(&double.opened, "film.mp4", TaskState::Done(Opened { url, kind: Kind::Mp4, blob: None }));
    stand.until("the film", || !stand.all("video").is_empty()).await;
    stand.all("video")[0].dispatch_event(&web_sys::Event::new("play").expect("an event")).expect("sent");
    stand.find(".voice-note__play", "Play voice message, 0:24").await;
}
