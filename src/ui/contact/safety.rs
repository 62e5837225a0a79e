//! The safety number: sixty digits that are the same on both sides if nobody stands between.

use leptos::prelude::*;
use xchat_engine::api::ChatView;

use crate::ui::i18n::{fill, text};

/// Cuts a number into groups of five digits, however it was spaced.
pub fn groups_of_five(number: &str) -> Vec<String> {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    digits.chunks(5).map(|group| group.iter().collect()).collect()
}

/// The number and what to do with it.
#[component]
pub(crate) fn Safety(chat: ReadSignal<ChatView>) -> impl IntoView {
    let t = text();
    let groups = move || {
        chat.with(|chat| groups_of_five(&chat.safety_number))
            .into_iter()
            .map(|group| view! { <li>{group}</li> })
            .collect_view()
    };
    view! {
        <section class="section">
            <h2 class="section__title">{t.verification}</h2>
            <div class="section__card">
                <div class="safety">
                    <div class="safety__text">
                        <ol class="safety-number" aria-label=t.safety_number translate="no">
                            {groups}
                        </ol>
                        <p>{move || chat.with(|chat| fill(t.safety_more, &[("name", &chat.name)]))}</p>
                    </div>
                </div>
            </div>
        </section>
    }
}
