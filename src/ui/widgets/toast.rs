//! Sentences that show for a while, at the foot of the page.

use leptos::prelude::*;

use super::rows::rows;
use crate::ui::session::use_session;

/// Where they show. Always on the page, so that assistive technology hears what is added.
#[component]
pub(crate) fn Toasts() -> impl IntoView {
    let session = use_session();
    let toasts = session.toasts();
    let keys = move || toasts.with(|toasts| toasts.iter().map(|toast| toast.id.into()).collect());
    let toast = move |key: u128| {
        let text = toasts.with_untracked(|toasts| {
            toasts.iter().find(|toast| u128::from(toast.id) == key).map(|toast| toast.text.clone())
        });
        view! { <p class="toast toast--plain">{text}</p> }.into_any()
    };
    view! {
        <div class="toasts" role="status" aria-live="polite">
            {rows(keys, toast)}
        </div>
    }
}
