//! Voice messages are recorded. The browser's microphone is stood in for.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use xchat::ui::media::client::TaskState;
use xchat::ui::media::mic::loudness;
use xchat::ui::route::Route;
use xchat_engine::api::{ChatState, Event, FileCommand, Mark, Media, StagedFile};
use xchat_files::Kind;

use crate::files_double::{Double, here, voice, with_files};
use crate::files_sent::{reading, sent};
use crate::polls::key;
use crate::stand::{NOOR, Stand, frames, noor, wrote};

/// Makes the browser answer the next questions for a microphone so: the body of an async function. `window.mic` knows what was done.
pub(crate) fn microphone(answer: &str) {
    let body = format!(
        "const mic = window.mic = {{ live: 0, did: [] }};
         const track = {{ stop: () => {{ mic.live -= 1; }} }};
         const stream = {{ getTracks: () => [track] }};
         const getUserMedia = async (wanted) => {{ {answer}; mic.live += 1; return stream; }};
         Object.defineProperty(navigator, 'mediaDevices', {{ configurable: true, value: {{ getUserMedia }} }});
         window.AudioContext = class {{
            createMediaStreamSource() {{ return {{ connect: () => true }}; }}
            createAnalyser() {{ return {{ getByteTimeDomainData: (samples) => samples.fill(160) }}; }}
            close() {{ mic.did.push('closed'); }}
         }};
         window.MediaRecorder = class {{
            static isTypeSupported(kind) {{ return kind.includes('opus'); }}
            constructor(stream, options) {{ mic.options = options; this.mimeType = options.mimeType; this.state = 'inactive'; mic.recorder = this; }}
            start() {{ this.state = 'recording'; }}
            pause() {{ this.state = 'paused'; mic.did.push('paused'); }}
            requestData() {{ setTimeout(() => this.ondataavailable?.({{ data: new Blob(['so far']) }})); }}
            resume() {{ this.state = 'recording'; mic.did.push('resumed'); }}
            stop() {{ this.state = 'inactive'; setTimeout(() => {{ this.ondataavailable?.({{ data: new Blob(['sound']) }}); this.onstop?.(); }}); }}
         }};"
    );
    js_sys::eval(&format!("(() => {{ {body} }})()")).expect("a microphone");
}

fn mic(what: &str) -> JsValue {
    js_sys::eval(&format!("window.mic.{what}")).expect("it is known")
}

/// Until something was said.
pub(crate) async fn speak(stand: &Stand) {
    stand.press("button", "Record a voice message").await;
    stand.find(".recorder button", "Pause").await;
    gloo_timers::future::TimeoutFuture::new(700).await;
}

#[wasm_bindgen_test]
fn loudness_is_that_of_a_voice() {
    assert_eq!(loudness(&[128; 64]), 0);
    assert_eq!(loudness(&[]), 0);
    assert_eq!(loudness(&[255, 0, 255, 0]), 255);
    assert!((60..140).contains(&loudness(&[140, 116, 140, 116])));
}

#[wasm_bindgen_test]
async fn the_microphone_stands_where_there_is_nothing_to_send() {
    microphone("");
    let _double = Double::new();
    let stand = reading().await;
    stand.find("button", "Record a voice message").await;
    stand.type_into("textarea", "Message", "words").await;
    stand.until("it to go", || stand.named("button", "Record a voice message").is_none()).await;
    stand.type_into("textarea", "Message", "").await;
    stand.find("button", "Record a voice message").await;
}

#[wasm_bindgen_test]
async fn a_voice_is_recorded_with_pauses_and_sent() {
    microphone("");
    let double = Double::new();
    let stand = reading().await;
    speak(&stand).await;
    stand.press(".recorder button", "Pause").await;
    stand.press(".recorder button", "Continue").await;
    stand.find(".recorder button", "Pause").await;
    assert_eq!(mic("did.join()"), "paused,resumed");
    assert_eq!(mic("options.mimeType"), "audio/ogg;codecs=opus");
    stand.press(".recorder button", "Send").await;
    stand.until("it to be sealed", || double.voices.borrow().len() == 1).await;
    let (long, waveform) = double.voices.borrow()[0].clone();
    assert!((600..5000).contains(&long), "{long} ms");
    assert_eq!(waveform.len(), 64);
    assert!(waveform.iter().all(|level| *level > 200), "{waveform:?}");
    assert_eq!(mic("live"), 0, "nobody listens any more");
    let said = voice("voice", long);
    let staged = StagedFile {
        name: said.name,
        content_type: said.content_type,
        source: said.source.unwrap(),
        shown: true,
        media: Media { voice: true, ..Media::default() },
    };
    Double::comes(&double.staged, "voice", TaskState::Done(staged.clone()));
    stand.until("it to be sent", || !sent(&stand).is_empty()).await;
    let files = vec![staged.to_bytes().into()];
    assert_eq!(sent(&stand)[0].1, FileCommand::Send { files, text: String::new() });
    stand.find("button", "Record a voice message").await;
}

#[wasm_bindgen_test]
async fn a_voice_that_is_discarded_is_gone_and_the_microphone_is_let_go_wherever_one_goes() {
    microphone("");
    let double = Double::new();
    let stand = reading().await;
    speak(&stand).await;
    assert_eq!(mic("live"), 1);
    stand.press(".recorder button", "Discard").await;
    stand.until("the composer", || stand.all(".recorder").is_empty()).await;
    assert_eq!(mic("live"), 0);
    speak(&stand).await;
    drop(stand);
    // Some of what is dropped goes a little later.
    gloo_timers::future::TimeoutFuture::new(50).await;
    assert_eq!(mic("live"), 0);
    assert!(double.voices.borrow().is_empty());
}

#[wasm_bindgen_test]
async fn what_a_lost_microphone_has_heard_can_still_be_sent() {
    microphone("");
    let double = Double::new();
    let stand = reading().await;
    speak(&stand).await;
    mic("recorder.stop()");
    stand.until("no way on", || stand.named(".recorder button", "Pause").is_none()).await;
    stand.press(".recorder button", "Send").await;
    stand.until("it to be sealed", || double.voices.borrow().len() == 1).await;
}

#[wasm_bindgen_test]
async fn why_there_is_no_sound_is_said() {
    let _double = Double::new();
    for (name, said) in [
        ("NotAllowedError", "The microphone is off for this page. Turn it on in the address bar."),
        ("NotFoundError", "No microphone was found."),
        ("NotReadableError", "The microphone cannot be used. Another program may have it."),
    ] {
        microphone(&format!("throw new DOMException('no', '{name}')"));
        let stand = reading().await;
        stand.press("button", "Record a voice message").await;
        stand.find(".toast", said).await;
        stand.find("button", "Record a voice message").await;
    }
}

#[wasm_bindgen_test]
async fn a_press_that_says_nothing_sends_nothing() {
    microphone("");
    let double = Double::new();
    let stand = reading().await;
    stand.press("button", "Record a voice message").await;
    stand.press(".recorder button", "Send").await;
    stand.find(".toast", "Nothing was recorded.").await;
    assert!(double.voices.borrow().is_empty());
}

/// Elsewhere and back.
pub(crate) async fn leave_and_return(stand: &Stand) {
    stand.session.router().go(Route::Chats);
    stand.until("the conversation to go", || stand.all(".composer").is_empty()).await;
    assert_eq!(mic("live"), 0, "nobody listens any more");
    stand.session.router().go(Route::Chat(NOOR));
    stand.until("the composer", || !stand.all(".composer").is_empty()).await;
    let messages = vec![wrote(1, Mark::Read)];
    stand.session.apply(Event::Page { chat: NOOR, messages, more: false, before: None });
}

#[wasm_bindgen_test]
async fn what_was_recorded_waits_where_it_was_left_until_it_is_sent_or_discarded() {
    microphone("");
    let double = Double::new();
    let stand = reading().await;
    speak(&stand).await;
    leave_and_return(&stand).await;
    stand.find(".recorder button", "Discard").await;
    stand.until("it to have ended", || stand.named(".recorder button", "Pause").is_none()).await;
    // Messages are chosen where the composer was.
    stand.press("button", "Message actions").await;
    stand.press("[role=menuitem]", "Select").await;
    stand.until("the composer to go", || stand.all(".recorder").is_empty()).await;
    stand.all(".chosen button").remove(0).unchecked_into::<web_sys::HtmlElement>().click();
    assert!(double.voices.borrow().is_empty());
    stand.press(".recorder button", "Send").await;
    stand.until("it to be sealed", || double.voices.borrow().len() == 1).await;
    assert!((600..5000).contains(&double.voices.borrow()[0].0));
    speak(&stand).await;
    leave_and_return(&stand).await;
    stand.press(".recorder button", "Discard").await;
    stand.until("the composer", || stand.all(".recorder").is_empty()).await;
    leave_and_return(&stand).await;
    stand.find("button", "Record a voice message").await;
    assert!(stand.all(".recorder").is_empty());
    // A press by mistake leaves nothing behind.
    stand.press("button", "Record a voice message").await;
    stand.find(".recorder button", "Pause").await;
    leave_and_return(&stand).await;
    stand.find("button", "Record a voice message").await;
    assert!(stand.all(".recorder").is_empty());
}

#[wasm_bindgen_test]
async fn who_writes_before_the_microphone_is_allowed_is_not_recorded() {
    microphone("await new Promise((allow) => { mic.allow = allow; })");
    let _double = Double::new();
    let stand = reading().await;
    stand.press("button", "Record a voice message").await;
    stand.until("the question", || mic("allow").is_function()).await;
    stand.type_into("textarea", "Message", "rather in words").await;
    mic("allow()");
    stand.until("the microphone to be let go", || mic("live") == 0 && mic("recorder").is_object()).await;
    assert!(stand.all(".recorder").is_empty());
    microphone("");
    stand.type_into("textarea", "Message", "").await;
    stand.press("button", "Record a voice message").await;
    stand.find(".recorder button", "Pause").await;
}

#[wasm_bindgen_test]
async fn what_is_heard_and_what_listens_take_turns() {
    microphone("");
    let double = Double::new();
    let stand = Stand::reading(noor(ChatState::Open), vec![with_files(1, "", vec![voice("a", 24_000)])]).await;
    stand.until("it to be there", || !stand.all(".attachments").is_empty()).await;
    stand.all(".attachments")[0].scroll_into_view();
    stand.until("it to be asked for", || double.opened.borrow().len() == 1).await;
    Double::comes(&double.opened, "a", here(Kind::Ogg));
    speak(&stand).await;
    stand.press(".voice-note__play", "Play voice message, 0:24").await;
    stand.find(".recorder button", "Continue").await;
    stand.find(".voice-note__play", "Pause voice message, 0:24").await;
    assert_eq!(mic("did.join()"), "paused");
    stand.press(".recorder button", "Continue").await;
    stand.find(".voice-note__play", "Play voice message, 0:24").await;
    assert_eq!(mic("did.join()"), "paused,resumed");
}

/// The one button for it: its name ends in how long that is.
async fn listens(stand: &Stand, verb: &str) -> web_sys::Element {
    let named = || {
        let starts = |button: &web_sys::Element| {
            button
                .get_attribute("aria-label")
                .is_some_and(|name| name.starts_with(&format!("{verb} voice message, 0:0")))
        };
        stand.all(".recorder button").into_iter().find(starts)
    };
    stand.until(verb, || named().is_some()).await;
    named().expect("it was there")
}

#[wasm_bindgen_test]
async fn what_was_said_so_far_can_be_listened_to_before_it_is_sent() {
    microphone("");
    let _double = Double::new();
    let stand = reading().await;
    speak(&stand).await;
    assert!(stand.named(".recorder button", "Discard").is_some() && stand.all(".recorder .icon-button").len() == 3);
    let press = |button: web_sys::Element| button.unchecked_into::<web_sys::HtmlElement>().click();
    stand.press(".recorder button", "Pause").await;
    listens(&stand, "Play").await;
    gloo_timers::future::TimeoutFuture::new(20).await;
    listens(&stand, "Play").await.unchecked_into::<web_sys::HtmlElement>().focus().expect("focused");
    press(listens(&stand, "Play").await);
    let pause = listens(&stand, "Pause").await;
    assert_eq!(leptos::prelude::document().active_element().as_ref(), Some(&pause), "the button has the focus still");
    press(pause);
    listens(&stand, "Play").await;
    // What is said then belongs to it as well: it is heard anew.
    stand.press(".recorder button", "Continue").await;
    stand.find(".recorder button", "Pause").await;
    stand.press(".recorder button", "Pause").await;
    stand.find(".recorder__time", "0:00").await;
    leave_and_return(&stand).await;
    press(listens(&stand, "Play").await);
    listens(&stand, "Pause").await;
}

#[wasm_bindgen_test]
async fn what_is_listened_to_before_it_is_sent_shows_how_far_it_was_heard() {
    microphone("");
    let _double = Double::new();
    let stand = reading().await;
    speak(&stand).await;
    let tall = || {
        let is_tall = |bar: &web_sys::Element| bar.get_attribute("height").is_some_and(|height| height != "3.0");
        stand.all(".recorder rect").iter().filter(|bar| is_tall(bar)).count()
    };
    assert!((1..20).contains(&tall()), "what was said last stands at the end, and that is not much yet");
    stand.press(".recorder button", "Pause").await;
    listens(&stand, "Play").await.unchecked_into::<web_sys::HtmlElement>().click();
    listens(&stand, "Pause").await;
    stand.until("all of it", || tall() == 56).await;
    let played = || stand.all(".recorder .is-played").len();
    let heard = |seconds: &str| {
        js_sys::eval(&format!("window.sound.currentTime = {seconds}; window.sound.ontimeupdate();"))
            .expect("it is heard");
    };
    heard("0.3");
    stand.until("a part to be heard", || (1..50).contains(&played())).await;
    heard("60");
    stand.until("all of it to be heard", || played() == 56).await;
    stand.press(".recorder button", "Continue").await;
    stand.until("what was heard to be no matter any more", || played() == 0).await;
}

#[wasm_bindgen_test]
async fn what_was_recorded_and_waits_stands_in_the_list_as_a_draft_does() {
    microphone("");
    let _double = Double::new();
    let stand = reading().await;
    let preview = || stand.all(".list-row__preview")[0].text_content().unwrap_or_default();
    let before = preview();
    speak(&stand).await;
    assert_eq!(preview(), before, "it is in sight");
    stand.session.router().go(Route::Chats);
    stand.until("it to stand there", || preview() == "Draft: Voice message, 0:00").await;
    stand.session.router().go(Route::Chat(NOOR));
    stand.until("its place to be its own", || preview() == before).await;
    stand.press(".recorder button", "Discard").await;
    stand.session.router().go(Route::Chats);
    stand.until("the conversation to go", || stand.all(".composer").is_empty()).await;
    frames(2).await;
    assert_eq!(preview(), before, "nothing waits any more");
}

#[wasm_bindgen_test]
async fn escape_stops_a_recording_for_a_while_or_throws_away_what_is_nothing_yet() {
    microphone("");
    let _double = Double::new();
    let stand = reading().await;
    let escape = || {
        let button = stand.all(".recorder .icon-button--send").remove(0);
        button.dispatch_event(&key("Escape")).expect("sent");
    };
    speak(&stand).await;
    escape();
    stand.find(".recorder button", "Continue").await;
    escape();
    assert_eq!((mic("live"), stand.all(".recorder").len()), (1.into(), 1), "what is worth keeping is kept");
    stand.press(".recorder button", "Discard").await;
    stand.press("button", "Record a voice message").await;
    stand.find(".recorder button", "Pause").await;
    escape();
    stand.until("the composer", || stand.all(".recorder").is_empty()).await;
    assert_eq!(mic("live"), 0);
}
