//! Sentences that show for a while, at the foot of the page.

use leptos::prelude::*;

use crate::ui::session::use_session;

/// Where they show. Always on the page, so that assistive technology hears what is added.
#[component]
pub(crate) fn Toasts() -> impl IntoView {
    let session = use_session();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || session.toasts().get() key=|toast| toast.id let(toast)>
                <p class="toast toast--plain">{toast.text}</p>
            </For>
        </div>
    }
}
