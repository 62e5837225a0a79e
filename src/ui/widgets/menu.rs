//! Menus: what all of them share, and the plain one, of lines that is opened at a point of the window. Arrow keys move along it.

use std::time::Duration;

use leptos::ev::{KeyboardEvent, MouseEvent, PointerEvent};
use leptos::html;
use leptos::prelude::*;
use web_sys::HtmlElement;

use super::icon::{Glyph, Icon};
use super::walk::walk;
use crate::ui::back;
use crate::ui::browser::focus;
use crate::ui::session::use_session;

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

/// What closes a menu that opens now, and gives the focus back. `on_close` must take it away.
pub(crate) fn closing(on_close: Callback<()>) -> Callback<()> {
    let before = StoredValue::new_local(document().active_element());
    Callback::new(move |()| {
        on_close.run(());
        focus::restore(before.get_value());
    })
}

/// What every menu is: a sheet behind it that closes it, and keys that move along it.
#[component]
pub(crate) fn MenuFrame(
    label: &'static str,
    class: &'static str,
    node: NodeRef<html::Div>,
    /// Puts it where it belongs. Done once it is on the page, and again when the window has another size.
    place: Callback<()>,
    close: Callback<()>,
    children: Children,
) -> impl IntoView {
    back::layer(close);
    let session = use_session();
    on_cleanup(move || request_animation_frame(move || session.bare()));
    Effect::new(move |_| {
        if node.get().is_some() {
            place.run(());
        }
    });
    // What it stands beside is laid out anew only after the event.
    let resized = window_event_listener_untyped("resize", move |_| {
        set_timeout(move || _ = place.try_run(()), Duration::ZERO);
    });
    on_cleanup(move || resized.remove());
    let key = move |event: KeyboardEvent| match event.key().as_str() {
        "Escape" | "Tab" => {
            event.prevent_default();
            event.stop_propagation();
            close.run(());
        }
        key => {
            if node.get_untracked().is_some_and(|menu| walk(&menu, key)) {
                event.prevent_default();
            }
        }
    };
    // A finger that opened the menu is lifted over it: that is no press.
    let pressed = StoredValue::new(false);
    let away = move |event: MouseEvent| {
        event.prevent_default();
        if pressed.get_value() {
            close.run(());
        }
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
            class=class
            role="menu"
            aria-label=label
            on:keydown=key
            on:contextmenu=|event: MouseEvent| event.prevent_default()
        >
            {children()}
        </div>
    }
}

/// A line, which does something when it is pressed.
pub(crate) fn line(Line { glyph, words, danger, does }: Line) -> AnyView {
    view! {
        <button
            type="button"
            class="menu__item"
            class:menu__item--danger=danger
            role="menuitem"
            tabindex="-1"
            on:click=move |_| does.run(())
        >
            <Icon glyph />
            <span>{words}</span>
        </button>
    }
    .into_any()
}

/// A menu of lines alone, at a point. It takes the focus; closed, it gives the focus back.
#[component]
pub(crate) fn Menu(
    label: &'static str,
    /// Where it was asked for, in CSS pixels of the window.
    at: (i32, i32),
    lines: Vec<Line>,
    on_close: Callback<()>,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let close = closing(on_close);
    Effect::new(move |_| {
        if let Some(menu) = node.get() {
            walk(&menu, "Home");
        }
    });
    let stand = Callback::new(move |()| {
        if let Some(menu) = node.try_get_untracked().flatten() {
            place(&menu, at);
        }
    });
    let closes_first = move |Line { glyph, words, danger, does }: Line| {
        let does = Callback::new(move |()| {
            close.run(());
            does.run(());
        });
        line(Line { glyph, words, danger, does })
    };
    view! {
        <MenuFrame label class="menu menu--at" node place=stand close>
            {lines.into_iter().map(closes_first).collect_view()}
        </MenuFrame>
    }
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
