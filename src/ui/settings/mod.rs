//! The person's own things: name, link, words, devices, notifications, look and language. A part of the page, loaded when it is first opened. How a
//! browser becomes a device of somebody, and that it is one no more, is in it as well: most who open the page never see either.

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

use super::devices::{DevicesPage, Join, Removed};
use super::part::part;

/// What this part shows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Screen {
    /// The settings.
    Settings,
    /// The twelve words.
    Words,
    /// The devices.
    Devices,
    /// This browser becomes one of them; the callback goes back.
    Join(Callback<()>),
    /// This browser is one of them no more.
    Removed,
    /// Notifications.
    Notifications,
}

part!(settings: Screen => draw);

fn draw(screen: Screen) -> AnyView {
    match screen {
        Screen::Settings => view! { <SettingsPage /> }.into_any(),
        Screen::Words => view! { <WordsPage /> }.into_any(),
        Screen::Devices => view! { <DevicesPage /> }.into_any(),
        Screen::Join(on_back) => view! { <Join on_back /> }.into_any(),
        Screen::Removed => view! { <Removed /> }.into_any(),
        Screen::Notifications => view! { <NotificationsPage /> }.into_any(),
    }
}
