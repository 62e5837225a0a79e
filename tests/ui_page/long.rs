//! A long message: its beginning shows, the rest by a button, and what is sought in it.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement};
use xchat_engine::api::{Body, ChatState, ChatView, MessageView, Part, PinView, Span};

use crate::search::{BAR, answer, asked, hit, key};
use crate::stand::{NOOR, Stand, frames, noor, said};

/// A frame that scrolls, with lines of one height, and the style of long messages.
struct Styled(Element);

impl Styled {
    fn begin() -> Self {
        const FRAME: &str = ".timeline { overflow-y: auto; block-size: 400px; font: 14px/20px monospace; }
            .timeline button { font: inherit; } .prose p { margin: 0; }";
        let style = document().create_element("style").expect("a style");
        style.set_text_content(Some(&format!("{FRAME} {}", include_str!("../../style/later/long.css"))));
        document().body().expect("a body").append_child(&style).expect("it takes a style");
        Self(style)
    }
}

impl Drop for Styled {
    fn drop(&mut self) {
        self.0.remove();
    }
}

/// A message of so many lines, each of which says which one it is.
fn lines(order: u64, count: usize) -> MessageView {
    let line = |number: usize| [Span::Text(format!("line {number}")), Span::Break];
    let text = (0..count).map(|number| format!("line {number}\n")).collect();
    let parts = vec![Part::Paragraph((0..count).flat_map(line).collect())];
    MessageView { body: Body::Text { text, parts }, ..said(order, "") }
}

fn words(stand: &Stand) -> Element {
    stand.all(".prose").remove(0)
}

fn is_folded(stand: &Stand) -> bool {
    words(stand).client_height() < words(stand).scroll_height()
}

fn top(element: &Element) -> f64 {
    element.get_bounding_client_rect().top().round()
}

#[wasm_bindgen_test]
async fn a_long_message_shows_its_beginning_and_the_rest_by_a_button() {
    let _styled = Styled::begin();
    let stand = Stand::reading(noor(ChatState::Open), vec![lines(1, 100)]).await;
    stand.find("button[aria-expanded='false']", "Read more").await;
    assert!(is_folded(&stand) && words(&stand).client_height() == 600, "30 lines of 20 pixels");
    stand.press("button", "Read more").await;
    stand.find("button[aria-expanded='true']", "Show less").await;
    assert!(!is_folded(&stand));
    stand.press("button", "Show less").await;
    stand.find("button", "Read more").await;
    assert!(is_folded(&stand));
}

#[wasm_bindgen_test]
async fn what_has_room_has_no_button() {
    let _styled = Styled::begin();
    // Many letters, and few lines of them.
    let wide = MessageView { body: Body::text("x ".repeat(1000)), ..said(2, "") };
    let stand = Stand::reading(noor(ChatState::Open), vec![lines(1, 20), wide]).await;
    stand.until("the messages", || stand.all(".bubble").len() == 2).await;
    frames(2).await;
    assert!(stand.all("[aria-expanded]:not([hidden])").is_empty());
}

#[wasm_bindgen_test]
async fn the_reader_stays_where_they_are_when_a_message_grows_and_shrinks() {
    let _styled = Styled::begin();
    let after = (2..40).map(|order| said(order, "words"));
    let stand = Stand::reading(noor(ChatState::Open), [lines(1, 100)].into_iter().chain(after).collect()).await;
    let button = stand.find("button", "Read more").await;
    let frame = stand.all(".timeline").remove(0);
    frames(3).await;
    // The button stands near the lower edge.
    frame.scroll_by_with_x_and_y(0.0, top(&button) - top(&frame) - 300.0);
    frames(3).await;
    let (first, before) = (words(&stand), top(&words(&stand)));
    button.unchecked_ref::<HtmlElement>().click();
    stand.find("button", "Show less").await;
    frames(3).await;
    assert_eq!(top(&first), before, "what was read stands where it stood");
    frame.scroll_by_with_x_and_y(0.0, top(&button) - top(&frame) - 200.0);
    frames(3).await;
    let before = top(&button);
    button.unchecked_ref::<HtmlElement>().click();
    stand.find("button", "Read more").await;
    frames(3).await;
    assert_eq!(top(&button), before, "what follows stands where it stood");
    assert!(is_folded(&stand));
}

#[wasm_bindgen_test]
async fn at_the_end_more_is_read_from_its_beginning() {
    let _styled = Styled::begin();
    let before = (1..40).map(|order| said(order, "words"));
    let stand = Stand::reading(noor(ChatState::Open), before.chain([lines(40, 100)]).collect()).await;
    stand.find("button", "Read more").await;
    frames(3).await;
    let before = top(&words(&stand));
    stand.press("button", "Read more").await;
    stand.find("button", "Show less").await;
    frames(3).await;
    assert_eq!(top(&words(&stand)), before);
}

#[wasm_bindgen_test]
async fn a_message_that_one_is_led_to_is_unfolded() {
    let _styled = Styled::begin();
    let pin = PinView { order: 1, text: "line 0".to_owned() };
    let chat = ChatView { pins: vec![pin], ..noor(ChatState::Open) };
    let stand = Stand::reading(chat, vec![lines(1, 100), said(2, "words")]).await;
    stand.find("button", "Read more").await;
    stand.press("button.pinned", "Pinned message line 0").await;
    stand.find("button", "Show less").await;
    assert!(!is_folded(&stand));
}

#[wasm_bindgen_test]
async fn a_search_leads_to_the_words_in_what_was_folded() {
    let _styled = Styled::begin();
    let stand = Stand::reading(noor(ChatState::Open), vec![lines(1, 100), said(2, "words")]).await;
    stand.find("button", "Read more").await;
    key("f", true, false);
    stand.type_into(BAR, "Search in chat", "line 90").await;
    let (search, ..) = asked(&stand, 1).await;
    answer(&stand, search, vec![hit(NOOR, 1, &["line 89 ", "line 90", ""])], None);
    stand.find("button", "Show less").await;
    let on_screen = || {
        let of = "const [range] = CSS.highlights.get('found') ?? []; const frame = document.querySelector('.timeline');
            if (!range) return false; const [at, seen] = [range, frame].map((it) => it.getBoundingClientRect());
            return `${range}` === 'line 90' && at.top >= seen.top && at.bottom <= seen.bottom;";
        js_sys::Function::new_no_args(of).call0(&wasm_bindgen::JsValue::NULL).is_ok_and(|seen| seen.is_truthy())
    };
    stand.until("the words to be on the screen", on_screen).await;
}
