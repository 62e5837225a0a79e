//! The data of the page's language, fetched once.

use std::cell::RefCell;
use std::sync::Arc;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use super::data::Data;
use crate::ui::browser::js::call;
use crate::ui::i18n::{Lang, spoken};

thread_local! {
    static HERE: RefCell<Option<(Lang, Arc<Data>)>> = const { RefCell::new(None) };
}

/// What was fetched before.
pub(super) fn here() -> Option<Arc<Data>> {
    let lang = spoken();
    HERE.with_borrow(|here| here.as_ref().filter(|(of, _)| *of == lang).map(|(_, data)| data.clone()))
}

/// Fetches it. None: there is no connection.
pub(super) async fn fetch() -> Option<Arc<Data>> {
    let lang = spoken();
    let answer = JsFuture::from(window().fetch_with_str(&format!("/emoji-{}.txt", lang.tag()))).await.ok()?;
    if !answer.unchecked_ref::<web_sys::Response>().ok() {
        return None;
    }
    let text = call(&answer, "text", &[])?;
    let text = JsFuture::from(text.unchecked_into::<js_sys::Promise>()).await.ok()?.as_string()?;
    let data = Arc::new(Data::read(&text));
    HERE.set(Some((lang, data.clone())));
    Some(data)
}
