//! Somebody else's contact link, pasted.

use leptos::prelude::*;

use super::pasted::{is_address, is_of_device, link_in};
use crate::ui::browser::focus::focus_on;
use crate::ui::i18n::later;
use crate::ui::problem;
use crate::ui::session::{LinkState, use_session};
use crate::ui::widgets::field::{Field, FieldKind};

/// What was pasted instead of a link of somebody's.
fn fault(pasted: &str) -> Option<&'static str> {
    // What fetches the card is not in an address.
    match is_of_device(pasted) {
        true => Some(later().problem_of_device),
        false => is_address(pasted).then(|| later().problem_address),
    }
}

/// The field and its button.
#[component]
pub(crate) fn TheirLink() -> impl IntoView {
    let session = use_session();
    // What was refused before says nothing about the next one. A link that is being opened stays so.
    if matches!(session.link().get_untracked(), LinkState::Refused(_)) {
        session.link_edited();
    }
    let pasted = RwSignal::new(String::new());
    let other = RwSignal::new(None::<&'static str>);
    let error = Signal::derive(move || {
        let refused = match session.link().get() {
            LinkState::Refused(problem) => Some(problem::sentence(problem)),
            LinkState::Idle | LinkState::Opening | LinkState::Waiting => None,
        };
        other.get().or(refused).map(str::to_owned)
    });
    let busy = move || (session.link().get() == LinkState::Opening).then_some("true");
    let waiting = move || (session.link().get() == LinkState::Waiting).then_some(later().link_waiting);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let link = pasted.with_untracked(|text| link_in(text).to_owned());
        let fault = fault(&link);
        other.set(fault);
        match fault {
            None if link.is_empty() => focus_on("#their-link"),
            None => session.open_link(link),
            Some(_) => {}
        }
    };
    let edited = move |()| {
        other.set(None);
        session.link_edited();
    };
    view! {
        <form class="their-link" novalidate on:submit=submit>
            <Field
                id="their-link"
                label=later().their_link
                label_hidden=true
                kind=FieldKind::Link
                placeholder=later().paste_link
                value=pasted
                error
                on_edit=edited
            />
            <button class="button" type="submit" aria-busy=busy>
                {later().add}
            </button>
            <p class="their-link__status" role="status">
                {waiting}
            </p>
        </form>
    }
}
