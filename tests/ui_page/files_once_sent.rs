//! What is sent to be seen once, and when it cannot be.

use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;
use xchat::ui::media::client::{Looked, TaskState};
use xchat_engine::api::{ChatState, ChatView, Event, FileCommand, Media, StagedFile};
use xchat_files::{Kind, Metadata};

use crate::files_double::{Double, PIXEL};
use crate::files_sent::{FILM, NOTES, PHOTO, looked, pick, reading as composing, sent, staged};
use crate::pictures::choose;
use crate::stand::{Stand, noor, said};

#[wasm_bindgen_test]
async fn one_photo_can_be_sent_to_be_seen_once_and_nothing_tells_of_it() {
    let double = Double::new();
    let stand = composing().await;
    pick(&stand, "Photos and videos", PHOTO).await;
    Double::comes(&double.looked, "hut.jpg", looked(Kind::Jpeg, true));
    let switch = stand.find("dialog .switch", "View once").await;
    let more =
        "They can open it one time, and you see that they did. Nothing stops them from photographing the screen.";
    assert_eq!(stand.described(&switch).as_deref(), Some(more));
    switch.unchecked_into::<HtmlElement>().click();
    stand.until("it to be staged", || double.staged.borrow().len() == 1).await;
    let preview = vec![1, 2, 3].into();
    let whole = StagedFile {
        content_type: "image/webp".to_owned(),
        shown: true,
        media: Media { width: 8, height: 6, preview, ..Media::default() },
        ..staged("hut.webp")
    };
    Double::comes(&double.staged, "hut.jpg", TaskState::Done(whole.clone()));
    stand.press("dialog button", "Send").await;
    stand.until("it to be sent", || sent(&stand).len() == 1).await;
    let bare = StagedFile {
        name: "file.webp".to_owned(),
        media: Media { width: 8, height: 6, once: true, ..Media::default() },
        ..whole
    };
    let (tag, what) = sent(&stand).remove(0);
    assert_eq!(what, FileCommand::Send { files: vec![bare.to_bytes().into()], text: String::new() });
    // What comes back is still to be seen once, and the next is not.
    stand.session.apply(Event::NotWritten { tag, problem: None });
    stand.press(".parcel button", "Review").await;
    stand.until("the switch", || stand.all("dialog .switch:checked").len() == 1).await;
    stand.press("dialog button", "Close").await;
    pick(&stand, "Photos and videos", PHOTO).await;
    Double::comes(&double.looked, "hut.jpg", looked(Kind::Jpeg, true));
    stand.find("dialog .switch:not(:checked)", "View once").await;
}

const ALONE: &str = "For one photo or video at a time, not as an original file.";
const OFF: &str = "View once was turned off: it is for one photo or video at a time, not as an original file.";

/// The row is there, off, says why, and takes no press.
async fn is_off(stand: &Stand) {
    let switch = stand.find("dialog .switch:disabled:not(:checked)", "View once").await;
    stand.until("the reason", || stand.described(&switch).as_deref() == Some(ALONE)).await;
}

/// A photo is picked that is to be seen once.
async fn asked(double: &Double, stand: &Stand) {
    pick(stand, "Photos and videos", PHOTO).await;
    Double::comes(&double.looked, "hut.jpg", looked(Kind::Jpeg, true));
    stand.find("dialog .switch:not(:checked)", "View once").await.unchecked_into::<HtmlElement>().click();
    stand.find("dialog .switch:checked", "View once").await;
}

#[wasm_bindgen_test]
async fn view_once_goes_off_where_it_cannot_be_and_that_is_said() {
    let double = Double::new();
    let stand = composing().await;
    asked(&double, &stand).await;
    stand.press("dialog .setting:last-child input[type=radio]", "").await;
    is_off(&stand).await;
    stand.find("dialog .field__error", OFF).await;
    stand.press("dialog .setting:first-child input[type=radio]", "").await;
    let switch: HtmlElement = stand.find("dialog .switch:not(:disabled)", "View once").await.unchecked_into();
    stand.until("nothing more to be said", || stand.all("dialog .field__error").is_empty()).await;
    switch.click();
    choose(&stand, NOTES).await;
    is_off(&stand).await;
    stand.find("dialog .field__error", OFF).await;
    stand.until("both to be staged", || double.staged.borrow().len() > 1).await;
    Double::comes(&double.looked, "notes.pdf", looked(Kind::Pdf, false));
    stand.until("the file to be staged", || Double::names(&double.staged).contains(&"notes.pdf".to_owned())).await;
    Double::comes(&double.staged, "notes.pdf", TaskState::Done(staged("notes.pdf")));
    Double::comes(&double.staged, "hut.jpg", TaskState::Done(staged("hut.webp")));
    stand.press("dialog button", "Send").await;
    stand.until("both to be sent", || sent(&stand).len() == 1).await;
    let files = vec![staged("hut.webp").to_bytes().into(), staged("notes.pdf").to_bytes().into()];
    assert_eq!(sent(&stand)[0].1, FileCommand::Send { files, text: String::new() }, "as they are");
}

#[wasm_bindgen_test]
async fn what_was_to_be_seen_once_is_not_sent_otherwise_by_what_comes_the_moment_before() {
    let double = Double::new();
    let stand = composing().await;
    asked(&double, &stand).await;
    // One event after the other, before anything was drawn.
    choose(&stand, NOTES).await;
    stand.named("dialog button", "Send").expect("a button").unchecked_into::<HtmlElement>().click();
    is_off(&stand).await;
    stand.find("dialog .field__error", OFF).await;
    assert!(stand.all(".parcel").is_empty() && sent(&stand).is_empty());
}

#[wasm_bindgen_test]
async fn what_comes_back_leaves_what_is_to_be_seen_once_no_other_way_without_a_word() {
    let double = Double::new();
    let stand = composing().await;
    pick(&stand, "File", NOTES).await;
    Double::comes(&double.looked, "notes.pdf", looked(Kind::Pdf, false));
    stand.press("dialog button", "Send").await;
    stand.find(".parcel__words", "Preparing a file").await;
    asked(&double, &stand).await;
    Double::comes(&double.staged, "notes.pdf", TaskState::Done(staged("notes.pdf")));
    stand.until("it to be sent", || sent(&stand).len() == 1).await;
    stand.session.apply(Event::NotWritten { tag: sent(&stand)[0].0, problem: None });
    is_off(&stand).await;
    stand.find("dialog .field__error", OFF).await;
}

#[wasm_bindgen_test]
async fn nothing_but_a_photo_or_a_video_is_offered_to_be_seen_once() {
    let double = Double::new();
    let stand = composing().await;
    let large = "return new File([new ArrayBuffer(67108865)], 'walk.webm', { type: 'video/webm' });";
    for (way, make, name, kind, may) in [
        ("File", FILM, "walk.webm", Kind::Webm, false),
        ("Photos and videos", large, "walk.webm", Kind::Webm, false),
        ("Photos and videos", NOTES, "notes.pdf", Kind::Pdf, false),
        ("Photos and videos", FILM, "walk.webm", Kind::Webm, true),
    ] {
        let before = double.staged.borrow().len();
        pick(&stand, way, make).await;
        Double::comes(&double.looked, name, looked(kind, false));
        stand.until("it to be staged", || double.staged.borrow().len() > before).await;
        match may {
            true => _ = stand.find("dialog .switch:not(:disabled)", "View once").await,
            false => assert!(stand.all("dialog .switch").is_empty(), "{way} {name}"),
        }
        stand.press("dialog button", "Close").await;
        stand.until("the sheet to go", || stand.all("dialog").is_empty()).await;
    }
}

#[wasm_bindgen_test]
async fn nobody_sends_to_themselves_what_they_may_see_once() {
    let double = Double::new();
    let stand = Stand::reading(ChatView { notes: true, ..noor(ChatState::Open) }, vec![said(1, "words")]).await;
    pick(&stand, "Photos and videos", PHOTO).await;
    let metadata = Metadata::default();
    let seen = Looked { kind: Kind::Jpeg, media: Media::default(), metadata, url: Some(PIXEL.to_owned()) };
    Double::comes(&double.looked, "hut.jpg", TaskState::Done(seen));
    stand.until("the picture", || !stand.all(".quality").is_empty()).await;
    assert!(stand.all("dialog .switch").is_empty());
}
