//! What explains: Help, About.

use js_sys::Function;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, EventTarget, HtmlElement, KeyboardEvent, KeyboardEventInit};
use xchat_engine::api::ChatState;

use crate::stand::{Stand, name_of, noor};

/// Answers the page's fetch of the list of crates, with this text or not at all. Undone in the end.
struct Relay;

impl Relay {
    fn serving(text: Option<&str>) -> Self {
        let script = "
          window.true_fetch ??= window.fetch;
          window.fetch = async (...asked) => {
            if (asked[0] !== '/licenses.txt') return true_fetch(...asked);
            return text === undefined ? new Response('', { status: 404 }) : new Response(text);
          };";
        let text = text.map_or(JsValue::UNDEFINED, JsValue::from);
        Function::new_with_args("text", script).call1(&JsValue::NULL, &text).expect("a script");
        Self
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        Function::new_no_args("window.fetch = true_fetch").call0(&JsValue::NULL).expect("a script");
    }
}

/// Something in the page's head, for as long as this lives.
struct InHead(Element);

impl InHead {
    fn link(href: &str) -> Self {
        let link = document().create_element("link").unwrap();
        link.set_attribute("href", href).unwrap();
        document().head().unwrap().append_child(&link).unwrap();
        Self(link)
    }
}

impl Drop for InHead {
    fn drop(&mut self) {
        self.0.remove();
    }
}

/// What is shown, and so read out, of the headings that are open.
fn open(stand: &Stand) -> Vec<String> {
    stand.all("details[open] h2").iter().map(name_of).collect()
}

/// A key goes down there. Whether the page made something of it.
pub(crate) fn key(on: &EventTarget, key: &str, ctrl: bool) -> bool {
    let init = KeyboardEventInit::new();
    init.set_key(key);
    init.set_ctrl_key(ctrl);
    init.set_bubbles(true);
    init.set_cancelable(true);
    let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
    !on.dispatch_event(&event).unwrap()
}

fn press(element: &Element) {
    element.unchecked_ref::<HtmlElement>().click();
}

#[wasm_bindgen_test]
async fn help_is_reached_from_the_settings_and_each_of_its_topics_opens_by_itself() {
    let stand = Stand::with(noor(ChatState::Open), "#settings");
    stand.until("the row", || !stand.all("a[href='#settings/help']").is_empty()).await;
    press(&stand.all("a[href='#settings/help']")[0]);
    stand.find("h1", "Help").await;
    assert_eq!(stand.all("details").len(), 8);
    assert!(open(&stand).is_empty(), "headings first");
    let topic = stand.find("h2", "What the server sees").await;
    press(&topic);
    assert_eq!(open(&stand), ["What the server sees"]);
    let words = stand.all("details[open] p");
    assert!(words[0].text_content().unwrap().starts_with("It sees your network address"));
    assert!(words[0].unchecked_ref::<HtmlElement>().offset_height() > 0, "it is shown");
    press(&topic);
    assert!(open(&stand).is_empty());
    press(&stand.find("a", "Back to settings").await);
    stand.find("h1", "Settings").await;
}

#[wasm_bindgen_test]
async fn about_says_which_app_was_loaded() {
    let fact = |stand: &Stand, at: usize| name_of(&stand.all("p.setting")[at]);
    let stand = Stand::with(noor(ChatState::Open), "#settings/about");
    stand.find("h1", "About").await;
    assert_eq!(fact(&stand, 0), format!("Version{}", env!("CARGO_PKG_VERSION")));
    assert_eq!(fact(&stand, 1), "Licence of X ChatMIT OR Apache-2.0", "a build without a name of its own has no line");
    drop(stand);
    let _bundle = (InHead::link("/app-glue-77.js"), InHead::link("/app-0123456789abcdef.wasm"));
    let stand = Stand::with(noor(ChatState::Open), "#settings/about");
    stand.find("h1", "About").await;
    assert_eq!(fact(&stand, 1), "Build0123456789abcdef");
}

#[wasm_bindgen_test]
async fn what_the_app_is_made_of_is_fetched_when_it_is_opened_and_asked_for_again_if_it_did_not_come() {
    let relay = Relay::serving(None);
    let stand = Stand::with(noor(ChatState::Open), "#settings/about");
    let list = stand.find("h2", "What X Chat is made of").await;
    assert!(stand.all("details [role=alert]").is_empty(), "nothing has failed yet");
    press(&list);
    stand.until("it to be said", || !stand.all("details [role=alert]").is_empty()).await;
    drop(relay);
    let _relay = Relay::serving(Some("leptos v0.8.0, MIT"));
    // Closed, and opened again.
    press(&list);
    press(&list);
    stand.find("pre", "leptos v0.8.0, MIT").await;
}

#[wasm_bindgen_test]
async fn a_question_mark_lists_the_keys_but_not_where_one_types_or_something_lies_over_the_page() {
    let stand = Stand::reading(noor(ChatState::Open), Vec::new()).await;
    let listed = || stand.named("h2", "Keyboard shortcuts").is_some();
    let field = stand.find("textarea", "Message").await;
    let body = document().body().unwrap();
    assert!(!key(&field, "?", false), "it is typed");
    assert!(!key(&body, "?", true), "it may be the browser's own");
    assert!(key(&body, "?", false));
    stand.until("the list", listed).await;
    let keys = stand.all("dialog[open] kbd");
    assert!(keys.iter().any(|key| name_of(key) == "Shift Enter"));
    assert!(!key(&stand.all("dialog h2")[0], "?", false), "it is there already");
    stand.press("dialog button", "Close").await;
    stand.until("the list to go", || !listed()).await;
}

#[wasm_bindgen_test]
async fn help_leads_to_the_keys_and_back() {
    let stand = Stand::with(noor(ChatState::Open), "#settings/help");
    let row = stand.find("button", "Keyboard shortcutsPress ? to see them").await;
    row.unchecked_ref::<HtmlElement>().focus().unwrap();
    press(&row);
    stand.find("dialog[open] h2", "Keyboard shortcuts").await;
    stand.press("dialog button", "Close").await;
    stand.until("the focus to be back", || document().active_element().as_ref() == Some(&row)).await;
}
