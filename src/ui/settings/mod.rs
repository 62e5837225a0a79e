//! The person's own things: name, link, words, notifications, look and language. A part of the page, loaded when it is first opened.

mod appearance;
mod ask_words;
mod notifications;
mod page;
mod profile;
mod show_words;
mod words;

pub use ask_words::three_of_twelve;
use leptos::prelude::*;
use notifications::NotificationsPage;
use page::SettingsPage;
use words::WordsPage;

use super::part::part;

/// What this part shows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Screen {
    /// The settings.
    Settings,
    /// The twelve words.
    Words,
    /// Notifications.
    Notifications,
}

part!(settings: Screen => draw);

fn draw(screen: Screen) -> AnyView {
    match screen {
        Screen::Settings => view! { <SettingsPage /> }.into_any(),
        Screen::Words => view! { <WordsPage /> }.into_any(),
        Screen::Notifications => view! { <NotificationsPage /> }.into_any(),
    }
}
