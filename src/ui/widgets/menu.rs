//! A menu: lines that do something, opened at a point of the window. Arrow keys move along it.

use leptos::ev::{KeyboardEvent, MouseEvent, PointerEvent};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::icon::{Glyph, Icon};
use crate::ui::browser::focus;

/// Between menu and window, in CSS pixels.
const EDGE: i32 = 12;

/// A line.
pub(crate) struct Line {
    pub(crate) glyph: Glyph,
    pub(crate) words: &'static str,
    /// It takes something away.
    pub(crate) danger: bool,
    pub(crate) does: Callback<()>,
}

/// The menu. It takes the focus; closed, it gives the focus back. `on_close` must take it away.
#[component]
pub(crate) fn Menu(
    label: &'static str,
    /// Where it was asked for, in CSS pixels of the window.
    at: (i32, i32),
    lines: Vec<Line>,
    on_close: Callback<()>,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let before = StoredValue::new_local(document().active_element());
    let close = move || {
        on_close.run(());
        focus::restore(before.get_value());
    };
    Effect::new(move |_| {
        if let Some(menu) = node.get() {
            place(&menu, at);
            step(&menu, "Home");
        }
    });
    let key = move |event: KeyboardEvent| match event.key().as_str() {
        "Escape" | "Tab" => {
            event.prevent_default();
            event.stop_propagation();
            close();
        }
        key => {
            if node.get_untracked().is_some_and(|menu| step(&menu, key)) {
                event.prevent_default();
            }
        }
    };
    // A finger that opened the menu is lifted over it: that is no press.
    let pressed = StoredValue::new(false);
    let away = move |event: MouseEvent| {
        event.prevent_default();
        if pressed.get_value() {
            close();
        }
    };
    let line = |Line { glyph, words, danger, does }: Line| {
        let choose = move |_| {
            close();
            does.run(());
        };
        view! {
            <button
                type="button"
                class="menu__item"
                class:menu__item--danger=danger
                role="menuitem"
                tabindex="-1"
                on:click=choose
            >
                <Icon glyph />
                <span>{words}</span>
            </button>
        }
        .into_any()
    };
    view! {
        <div
            class="scrim"
            on:pointerdown=move |_: PointerEvent| pressed.set_value(true)
            on:click=away
            on:contextmenu=away
        ></div>
        <div
            node_ref=node
            class="menu menu--at"
            role="menu"
            aria-label=label
            on:keydown=key
            on:contextmenu=|event: MouseEvent| event.prevent_default()
        >
            {lines.into_iter().map(line).collect_view()}
        </div>
    }
}

/// Moves the focus by a key. Answers whether the key was one of the menu's.
fn step(menu: &HtmlElement, key: &str) -> bool {
    let Ok(items) = menu.query_selector_all("[role=menuitem]") else { return false };
    let Some(last) = items.length().checked_sub(1) else { return false };
    let item = |at: u32| items.item(at).and_then(|node| node.dyn_into::<HtmlElement>().ok());
    let here = document().active_element();
    let here = (0..=last).find(|at| item(*at).as_deref() == here.as_ref());
    let next = match (key, here) {
        ("Home", _) | ("ArrowDown", None) => 0,
        ("End", _) | ("ArrowUp", None | Some(0)) => last,
        ("ArrowDown", Some(at)) => (at + 1) % (last + 1),
        ("ArrowUp", Some(at)) => at - 1,
        _ => return false,
    };
    if let Some(next) = item(next) {
        focus::focus(&next);
    }
    true
}

/// Puts it beside the point, within the window.
fn place(menu: &HtmlElement, (x, y): (i32, i32)) {
    let Some(root) = document().document_element() else { return };
    let within = |at: i32, size: i32, window: i32| at.min(window - size - EDGE).max(EDGE);
    let left = within(x, menu.offset_width(), root.client_width());
    let top = within(y, menu.offset_height(), root.client_height());
    let style = menu.style();
    let placed = style.set_property("left", &format!("{left}px"));
    if let Err(error) = placed.and_then(|()| style.set_property("top", &format!("{top}px"))) {
        leptos::logging::warn!("a menu has no place: {error:?}");
    }
}
