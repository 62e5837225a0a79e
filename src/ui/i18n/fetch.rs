//! French is a part of the page: a person reads one language, and the sentences of each weigh as much as a screen or two. It is
//! fetched before the page is mounted where French is wanted, and when it is chosen. English is always there.

use super::{Lang, Text, fr};
use crate::ui::part::NotLoaded;

#[cfg(feature = "split")]
use ::leptos::wasm_split as split;

#[cfg(feature = "split")]
thread_local! {
    /// The table, once it has come.
    static FRENCH: std::cell::Cell<Option<&'static Text>> = const { std::cell::Cell::new(None) };
}

/// The one way into the part.
#[cfg_attr(feature = "split", split::wasm_split(french, wasm_split_path = split, fallible))]
fn french() -> Result<&'static Text, NotLoaded> {
    Ok(&fr::TEXT)
}

/// The French table. None: it has not come.
#[cfg(feature = "split")]
pub(super) fn come() -> Option<&'static Text> {
    FRENCH.get()
}

/// Without parts it is there.
#[cfg(not(feature = "split"))]
pub(super) fn come() -> Option<&'static Text> {
    french().ok()
}

/// Brings the sentences of a language here. Whether they are.
pub(crate) async fn fetch(lang: Lang) -> bool {
    #[cfg(feature = "split")]
    if lang == Lang::French && FRENCH.get().is_none() {
        FRENCH.set(french().await.ok());
    }
    lang.is_here()
}
