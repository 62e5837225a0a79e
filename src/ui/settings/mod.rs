//! The person's own things: name, link, words, look and language.

mod appearance;
mod ask_words;
mod page;
mod profile;
mod show_words;
mod words;

pub use ask_words::three_of_twelve;
pub(crate) use page::SettingsPage;
pub(crate) use words::WordsPage;
