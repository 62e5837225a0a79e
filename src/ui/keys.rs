//! Keys that mean something wherever one is in the app.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::browser::focus;
use super::browser::js::closest;
use super::list::FIELD;
use super::part::Place;
use super::session::use_session;
use super::settings::{self, Screen};

/// Where a character is one that is typed, or meant for what lies over the page.
const ELSEWHERE: &str = "input, textarea, select, dialog, [role=menu]";

/// Listens for as long as the app is shown, and shows what a key calls for.
pub(crate) fn keys() -> impl IntoView {
    let session = use_session();
    let listed = RwSignal::new(false);
    let close = Callback::new(move |()| listed.set(false));
    let pressed = window_event_listener(leptos::ev::keydown, move |event| {
        match event.key().as_str() {
            "?" if is_free(&event) => listed.set(true),
            "/" if is_free(&event) => focus::focus_on(FIELD),
            // Also while one writes.
            "k" if ctrl(&event) && !is_in(&event, "dialog") => focus::focus_on(FIELD),
            // What was chosen from a menu has left the focus nowhere.
            "Escape" if focus::is_nowhere() && session.chosen().with_untracked(Option::is_some) => {
                session.choose_none()
            }
            "f" if ctrl(&event) && !is_in(&event, "dialog") && session.search_open(true) => {}
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || pressed.remove());
    move || listed.get().then(|| settings::open(Place::Over(close), Screen::Shortcuts(close)))
}

fn ctrl(event: &KeyboardEvent) -> bool {
    event.ctrl_key() || event.meta_key()
}

fn is_free(event: &KeyboardEvent) -> bool {
    !ctrl(event) && !is_in(event, ELSEWHERE)
}

fn is_in(event: &KeyboardEvent, selector: &str) -> bool {
    closest(event.target(), selector).is_some()
}
