//! The dialog that scans codes. The browser's camera is stood in for; what it gives is a stream of a canvas, and all behind it is real.

use js_sys::{Array, Function, Reflect};
use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Element;
use xchat::ui::scan::reading::number_code;
use xchat::ui::widgets::qr::draw;
use xchat_engine::api::{Arrange, ChatState, ChatView, Command, Problem};

use crate::pictures::choose;
use crate::stand::{NOOR, Stand, account, noor, open};

/// A contact link as it stands in a code.
fn link() -> String {
    format!("https://x.example/#add/{}", "B".repeat(64))
}

/// Makes the browser answer the next questions for a camera so: `answer` is the body of an async function. Tracks that were given out
/// and live are counted in `window.count`, anew each time: a page of the test before may still go.
fn camera(answer: &str) {
    let body = format!(
        "const count = window.count = {{ live: 0 }};
         const getUserMedia = async (wanted) => {{ window.wanted = wanted; {answer} }};
         Object.defineProperty(navigator, 'mediaDevices', {{ configurable: true, value: {{ getUserMedia }} }});"
    );
    Function::new_no_args(&body).call0(&JsValue::NULL).unwrap();
}

fn refuses(name: &str) {
    camera(&format!("throw new DOMException('no', '{name}')"));
}

/// A camera before which stands the code of a text, in the middle of a wide picture; `window.show(path, side)` puts another there.
fn sees(text: Option<&str>) {
    let (side, path) = text.and_then(draw).unwrap_or((1, String::new()));
    camera(&format!(
        "const canvas = Object.assign(document.createElement('canvas'), {{ width: 640, height: 480 }});
         const context = canvas.getContext('2d');
         const show = () => {{
            const [path, side] = window.shown;
            context.setTransform(1, 0, 0, 1, 0, 0);
            context.fillStyle = '#fff';
            context.fillRect(0, 0, 640, 480);
            context.setTransform(360 / side, 0, 0, 360 / side, 140, 60);
            context.fillStyle = '#000';
            context.fill(new Path2D(path));
         }};
         window.shown = ['{path}', {side}];
         show();
         const drawing = setInterval(show, 30);
         const stream = canvas.captureStream(30);
         for (const track of stream.getTracks()) {{
            count.live += 1;
            const stop = track.stop.bind(track);
            track.stop = () => {{ count.live -= 1; clearInterval(drawing); stop(); }};
         }}
         return stream;"
    ));
}

/// Puts another code before the camera.
fn shows(text: &str) {
    let (side, path) = draw(text).unwrap();
    let shown = Array::of2(&path.into(), &(side as f64).into());
    Reflect::set(&window(), &"shown".into(), &shown).unwrap();
}

fn live() -> f64 {
    let count = Reflect::get(&window(), &"count".into()).unwrap();
    Reflect::get(&count, &"live".into()).unwrap().as_f64().unwrap()
}

async fn stopped(stand: &Stand) {
    stand.until("the camera to be let go", || live() == 0.0).await;
}

/// New chat, with the dialog that scans open.
async fn scanning() -> Stand {
    let stand = Stand::with(noor(ChatState::Open), "#new");
    stand.press("button", "Scan code").await;
    stand.find("h2", "Scan their code").await;
    stand
}

async fn told(stand: &Stand, sentence: &str) {
    stand.find("[role=status]", sentence).await;
}

/// Noor's page, with the number that both have.
fn beside_noor() -> (Stand, ChatView) {
    let chat = noor(ChatState::Open);
    let stand = Stand::with(chat.clone(), &format!("{}/info", open(NOOR)));
    (stand, chat)
}

/// The code that Noor shows for a number.
fn noors(number: &str) -> String {
    number_code(number, &[2; 32], &account().person.0).unwrap()
}

fn verified(stand: &Stand) -> bool {
    let mark = Command::Arrange { chat: NOOR, change: Arrange::Verify(true) };
    stand.asked.borrow().contains(&mark)
}

#[wasm_bindgen_test]
async fn a_code_before_the_camera_opens_the_chat_and_lets_the_camera_go() {
    sees(Some(&link()));
    let stand = scanning().await;
    stand.asked(Command::OpenLink { link: link() }).await;
    stand.find("h2", "New chat").await;
    assert_eq!(live(), 0.0, "the camera is let go with the code");
    stand.session.apply(xchat_engine::api::Event::Refused { problem: Problem::LinkDamaged });
    stand.find(".field__error", "This link is not complete. Ask for it again.").await;
}

#[wasm_bindgen_test]
async fn the_camera_is_asked_for_video_that_looks_away_and_for_no_sound() {
    sees(None);
    let stand = scanning().await;
    told(&stand, "Looking for a code").await;
    let wanted = Reflect::get(&window(), &"wanted".into()).unwrap();
    let said: String = js_sys::JSON::stringify(&wanted).unwrap().into();
    assert!(said.contains("\"facingMode\":{\"ideal\":\"environment\"}") && said.contains("\"audio\":false"), "{said}");
}

#[wasm_bindgen_test]
async fn a_dialog_that_closes_lets_the_camera_go() {
    sees(None);
    let stand = scanning().await;
    told(&stand, "Looking for a code").await;
    assert_eq!(live(), 1.0);
    stand.press("button", "Paste a link instead").await;
    stand.find("input", "Their link").await;
    stopped(&stand).await;
}

#[wasm_bindgen_test]
async fn a_camera_that_comes_after_the_dialog_closed_is_let_go() {
    sees(None);
    let ask = "const open = navigator.mediaDevices.getUserMedia;
               const gate = new Promise((done) => { window.come = done; });
               navigator.mediaDevices.getUserMedia = async (wanted) => {
                  await gate;
                  const stream = await open(wanted);
                  window.came = true;
                  return stream;
               };";
    Function::new_no_args(ask).call0(&JsValue::NULL).unwrap();
    let stand = scanning().await;
    told(&stand, "Your browser asks whether X Chat may use the camera.").await;
    stand.press("button", "Paste a link instead").await;
    stand.find("input", "Their link").await;
    Function::new_no_args("window.come()").call0(&JsValue::NULL).unwrap();
    stand.until("the camera to come and to go", || live() == 0.0 && came().is_truthy()).await;
}

fn came() -> JsValue {
    Reflect::get(&window(), &"came".into()).unwrap()
}

#[wasm_bindgen_test]
async fn a_page_that_is_hidden_lets_the_camera_go_and_asks_again_by_a_button() {
    sees(None);
    let stand = scanning().await;
    told(&stand, "Looking for a code").await;
    hidden(true);
    told(&stand, "The camera was turned off while you were away.").await;
    assert_eq!(live(), 0.0);
    hidden(false);
    stand.press("button", "Turn the camera on").await;
    told(&stand, "Looking for a code").await;
}

fn hidden(on: bool) {
    let body = format!(
        "Object.defineProperty(document, 'hidden', {{ configurable: true, get: () => {on} }});
         document.dispatchEvent(new Event('visibilitychange', {{ bubbles: true }}));
         delete document.hidden;"
    );
    Function::new_no_args(&body).call0(&JsValue::NULL).unwrap();
}

#[wasm_bindgen_test]
async fn each_way_to_have_no_camera_has_its_sentence_and_a_picture_and_pasting_are_offered() {
    for (error, sentence) in [
        (
            "NotAllowedError",
            "The camera is off for this page. Turn it on in the address bar, then try again. Or choose a picture.",
        ),
        ("NotFoundError", "No camera was found. Connect one and try again, or choose a picture."),
        ("NotReadableError", "The camera cannot be used right now. Close other apps that use it, then try again."),
    ] {
        refuses(error);
        let stand = scanning().await;
        told(&stand, sentence).await;
        stand.find("label", "Choose a picture").await;
        stand.find("button", "Paste a link instead").await;
        sees(None);
        stand.press("button", "Try again").await;
        told(&stand, "Looking for a code").await;
    }
}

#[wasm_bindgen_test]
async fn a_page_over_an_open_line_says_that_browsers_give_it_no_camera() {
    let body = "window.secure = Object.getOwnPropertyDescriptor(window, 'isSecureContext');
                Object.defineProperty(navigator, 'mediaDevices', { configurable: true, value: undefined });
                Object.defineProperty(window, 'isSecureContext', { configurable: true, value: false });";
    Function::new_no_args(body).call0(&JsValue::NULL).unwrap();
    let stand = scanning().await;
    stand.until("the sentence", || said(&stand).starts_with("Browsers give the camera to secure pages alone.")).await;
    assert!(stand.named("button", "Try again").is_none(), "asking again would change nothing");
    let restore = "Object.defineProperty(window, 'isSecureContext', window.secure)";
    Function::new_no_args(restore).call0(&JsValue::NULL).unwrap();
}

fn said(stand: &Stand) -> String {
    stand.all(".scan__said").first().and_then(|status| status.text_content()).unwrap_or_default().trim().to_owned()
}

#[wasm_bindgen_test]
async fn a_code_for_something_else_is_named_and_nothing_is_done_with_it() {
    sees(Some("https://elsewhere.example/win"));
    let stand = scanning().await;
    let before = window().location().href().unwrap();
    told(&stand, "This is no X Chat code.").await;
    shows(&format!("https://x.example/#link/{}", "C".repeat(64)));
    told(&stand, "This code links a device. Open Settings, then Devices, to scan it.").await;
    shows(&noors(&noor(ChatState::Open).safety_number));
    told(&stand, "This code compares safety numbers. Open the page of that person to scan it.").await;
    assert_eq!(window().location().href().unwrap(), before, "no code is gone to");
    assert!(
        !stand
            .asked
            .borrow()
            .iter()
            .any(|command| matches!(command, Command::OpenLink { .. } | Command::LinkDevice { .. }))
    );
    shows(&link());
    stand.asked(Command::OpenLink { link: link() }).await;
}

#[wasm_bindgen_test]
async fn the_code_of_a_new_device_links_it_without_another_press() {
    let shown = format!("https://x.example/#link/{}", "C".repeat(64));
    sees(Some(&shown));
    let stand = Stand::with(noor(ChatState::Open), "#settings/devices");
    stand.press("button", "Link a device").await;
    stand.press(".dialog button", "Scan code").await;
    stand.asked(Command::LinkDevice { link: shown }).await;
    stand.find("h2", "Link a device").await;
    stopped(&stand).await;
    let refused = Command::ConfirmLink { right: false };
    assert!(!stand.asked.borrow().contains(&refused), "opening the scanner and closing it breaks no linking off");
}

#[wasm_bindgen_test]
async fn the_same_number_is_said_to_match_and_the_person_is_marked() {
    let (stand, chat) = beside_noor();
    sees(Some(&noors(&chat.safety_number)));
    stand.press("button", "Scan code").await;
    stand.find(".scan__title", "The numbers match").await;
    stand.asked(Command::Arrange { chat: NOOR, change: Arrange::Verify(true) }).await;
    assert_eq!(live(), 0.0, "the camera is let go");
    stand.press("button", "Done").await;
    let mut marked = chat;
    marked.arranged.verified = true;
    stand.session.apply(xchat_engine::api::Event::Chat { chat: marked });
    stand.find(".safety__verified", "Verified").await;
    stand.press("button", "Remove the mark").await;
    stand.asked(Command::Arrange { chat: NOOR, change: Arrange::Verify(false) }).await;
}

#[wasm_bindgen_test]
async fn another_number_is_a_warning_and_marks_nothing() {
    let (stand, _) = beside_noor();
    sees(Some(&noors(&"54321 ".repeat(12))));
    stand.press("button", "Scan code").await;
    stand.find(".scan__outcome--danger .scan__title", "The numbers do not match").await;
    assert!(!verified(&stand));
    stand.press("button", "Scan again").await;
    stand.find(".scan__title", "The numbers do not match").await;
    assert!(!verified(&stand));
}

#[wasm_bindgen_test]
async fn the_own_code_compares_nothing() {
    let (stand, chat) = beside_noor();
    stand.find("[role=img]", "Your code for Noor").await;
    sees(number_code(&chat.safety_number, &account().person.0, &[2; 32]).as_deref());
    stand.press("button", "Scan code").await;
    told(&stand, "This is your own code. Scan the one on the other screen.").await;
    assert!(!verified(&stand));
}

/// A file with the code of a text, small in the corner of a large picture.
fn photo(text: &str) -> String {
    let (side, path) = draw(text).unwrap();
    format!(
        "const canvas = Object.assign(document.createElement('canvas'), {{ width: 2400, height: 1600 }});
         const context = canvas.getContext('2d');
         context.fillStyle = '#fff';
         context.fillRect(0, 0, 2400, 1600);
         context.setTransform(300 / {side}, 0, 0, 300 / {side}, 1900, 1200);
         context.fillStyle = '#000';
         context.fill(new Path2D('{path}'));
         const blob = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.9));
         return new File([blob], 'photo.jpg', {{ type: 'image/jpeg' }});"
    )
}

#[wasm_bindgen_test]
async fn a_picture_is_read_where_there_is_no_camera() {
    refuses("NotFoundError");
    let stand = scanning().await;
    choose(&stand, &photo(&link())).await;
    stand.asked(Command::OpenLink { link: link() }).await;
}

#[wasm_bindgen_test]
async fn a_picture_without_a_code_a_huge_one_and_what_is_none_each_have_a_sentence() {
    refuses("NotFoundError");
    let stand = scanning().await;
    let blank = "const blob = await new Promise((done) => document.createElement('canvas').toBlob(done));
                 return new File([blob], 'blank.png', { type: 'image/png' });";
    choose(&stand, blank).await;
    told(&stand, "No code was found in this picture.").await;
    // 65,535 a side: unfolded it would be 16 GiB.
    let huge = "window.unfold = window.createImageBitmap;
                window.createImageBitmap = () => { throw new Error('it was unfolded'); };
                const head = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 255, 255, 0, 0, 255, 255, 8, 2, 0, 0, 0];
                return new File([new Uint8Array(head)], 'bomb.png', { type: 'image/png' });";
    choose(&stand, huge).await;
    told(&stand, "This picture is too large. Choose a smaller one.").await;
    Function::new_no_args("window.createImageBitmap = window.unfold").call0(&JsValue::NULL).unwrap();
    choose(&stand, "return new File(['not a picture'], 'a.png', { type: 'image/png' });").await;
    told(&stand, "This picture cannot be read. Choose a PNG, JPEG, WebP or GIF.").await;
    let heavy = "return new File([new Uint8Array(33 * 1024 * 1024)], 'heavy.png', { type: 'image/png' });";
    choose(&stand, heavy).await;
    told(&stand, "This picture is too large. Choose a smaller one.").await;
}

#[wasm_bindgen_test]
async fn the_dialog_says_that_it_looks_without_taking_the_focus_away() {
    sees(None);
    let stand = scanning().await;
    told(&stand, "Looking for a code").await;
    let focused = document().active_element().unwrap();
    assert!(focused.closest("dialog").unwrap().is_some(), "the keyboard is in the dialog");
    let video: Element = stand.all("video").remove(0);
    assert_eq!(video.get_attribute("aria-hidden").as_deref(), Some("true"));
    assert!(video.unchecked_ref::<web_sys::HtmlElement>().offset_width() > 0, "it is shown");
}
