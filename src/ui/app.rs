//! The page as a whole: which screen stands, and the document's title.

use leptos::prelude::*;

use super::browser::prefs;
use super::gate::{Elsewhere, Fatal, StoragePage, storage};
use super::language::UseLanguage;
use super::media;
use super::onboarding::Onboarding;
use super::part::Place;
use super::route::Route;
use super::session::{Session, Stage, StorageTrouble};
use super::settings;
use super::shell::Shell;
use super::title::keep_title;
use super::widgets::toast::Toasts;

/// What the whole page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Screen {
    Onboarding,
    Shell,
    Removed,
    Elsewhere,
    Storage(StorageTrouble),
    Fatal(String),
}

fn screen(session: Session) -> Screen {
    let here = session.account().with(Option::is_some);
    match (session.stage().get(), session.storage().get()) {
        (Stage::Fatal(detail), _) => Screen::Fatal(detail),
        (Stage::Elsewhere, _) => Screen::Elsewhere,
        (_, Some(trouble)) if storage::blocks(trouble.problem, here) => Screen::Storage(trouble),
        _ if session.is_removed() && !session.reads_on().get() => Screen::Removed,
        // Before the engine speaks, what the browser remembers decides what is drawn first.
        (Stage::Starting, _) if prefs::inhabited() => Screen::Shell,
        (Stage::Starting | Stage::Ready, _) if here => Screen::Shell,
        (Stage::Starting | Stage::Ready, _) => Screen::Onboarding,
    }
}

/// The page. The session must be fed with events by whoever mounts it.
#[component]
pub fn App(session: Session) -> impl IntoView {
    provide_context(session);
    let language = UseLanguage::new();
    provide_context(language);
    // What came before it spoke was named in English.
    session.speaks_anew();
    session.router().listen();
    keep_title(session);
    let leaving = window_event_listener(leptos::ev::beforeunload, move |event| {
        session.keep_now();
        if session.has_unsaved() || media::has_unsent(session) {
            event.prevent_default();
        }
    });
    on_cleanup(move || leaving.remove());
    // A link in the address is kept until somebody lives here to open it.
    Effect::new(move |_| {
        if session.router().now().with(|route| matches!(route, Route::Add(_) | Route::Join(_)))
            && let Ok(link) = window().location().href()
        {
            session.ask_link(link);
        }
    });
    let screen = Memo::new(move |_| screen(session));
    view! {
        {move || {
            language.get();
            match screen.get() {
                Screen::Onboarding => view! { <Onboarding /> }.into_any(),
                Screen::Shell => view! { <Shell /> }.into_any(),
                Screen::Removed => settings::open(Place::Whole, settings::Screen::Removed),
                Screen::Elsewhere => view! { <Elsewhere /> }.into_any(),
                Screen::Storage(trouble) => view! { <StoragePage trouble /> }.into_any(),
                Screen::Fatal(detail) => view! { <Fatal detail /> }.into_any(),
            }
        }}
        <Toasts />
    }
}
