//! One of a few: a row of radio buttons drawn as chips.

use leptos::prelude::*;

/// The row. `name` groups the radio buttons; `label` names the group.
#[component]
pub(crate) fn Choice<T>(
    name: &'static str,
    #[prop(into)] label: String,
    options: Vec<(T, &'static str)>,
    #[prop(into)] value: Signal<T>,
    #[prop(into)] on_choose: Callback<T>,
) -> impl IntoView
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let chips = options
        .into_iter()
        .enumerate()
        .map(|(at, (option, text))| {
            let id = format!("{name}-{at}");
            view! {
                <label class="choice__option">
                    <input
                        class="visually-hidden"
                        type="radio"
                        id=id
                        name=name
                        prop:checked=move || value.get() == option
                        on:change=move |_| on_choose.run(option)
                    />
                    <span class="choice__chip">{text}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <div class="choice" role="radiogroup" aria-label=label>
            {chips}
        </div>
    }
}
