//! What a message holds, in lines that have no room for it; and what can be done with it.

use wasm_bindgen_test::wasm_bindgen_test;
use xchat::ui::chat::offers::{Offer, offers};
use xchat::ui::media::client::{FileFailure, TaskState};
use xchat::ui::media::held::said;
use xchat_engine::api::{Attachment, Attachments, ChatState, ChatView, Event, Holds, MessageView, PinView, Quote};

use crate::files_double::{Double, attachment, picture, voice, with_files};
use crate::files_shown::quiet;
use crate::stand::{NOOR, Stand, noor, said as wrote};

fn told(files: Vec<Attachment>) -> Option<String> {
    xchat::ui::i18n::speak(xchat::ui::i18n::Lang::English);
    said(&Attachments { files, going: None })
}

#[wasm_bindgen_test]
fn files_are_told_in_a_few_words() {
    let film = || attachment("film.mp4", "video/mp4", 5, 1);
    let file = || attachment("../paper.pdf", "application/pdf", 5, 1);
    let cases = [
        (vec![picture("a.jpg", 4, 3)], "Photo"),
        (vec![picture("a.jpg", 4, 3), picture("b.jpg", 4, 3)], "2 photos"),
        (vec![film(), film(), film()], "3 videos"),
        (vec![picture("a.jpg", 4, 3), film()], "2 photos and videos"),
        (vec![voice("v", 24_000)], "Voice message, 0:24"),
        (vec![attachment("song.mp3", "audio/mpeg", 5, 1)], "song.mp3"),
        (vec![file()], "paper.pdf"),
        (vec![file(), picture("a.jpg", 4, 3)], "2 files"),
    ];
    for (files, words) in cases {
        assert_eq!(told(files).as_deref(), Some(words));
    }
    assert_eq!(told(Vec::new()), None);
}

#[wasm_bindgen_test]
async fn a_row_of_the_list_says_what_was_sent() {
    let last = with_files(1, "", vec![attachment("paper.pdf", "application/pdf", 5, 1)]);
    let stand = Stand::with(ChatView { last: Some(last), ..noor(ChatState::Open) }, "");
    stand.find(".list-row__preview .list-row__held", "File").await;
    stand.session.router().go(xchat::ui::route::Route::Chat(NOOR));
    stand.find(".list-row__preview .held--whole", "paper.pdf").await;
    let last = with_files(2, "read this", vec![picture("a.jpg", 4, 3)]);
    stand.session.apply(Event::Chat { chat: ChatView { last: Some(last), ..noor(ChatState::Open) } });
    stand.find(".list-row__held", "read this").await;
    assert!(stand.all(".held--whole").is_empty() && stand.all(".list-row__preview .held .icon").len() == 1);
}

#[wasm_bindgen_test]
async fn an_answer_and_a_pin_name_what_has_no_words() {
    // Others hear what the page plays, and it has one player.
    quiet();
    let quote = Quote::Here { order: 1, mine: true, author: None, text: String::new(), holds: Some(Holds::Voice) };
    let messages =
        vec![with_files(1, "", vec![voice("v", 9_000)]), MessageView { quote: Some(quote), ..wrote(2, "I heard it") }];
    let pins = vec![PinView { order: 1, text: String::new() }];
    let stand = Stand::reading(ChatView { pins, ..noor(ChatState::Open) }, messages).await;
    stand.find(".quote__text", "Voice message").await;
    stand.find(".pinned__words", "Voice message").await;
    stand.press("button", "Message actions").await;
    stand.press("[role=menuitem]", "Reply").await;
    stand.find(".composer__context p", "Voice message").await;
}

fn offered(message: &MessageView) -> Vec<Offer> {
    let some = [Offer::Edit, Offer::Copy, Offer::Save, Offer::Forward];
    offers(&noor(ChatState::Open), message).into_iter().filter(|offer| some.contains(offer)).collect()
}

#[wasm_bindgen_test]
fn words_are_copied_captions_changed_and_files_saved() {
    let file = || vec![attachment("paper.pdf", "application/pdf", 5, 1)];
    let mine = |text| MessageView { mine: true, ..with_files(1, text, file()) };
    assert_eq!(offered(&mine("")), [Offer::Edit, Offer::Save, Offer::Forward]);
    assert_eq!(offered(&mine("see")), [Offer::Edit, Offer::Copy, Offer::Save, Offer::Forward]);
    assert_eq!(offered(&wrote(1, "words")), [Offer::Copy, Offer::Forward]);
}

#[wasm_bindgen_test]
async fn all_files_of_a_message_are_saved_from_its_menu_and_what_fails_says_so() {
    let double = Double::new();
    let files = vec![picture("a.jpg", 4, 3), attachment("paper.pdf", "application/pdf", 5, 1)];
    let stand = Stand::reading(noor(ChatState::Open), vec![with_files(1, "", files)]).await;
    stand.press("button", "Message actions").await;
    stand.press("[role=menuitem]", "Save").await;
    stand.until("both to be saved", || Double::names(&double.saved) == ["a.jpg", "paper.pdf"]).await;
    Double::comes(&double.saved, "paper.pdf", TaskState::Failed(FileFailure::Gone));
    stand.find(".toast", "No longer available.").await;
    let risky = vec![attachment("setup.exe", "application/x", 5, 1)];
    stand.show(with_files(2, "", risky));
    stand.until("the second", || stand.all(".bubble").len() == 2).await;
    let more = stand.all("[data-order='2'] .bubble__more").remove(0);
    wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlElement>(more).click();
    stand.press("[role=menuitem]", "Save").await;
    stand.find("dialog h2", "Save this file?").await;
    stand.press("dialog button", "Save").await;
    stand.until("it to be saved", || double.saved.borrow().len() == 3).await;
}
