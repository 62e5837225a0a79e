//! Where a message's menu stands: its row of emoji above the bubble, its lines below, both within the window.

use leptos::prelude::*;
use web_sys::{Element, HtmlElement};

use crate::ui::widgets::walk::{pixels, rtl};

/// Between bubble and menu, in CSS pixels.
const GAP: f64 = 6.0;
/// Between menu and window, in CSS pixels.
const EDGE: f64 = 12.0;

fn bubble(order: u64) -> Option<Element> {
    document().query_selector(&format!(".bubble[data-order='{order}']")).ok()?
}

/// Lifts a bubble above what dims the rest on a phone, or lets it down.
pub(super) fn lift(order: u64, up: bool) {
    if let Some(bubble) = bubble(order) {
        let classes = bubble.class_list();
        let done = if up { classes.add_1("bubble--lifted") } else { classes.remove_1("bubble--lifted") };
        if let Err(error) = done {
            leptos::logging::warn!("a bubble has no classes: {error:?}");
        }
    }
}

/// Places both parts.
pub(super) fn beside(order: u64, bar: Option<&HtmlElement>, list: &HtmlElement) {
    let Some(bubble) = bubble(order) else { return };
    let Some(root) = document().document_element() else { return };
    let (width, height) = (f64::from(root.client_width()), f64::from(root.client_height()));
    let rect = bubble.get_bounding_client_rect();
    // On the line of writing, from its start.
    let (start, end) = if rtl() { (width - rect.right(), width - rect.left()) } else { (rect.left(), rect.right()) };
    let own = bubble.closest(".group--own").ok().flatten().is_some();
    let across = |size: f64| if own { end - size } else { start }.min(width - size - EDGE).max(EDGE);
    let size = |part: &HtmlElement| (f64::from(part.offset_width()), f64::from(part.offset_height()));
    let (list_width, list_height) = size(list);
    let (bar_width, bar_height) = bar.map_or((0.0, 0.0), size);
    // What people gave it hangs below its edge.
    let bottom = bubble
        .next_element_sibling()
        .filter(|next| next.class_list().contains("reactions"))
        .map_or(rect.bottom(), |reactions| reactions.get_bounding_client_rect().bottom());
    let (bar_top, list_top) = tops((rect.top(), bottom), bar_height, list_height, height);
    put(list, list_top, across(list_width));
    if let Some(bar) = bar {
        put(bar, bar_top, across(bar_width));
    }
}

/// The upper edges of row and lines: around the bubble, else both above it, else over it at the window's lower edge.
pub fn tops((top, bottom): (f64, f64), bar: f64, list: f64, window: f64) -> (f64, f64) {
    let bar = if bar > 0.0 { bar + GAP } else { 0.0 };
    let fits_below = bottom + GAP + list + EDGE <= window;
    let fits_above = EDGE + bar + list + GAP <= top;
    let list_top = match (fits_below, fits_above) {
        (true, _) => bottom + GAP,
        (false, true) => top - GAP - list,
        (false, false) => window - EDGE - list,
    };
    let bar_top = (top.min(list_top) - bar).max(EDGE);
    (bar_top, list_top.max(bar_top + bar))
}

fn put(part: &HtmlElement, top: f64, start: f64) {
    let style = part.style();
    let placed = style
        .set_property("inset-block-start", &pixels(top))
        .and_then(|()| style.set_property("inset-inline-start", &pixels(start)));
    if let Err(error) = placed {
        leptos::logging::warn!("a menu has no place: {error:?}");
    }
}
