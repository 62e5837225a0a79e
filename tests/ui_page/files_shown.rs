//! Files, pictures and sounds in their bubbles.

use js_sys::Function;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement};
use xchat::ui::media::client::{FileFailure, TaskState};
use xchat::ui::media::layout::{alone, bars, mosaic};
use xchat::ui::media::words::{clock, ends, part_of, size};
use xchat_engine::api::{Attachment, ChatState, Event, Media, MessageView};
use xchat_files::Kind;

use crate::files_double::{Double, attachment, here, picture, voice, with_files};
use crate::stand::{Stand, noor};

async fn reading(messages: Vec<MessageView>) -> Stand {
    let stand = Stand::reading(noor(ChatState::Open), messages).await;
    stand.until("the files", || !stand.all(".attachments").is_empty()).await;
    // The page has no styles here, and is high.
    stand.all(".attachments")[0].scroll_into_view();
    stand
}

#[wasm_bindgen_test]
fn a_picture_keeps_its_shape_within_what_a_bubble_has_room_for() {
    assert_eq!(alone(4000, 3000), (320, 240));
    assert_eq!(alone(3000, 4000), (270, 360));
    assert_eq!(alone(10_000, 100), (320, 133), "a strip is cut off at its ends");
    assert_eq!(alone(1000, 100_000), (202, 360));
    assert_eq!(alone(40, 40), (140, 140), "a ring finds room on a small one");
    assert_eq!(alone(0, 0), (320, 240));
    assert_eq!([mosaic(3), mosaic(4), mosaic(7)], [(3, 0), (4, 0), (4, 3)]);
}

#[wasm_bindgen_test]
fn sizes_and_times_are_written_as_people_write_them() {
    xchat::ui::i18n::speak(xchat::ui::i18n::Lang::English);
    assert_eq!([size(12), size(214_300), size(3_140_000)].join(", "), "12 bytes, 214 kB, 3.1 MB");
    assert_eq!(part_of(3_400_000, 12_000_000), "3.4 of 12 MB");
    assert_eq!([clock(9.9), clock(84.0), clock(3723.0), clock(f64::INFINITY)], ["0:09", "1:24", "1:02:03", "0:00"]);
    assert_eq!(ends("paper.final.pdf"), ("paper.final", ".pdf"));
    assert_eq!(ends("Makefile"), ("Makefile", ""));
    assert_eq!(bars(&[0, 255, 0, 0], 2), [1.0, 0.0]);
    assert_eq!(bars(&[], 2), [0.0, 0.0]);
}

fn rect(element: &Element) -> (i32, i32) {
    let rect = element.get_bounding_client_rect();
    (rect.width().round() as i32, rect.height().round() as i32)
}

#[wasm_bindgen_test]
async fn a_small_picture_comes_by_itself_and_into_the_place_that_it_had() {
    let double = Double::new();
    let stand = reading(vec![with_files(1, "", vec![picture("hut.jpg", 4000, 3000)])]).await;
    stand.find(".photo", "Photo. Cancel").await;
    let before = rect(&stand.all(".album")[0]);
    Double::comes(&double.opened, "hut.jpg", TaskState::Working { done: 100_000, total: 300_000 });
    stand.find(".photo .on-media", "100 of 300 kB").await;
    Double::comes(&double.opened, "hut.jpg", here(Kind::Jpeg));
    stand.find(".photo", "Photo").await;
    stand.until("the picture", || !stand.all(".photo__whole").is_empty()).await;
    assert_eq!(rect(&stand.all(".album")[0]), before);
    assert_eq!(Double::names(&double.opened), ["hut.jpg"], "once");
}

#[wasm_bindgen_test]
async fn what_is_no_picture_by_its_bytes_is_not_shown() {
    let double = Double::new();
    let stand = reading(vec![with_files(1, "", vec![picture("hut.jpg", 4, 3)])]).await;
    stand.find(".photo", "Photo. Cancel").await;
    Double::comes(&double.opened, "hut.jpg", here(Kind::Html));
    stand.find(".photo", "Photo. This is not what it says it is, so it is not shown.").await;
    assert!(stand.all(".photo__whole").is_empty());
}

#[wasm_bindgen_test]
async fn what_a_stranger_sends_is_neither_fetched_nor_drawn_before_that_is_wanted() {
    let double = Double::new();
    let mut sent = picture("hut.jpg", 4, 3);
    // One pixel.
    let png = "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301\
               0100c9fe92ef0000000049454e44ae426082";
    sent.media.preview = hex::decode(png.replace(char::is_whitespace, "")).unwrap().into();
    let stand = Stand::reading(noor(ChatState::Request), vec![with_files(1, "", vec![sent])]).await;
    stand.find(".photo", "Photo, 300 kB. Download").await;
    stand.all(".attachments")[0].scroll_into_view();
    crate::stand::frames(3).await;
    assert!(double.opened.borrow().is_empty() && stand.all(".photo__likeness").is_empty());
    stand.session.apply(Event::Chat { chat: noor(ChatState::Open) });
    stand.find(".photo", "Photo. Cancel").await;
    stand.until("its likeness", || !stand.all(".photo__likeness").is_empty()).await;
    assert_eq!(Double::names(&double.opened), ["hut.jpg"]);
}

#[wasm_bindgen_test]
async fn a_large_picture_and_a_film_wait_for_a_press_and_can_be_stopped() {
    let double = Double::new();
    let large = Attachment { size: 9 << 20, ..picture("large.jpg", 4, 3) };
    let film = Attachment {
        media: Media { duration_ms: 42_000, ..Media::default() },
        ..attachment("film.mp4", "video/mp4", 3_000_000, 3)
    };
    let stand = reading(vec![with_files(1, "", vec![large]), with_files(2, "", vec![film])]).await;
    stand.press(".photo", "Photo, 9.4 MB. Download").await;
    stand.press(".photo", "Video, 0:42, 3 MB. Download").await;
    stand.find(".photo", "Photo. Cancel").await;
    assert_eq!(Double::names(&double.opened), ["large.jpg", "film.mp4"]);
    stand.press(".photo", "Video, 0:42. Cancel").await;
    stand.find(".photo", "Video, 0:42, 3 MB. Download").await;
    assert_eq!(*double.cancelled.borrow(), ["film.mp4"]);
}

#[wasm_bindgen_test]
async fn a_film_that_is_here_is_played_at_once_and_shows_where_it_begins() {
    let double = Double::new();
    *double.here.borrow_mut() = true;
    let film = |name: &str, size| attachment(name, "video/mp4", size, 3);
    let stand = reading(vec![
        with_files(1, "", vec![film("film.mp4", 3_000_000)]),
        with_files(2, "", vec![film("long.mp4", 30_000_000)]),
    ])
    .await;
    stand.until("it to be asked for", || Double::names(&double.opened) == ["film.mp4"]).await;
    Double::comes(&double.opened, "film.mp4", here(Kind::Mp4));
    let tile = stand.find(".photo", "Video").await;
    assert!(tile.has_attribute("data-at"), "a press leads to the viewer");
    stand.until("its beginning", || stand.all(".photo video[preload=metadata]").len() == 1).await;
    assert!(stand.all(".photo video[controls], .photo video[autoplay]").is_empty());
    // What would be held whole for it is not.
    stand.find(".photo", "Video, 30 MB. Download").await;
    assert_eq!(double.opened.borrow().len(), 1);
}

#[wasm_bindgen_test]
async fn why_a_picture_is_not_here_is_said_and_tried_again_where_that_helps() {
    let double = Double::new();
    let kept = Attachment { expires: Some(1_600_000_000_000), ..picture("gone.jpg", 4, 3) };
    let stand = reading(vec![with_files(1, "", vec![kept]), with_files(2, "", vec![picture("off.jpg", 4, 3)])]).await;
    stand.until("both to be asked for", || double.opened.borrow().len() == 2).await;
    Double::comes(&double.opened, "gone.jpg", TaskState::Failed(FileFailure::Gone));
    stand.find(".photo", "Photo. No longer available. It was kept until Sep 13, 2020.").await;
    Double::comes(&double.opened, "off.jpg", TaskState::Failed(FileFailure::Offline));
    stand.press(".photo", "Photo. You are offline. Try again").await;
    stand.until("the second asking", || double.opened.borrow().len() == 3).await;
    Double::comes(&double.opened, "off.jpg", TaskState::Failed(FileFailure::TooLargeToShow));
    // The viewer has a button for it.
    let photo = stand.find(".photo", "Photo. This file is too large to be shown here. It can be saved.").await;
    assert!(photo.has_attribute("data-at"));
}

#[wasm_bindgen_test]
async fn of_many_pictures_four_have_a_tile_and_only_those_are_fetched() {
    let double = Double::new();
    let files = (0..6).map(|at| picture(&format!("{at}.jpg"), 4, 3)).collect();
    let stand = reading(vec![with_files(1, "Look", files)]).await;
    stand.find(".photo", "Photo 4 of 6, and 2 more").await;
    stand.until("four to be asked for", || double.opened.borrow().len() == 4).await;
    assert_eq!(stand.all(".photo").len(), 4);
    assert_eq!(stand.all(".attachments--bare").len(), 0, "the time stands with the words");
}

#[wasm_bindgen_test]
async fn a_file_says_what_it_is_and_is_saved_on_a_press() {
    let double = Double::new();
    let stand =
        reading(vec![with_files(1, "", vec![attachment("Packing list.pdf", "application/pdf", 214_000, 4)])]).await;
    stand.find(".file-card__name", "Packing list.pdf").await;
    let cut: Vec<_> =
        stand.all(".file-card__name > bdi > span").iter().filter_map(|span| span.text_content()).collect();
    assert_eq!(cut, ["Packing ", "list.pdf"], "where there is no room the first is cut short");
    stand.find(".file-card__info", "PDF · 214 kB").await;
    stand.press(".file-card .icon-button", "Save Packing list.pdf").await;
    Double::comes(&double.saved, "Packing list.pdf", TaskState::Working { done: 107_000, total: 214_000 });
    stand.find(".file-card__info", "107 of 214 kB").await;
    stand.press(".file-card .icon-button", "Stop Packing list.pdf").await;
    stand.press(".file-card .icon-button", "Save Packing list.pdf").await;
    Double::comes(&double.saved, "Packing list.pdf", TaskState::Failed(FileFailure::Gone));
    stand.find(".file-card__info", "No longer available.").await;
    stand.until("nothing to press", || stand.all(".file-card > .icon-button").is_empty()).await;
}

#[wasm_bindgen_test]
async fn a_file_in_a_way_that_is_not_known_cannot_be_asked_for() {
    let double = Double::new();
    let later = Attachment { source: None, ..attachment("later.bin", "application/x", 5, 4) };
    let stand = reading(vec![with_files(1, "", vec![later])]).await;
    stand.find(".file-card__info", "This file needs a newer version of X Chat.").await;
    assert!(stand.all(".file-card button").is_empty() && double.saved.borrow().is_empty());
}

/// Makes sounds silent, and quick: `window.sound` is the page's.
pub(crate) fn quiet() {
    let body = "if (!window.sound) window.Audio = class {
        constructor() { window.sound = this; this.paused = true; this.currentTime = 0; this.duration = 24; }
        play() { this.paused = false; this.onplay?.(); return Promise.resolve(); }
        pause() { this.paused = true; this.onpause?.(); }
        removeAttribute() { this.src = ''; }
    };";
    Function::new_no_args(body).call0(&JsValue::NULL).expect("a class");
}

fn sound(body: &str) -> JsValue {
    Function::new_no_args(&format!("const sound = window.sound; {body}")).call0(&JsValue::NULL).expect("a sound")
}

#[wasm_bindgen_test]
async fn one_voice_message_is_heard_at_a_time_and_the_next_goes_on_by_itself() {
    let double = Double::new();
    let messages = vec![with_files(1, "", vec![voice("a", 24_000)]), with_files(2, "", vec![voice("b", 9_000)])];
    let stand = reading(messages).await;
    stand.until("both to be asked for", || double.opened.borrow().len() == 2).await;
    Double::comes(&double.opened, "a", here(Kind::Ogg));
    stand.press(".voice-note__play", "Play voice message, 0:24").await;
    stand.find(".voice-note__play", "Pause voice message, 0:24").await;
    sound("sound.currentTime = 12; sound.ontimeupdate();");
    stand.find(".voice-note__time", "0:12 / 0:24").await;
    assert_eq!(stand.all(".group:first-of-type .is-played").len(), 22, "half of the bars");
    // Another one takes its place, as soon as it is here.
    stand.press(".voice-note__play", "Play voice message, 0:09").await;
    stand.find(".voice-note__play", "Cancel").await;
    Double::comes(&double.opened, "b", here(Kind::Webm));
    stand.find(".voice-note__play", "Pause voice message, 0:09").await;
    stand.press(".voice-note__play", "Play voice message, 0:24").await;
    stand.find(".voice-note__play", "Play voice message, 0:09").await;
    stand.press(".voice-note__rate", "Speed 1×").await;
    stand.until("the speed", || sound("return sound.playbackRate") == JsValue::from_f64(1.5)).await;
    sound("sound.onended();");
    stand.find(".voice-note__play", "Pause voice message, 0:09").await;
    stand.press(".voice-note__rate", "Speed 1.5×").await;
    stand.press(".voice-note__rate", "Speed 2×").await;
}

#[wasm_bindgen_test]
async fn a_sound_that_the_browser_cannot_play_says_so() {
    let double = Double::new();
    let stand = reading(vec![with_files(1, "", vec![voice("a", 24_000)])]).await;
    stand.until("it to be asked for", || double.opened.borrow().len() == 1).await;
    Double::comes(&double.opened, "a", here(Kind::Ogg));
    stand.press(".voice-note__play", "Play voice message, 0:24").await;
    stand.find(".voice-note__play", "Pause voice message, 0:24").await;
    sound("sound.onerror();");
    stand.find(".voice-note .trouble", "This is not what it says it is, so it is not shown.").await;
    stand.find(".voice-note__play", "Play voice message, 0:24").await;
}

#[wasm_bindgen_test]
async fn a_sound_is_gone_into_by_keys_and_begins_there() {
    let double = Double::new();
    let stand = reading(vec![with_files(1, "", vec![voice("a", 24_000)])]).await;
    stand.until("it to be asked for", || double.opened.borrow().len() == 1).await;
    Double::comes(&double.opened, "a", here(Kind::Ogg));
    let slider = stand.find("[role=slider]", "Position").await;
    for name in ["ArrowRight", "ArrowRight", "ArrowLeft"] {
        slider.dispatch_event(&crate::polls::key(name)).expect("sent");
    }
    let said = || slider.get_attribute("aria-valuetext").as_deref() == Some("0:05 of 0:24");
    stand.until("the place to be said", said).await;
    stand.press(".voice-note__play", "Play voice message, 0:24").await;
    stand.until("it to begin there", || sound("return sound.currentTime") == JsValue::from_f64(5.0)).await;
}

#[wasm_bindgen_test]
async fn while_messages_are_chosen_a_press_on_a_picture_chooses() {
    let double = Double::new();
    let large = Attachment { size: 9 << 20, ..picture("large.jpg", 4, 3) };
    let stand = reading(vec![with_files(1, "", vec![large])]).await;
    stand.press("button", "Message actions").await;
    stand.press("[role=menuitem]", "Select").await;
    stand.until("the box", || !stand.all(".bubble__check").is_empty()).await;
    let tile = stand.find(".photo", "Photo, 9.4 MB. Download").await;
    tile.unchecked_into::<HtmlElement>().click();
    stand.until("nothing to be chosen", || stand.all(".bubble__check").is_empty()).await;
    assert!(double.opened.borrow().is_empty());
}
