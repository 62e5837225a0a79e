//! Which conversations the list shows: all, or the requests that wait.

use leptos::prelude::*;

use crate::ui::i18n::text;

/// What the list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    All,
    Requests,
}

/// The chips. Shown only while there are requests.
#[component]
pub(crate) fn Filters(
    filter: ReadSignal<Filter>,
    #[prop(into)] requests: Signal<usize>,
    #[prop(into)] on_choose: Callback<Filter>,
) -> impl IntoView {
    let t = text();
    let pressed = move |chip| move || if filter.get() == chip { "true" } else { "false" };
    view! {
        <div class="chips" role="group" aria-label=t.filter>
            <button
                class="chip"
                type="button"
                aria-pressed=pressed(Filter::All)
                on:click=move |_| on_choose.run(Filter::All)
            >
                {t.filter_all}
            </button>
            <button
                class="chip"
                type="button"
                aria-pressed=pressed(Filter::Requests)
                on:click=move |_| on_choose.run(Filter::Requests)
            >
                {t.filter_requests}
                " "
                <span class="chip__count">{requests}</span>
            </button>
        </div>
    }
}
