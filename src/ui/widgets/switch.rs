//! A row that is turned on and off, with a sentence that says what that means.

use leptos::prelude::*;
use web_sys::HtmlInputElement;

/// Where the sentence stands that is read out behind the name of a switch.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sentence {
    /// Below the name, under an id of its own.
    Below(&'static str, Signal<&'static str>),
    /// Elsewhere on the screen, under this id.
    At(&'static str),
    /// The name says it all.
    None,
}

/// The row. `turned` is given the switch after it was pressed, since one may have to be set back.
pub(crate) fn switch(
    name: &'static str,
    sentence: Sentence,
    on: Signal<bool>,
    disabled: Signal<bool>,
    turned: Callback<HtmlInputElement>,
) -> AnyView {
    let (id, below) = match sentence {
        Sentence::Below(id, words) => (Some(id), Some(view! { <span class="setting__sub" id=id>{words}</span> })),
        Sentence::At(id) => (Some(id), None),
        Sentence::None => (None, None),
    };
    view! {
        <label class="setting">
            <span class="setting__body">
                <span class="setting__name">{name}</span>
                {below}
            </span>
            <input
                class="switch"
                type="checkbox"
                role="switch"
                aria-label=name
                aria-describedby=id
                prop:checked=on
                disabled=disabled
                on:change=move |event| turned.run(event_target(&event))
            />
        </label>
    }
    .into_any()
}
