//! The twelve words in their order.

use leptos::prelude::*;

use crate::ui::i18n::{later, text};
use crate::ui::session::use_session;

/// The grid and, once the person says that they have them on paper, the way on.
#[component]
pub(crate) fn ShowWords(#[prop(into)] on_written: Callback<()>) -> impl IntoView {
    let session = use_session();
    let t = text();
    let written = RwSignal::new(false);
    let words = move || {
        session
            .words()
            .get()
            .unwrap_or_default()
            .into_iter()
            .map(|word| view! { <li class="words__item">{word}</li> })
            .collect_view()
    };
    view! {
        <div class="gate__head">
            <h2 class="gate__title">{later().words_title}</h2>
            <p class="gate__lede">{later().words_lede}</p>
        </div>
        <ol class="words" aria-label=t.recovery_words translate="no">
            {words}
        </ol>
        <div class="gate__actions">
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=move || written.get()
                    on:change=move |event| written.set(event_target_checked(&event))
                />
                <span>{later().words_written}</span>
            </label>
            <button
                class="button button--primary button--wide"
                type="button"
                disabled=move || !written.get()
                on:click=move |_| on_written.run(())
            >
                {t.continue_}
            </button>
        </div>
    }
}
