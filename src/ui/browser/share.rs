//! The device's own share sheet.

use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::ShareData;

/// Whether there is one.
pub(crate) fn can_share() -> bool {
    js_sys::Reflect::get(&window().navigator(), &"share".into()).is_ok_and(|share| share.is_function())
}

/// Opens it with an address. The person may close it; that is not an error.
pub(crate) async fn share(url: String) {
    let data = ShareData::new();
    data.set_title("X Chat");
    data.set_url(&url);
    if JsFuture::from(window().navigator().share_with_data(&data)).await.is_err() {
        leptos::logging::log!("the share sheet was closed");
    }
}
