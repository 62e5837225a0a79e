//! Three of the words are asked back, to know that they are on paper.

use leptos::prelude::*;
use xchat_engine::api::WordAnswer;
use xchat_engine::api::in_order;

use crate::ui::i18n::{fill, later};
use crate::ui::session::use_session;
use crate::ui::widgets::field::{Field, FieldKind};

/// The fields' ids.
const IDS: [&str; 3] = ["word-a", "word-b", "word-c"];

/// Three different positions of twelve, in order. `random` gives numbers from 0 to below 1.
pub fn three_of_twelve(mut random: impl FnMut() -> f64) -> [u8; 3] {
    let mut left: Vec<u8> = (0..12).collect();
    let mut chosen = [0; 3];
    for place in &mut chosen {
        let at = (random() * left.len() as f64) as usize;
        *place = left.swap_remove(at.min(left.len() - 1));
    }
    in_order(&mut chosen, |a, b| a < b);
    chosen
}

/// The three fields and the check.
#[component]
pub(crate) fn AskWords(#[prop(into)] on_back: Callback<()>) -> impl IntoView {
    let session = use_session();
    session.words_edited();
    let positions = three_of_twelve(js_sys::Math::random);
    let answers = positions.map(|position| (position, RwSignal::new(String::new())));
    let wrong = Signal::derive(move || session.words_right().get() == Some(false));
    let complete = move || answers.iter().all(|(_, word)| word.with(|word| !word.trim().is_empty()));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if untrack(complete) {
            session.confirm_words(answers.iter().map(answer).collect());
        }
    };
    let fields = IDS
        .into_iter()
        .zip(answers)
        .map(|(id, (position, value))| {
            let number = (position + 1).to_string();
            view! {
                <Field
                    id
                    label=fill(later().word_number, &[("number", &number)])
                    kind=FieldKind::Word
                    value
                    error=Signal::derive(|| None::<String>)
                    on_edit=move |()| session.words_edited()
                />
            }
        })
        .collect_view();
    view! {
        <div class="gate__head">
            <h2 class="gate__title">{later().words_ask}</h2>
            <p class="gate__lede">{later().words_ask_more}</p>
        </div>
        <form class="gate__form" novalidate on:submit=submit>
            {fields}
            <p class="field__error" role="alert">
                {move || wrong.get().then_some(later().words_wrong)}
            </p>
            <div class="gate__actions">
                <button class="button button--primary button--wide" type="submit" disabled=move || !complete()>
                    {later().words_check}
                </button>
                <button
                    class="button button--plain button--wide"
                    type="button"
                    on:click=move |_| on_back.run(())
                >
                    {later().words_again}
                </button>
            </div>
        </form>
    }
}

fn answer((position, word): &(u8, RwSignal<String>)) -> WordAnswer {
    WordAnswer { position: *position, word: word.get_untracked() }
}
