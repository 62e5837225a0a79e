//! Pictures of people and groups on the page.

use js_sys::{Function, Promise};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Element;
use xchat_engine::api::{
    ChatState, ChatView, Command, Connection, Event, GroupChange, MAX_PICTURE, MemberView, PersonId, PictureId, Role,
    picture_kind,
};

use crate::groups::{author, group, hiking};
use crate::stand::{HIKING, NOOR, Stand, account, bubbling, noor, open, said};

const HER: PersonId = PersonId([2; 32]);

fn png() -> Vec<u8> {
    // One red pixel.
    let hex = "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301\
               0100c9fe92ef0000000049454e44ae426082";
    hex::decode(hex.replace(char::is_whitespace, "")).unwrap()
}

fn pictured(chat: ChatView, id: u8) -> ChatView {
    ChatView { picture: Some(Box::new(PictureId([id; 16]))), ..chat }
}

fn asked(stand: &Stand) -> Vec<Command> {
    let about = |command: &&Command| matches!(command, Command::Picture { .. } | Command::SetPicture { .. });
    stand.asked.borrow().iter().filter(about).cloned().collect()
}

/// Gives the only file field on the page what `make`, the body of an async function, returns: a file.
pub(crate) async fn choose(stand: &Stand, make: &str) {
    stand.until("a file field", || stand.all("input[type=file]").len() == 1).await;
    let field: Element = stand.all("input[type=file]").remove(0);
    let body = format!(
        "return (async () => {{
            const file = await (async () => {{ {make} }})();
            const held = new DataTransfer();
            held.items.add(file);
            field.files = held.files;
            field.dispatchEvent(new Event('change', {{ bubbles: true }}));
        }})()"
    );
    let chosen = Function::new_with_args("field", &body).call1(&JsValue::NULL, &field).unwrap();
    JsFuture::from(chosen.unchecked_into::<Promise>()).await.unwrap();
}

/// A camera's picture: wide, full of noise, and with an Exif note of where it was taken.
const PHOTO: &str = "
    const canvas = Object.assign(document.createElement('canvas'), { width: 1200, height: 700 });
    const context = canvas.getContext('2d');
    const image = context.createImageData(1200, 700);
    crypto.getRandomValues(image.data.subarray(0, 65536));
    for (let at = 65536; at < image.data.length; at += 65536) image.data.copyWithin(at, 0, 65536);
    for (let at = 3; at < image.data.length; at += 4) image.data[at] = 255;
    context.putImageData(image, 0, 0);
    const blob = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.9));
    const note = new TextEncoder().encode('\\xff\\xe1GPS 48.8584 N 2.2945 E');
    return new File([blob, note], 'photo.jpg', { type: 'image/jpeg' });";

async fn size_of(bytes: &[u8]) -> (f64, f64) {
    let make = Function::new_with_args(
        "bytes",
        "return createImageBitmap(new Blob([bytes])).then((image) => [image.width, image.height])",
    );
    let promise: Promise = make.call1(&window(), &js_sys::Uint8Array::from(bytes)).unwrap().unchecked_into();
    let size: js_sys::Array = JsFuture::from(promise).await.unwrap().unchecked_into();
    (size.get(0).as_f64().unwrap(), size.get(1).as_f64().unwrap())
}

#[wasm_bindgen_test]
async fn a_picture_is_asked_for_once_and_covers_the_letters_wherever_its_person_is() {
    let stand = Stand::at(&open(HIKING));
    let noor = ChatView { person: Some(Box::new(HER)), ..pictured(noor(ChatState::Open), 1) };
    let chats = vec![noor, hiking(group())];
    stand.session.apply(Event::Snapshot { account: Some(account()), chats, connection: Connection::Online });
    stand.asked(Command::Picture { chat: NOOR }).await;
    let mut message = said(1, "hello");
    message.author = Some(author(HER, "Noor"));
    stand.session.apply(Event::Page { chat: HIKING, messages: vec![message], more: false, before: None });
    stand.until("the author's circle", || stand.all(".group--avatars > .avatar").len() == 1).await;
    assert!(stand.all(".avatar img").is_empty());
    stand.session.apply(Event::Picture { picture: PictureId([1; 16]), bytes: png().into() });
    stand.until("it in the list", || stand.all(".list-row .avatar img").len() == 1).await;
    stand.until("it beside the message", || stand.all(".group--avatars > .avatar img").len() == 1).await;
    let image = stand.all(".list-row .avatar img").remove(0);
    assert!(image.get_attribute("src").unwrap().starts_with("data:image/png;base64,iVBORw0K"));
    assert_eq!(image.get_attribute("alt").as_deref(), Some(""));
    assert_eq!(asked(&stand), [Command::Picture { chat: NOOR }]);
}

#[wasm_bindgen_test]
async fn what_is_no_picture_is_not_handed_to_the_browser() {
    let stand = Stand::with(pictured(noor(ChatState::Open), 1), "");
    stand.asked(Command::Picture { chat: NOOR }).await;
    let bytes = b"<svg xmlns='http://www.w3.org/2000/svg' onload='window.hacked = 1'/>".to_vec();
    stand.session.apply(Event::Picture { picture: PictureId([1; 16]), bytes: bytes.into() });
    stand.session.apply(Event::Chat { chat: pictured(noor(ChatState::Open), 2) });
    stand.session.apply(Event::Picture { picture: PictureId([2; 16]), bytes: png().into() });
    stand.until("the good one", || stand.all(".avatar img").len() == 1).await;
    assert!(stand.all(".avatar img")[0].get_attribute("src").unwrap().starts_with("data:image/png;"));
}

#[wasm_bindgen_test]
async fn a_photo_becomes_a_small_square_without_its_notes() {
    let stand = Stand::with(noor(ChatState::Open), "#settings");
    // What was begun in the form around it is not sent along.
    stand.type_into("input", "About you", "not yet").await;
    choose(&stand, PHOTO).await;
    stand.press("dialog button", "Use picture").await;
    stand.until("the picture to be set", || !asked(&stand).is_empty()).await;
    let [Command::SetPicture { picture: Some(bytes) }] = &asked(&stand)[..] else { panic!("{:?}", asked(&stand)) };
    assert!(!stand.asked.borrow().iter().any(|command| matches!(command, Command::SetAbout { .. })));
    assert!(bytes.len() <= MAX_PICTURE && picture_kind(bytes).is_some(), "{} bytes", bytes.len());
    assert!(!bytes.windows(3).any(|part| part == b"GPS"));
    let (width, height) = size_of(bytes).await;
    assert!(width == height && width >= 64.0, "{width} x {height}");
    // It shows once the engine has it, and can be taken away.
    assert!(stand.named("button", "Remove picture").is_none_or(|button| button.has_attribute("hidden")));
    let account = xchat_engine::api::AccountView { picture: Some(Box::new(bytes.clone())), ..account() };
    stand.session.apply(Event::Account { account });
    stand.until("the own picture", || stand.all(".profile .avatar img").len() == 1).await;
    stand.press("button:not([hidden])", "Remove picture").await;
    stand.asked(Command::SetPicture { picture: None }).await;
}

/// Red at the left, green in the middle, blue at the right; twice as wide as high.
const STRIPES: &str = "
    const canvas = Object.assign(document.createElement('canvas'), { width: 600, height: 300 });
    const context = canvas.getContext('2d');
    ['#f00', '#0f0', '#00f'].forEach((colour, at) => {
        context.fillStyle = colour;
        context.fillRect(at * 200, 0, 200, 300);
    });
    const blob = await new Promise((done) => canvas.toBlob(done, 'image/png'));
    return new File([blob], 'stripes.png', { type: 'image/png' });";

/// The colours at the left edge, in the middle and at the right edge of a picture, as the parts of red, green and blue that prevail.
async fn colours_of(picture: JsValue) -> String {
    let make = Function::new_with_args(
        "picture",
        "return (async () => {
            const from = picture instanceof HTMLCanvasElement ? picture : await createImageBitmap(new Blob([picture]));
            const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 64 });
            const context = canvas.getContext('2d');
            context.drawImage(from, 0, 0, 64, 64);
            return [2, 32, 61].map((x) => {
                const [red, green, blue] = context.getImageData(x, 32, 1, 1).data;
                return red > 128 ? 'r' : green > 128 ? 'g' : blue > 128 ? 'b' : '-';
            }).join('');
        })()",
    );
    let promise: Promise = make.call1(&window(), &picture).unwrap().unchecked_into();
    JsFuture::from(promise).await.unwrap().as_string().unwrap()
}

#[wasm_bindgen_test]
async fn what_others_see_of_a_picture_is_what_was_moved_and_zoomed_to() {
    let stand = Stand::with(noor(ChatState::Open), "#settings");
    choose(&stand, STRIPES).await;
    stand.find("dialog h2", "Part of the picture").await;
    let canvas = || JsValue::from(stand.all(".crop canvas").remove(0));
    let shows = async |wanted: &str| {
        for _ in 0..50 {
            if colours_of(canvas()).await == wanted {
                return;
            }
            gloo_timers::future::TimeoutFuture::new(20).await;
        }
        panic!("{} is shown, not {wanted}", colours_of(canvas()).await);
    };
    shows("rgb").await;
    // As far as it goes, and no further.
    for _ in 0..30 {
        press_on(&stand, ".crop", "ArrowRight");
    }
    shows("gbb").await;
    for _ in 0..60 {
        press_on(&stand, ".crop", "ArrowLeft");
    }
    shows("rrg").await;
    slide(&stand, "Left or right", "1");
    shows("gbb").await;
    slide(&stand, "Left or right", "0");
    shows("rrg").await;
    slide(&stand, "Zoom", "4");
    shows("rrr").await;
    assert!(asked(&stand).is_empty());
    stand.press("dialog button", "Use picture").await;
    stand.until("the picture to be set", || !asked(&stand).is_empty()).await;
    let [Command::SetPicture { picture: Some(bytes) }] = &asked(&stand)[..] else { panic!("{:?}", asked(&stand)) };
    assert_eq!(colours_of(js_sys::Uint8Array::from(bytes.as_slice()).into()).await, "rrr");
    stand.until("the dialog to go", || stand.all("dialog").is_empty()).await;
}

#[wasm_bindgen_test]
async fn a_picture_that_was_not_wanted_after_all_is_not_set() {
    let stand = Stand::with(noor(ChatState::Open), "#settings");
    choose(&stand, STRIPES).await;
    stand.press("dialog button", "Close").await;
    stand.until("the dialog to go", || stand.all("dialog").is_empty()).await;
    // The same file can be chosen again.
    choose(&stand, STRIPES).await;
    stand.find("dialog h2", "Part of the picture").await;
    assert!(asked(&stand).is_empty());
}

fn press_on(stand: &Stand, selector: &str, key: &str) {
    let with = web_sys::KeyboardEventInit::new();
    with.set_key(key);
    with.set_bubbles(true);
    with.set_cancelable(true);
    let event = web_sys::KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &with).unwrap();
    stand.all(selector).remove(0).dispatch_event(&event).unwrap();
}

fn slide(stand: &Stand, label: &str, value: &str) {
    let label = stand.named(".crop__zoom", label).unwrap();
    let slider: web_sys::HtmlInputElement = label.query_selector("input").unwrap().unwrap().unchecked_into();
    slider.set_value(value);
    slider.dispatch_event(&web_sys::Event::new("input").unwrap()).unwrap();
}

#[wasm_bindgen_test]
async fn what_one_says_of_oneself_is_saved_with_the_name_or_without() {
    let stand = Stand::with(noor(ChatState::Open), "#settings");
    stand.type_into("input", "About you", "  Gone fishing ").await;
    stand.press("button", "Save").await;
    stand.asked(Command::SetAbout { text: "Gone fishing".into() }).await;
    let renames = |command: &Command| matches!(command, Command::Rename { .. });
    assert!(!stand.asked.borrow().iter().any(renames));
    let about = xchat_engine::api::AccountView { about: "Gone fishing".into(), ..account() };
    stand.session.apply(Event::Account { account: about });
    stand.until("nothing to save", || stand.named("button[disabled]", "Save").is_some()).await;
    // Another device says something else: a new name from here does not bring the old line back.
    let elsewhere = xchat_engine::api::AccountView { about: "Back again".into(), ..account() };
    stand.session.apply(Event::Account { account: elsewhere });
    stand.type_into("input", "Name", "Alexandra").await;
    stand.press("button", "Save").await;
    stand.asked(Command::Rename { name: "Alexandra".into() }).await;
    assert_eq!(stand.asked.borrow().iter().filter(|command| matches!(command, Command::SetAbout { .. })).count(), 1);
    // Too long: said under the field, and not sent.
    stand.type_into("input", "About you", &"x".repeat(141)).await;
    stand.find(".field__error", "At most 140 characters fit.").await;
    stand.until("nothing that can be saved", || stand.named("button[disabled]", "Save").is_some()).await;
    let form = stand.all("form").remove(0);
    form.dispatch_event(&web_sys::Event::new_with_event_init_dict("submit", &bubbling()).unwrap()).unwrap();
    let said = |command: &&Command| matches!(command, Command::SetAbout { .. });
    assert_eq!(stand.asked.borrow().iter().filter(said).count(), 1);
}

#[wasm_bindgen_test]
async fn what_a_contact_says_of_themselves_is_on_their_page() {
    let stand = Stand::at(&format!("{}/info", open(NOOR)));
    let says = ChatView { about: "At sea until May".into(), ..noor(ChatState::Open) };
    stand.session.apply(Event::Snapshot {
        account: Some(account()),
        chats: vec![says],
        connection: Connection::Online,
    });
    stand.find(".section__title", "Noor says").await;
    stand.find(".section__card", "At sea until May").await;
    stand.session.apply(Event::Chat { chat: noor(ChatState::Open) });
    stand.until("it to go", || stand.named(".section__title", "Noor says").is_none()).await;
}

#[wasm_bindgen_test]
async fn a_file_that_is_no_picture_gets_a_sentence() {
    let stand = Stand::with(noor(ChatState::Open), "#settings");
    choose(&stand, "return new File(['no picture'], 'photo.jpg', { type: 'image/jpeg' })").await;
    let sentence = "This browser cannot show that file as a picture. Try a JPEG or PNG.";
    let said = |toast: &Element| toast.text_content().is_some_and(|text| text.contains(sentence));
    stand.until("the sentence", || stand.all(".toast").iter().any(said)).await;
    assert!(asked(&stand).is_empty());
}

#[wasm_bindgen_test]
async fn a_groups_picture_is_set_by_who_may_change_the_group() {
    let stand = Stand::at(&format!("{}/info", open(HIKING)));
    let chats = vec![noor(ChatState::Open), hiking(group())];
    stand.session.apply(Event::Snapshot { account: Some(account()), chats, connection: Connection::Online });
    choose(&stand, PHOTO).await;
    stand.press("dialog button", "Use picture").await;
    let set = |command: &Command| {
        matches!(command, Command::ChangeGroup { chat: HIKING, change: GroupChange::Picture { picture: Some(_) } })
    };
    stand.until("it to be set", || stand.asked.borrow().iter().any(set)).await;
    let mut view = group();
    view.role = xchat_engine::api::Role::Member;
    view.may_change = xchat_engine::api::Who::Admins;
    stand.session.apply(Event::Chat { chat: hiking(view) });
    stand.until("the field to go", || stand.all("input[type=file]").is_empty()).await;
}

#[wasm_bindgen_test]
async fn a_contact_has_their_picture_among_the_members_of_a_group_and_among_those_to_mention() {
    let member = MemberView {
        person: HER,
        name: "Noor".to_owned(),
        address: "xc1noor".to_owned(),
        colour: 1,
        role: Role::Member,
        me: false,
        devices: 1,
    };
    let members = || Event::Members { chat: HIKING, members: vec![member.clone()] };
    let chats = vec![pictured(noor(ChatState::Open), 1), hiking(group())];
    let snapshot =
        || Event::Snapshot { account: Some(account()), chats: chats.clone(), connection: Connection::Online };
    let picture = || Event::Picture { picture: PictureId([1; 16]), bytes: png().into() };
    let stand = Stand::at(&format!("{}/info", open(HIKING)));
    stand.session.apply(snapshot());
    stand.asked(Command::Members { chat: HIKING }).await;
    stand.session.apply(members());
    stand.find("h2", "1 person").await;
    stand.asked(Command::Picture { chat: NOOR }).await;
    stand.session.apply(picture());
    stand.until("it to be in the list", || stand.all(".section .avatar img").len() == 1).await;
    drop(stand);
    let stand = Stand::at(&open(HIKING));
    stand.session.apply(snapshot());
    stand.session.apply(picture());
    stand.type_into("textarea", "Message", "@").await;
    stand.asked(Command::Members { chat: HIKING }).await;
    stand.session.apply(members());
    stand.until("it to be offered", || stand.all(".mentions .avatar img").len() == 1).await;
}
