//! The data of the page's language, fetched once.

use std::cell::RefCell;
use std::sync::Arc;

use super::data::Data;
use crate::ui::browser::text_file;
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
    let text = text_file::fetch(&format!("/emoji-{}.txt", lang.tag())).await?;
    let data = Arc::new(Data::read(&text));
    HERE.set(Some((lang, data.clone())));
    Some(data)
}
