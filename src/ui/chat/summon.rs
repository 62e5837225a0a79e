//! How a message's menu is called: the other mouse button, a long press, the button beside the bubble, the keyboard. All of it is
//! heard by the timeline, so that a bubble costs no listener of its own.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, EventTarget, HtmlElement};

use super::over::Over;
use crate::ui::browser::js::closest;
use crate::ui::session::{Session, use_session};
use crate::ui::widgets::long_press::LongPress;

/// Opens menus in one timeline.
#[derive(Clone, Copy)]
pub(crate) struct Summon {
    session: Session,
    over: RwSignal<Over>,
    pub(crate) press: LongPress,
}

impl Summon {
    pub(crate) fn new(over: RwSignal<Over>) -> Self {
        Self { session: use_session(), over, press: LongPress::new() }
    }

    fn open(self, order: u64) {
        self.over.set(Over::Menu(order));
    }

    /// Messages are being chosen: then a message has no menu, and a click chooses it.
    fn chooses(self) -> bool {
        self.session.chosen().with_untracked(Option::is_some)
    }

    /// Chooses the message of what was clicked, or takes that back.
    fn choose(self, event: &Event) {
        if let Some(order) = order_at(event.target()) {
            // A box shows by itself what was done to it.
            if closest(event.target(), ".bubble__check").is_none() {
                event.prevent_default();
            }
            self.session.choose(order);
        }
    }

    /// The other mouse button, the key for menus, and what a touch screen makes of a long press.
    pub(crate) fn asked(self, event: &Event) {
        // A link has a menu of the browser's own.
        if closest(event.target(), "a").is_some() {
            return;
        }
        if let Some(order) = order_at(event.target()).filter(|_| !self.chooses()) {
            event.prevent_default();
            self.press.let_go();
            self.open(order);
        }
    }

    /// The button beside a bubble, who voted in its poll, or one of its files; while messages are chosen, the bubble.
    pub(crate) fn clicked(self, event: &Event) {
        if self.chooses() {
            return self.choose(event);
        }
        let Some(order) = order_at(event.target()) else { return };
        if closest(event.target(), ".bubble__more").is_some() {
            self.open(order);
        } else if closest(event.target(), ".poll__who").is_some() {
            self.over.set(Over::Details(order));
        } else if let Some(at) = closest(event.target(), "[data-at]") {
            let at = at.get_attribute("data-at").and_then(|at| at.parse().ok()).unwrap_or_default();
            self.over.set(Over::File(order, at));
        }
    }

    /// Keys: the menu's, and arrows from message to message.
    pub(crate) fn key(self, event: &KeyboardEvent) {
        let bubble = closest(event.target(), ".bubble");
        let timeline = closest(event.target(), ".timeline");
        let outside = bubble.is_none() && timeline != event.target().and_then(|target| target.dyn_into().ok());
        match event.key().as_str() {
            "ContextMenu" => self.asked(event),
            "F10" if event.shift_key() => self.asked(event),
            "Escape" => self.session.choose_none(),
            " " | "Enter" if bubble == event.target().and_then(|target| target.dyn_into().ok()) && self.chooses() => {
                self.choose(event)
            }
            "ArrowUp" | "ArrowDown" if !outside => {
                let up = event.key() == "ArrowUp";
                if let Some(next) = neighbour(bubble.as_ref(), up) {
                    event.prevent_default();
                    if next.focus().is_err() {
                        leptos::logging::warn!("a message took no focus");
                    }
                }
            }
            _ => {}
        }
    }

    /// A finger touches.
    pub(crate) fn touched(self, event: &PointerEvent) {
        self.press.let_go();
        if self.chooses() || closest(event.target(), "a, button:not(.photo, .once)").is_some() {
            return;
        }
        if let Some(order) = order_at(event.target()) {
            self.press.touched(event, Callback::new(move |()| self.open(order)));
        }
    }
}

/// The message in whose bubble this is.
fn order_at(target: Option<EventTarget>) -> Option<u64> {
    closest(target, ".bubble")?.get_attribute("data-order")?.parse().ok()
}

/// The bubble above or below this one. From outside: the last that is on the screen.
fn neighbour(from: Option<&Element>, up: bool) -> Option<HtmlElement> {
    let bubbles = document().query_selector_all(".timeline .bubble").ok()?;
    let at = |index: u32| bubbles.item(index).and_then(|node| node.dyn_into::<HtmlElement>().ok());
    let same = |index: &u32| at(*index).as_deref() == from;
    match from {
        Some(_) => {
            let here = (0..bubbles.length()).find(same)?;
            at(if up { here.checked_sub(1)? } else { here + 1 })
        }
        None => {
            let bottom = document().query_selector(".timeline").ok()??.get_bounding_client_rect().bottom();
            (0..bubbles.length()).rev().filter_map(at).find(|bubble| bubble.get_bounding_client_rect().top() < bottom)
        }
    }
}
