//! The dialog that asks a question: what is asked, what can be answered, and whether several answers may be given.

use leptos::prelude::*;
use web_sys::HtmlInputElement;
use xchat_engine::api::{ChatId, MAX_OPTION, MAX_OPTIONS, MAX_QUESTION, MIN_OPTIONS};

use crate::ui::i18n::{fill, text};
use crate::ui::session::use_session;
use crate::ui::widgets::dialog::FormDialog;
use crate::ui::widgets::rows::rows;
use crate::ui::widgets::switch::{Sentence, switch};

/// What can be sent of what was typed. None: something is missing or too long.
pub fn asked(question: &str, options: &[String]) -> Option<(String, Vec<String>)> {
    let question = question.trim().to_owned();
    let options: Vec<String> =
        options.iter().map(|option| option.trim().to_owned()).filter(|option| !option.is_empty()).collect();
    let fits = !question.is_empty()
        && question.len() <= MAX_QUESTION
        && (MIN_OPTIONS..=MAX_OPTIONS).contains(&options.len())
        && options.iter().all(|option| option.len() <= MAX_OPTION);
    fits.then_some((question, options))
}

/// The dialog. There is always one more field for an option than was typed in, as far as there may be.
#[component]
pub(super) fn Ask(id: ChatId, on_close: Callback<()>) -> impl IntoView {
    let session = use_session();
    let t = text();
    let question = RwSignal::new(String::new());
    let options = RwSignal::new(vec![String::new(); MIN_OPTIONS]);
    let multiple = RwSignal::new(false);
    let asked = move || question.with(|question| options.with(|options| asked(question, options)));
    let send = move |()| {
        if let Some((question, options)) = untrack(asked) {
            on_close.run(());
            session.ask(id, question, options, multiple.get_untracked());
        }
    };
    let set = Callback::new(move |(at, text): (usize, String)| {
        options.update(|options| {
            if let Some(option) = options.get_mut(at) {
                *option = text;
            }
            if options.len() < MAX_OPTIONS && options.last().is_some_and(|last| !last.is_empty()) {
                options.push(String::new());
            }
        });
    });
    let several = Callback::new(move |switch: HtmlInputElement| multiple.set(switch.checked()));
    let keys = move || options.with(|options| (0..options.len() as u128).collect());
    let option = move |key: u128| {
        let at = usize::try_from(key).unwrap_or(MAX_OPTIONS);
        let label = fill(t.poll_option, &[("number", &(at + 1).to_string())]);
        let value = Signal::derive(move || options.with(|options| options.get(at).cloned().unwrap_or_default()));
        line(label, false, value, Callback::new(move |text| set.run((at, text))))
    };
    view! {
        <FormDialog title=t.new_poll action=t.send ready=Signal::derive(move || asked().is_some()) on_submit=send on_close>
            {line(t.poll_question.to_owned(), true, question.into(), Callback::new(move |text| question.set(text)))}
            <div class="ask">{rows(keys, option)}</div>
            {switch(t.poll_several, Sentence::None, multiple.into(), Signal::stored(false), several)}
        </FormDialog>
    }
}

fn line(label: String, first: bool, value: Signal<String>, set: Callback<String>) -> AnyView {
    view! {
        <input
            class="field__input"
            type="text"
            dir="auto"
            autocomplete="off"
            autofocus=first
            aria-label=label.clone()
            placeholder=label
            prop:value=move || value.get()
            on:input=move |event| set.run(event_target_value(&event))
        />
    }
    .into_any()
}
