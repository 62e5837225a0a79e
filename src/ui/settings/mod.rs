//! The person's own things: name, link, words, devices, notifications, look and language, and the pages that explain. A part of the page, loaded when it is first opened. How a
//! browser becomes a device of somebody, and that it is one no more, is in it as well: most who open the page never see either.

mod about;
mod appearance;
mod ask_words;
mod chat_row;
mod files;
mod help;
mod notifications;
mod page;
mod privacy;
mod profile;
mod shortcuts;
mod show_words;
mod storage;
mod words;

use about::AboutPage;
pub use ask_words::three_of_twelve;
use help::HelpPage;
use leptos::prelude::*;
use notifications::NotificationsPage;
use page::SettingsPage;
use shortcuts::Shortcuts;
use storage::StoragePage;
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
    /// What is stored on this device.
    Storage,
    /// What is protected, in plain words.
    Help,
    /// What this app is, and what it is made of.
    About,
    /// What keys do, until the callback closes it.
    Shortcuts(Callback<()>),
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
        Screen::Storage => view! { <StoragePage /> }.into_any(),
        Screen::Help => view! { <HelpPage /> }.into_any(),
        Screen::About => view! { <AboutPage /> }.into_any(),
        Screen::Shortcuts(on_close) => view! { <Shortcuts on_close /> }.into_any(),
    }
}
