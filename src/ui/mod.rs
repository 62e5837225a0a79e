//! The page: what a person sees and presses.
//!
//! Data path: the worker's `Event` -> `link` -> `Session::take` -> `apply` -> signals -> views; a press -> a verb of `Session` ->
//! `Command` -> `link`. It must never import `worker`, hold a key, or put text from elsewhere on the page as HTML.

// A component's macro makes the type of its properties `pub`, whatever the component is.
#![allow(unreachable_pub)]

mod app;
mod back;
pub mod bell;
pub mod browser;
pub mod chat;
pub mod contact;
pub mod devices;
pub mod emoji;
pub mod files;
mod flag;
mod gate;
pub mod group;
pub mod i18n;
mod join;
mod keys;
mod language;
mod list;
pub mod name;
mod new_chat;
mod onboarding;
mod page;
pub mod part;
mod people;
mod problem;
pub mod route;
pub mod scan;
mod search;
pub mod session;
pub mod settings;
mod shell;
pub mod title;
pub mod widgets;

pub use app::App;
pub use session::Session;

/// Mounts the page and joins it to the engine's worker.
pub fn start() {
    use leptos::prelude::*;

    let owner = Owner::new();
    let session = owner.with(Session::new);
    let port = crate::link::Port::open(move |event| session.take(event));
    session.connect(move |command| port.send(command));
    wasm_bindgen_futures::spawn_local(async move {
        // One who reads French should not see English first; what index.html painted stands meanwhile.
        i18n::fetch(language::wanted()).await;
        if let Some(painted) = document().get_element_by_id("app") {
            painted.remove();
        }
        mount_to_body(move || view! { <App session /> });
        // The session lives as long as the page.
        std::mem::forget(owner);
    });
}
