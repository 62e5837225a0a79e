//! The emoji picker: what it knows, how it is searched, walked and used.

use std::rc::Rc;

use js_sys::Function;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement, HtmlTextAreaElement, KeyboardEvent, KeyboardEventInit};
use xchat::ui::emoji::data::Data;
use xchat::ui::emoji::steps::step;
use xchat_engine::api::{ChatState, Command, MessageView, Reaction};

use crate::stand::{NOOR, Stand, name_of, noor, open, said};

const ENGLISH: &str = include_str!("../../public/emoji-en.txt");
const FRENCH: &str = include_str!("../../public/emoji-fr.txt");

/// Answers the page's fetches of a language instead of the relay, with this text or not at all. Undone in the end.
struct Relay;

impl Relay {
    fn serving(text: Option<&str>) -> Self {
        let script = "
          window.real ??= window.fetch;
          window.fetch = async (...asked) => {
            if (!String(asked[0]).startsWith('/emoji-')) return real(...asked);
            if (text === undefined) throw new TypeError('offline');
            return new Response(text);
          };";
        let text = text.map_or(JsValue::UNDEFINED, JsValue::from);
        Function::new_with_args("text", script).call1(&JsValue::NULL, &text).expect("a script");
        Self
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        Function::new_no_args("window.fetch = real").call0(&JsValue::NULL).expect("a script");
    }
}

fn names(found: &Data, typed: &str) -> Vec<String> {
    found.find(typed).into_iter().map(|emoji| emoji.plain).collect()
}

#[wasm_bindgen_test]
fn both_languages_know_the_same_emoji_and_every_one_has_a_name() {
    let (english, french) = (Data::read(ENGLISH), Data::read(FRENCH));
    assert_eq!(english.groups.len(), 9);
    assert_eq!(english.groups.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [0, 1, 3, 4, 5, 6, 7, 8, 9]);
    for ((_, one), (_, other)) in english.groups.iter().zip(&french.groups) {
        let signs = |group: &[xchat::ui::emoji::data::Emoji]| group.iter().map(|e| e.plain.clone()).collect::<Vec<_>>();
        assert_eq!(signs(one), signs(other));
        assert!(one.iter().chain(other).all(|emoji| !emoji.name.is_empty()));
    }
    assert!(english.groups.iter().map(|(_, group)| group.len()).sum::<usize>() > 1_800);
}

#[wasm_bindgen_test]
fn a_search_finds_by_the_beginnings_of_words_and_puts_names_first() {
    let english = Data::read(ENGLISH);
    assert_eq!(names(&english, "waving hand"), ["👋"]);
    assert_eq!(names(&english, "WAV han")[0], "👋");
    assert!(names(&english, "hello").contains(&"👋".to_owned()), "by what CLDR says of it");
    let cats = names(&english, "cat");
    assert!(cats.iter().position(|sign| sign == "🐈") < cats.iter().position(|sign| sign == "🐯"), "{cats:?}");
    assert!(names(&english, "aving").is_empty(), "not in the middle of a word");
    let french = Data::read(FRENCH);
    assert_eq!(names(&french, "éléphant"), names(&french, "ELEPHANT"));
    assert_eq!(names(&french, "elephant")[0], "🐘");
    assert_eq!(french.of("👋🏽").unwrap().plain, "👋");
    assert_eq!(french.of("❤").unwrap().plain, "❤️");
}

#[wasm_bindgen_test]
fn a_skin_tone_stands_behind_each_person_and_nothing_else() {
    let english = Data::read(ENGLISH);
    let toned = |sign: &str, tone| english.of(sign).unwrap().toned(tone);
    assert_eq!(toned("👋", 3), "👋🏽");
    assert_eq!(toned("👋", 0), "👋");
    assert_eq!(toned("☝️", 1), "☝🏻");
    assert_eq!(toned("🕵️‍♀️", 5), "🕵🏿‍♀️");
    assert_eq!(toned("👩‍❤️‍👨", 2), "👩🏼‍❤️‍👨🏼");
    assert_eq!(toned("🐈", 3), "🐈");
}

#[wasm_bindgen_test]
fn arrows_walk_rows_of_eight_and_from_section_to_section() {
    let sections = [3, 0, 20];
    let to = |from, key| step(&sections, from, key, false);
    assert_eq!(to((0, 1), "ArrowRight"), Some((0, 2)));
    assert_eq!(to((0, 2), "ArrowRight"), Some((2, 0)), "an empty one is passed over");
    assert_eq!(to((2, 0), "ArrowLeft"), Some((0, 2)));
    assert_eq!(to((0, 0), "ArrowLeft"), None);
    assert_eq!(to((2, 1), "ArrowDown"), Some((2, 9)));
    assert_eq!(to((2, 15), "ArrowDown"), Some((2, 19)), "a last row that is short");
    assert_eq!(to((2, 19), "ArrowDown"), None);
    assert_eq!(to((2, 5), "ArrowUp"), Some((0, 2)));
    assert_eq!(to((2, 17), "ArrowUp"), Some((2, 9)));
    assert_eq!(to((0, 1), "ArrowDown"), Some((2, 1)));
    assert_eq!(step(&sections, (2, 3), "ArrowLeft", true), Some((2, 4)), "from right to left");
    assert_eq!(to((2, 3), "End"), Some((2, 19)));
    assert_eq!(to((2, 3), "PageUp"), Some((0, 0)));
    assert_eq!(to((2, 3), "a"), None);
}

fn key(target: &Element, key: &str) {
    let init = KeyboardEventInit::new();
    init.set_bubbles(true);
    init.set_cancelable(true);
    init.set_key(key);
    target
        .dispatch_event(&KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).expect("an event"))
        .unwrap();
}

fn focused() -> Element {
    document().active_element().expect("something has the focus")
}

/// A conversation with the picker open, for its composer.
async fn picking(written: &str) -> Stand {
    let stand = Stand::with(noor(ChatState::Open), &open(NOOR));
    stand.type_into("textarea", "Message", written).await;
    stand.press("button", "Emoji").await;
    stand.find(".picker__one", "grinning face").await;
    stand
}

#[wasm_bindgen_test]
async fn an_emoji_is_written_at_the_caret_and_remembered() {
    let _relay = Relay::serving(Some(ENGLISH));
    let stand = picking("half a thought").await;
    let field: HtmlTextAreaElement = stand.find("textarea", "Message").await.unchecked_into();
    field.set_selection_range(4, 6).expect("it has a caret");
    stand.press(".picker__one", "grinning face").await;
    stand.until("it to be written", || field.value() == "half😀 thought").await;
    stand.until("the picker to go", || stand.all(".picker").is_empty()).await;
    stand.until("the field to have the focus", || focused().matches(".composer__input").unwrap()).await;
    stand.until("the caret", || field.selection_start().unwrap() == Some(6)).await;
    stand.press("button", "Emoji").await;
    stand.find("h3", "Used last").await;
    let last = || stand.all("[aria-label='Used last'] .picker__one").iter().map(name_of).collect::<Vec<_>>();
    stand.until("what was used", || last() == ["grinning face"]).await;
}

#[wasm_bindgen_test]
async fn the_keyboard_searches_walks_and_takes() {
    let _relay = Relay::serving(Some(ENGLISH));
    let stand = picking("").await;
    let find = stand.find("input", "Find emoji").await;
    key(&find, "ArrowDown");
    stand.until("the first", || name_of(&focused()) == "grinning face").await;
    key(&focused(), "ArrowRight");
    stand.until("the next", || name_of(&focused()) == "grinning face with big eyes").await;
    assert_eq!(stand.all(".picker__foot p")[0].text_content().unwrap(), "grinning face with big eyes");
    // Further than what is drawn at first.
    key(&focused(), "PageDown");
    stand.until("people", || name_of(&focused()) == "waving hand").await;
    stand.type_into("input", "Find emoji", "no such thing").await;
    stand.find(".picker__none", "Nothing found").await;
    stand.type_into("input", "Find emoji", "elephant").await;
    stand
        .until("the elephant", || {
            stand.all(".picker__one[aria-label]").first().map(name_of) == Some("elephant".to_owned())
        })
        .await;
    key(&find, "Enter");
    let field: HtmlTextAreaElement = stand.find("textarea", "Message").await.unchecked_into();
    stand.until("it to be written", || field.value() == "🐘").await;
}

#[wasm_bindgen_test]
async fn a_skin_tone_is_chosen_once_and_holds() {
    let _relay = Relay::serving(Some(ENGLISH));
    let stand = picking("").await;
    stand.press(".picker__foot button", "Medium").await;
    stand.press(".chip", "People").await;
    stand.press(".picker__one", "waving hand").await;
    let field: HtmlTextAreaElement = stand.find("textarea", "Message").await.unchecked_into();
    stand.until("it to be written", || field.value() == "👋🏽").await;
    stand.press("button", "Emoji").await;
    stand.until("the choice", || stand.named(".picker__foot [aria-pressed=true]", "Medium").is_some()).await;
}

#[wasm_bindgen_test]
async fn any_emoji_is_given_to_a_message_from_its_menu_and_taken_back() {
    let _relay = Relay::serving(Some(ENGLISH));
    let reaction = Reaction { emoji: "🐘".to_owned(), count: 1, mine: true, people: Vec::new() };
    let message = MessageView { reactions: vec![reaction], ..said(1, "Hi") };
    let stand = Stand::reading(noor(ChatState::Open), vec![message]).await;
    for (sign, name, on) in [("🐈", "cat", true), ("🐘", "elephant", false)] {
        stand.until("the bubble", || !stand.all(".bubble__more").is_empty()).await;
        stand.all(".bubble__more").remove(0).unchecked_into::<HtmlElement>().click();
        stand.press("[role=menuitem]", "More emoji").await;
        stand.type_into("input", "Find emoji", name).await;
        stand.find("h3", "Found").await;
        stand.press(".picker__one", name).await;
        stand.asked(Command::React { chat: NOOR, order: 1, emoji: sign.to_owned(), on }).await;
        stand.until("the picker to go", || stand.all(".picker").is_empty()).await;
    }
}

#[wasm_bindgen_test]
async fn without_a_connection_it_says_so_and_comes_when_there_is_one() {
    // Another language than the other tests': what was fetched once is not fetched again.
    let relay = Relay::serving(None);
    let stand = Stand::with(noor(ChatState::Open), "#settings");
    stand.press("label", "Français").await;
    let open: Rc<str> = open(NOOR).into();
    window().location().set_hash(&open).expect("an address");
    stand.press("button", "Émojis").await;
    stand.find(".picker__none p", "Vérifiez votre connexion, puis réessayez.").await;
    drop(relay);
    let _relay = Relay::serving(Some(FRENCH));
    stand.press(".picker__none button", "Réessayer").await;
    stand.find(".picker__one", "visage rieur").await;
}
