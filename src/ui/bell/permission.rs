//! What the browser allows.

use js_sys::Promise;
use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::ui::browser::js::{call, get};

/// Whether this page may show notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permission {
    /// There are none here: the browser has none, or the page is embedded in another.
    Missing,
    /// Nobody was asked yet.
    Open,
    Granted,
    Denied,
}

/// What holds now.
pub(crate) fn permission() -> Permission {
    let embedded = window().parent().ok().flatten().is_some_and(|parent| parent != window());
    if embedded {
        return Permission::Missing;
    }
    match get(&get(&window(), "Notification"), "permission").as_string().as_deref() {
        Some("granted") => Permission::Granted,
        Some("denied") => Permission::Denied,
        Some(_) => Permission::Open,
        None => Permission::Missing,
    }
}

/// Lets the browser ask, which it does only after a press. Answers what holds then.
pub(crate) async fn ask() -> Permission {
    let asked = call(&get(&window(), "Notification"), "requestPermission", &[]);
    if let Some(asked) = asked
        && JsFuture::from(Promise::resolve(&asked)).await.is_err()
    {
        leptos::logging::warn!("the browser did not ask");
    }
    permission()
}
