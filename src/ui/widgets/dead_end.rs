//! Nothing is here, and the way back to the chats.

use leptos::prelude::*;

use crate::ui::i18n::text;
use crate::ui::route::Route;

/// The empty pane. `within`: it came about on a page that has a title of its own, so it is said.
#[component]
pub(crate) fn DeadEnd(title: &'static str, sentence: &'static str, within: bool) -> impl IntoView {
    view! {
        <div class="empty-state" role=within.then_some("alert")>
            <h1 class="empty-state__title">{title}</h1>
            <p>{sentence}</p>
            <div class="empty-state__actions">
                <a class="button button--primary" href=Route::Chats.href()>
                    {text().back_to_chats}
                </a>
            </div>
        </div>
    }
}
