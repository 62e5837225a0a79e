//! Where the picker stands on a wide window: over what it belongs to, else under it, within the window. A narrow one has it as a sheet.

use leptos::prelude::*;
use web_sys::{Element, HtmlElement};

use super::Screen;
use crate::ui::widgets::walk::{pixels, rtl};

/// Between picker and what it belongs to, in CSS pixels.
const GAP: f64 = 8.0;
/// Between picker and window, in CSS pixels.
const EDGE: f64 = 12.0;

fn anchor(screen: Screen) -> Option<Element> {
    let selector = match screen {
        Screen::Write(..) => ".composer__box".to_owned(),
        Screen::React(_, order, _) => format!(".bubble[data-order='{order}']"),
    };
    document().query_selector(&selector).ok()?
}

/// Says it to the style sheet.
pub(super) fn place(screen: Screen, picker: &HtmlElement) {
    let (Some(anchor), Some(root)) = (anchor(screen), document().document_element()) else { return };
    let rect = anchor.get_bounding_client_rect();
    let (width, height) = (f64::from(picker.offset_width()), f64::from(picker.offset_height()));
    let (window_width, window_height) = (f64::from(root.client_width()), f64::from(root.client_height()));
    let within = |at: f64, size: f64, window: f64| at.min(window - size - EDGE).max(EDGE);
    let left = within(if rtl() { rect.left() } else { rect.right() - width }, width, window_width);
    let above = rect.top() - GAP - height;
    let top = within(if above >= EDGE { above } else { rect.bottom() + GAP }, height, window_height);
    let style = picker.style();
    let placed = style.set_property("--left", &pixels(left));
    if let Err(error) = placed.and_then(|()| style.set_property("--top", &pixels(top))) {
        leptos::logging::warn!("the picker has no place: {error:?}");
    }
}
