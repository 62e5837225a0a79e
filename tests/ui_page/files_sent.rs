//! Files that are picked, pasted or dropped, and sent.

use js_sys::Function;
use leptos::prelude::document;
use minicbor::bytes::ByteVec;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement, HtmlTextAreaElement};
use xchat::ui::media::client::{FileFailure, How, Looked, TaskState};
use xchat_engine::api::{ChatState, Command, Event, FileCommand, Mark, Media, StagedFile};
use xchat_files::{Kind, Metadata};

use crate::files_double::{Double, PIXEL, attachment};
use crate::pictures::choose;
use crate::stand::{NOOR, Stand, name_of, noor, wrote};

pub(crate) const NOTES: &str = "return new File(['0123456789'], 'notes.pdf', { type: 'application/pdf' });";
pub(crate) const FILM: &str = "return new File(['0123456789'], 'walk.webm', { type: 'video/webm' });";
pub(crate) const PHOTO: &str = "return new File(['0123456789'], 'hut.jpg', { type: 'image/jpeg' });";

pub(crate) async fn reading() -> Stand {
    Stand::reading(noor(ChatState::Open), vec![wrote(1, Mark::Read)]).await
}

/// By the menu beside the text field, without the browser's own dialog.
pub(crate) async fn pick(stand: &Stand, way: &str, make: &str) {
    Function::new_no_args(
        "const field = document.querySelector('input[type=file]'); if (field) field.click = () => {};",
    )
    .call0(&JsValue::NULL)
    .unwrap();
    stand.press("button", "Attach").await;
    stand.press("[role=menuitem]", way).await;
    choose(stand, make).await;
}

pub(crate) fn looked(kind: Kind, place: bool) -> TaskState<Looked> {
    let url = (kind == Kind::Jpeg).then(|| PIXEL.to_owned());
    TaskState::Done(Looked { kind, media: Media::default(), metadata: Metadata { place, camera: place }, url })
}

pub(crate) fn staged(name: &str) -> StagedFile {
    let file = attachment(name, "application/pdf", 10, 5);
    StagedFile {
        name: file.name,
        content_type: file.content_type,
        source: file.source.unwrap(),
        shown: false,
        media: Media::default(),
    }
}

fn sends(files: &[StagedFile], text: &str, reply: Option<u64>, tag: u32) -> Command {
    let files: Vec<ByteVec> = files.iter().map(|file| file.to_bytes().into()).collect();
    let what = FileCommand::Send { files, text: text.to_owned() }.to_bytes().into();
    Command::Files { chat: NOOR, reply, tag: Some(tag), what }
}

pub(crate) fn sent(stand: &Stand) -> Vec<(u32, FileCommand)> {
    let of_files = |command: &Command| match command {
        Command::Files { tag: Some(tag), what, .. } => Some((*tag, FileCommand::from_bytes(what).unwrap())),
        _ => None,
    };
    stand.asked.borrow().iter().filter_map(of_files).collect()
}

pub(crate) fn field(stand: &Stand, name: &str) -> HtmlTextAreaElement {
    stand.named("textarea", name).unwrap().unchecked_into()
}

#[wasm_bindgen_test]
async fn a_file_goes_with_what_stands_in_the_composer_as_soon_as_it_is_ready() {
    let double = Double::new();
    let stand = reading().await;
    stand.type_into("textarea", "Message", "the **list**").await;
    stand.press("button", "Message actions").await;
    stand.press("[role=menuitem]", "Reply").await;
    stand.find("button", "Attach").await.unchecked_into::<HtmlElement>().focus().unwrap();
    pick(&stand, "File", NOTES).await;
    stand.find("dialog h2", "Send to Noor").await;
    stand.until("the caption", || field(&stand, "Add a caption").value() == "the **list**").await;
    stand.find("dialog .file-card__info", "PDF · 10 bytes").await;
    assert!(double.staged.borrow().is_empty(), "what it is is looked at first");
    Double::comes(&double.looked, "notes.pdf", looked(Kind::Pdf, false));
    stand.until("it to be staged", || double.staged.borrow().len() == 1).await;
    assert!(stand.all(".quality").is_empty(), "it is no picture");
    stand.find("dialog ul", "Files to send").await;
    stand.press("dialog button", "Send").await;
    stand.until("the sheet to go", || stand.all("dialog").is_empty()).await;
    stand.find(".parcel__words", "Preparing a file").await;
    assert_eq!(field(&stand, "Message").value(), "", "the words go with it");
    // The text field, or where there is no keyboard the messages; not the button that led to the sheet.
    let active = || document().active_element().map(|active| active.class_name()).unwrap_or_default();
    stand
        .until("the focus to be where one goes on", || ["composer__input", "timeline"].contains(&active().as_str()))
        .await;
    assert!(sent(&stand).is_empty());
    Double::comes(&double.staged, "notes.pdf", TaskState::Done(staged("notes.pdf")));
    stand.until("it to be sent", || !sent(&stand).is_empty()).await;
    let tag = sent(&stand)[0].0;
    stand.asked(sends(&[staged("notes.pdf")], "the **list**", Some(1), tag)).await;
    stand.until("the strip to go", || stand.all(".parcel").is_empty()).await;
    stand.session.apply(Event::Written { tag });
    assert_eq!(sent(&stand).len(), 1, "once");
    assert!(stand.all(".composer__context").is_empty(), "it is answered");
}

#[wasm_bindgen_test]
async fn what_is_sent_before_it_was_looked_at_goes_all_the_same() {
    let double = Double::new();
    let stand = reading().await;
    pick(&stand, "Photos and videos", PHOTO).await;
    stand.press("dialog button", "Send").await;
    stand.find(".parcel__words", "Preparing a file").await;
    // What is picked next goes another way, and this does not.
    pick(&stand, "File", NOTES).await;
    Double::comes(&double.looked, "hut.jpg", looked(Kind::Jpeg, true));
    stand.until("it to be staged", || Double::names(&double.staged) == ["hut.jpg"]).await;
    assert_eq!(*double.how.borrow(), [How::Photo]);
    Double::comes(&double.staged, "hut.jpg", TaskState::Done(staged("hut.jpg")));
    stand.until("it to be sent", || !sent(&stand).is_empty()).await;
    assert_eq!(double.staged.borrow().len(), 1, "once");
}

/// A file is sent, and the engine does not write it.
pub(crate) async fn come_back(stand: &Stand, double: &Double) {
    pick(stand, "File", NOTES).await;
    Double::comes(&double.looked, "notes.pdf", looked(Kind::Pdf, false));
    stand.until("it to be staged", || double.staged.borrow().len() == 1).await;
    Double::comes(&double.staged, "notes.pdf", TaskState::Done(staged("notes.pdf")));
    stand.press("dialog button", "Send").await;
    stand.until("it to be sent", || !sent(stand).is_empty()).await;
    let tag = sent(stand)[0].0;
    stand.session.apply(Event::NotWritten { tag, problem: None });
    stand.find(".parcel__words", "These files were not sent. They are still here.").await;
}

#[wasm_bindgen_test]
async fn what_was_not_written_loses_neither_files_nor_words() {
    let double = Double::new();
    let stand = reading().await;
    stand.type_into("textarea", "Message", "the list").await;
    come_back(&stand, &double).await;
    assert_eq!(field(&stand, "Message").value(), "the list");
    stand.press(".parcel button", "Review").await;
    stand.press("dialog button", "Send").await;
    stand.until("it to be sent again", || sent(&stand).len() == 2).await;
    assert_eq!(sent(&stand)[0].1, sent(&stand)[1].1, "the same");
    assert_eq!(double.staged.borrow().len(), 1, "what was staged still is");
}

#[wasm_bindgen_test]
async fn a_sheet_that_is_closed_leaves_the_words_and_asks_for_nothing_more() {
    let double = Double::new();
    let stand = reading().await;
    pick(&stand, "File", NOTES).await;
    Double::comes(&double.looked, "notes.pdf", looked(Kind::Pdf, false));
    stand.until("it to be staged", || double.staged.borrow().len() == 1).await;
    stand.type_into("dialog textarea", "Add a caption", "see").await;
    stand.press("dialog button", "Close").await;
    stand.until("the sheet to go", || stand.all("dialog").is_empty()).await;
    stand.until("the words", || field(&stand, "Message").value() == "see").await;
    assert!(double.cancelled.borrow().contains(&"notes.pdf".to_owned()));
    assert!(stand.all(".parcel").is_empty() && sent(&stand).is_empty());
    pick(&stand, "File", NOTES).await;
    Double::comes(&double.looked, "notes.pdf", looked(Kind::Pdf, false));
    stand.until("it to be staged", || double.staged.borrow().len() == 2).await;
    Double::comes(&double.staged, "notes.pdf", TaskState::Done(staged("notes.pdf")));
    stand.press("dialog button", "Remove notes.pdf").await;
    assert_eq!(*double.discarded.borrow(), ["notes.pdf"], "what lies sealed in the store goes");
}

#[wasm_bindgen_test]
async fn a_photo_goes_smaller_or_as_it_is_which_says_what_it_tells() {
    let double = Double::new();
    let stand = reading().await;
    pick(&stand, "Photos and videos", PHOTO).await;
    Double::comes(&double.looked, "hut.jpg", looked(Kind::Jpeg, true));
    stand.find("dialog .setting__sub", "Smaller. Place and camera data are taken out.").await;
    stand.find("dialog .setting__sub", "As it is. It says where it was taken.").await;
    assert!(stand.all(".picked__told").is_empty(), "no film is among them");
    stand.until("it to be staged", || double.staged.borrow().len() == 1).await;
    stand.press("dialog .setting:last-child input", "").await;
    stand.until("it to be staged anew", || double.staged.borrow().len() == 2).await;
    assert_eq!(*double.how.borrow(), [How::Photo, How::Original]);
    assert_eq!(*double.cancelled.borrow(), ["hut.jpg"]);
}

#[wasm_bindgen_test]
async fn what_a_film_or_a_tiff_tells_is_said_before_it_is_sent() {
    let double = Double::new();
    let stand = reading().await;
    let tiff = "return new File([new Uint8Array(7)], 'hut.tiff', { type: 'image/tiff' });";
    pick(&stand, "File", tiff).await;
    Double::comes(&double.looked, "hut.tiff", looked(Kind::Tiff, true));
    stand.find("dialog .picked__told", "As it is. It says where it was taken.").await;
    stand.press("dialog button", "Close").await;
    pick(&stand, "Photos and videos", FILM).await;
    Double::comes(&double.looked, "walk.webm", looked(Kind::Mp4, true));
    stand.find("dialog .picked__told", "A video goes as it is. It says where it was taken.").await;
    stand.press("dialog button", "Close").await;
    pick(&stand, "File", FILM).await;
    Double::comes(&double.looked, "walk.webm", looked(Kind::Mp4, false));
    stand.until("it to be staged", || Double::names(&double.staged).contains(&"walk.webm".to_owned())).await;
    assert!(stand.all(".picked__told").is_empty());
}

#[wasm_bindgen_test]
async fn a_film_is_shown_within_the_conversation_unless_it_was_picked_as_a_file() {
    let double = Double::new();
    let stand = reading().await;
    for (way, how) in [("Photos and videos", How::Photo), ("File", How::Original)] {
        double.how.borrow_mut().clear();
        pick(&stand, way, FILM).await;
        Double::comes(&double.looked, "walk.webm", looked(Kind::Webm, false));
        stand.until("it to be staged", || !double.how.borrow().is_empty()).await;
        assert_eq!(*double.how.borrow(), [how]);
        stand.press("dialog button", "Close").await;
        stand.until("the sheet to go", || stand.all("dialog").is_empty()).await;
    }
}

#[wasm_bindgen_test]
async fn what_cannot_be_read_says_so_and_keeps_the_others_back_until_it_is_removed() {
    let double = Double::new();
    let stand = reading().await;
    pick(&stand, "File", NOTES).await;
    choose(&stand, PHOTO).await;
    Double::comes(&double.looked, "notes.pdf", looked(Kind::Pdf, false));
    Double::comes(&double.looked, "hut.jpg", TaskState::Failed(FileFailure::Unreadable));
    stand.find("dialog .trouble", "This file cannot be read. It may have been moved or changed.").await;
    assert!(stand.named("dialog button:not([disabled])", "Send").is_none());
    let remove: HtmlElement = stand.find("dialog button", "Remove hut.jpg").await.unchecked_into();
    remove.focus().unwrap();
    remove.click();
    stand.find("dialog button:not([disabled])", "Send").await;
    let active = || document().active_element().map(|active| name_of(&active));
    stand.until("the focus to go on", || active().as_deref() == Some("Remove notes.pdf")).await;
    stand.press("dialog button", "Remove notes.pdf").await;
    stand.until("the sheet to go", || stand.all("dialog").is_empty()).await;
}

/// Lets files, which this makes, hover over the conversation, and drops them.
fn drop_on(stand: &Stand, make: &str, names: &[&str]) {
    let body = format!(
        "const dataTransfer = new DataTransfer();
         for (const file of {make}) dataTransfer.items.add(file);
         for (const name of names) place.dispatchEvent(new DragEvent(name, {{ bubbles: true, cancelable: true, dataTransfer }}));"
    );
    let place: Element = stand.all(".timeline").remove(0);
    let names: js_sys::Array = names.iter().map(|name| JsValue::from_str(name)).collect();
    Function::new_with_args("place, names", &body).call2(&JsValue::NULL, &place, &names).unwrap();
}

#[wasm_bindgen_test]
async fn more_than_a_message_takes_are_left_out_and_that_is_said() {
    let double = Double::new();
    let stand = reading().await;
    let many = "Array.from({ length: 31 }, (_, at) => new File(['x'], at + '.txt'))";
    pick(&stand, "File", NOTES).await;
    stand.find("dialog h2", "Send to Noor").await;
    drop_on(&stand, many, &["dragover", "drop"]);
    assert_eq!(double.looked.borrow().len(), 1, "while the sheet is open nothing is dropped below it");
    stand.press("dialog button", "Close").await;
    stand.until("the sheet to go", || stand.all("dialog").is_empty()).await;
    drop_on(&stand, many, &["dragover", "drop"]);
    stand.find("dialog .field__error", "A message takes 30 files. The others were left out.").await;
    assert_eq!(double.looked.borrow().len(), 31);
}

#[wasm_bindgen_test]
async fn files_are_dropped_on_a_conversation_which_says_to_whom_they_go() {
    let double = Double::new();
    let stand = reading().await;
    stand.until("the field", || !stand.all("input[type=file]").is_empty()).await;
    drop_on(&stand, "[new File(['x'], 'x.txt')]", &["dragenter"]);
    stand.find(".drop", "Drop to send to Noor").await;
    drop_on(&stand, "[new File(['x'], 'x.txt')]", &["dragleave"]);
    stand.until("the overlay to go", || stand.all(".drop").is_empty()).await;
    drop_on(&stand, "[new File(['x'], 'x.txt')]", &["dragenter", "drop"]);
    stand.find("dialog h2", "Send to Noor").await;
    stand.until("the overlay to go", || stand.all(".drop").is_empty()).await;
    assert_eq!(Double::names(&double.looked), ["x.txt"]);
}

#[wasm_bindgen_test]
async fn a_folder_that_is_dropped_is_its_files_with_those_of_the_folders_in_it() {
    let double = Double::new();
    let stand = reading().await;
    stand.until("the field", || !stand.all("input[type=file]").is_empty()).await;
    // Only a person can drop a folder: this is what a browser makes of one, with a hundred entries at a time.
    let body = "const file = (name) => ({ name, isDirectory: false, file: (done) => done(new File(['x'], name)) });
        const folder = (name, parts) => ({
            name, isDirectory: true,
            createReader: () => ({ readEntries: (done) => done(parts.shift() ?? []) }),
        });
        const hut = folder('hut', [[file('b.txt'), folder('deep', [[file('c.txt')]])], [file('.DS_Store'), file('a.txt')]]);
        const item = (entry) => ({ kind: 'file', webkitGetAsEntry: () => entry });
        const drop = (entries) => {
            const event = new DragEvent('drop', { bubbles: true, cancelable: true });
            const dataTransfer = { types: ['Files'], files: [], items: entries.map(item) };
            Object.defineProperty(event, 'dataTransfer', { value: dataTransfer });
            place.dispatchEvent(event);
        };
        drop([folder('empty', [])]);
        drop([file('first.txt'), hut]);";
    let place: Element = stand.all(".timeline").remove(0);
    Function::new_with_args("place", body).call1(&JsValue::NULL, &place).unwrap();
    stand.find("dialog h2", "Send to Noor").await;
    assert_eq!(Double::names(&double.looked), ["first.txt", "a.txt", "b.txt", "c.txt"]);
    stand.find(".toast", "There is no file in this folder.").await;
}

#[wasm_bindgen_test]
async fn a_picture_is_pasted_but_the_likeness_of_words_is_not() {
    let double = Double::new();
    let stand = reading().await;
    stand.until("the field", || !stand.all("input[type=file]").is_empty()).await;
    let paste = |with_words: bool| {
        let body = "const clipboardData = new DataTransfer();
            clipboardData.items.add(new File(['x'], 'image.png', { type: 'image/png' }));
            if (words) { clipboardData.setData('text/plain', 'words'); clipboardData.setData('text/html', '<b>words</b>'); }
            return field.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData }));";
        let field = stand.named("textarea", "Message").unwrap();
        Function::new_with_args("field, words", body).call2(&JsValue::NULL, &field, &with_words.into()).unwrap()
    };
    assert!(paste(true).is_truthy(), "the browser pastes the words");
    assert!(double.looked.borrow().is_empty());
    assert!(!paste(false).is_truthy());
    stand.find("dialog h2", "Send to Noor").await;
    assert_eq!(Double::names(&double.looked), ["image.png"]);
}

#[wasm_bindgen_test]
async fn a_file_that_is_being_prepared_can_be_given_up() {
    let double = Double::new();
    let stand = reading().await;
    stand.type_into("textarea", "Message", "wait").await;
    pick(&stand, "File", NOTES).await;
    Double::comes(&double.looked, "notes.pdf", looked(Kind::Pdf, false));
    stand.press("dialog button", "Send").await;
    stand.press(".parcel button", "Cancel").await;
    stand.until("the strip to go", || stand.all(".parcel").is_empty()).await;
    stand.until("the words", || field(&stand, "Message").value() == "wait").await;
    assert!(double.cancelled.borrow().contains(&"notes.pdf".to_owned()) && sent(&stand).is_empty());
}

#[wasm_bindgen_test]
async fn files_are_not_added_to_a_change() {
    let _double = Double::new();
    let stand = reading().await;
    stand.press("button", "Message actions").await;
    stand.press("[role=menuitem]", "Edit").await;
    stand.press("button", "Attach").await;
    stand.press("[role=menuitem]", "File").await;
    stand.find(".toast", "Finish the change first, then add files.").await;
}
