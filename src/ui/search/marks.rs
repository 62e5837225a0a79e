//! The words that were found, marked in the message itself by the browser's own highlights: nothing of the message changes.

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::Element;

use crate::ui::browser::js::{call, get, make};
use crate::ui::browser::letters::lower;

/// The name of the highlight in the style sheet.
const NAME: &str = "found";
/// Of a tree walker: texts.
const TEXTS: u32 = 4;
/// In one message at most.
const MOST: usize = 256;

/// Marks them in the message of this order, where it is on the page, and nowhere else. A browser without highlights marks nothing.
/// `leads`: the first of them comes to the screen, where its message is too long for that.
pub(super) fn mark(order: Option<u64>, words: &[&str], leads: bool) {
    let message = order.and_then(|order| {
        let selector = format!(".timeline [data-order='{order}'] :is(.bubble__text, .prose, .poll)");
        document().query_selector(&selector).ok().flatten()
    });
    let ranges = message.as_ref().map(|message| ranges(message, words)).unwrap_or_default();
    if let Some((message, first)) = message.zip(ranges.first()).filter(|_| leads) {
        lead(&message, first);
    }
    let highlights = get(&get(&window(), "CSS"), "highlights");
    if let Some(highlight) = make("Highlight", &ranges) {
        let _set = call(&highlights, "set", &[NAME.into(), highlight]);
    }
}

/// Scrolls a message so far that a range of it stands in the middle, if it is not on the screen.
fn lead(message: &Element, range: &JsValue) {
    let Ok(Some(frame)) = message.closest(".timeline") else { return };
    let seen = frame.get_bounding_client_rect();
    let at =
        call(range, "getBoundingClientRect", &[]).map(|rect| ["top", "bottom"].map(|edge| get(&rect, edge).as_f64()));
    if let Some([Some(top), Some(bottom)]) = at
        && (top < seen.top() || bottom > seen.bottom())
    {
        frame.scroll_by_with_x_and_y(0.0, top - (seen.top() + seen.bottom()) / 2.0);
    }
}

/// The ranges of the words within an element's texts, without regard to capitals.
fn ranges(message: &Element, words: &[&str]) -> Vec<JsValue> {
    let mut ranges = Vec::new();
    let document = document();
    let Some(walker) = call(&document, "createTreeWalker", &[message.into(), TEXTS.into()]) else { return ranges };
    while let Some(text) = call(&walker, "nextNode", &[]).filter(|node| !node.is_null()) {
        let said = get(&text, "data").as_string().unwrap_or_default();
        for (from, to) in places(&said, words) {
            let Some(range) = call(&document, "createRange", &[]).filter(|_| ranges.len() < MOST) else {
                return ranges;
            };
            let ends = [("setStart", from), ("setEnd", to)];
            let set = ends.map(|(end, at)| call(&range, end, &[text.clone(), JsValue::from_f64(at as f64)]));
            if set.iter().all(Option::is_some) {
                ranges.push(range);
            }
        }
    }
    ranges
}

/// Where they stand in a text, in UTF-16 code units as a range counts them.
fn places(said: &str, words: &[&str]) -> Vec<(usize, usize)> {
    let small = lower(said);
    // Where small letters are of another length, capitals make a difference.
    let lengths = |text: &str| text.chars().map(char::len_utf16).sum::<usize>();
    let folds = small.len() == said.len() && lengths(&small) == lengths(said);
    let said = if folds { &small } else { said };
    let words: Vec<String> = words.iter().map(|word| if folds { lower(word) } else { (*word).to_owned() }).collect();
    let mut places = Vec::new();
    for (_, word) in words.iter().enumerate().filter(|(at, word)| !words[..*at].contains(word)) {
        let (mut told, mut from) = (0, 0);
        for (at, found) in said.match_indices(word).take(MOST) {
            from += lengths(&said[told..at]);
            told = at;
            places.push((from, from + lengths(found)));
        }
    }
    places
}
