//! The keys that do something, in a dialog.

use leptos::prelude::*;

use crate::ui::i18n::{Keys, help};
use crate::ui::widgets::dialog::Dialog;

/// The dialog.
#[component]
pub(crate) fn Shortcuts(on_close: Callback<()>) -> impl IntoView {
    let t = help();
    view! {
        <Dialog title=t.shortcuts on_close>
            // It scrolls, so the keyboard must reach it.
            <div class="dialog__body dialog__body--rows" tabindex="0" role="group" aria-labelledby="dialog-title">
                {t.keys.iter().map(place).collect_view()}
            </div>
        </Dialog>
    }
}

/// The keys of one place.
fn place((name, keys): &Keys) -> AnyView {
    let rows = keys.iter().map(|(key, does)| {
        view! {
            <div class="setting">
                <dt class="setting__body">{*does}</dt>
                <dd class="setting__value">
                    <kbd>{*key}</kbd>
                </dd>
            </div>
        }
    });
    view! {
        <section>
            <h3 class="section__title">{*name}</h3>
            <dl>{rows.collect_view()}</dl>
        </section>
    }
    .into_any()
}
