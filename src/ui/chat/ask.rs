//! The dialog that asks a question: what is asked, what can be answered, and whether several answers may be given.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};
use xchat_engine::api::{ChatId, MAX_OPTION, MAX_OPTIONS, MAX_QUESTION, MIN_OPTIONS};

use crate::ui::browser::focus;
use crate::ui::i18n::{fill, later, text};
use crate::ui::session::use_session;
use crate::ui::widgets::dialog::FormDialog;
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};
use crate::ui::widgets::rows::rows;
use crate::ui::widgets::switch::{Sentence, switch};

/// Whether two options say the same.
fn has_twins(options: &[String]) -> bool {
    let said: Vec<&str> = options.iter().map(|option| option.trim()).filter(|option| !option.is_empty()).collect();
    said.iter().enumerate().any(|(at, option)| said[..at].contains(option))
}

/// What is wrong with what was typed, as far as that is said.
fn fault(question: &str, options: &[String]) -> Option<&'static str> {
    let long = question.trim().len() > MAX_QUESTION || options.iter().any(|option| option.trim().len() > MAX_OPTION);
    match long {
        true => Some(later().poll_long),
        false => has_twins(options).then(|| later().poll_twins),
    }
}

/// What can be sent of what was typed. None: something is missing, too long or there twice.
pub fn asked(question: &str, options: &[String]) -> Option<(String, Vec<String>)> {
    let question = question.trim().to_owned();
    let options: Vec<String> =
        options.iter().map(|option| option.trim().to_owned()).filter(|option| !option.is_empty()).collect();
    let fits = !question.is_empty()
        && !has_twins(&options)
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
    let fault = Memo::new(move |_| question.with(|question| options.with(|options| fault(question, options))));
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
        let label = fill(later().poll_option, &[("number", &(at + 1).to_string())]);
        let value = Signal::derive(move || options.with(|options| options.get(at).cloned().unwrap_or_default()));
        line(label, false, value, Callback::new(move |text| set.run((at, text))))
    };
    view! {
        <FormDialog title=later().new_poll action=t.send ready=Signal::derive(move || asked().is_some()) on_submit=send on_close>
            {line(later().poll_question.to_owned(), true, question.into(), Callback::new(move |text| question.set(text)))}
            <div class="ask">{rows(keys, option)}</div>
            <div role="alert" class="field__under">
                {move || fault.get().map(|sentence| view! {
                    <p class="field__error">
                        <Icon glyph=Glyph::WARNING size=IconSize::Small />
                        <span>{sentence}</span>
                    </p>
                })}
            </div>
            {switch(later().poll_several, Sentence::None, multiple.into(), Signal::stored(false), several)}
        </FormDialog>
    }
}

/// On to the field below, and from one that is empty, or the last, to the button: nothing is sent by one Enter too many.
fn next(event: &KeyboardEvent) {
    let here: Option<Element> = event.target().and_then(|target| target.dyn_into().ok());
    event.prevent_default();
    let fields = "dialog[open] :is(.field__input, [type=submit])";
    let Ok(fields) = document().query_selector_all(fields) else { return };
    let field = |at: u32| fields.item(at).and_then(|field| field.dyn_into::<HtmlElement>().ok());
    let at = (0..fields.length()).find(|at| field(*at).as_deref() == here.as_ref());
    let ends = event_target_value(event).is_empty();
    let below = at.and_then(|at| field(if ends { fields.length() - 1 } else { at + 1 }));
    if let Some(below) = below {
        focus::focus(&below);
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
            on:keydown=move |event| {
                if event.key() == "Enter" && !event.is_composing() {
                    next(&event);
                }
            }
        />
    }
    .into_any()
}
