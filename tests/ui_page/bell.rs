//! Notifications: what is worth one, what it says, who shows it, and how they are turned on.

use js_sys::{Array, Function, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlInputElement;
use xchat::ui::bell::decide::rings;
use xchat_engine::api::{
    Arrangement, Body, Change, ChatState, ChatView, Event, FOR_EVER, Mark, MessageView, Notice, PersonId,
};

use crate::groups::{author, group, hiking};
use crate::stand::{HIKING, NOOR, Stand, noor, open, said, wrote};

/// Instead of the browser's: notifications and sounds that write down what was asked of them. Undone in the end.
pub(crate) struct Stage;

const SET: &str = "
  window.stage = { Notification, AudioContext, shown: [], tones: [], asked: 0, claims: 0 };
  navigator.locks.request = (...claim) => { stage.claims += 1; return LockManager.prototype.request.apply(navigator.locks, claim); };
  window.Notification = class {
    static permission = permission;
    static async requestPermission() { stage.asked += 1; return (window.Notification.permission = answer); }
    constructor(title, options) {
      if (broken) throw new TypeError('Illegal constructor');
      Object.assign(this, options, { title, closed: false });
      stage.shown.push(this);
    }
    close() { this.closed = true; }
  };
  const level = { setValueAtTime() {}, linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {} };
  window.AudioContext = class {
    currentTime = 0;
    createOscillator() { const frequency = {}; return { frequency, connect() {}, start() { stage.tones.push(frequency.value); }, stop() {} }; }
    createGain() { return { gain: level, connect() {} }; }
    close() {}
  };
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => (stage.hidden ? 'hidden' : 'visible') });
  Object.defineProperty(navigator, 'userActivation', { configurable: true, get: () => ({ hasBeenActive: stage.touched === true }) });
";
const UNSET: &str = "
  Object.assign(window, { Notification: stage.Notification, AudioContext: stage.AudioContext });
  delete document.visibilityState;
  delete navigator.userActivation;
  delete navigator.locks.request;
";

fn run(script: &str) -> JsValue {
    Function::new_no_args(script).call0(&JsValue::NULL).expect("a script")
}

impl Stage {
    pub(crate) fn set(permission: &str, answer: &str, broken: bool) -> Self {
        let script = format!("const permission = '{permission}', answer = '{answer}', broken = {broken};{SET}");
        run(&script);
        Self
    }

    /// What was shown: title, body, whether it makes no sound.
    fn shown(&self) -> Vec<(String, String, bool)> {
        let shown: Array = run("return stage.shown").unchecked_into();
        let word = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).unwrap().as_string().unwrap();
        let silent = |of: &JsValue| Reflect::get(of, &"silent".into()).unwrap().is_truthy();
        shown.iter().map(|of| (word(&of, "title"), word(&of, "body"), silent(&of))).collect()
    }

    pub(crate) fn says(&self, script: &str) -> String {
        run(&format!("return String({script})")).as_string().unwrap()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        run(UNSET);
    }
}

fn keep(name: &str, value: &str) {
    window().local_storage().unwrap().unwrap().set_item(name, value).unwrap();
}

fn kept(name: &str) -> Option<String> {
    window().local_storage().unwrap().unwrap().get_item(name).unwrap()
}

/// A message comes, as the engine tells it: first the message, then its conversation.
fn comes(stand: &Stand, chat: ChatView, message: MessageView) {
    stand.session.apply(Event::Message { chat: chat.id, message: message.clone() });
    let chat = ChatView { unread: 1, first_unread: Some(message.order), last: Some(message), ..chat };
    stand.session.apply(Event::Chat { chat });
}

fn shows(title: &str, body: &str) -> (String, String, bool) {
    (title.to_owned(), body.to_owned(), false)
}

#[wasm_bindgen_test]
fn what_a_person_said_in_an_accepted_conversation_is_told_of_and_nothing_else() {
    let with = |message: MessageView, chat: ChatView| ChatView { last: Some(message), ..chat };
    assert!(rings(&with(said(1, "Hi"), noor(ChatState::Open)), 10));
    for state in [ChatState::New, ChatState::Request, ChatState::Blocked] {
        assert!(!rings(&with(said(1, "Hi"), noor(state)), 10), "{state:?}");
    }
    let muted = |until| {
        let arranged = Arrangement { muted_until: Some(until), archived: Some(1), ..Arrangement::default() };
        with(said(1, "Hi"), ChatView { arranged: Box::new(arranged), ..noor(ChatState::Open) })
    };
    assert!(!rings(&muted(FOR_EVER), 10) && !rings(&muted(11), 10), "muted, archived or not");
    assert!(rings(&muted(10), 10), "its time is over");
    assert!(!rings(&with(wrote(1, Mark::Sent), noor(ChatState::Open)), 10), "an own message, of another device");
    let line = MessageView { body: Body::Notice { notice: Notice::Renewed }, ..said(1, "") };
    assert!(!rings(&with(line, noor(ChatState::Open)), 10));
    assert!(!rings(&noor(ChatState::Open), 10));
}

#[wasm_bindgen_test]
async fn a_message_is_told_of_once_where_its_conversation_is_not_on_the_screen() {
    let stage = Stage::set("granted", "granted", false);
    let stand = Stand::with(noor(ChatState::Open), "");
    keep("xchat.notify", "1");
    comes(&stand, noor(ChatState::Open), said(1, "Hi *there*"));
    stand.until("a notification", || !stage.shown().is_empty()).await;
    assert_eq!(stage.shown(), [shows("Noor", "Hi there")]);
    assert_eq!(stage.says("stage.shown[0].tag"), open(NOOR), "the next takes its place");
    run("stage.shown[0].onclick()");
    stand.until("the conversation", || stand.named("textarea", "Message").is_some()).await;
    stand.until("it to be closed", || stage.says("stage.shown[0].closed") == "true").await;
    comes(&stand, noor(ChatState::Open), said(2, "And here"));
    run("stage.hidden = true");
    comes(&stand, noor(ChatState::Open), said(3, "And there"));
    stand.until("the one that nobody sees", || stage.shown().len() == 2).await;
    assert_eq!(stage.shown()[1], shows("Noor", "And there"), "what is read as it comes is not told of");
    stand.session.apply(Event::Chat { chat: ChatView { last: Some(said(3, "And there")), ..noor(ChatState::Open) } });
    stand.until("it to go when it was read elsewhere", || stage.says("stage.shown[1].closed") == "true").await;
}

#[wasm_bindgen_test]
async fn a_line_that_nobody_wrote_tells_no_older_message_again() {
    let stage = Stage::set("granted", "granted", false);
    let unread = ChatView { unread: 1, first_unread: Some(1), last: Some(said(1, "Old")), ..noor(ChatState::Open) };
    let stand = Stand::with(unread.clone(), "");
    stand.session.apply(Event::Chat { chat: hiking(group()) });
    keep("xchat.notify", "1");
    let change = Change::Called { was: "Nour".to_owned(), name: "Noor".to_owned(), alike: false };
    let line = MessageView { body: Body::Changed { changes: vec![change] }, ..said(2, "") };
    stand.session.apply(Event::Message { chat: NOOR, message: line });
    stand.session.apply(Event::Chat { chat: unread });
    // What comes later is told later.
    comes(&stand, hiking(group()), said(1, "Up?"));
    stand.until("the other", || stage.shown().iter().any(|(title, ..)| title == "Hiking club")).await;
    assert_eq!(stage.shown().len(), 1, "{:?}", stage.shown());
}

#[wasm_bindgen_test]
async fn of_several_tabs_one_tells() {
    let stage = Stage::set("granted", "granted", false);
    let stand = Stand::with(noor(ChatState::Open), "");
    keep("xchat.notify", "1");
    // As another tab does.
    let name = format!("xchat-bell {} 11", open(NOOR));
    run(&format!("navigator.locks.request('{name}', () => new Promise((done) => (stage.done = done)))"));
    comes(&stand, noor(ChatState::Open), said(11, "Told there"));
    stand.until("the lock to be asked for", || stage.says("stage.claims") == "2").await;
    comes(&stand, noor(ChatState::Open), said(12, "Told here"));
    stand.until("a notification", || !stage.shown().is_empty()).await;
    assert_eq!(stage.shown(), [shows("Noor", "Told here")]);
    run("stage.done()");
}

#[wasm_bindgen_test]
async fn what_a_tab_told_of_that_is_closed_since_is_not_told_again() {
    let stage = Stage::set("granted", "granted", false);
    let stand = Stand::with(noor(ChatState::Open), "");
    keep("xchat.notify", "1");
    comes(&stand, noor(ChatState::Open), said(13, "Before"));
    stand.until("a notification", || stage.shown().len() == 1).await;
    assert_eq!(stage.says("stage.claims"), "1");
    // As another tab does, whose lock is gone with it. The last of the listeners hears it last.
    run("stage.last = new BroadcastChannel('xchat-bell')");
    run("stage.last.onmessage = () => (stage.heard = true)");
    let name = format!("xchat-bell {} 14", open(NOOR));
    run(&format!("const tab = new BroadcastChannel('xchat-bell'); tab.postMessage('{name}'); tab.close()"));
    stand.until("the word of it", || stage.says("stage.heard") == "true").await;
    comes(&stand, noor(ChatState::Open), said(14, "Told there"));
    stand.until("the lock to be asked for", || stage.says("stage.claims") == "2").await;
    comes(&stand, noor(ChatState::Open), said(15, "Told here"));
    stand.until("a notification", || stage.shown().len() == 2).await;
    assert_eq!(stage.shown()[1], shows("Noor", "Told here"));
    run("stage.last.close()");
}

#[wasm_bindgen_test]
async fn of_many_that_come_at_once_the_last_is_told_of() {
    let stage = Stage::set("granted", "granted", false);
    let stand = Stand::with(noor(ChatState::Open), "");
    keep("xchat.notify", "1");
    (16..=18).for_each(|order| comes(&stand, noor(ChatState::Open), said(order, &format!("Number {order}"))));
    stand.until("a notification", || !stage.shown().is_empty()).await;
    comes(&stand, noor(ChatState::Open), said(19, "And one more"));
    stand.until("another", || stage.shown().len() == 2).await;
    assert_eq!(stage.shown(), [shows("Noor", "Number 18"), shows("Noor", "And one more")]);
}

#[wasm_bindgen_test]
async fn a_group_names_who_spoke_and_nothing_is_said_where_that_is_not_wanted() {
    let stage = Stage::set("granted", "granted", false);
    let stand = Stand::with(hiking(group()), "");
    keep("xchat.notify", "1");
    let message = |order| MessageView { author: Some(author(PersonId([2; 32]), "Noor")), ..said(order, "Up") };
    comes(&stand, hiking(group()), message(21));
    stand.until("a notification", || stage.shown().len() == 1).await;
    assert_eq!(stage.shown()[0], shows("Hiking club", "Noor: Up"));
    keep("xchat.notify.content", "0");
    comes(&stand, hiking(group()), message(22));
    stand.until("another", || stage.shown().len() == 2).await;
    assert_eq!(stage.shown()[1], shows("X Chat", "New message"));
    assert_eq!(stage.says("stage.shown[1].tag"), open(HIKING));
}

#[wasm_bindgen_test]
async fn two_tones_sound_unless_they_are_switched_off() {
    let stage = Stage::set("granted", "granted", false);
    let stand = Stand::with(noor(ChatState::Open), "");
    run("stage.touched = true");
    keep("xchat.notify", "1");
    keep("xchat.notify.sound", "0");
    comes(&stand, noor(ChatState::Open), said(31, "Hush"));
    stand.until("a notification", || stage.shown().len() == 1).await;
    assert!(stage.shown()[0].2 && stage.says("stage.tones").is_empty(), "no sound of ours, nor the browser's");
    keep("xchat.notify.sound", "1");
    comes(&stand, noor(ChatState::Open), said(32, "Ding"));
    stand.until("another", || stage.shown().len() == 2).await;
    assert_eq!(stage.says("stage.tones"), "659.25,880");
    assert!(stage.shown()[1].2, "not the browser's as well");
}

#[wasm_bindgen_test]
async fn notifications_are_offered_once_a_message_came_while_nobody_looked() {
    let stage = Stage::set("default", "granted", false);
    let stand = Stand::with(noor(ChatState::Open), "");
    comes(&stand, noor(ChatState::Open), said(41, "Seen"));
    run("stage.hidden = true");
    comes(&stand, noor(ChatState::Open), said(42, "Not seen"));
    stand.find(".banner b", "A message came while you were away.").await;
    assert_eq!(stage.says("stage.asked"), "0", "not before a press");
    stand.press(".banner button", "Turn on").await;
    stand.until("the offer to go", || stand.named(".banner button", "Turn on").is_none()).await;
    assert_eq!((stage.says("stage.asked"), kept("xchat.notify")), ("1".to_owned(), Some("1".to_owned())));
    comes(&stand, noor(ChatState::Open), said(43, "Told"));
    stand.until("a notification", || stage.shown() == [shows("Noor", "Told")]).await;
}

#[wasm_bindgen_test]
async fn who_does_not_want_them_is_not_asked_again() {
    let stage = Stage::set("default", "granted", false);
    let stand = Stand::with(noor(ChatState::Open), "");
    run("stage.hidden = true");
    comes(&stand, noor(ChatState::Open), said(51, "Not seen"));
    stand.press(".banner button", "Not now").await;
    stand.until("the offer to go", || stand.named(".banner button", "Turn on").is_none()).await;
    assert_eq!((stage.says("stage.asked"), kept("xchat.notify")), ("0".to_owned(), Some("0".to_owned())));
}

async fn switch(stand: &Stand, name: &str) -> HtmlInputElement {
    stand
        .until(name, || stand.all("label.setting").iter().any(|label| label.text_content().unwrap().starts_with(name)))
        .await;
    let labels = stand.all("label.setting");
    let label = labels.iter().find(|label| label.text_content().unwrap().starts_with(name)).unwrap();
    label.query_selector("input").unwrap().unwrap().unchecked_into()
}

#[wasm_bindgen_test]
async fn the_settings_turn_them_on_and_show_that_they_are() {
    let stage = Stage::set("default", "granted", false);
    let stand = Stand::with(noor(ChatState::Open), "#settings");
    stand.press("a", "Notifications").await;
    let (all, sound, content) =
        (switch(&stand, "Notifications").await, switch(&stand, "Sound").await, switch(&stand, "Name and").await);
    for (switch, says) in
        [(&all, "When a message comes"), (&sound, "Two soft tones"), (&content, "Off: a notification")]
    {
        assert!(stand.described(switch).is_some_and(|sentence| sentence.starts_with(says)), "{says}");
    }
    assert!(!all.checked() && sound.disabled() && content.disabled());
    all.click();
    stand.until("a notification", || stage.shown().len() == 1).await;
    assert_eq!(stage.shown()[0].1, "Notifications are on.");
    stand.until("the others to be free", || !sound.disabled() && !content.disabled()).await;
    content.click();
    assert_eq!((kept("xchat.notify"), kept("xchat.notify.content")), (Some("1".to_owned()), Some("0".to_owned())));
    all.click();
    stand.until("it to be off", || kept("xchat.notify") == Some("0".to_owned())).await;
    assert_eq!(stage.shown().len(), 1);
}

#[wasm_bindgen_test]
async fn the_settings_say_why_there_are_none() {
    let says = |stand: &Stand, words: &str| {
        stand.all(".setting__sub").iter().any(|sub| sub.text_content().unwrap().starts_with(words))
    };
    {
        let _stage = Stage::set("default", "denied", false);
        let stand = Stand::with(noor(ChatState::Open), "#settings/notifications");
        let all = switch(&stand, "Notifications").await;
        all.click();
        stand.until("that it is blocked", || says(&stand, "Your browser blocks")).await;
        assert!(!all.checked() && all.disabled());
    }
    let _stage = Stage::set("granted", "granted", true);
    let stand = Stand::with(noor(ChatState::Open), "#settings/notifications");
    let all = switch(&stand, "Notifications").await;
    all.click();
    stand.until("that there are none", || says(&stand, "This browser shows no")).await;
    stand.until("the switch to be off", || !all.checked() && all.disabled()).await;
}
