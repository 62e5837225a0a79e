//! The arrow keys in a menu: along its row of emoji, if it has one, up and down its lines.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::ui::browser::focus;

/// A length for a style. Whole: to write fractions takes more code than a menu is worth.
pub(crate) fn pixels(length: f64) -> String {
    format!("{}px", length.round() as i32)
}

/// Whether lines run from right to left.
pub(crate) fn rtl() -> bool {
    document().document_element().and_then(|root| root.get_attribute("dir")).as_deref() == Some("rtl")
}

/// Moves the focus by an arrow key. Answers whether the key was one of the menu's.
pub(super) fn walk(menu: &HtmlElement, key: &str) -> bool {
    let Ok(items) = menu.query_selector_all("[role^=menuitem]") else { return false };
    let Ok(row) = menu.query_selector_all(".reaction-bar__item") else { return false };
    let here = document().active_element();
    let item = |at: u32| items.item(at).and_then(|node| node.dyn_into::<HtmlElement>().ok());
    let at = (0..items.length()).find(|at| item(*at).as_deref() == here.as_ref()).unwrap_or(0);
    let Some(next) = step(key, at, row.length(), items.length(), rtl()) else { return false };
    if let Some(next) = item(next) {
        focus::focus(&next);
    }
    true
}

/// Where a key leads in a menu of so many items, the first few of which stand in a row. None: nowhere.
pub fn step(key: &str, at: u32, row: u32, all: u32, rtl: bool) -> Option<u32> {
    let last = all.checked_sub(1)?;
    let back = if rtl { "ArrowRight" } else { "ArrowLeft" };
    let on = if rtl { "ArrowLeft" } else { "ArrowRight" };
    match key {
        "Home" => Some(0),
        "End" => Some(last),
        "ArrowDown" if at < row => Some(row.min(last)),
        "ArrowDown" => Some(if at == last { 0 } else { at + 1 }),
        "ArrowUp" if at < row || at == 0 => Some(last),
        "ArrowUp" if at == row => Some(0),
        "ArrowUp" => Some(at - 1),
        key if key == on && at < row => Some(if at + 1 == row { 0 } else { at + 1 }),
        key if key == back && at < row => Some(if at == 0 { row - 1 } else { at - 1 }),
        _ => None,
    }
}
