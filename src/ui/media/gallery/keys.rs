//! The arrow keys among pictures and films: along the lines, and up and down by where they stand, whatever month that is in.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use crate::ui::widgets::walk::rtl;

/// Moves the focus by an arrow key that was pressed on a tile.
pub(super) fn pressed(event: &KeyboardEvent) {
    let here = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(here) = here.filter(|here| here.class_list().contains("photo")) else { return };
    let Ok(found) = document().query_selector_all(".gallery .photo") else { return };
    let tiles: Vec<HtmlElement> =
        (0..found.length()).filter_map(|at| found.item(at)?.dyn_into::<HtmlElement>().ok()).collect();
    let places: Vec<(f64, f64)> = tiles.iter().map(middle).collect();
    let at = tiles.iter().position(|tile| AsRef::<Element>::as_ref(tile) == &here);
    if let Some(next) = at.and_then(|at| next(&event.key(), at, &places, rtl())).and_then(|next| tiles.get(next)) {
        event.prevent_default();
        // With scrolling: it may be out of sight.
        if next.focus().is_err() {
            leptos::logging::warn!("a tile took no focus");
        }
    }
}

fn middle(tile: &HtmlElement) -> (f64, f64) {
    let rect = tile.get_bounding_client_rect();
    (rect.left() + rect.width() / 2.0, rect.top() + rect.height() / 2.0)
}

/// Which tile a key leads to, from this one of those whose middles stand at these places. None: none.
pub fn next(key: &str, at: usize, places: &[(f64, f64)], rtl: bool) -> Option<usize> {
    let (across, down) = *places.get(at)?;
    // Of a line above or below, the nearest one; of that line's tiles, the one that stands most nearly in the same column.
    let line = |further: &dyn Fn(f64) -> f64| {
        let beyond = places.iter().enumerate().filter(|(_, place)| further(place.1) > 1.0);
        let apart = |place: &(f64, f64)| (further(place.1).round(), (place.0 - across).abs().round());
        beyond.min_by(|a, b| apart(a.1).partial_cmp(&apart(b.1)).unwrap_or(std::cmp::Ordering::Equal)).map(|(at, _)| at)
    };
    match (key, rtl) {
        ("ArrowRight", false) | ("ArrowLeft", true) => Some(at + 1).filter(|next| *next < places.len()),
        ("ArrowLeft", false) | ("ArrowRight", true) => at.checked_sub(1),
        ("ArrowDown", _) => line(&|of| of - down),
        ("ArrowUp", _) => line(&|of| down - of),
        ("Home", _) => Some(0),
        ("End", _) => places.len().checked_sub(1),
        _ => None,
    }
}
