//! Somebody else's contact link, pasted.

use leptos::prelude::*;

use super::pasted::{is_address, link_in};
use crate::ui::i18n::later;
use crate::ui::problem;
use crate::ui::session::{LinkState, use_session};
use crate::ui::widgets::field::{Field, FieldKind};

/// The field and its button.
#[component]
pub(crate) fn TheirLink() -> impl IntoView {
    let session = use_session();
    // What was refused before says nothing about the next one. A link that is being opened stays so.
    if matches!(session.link().get_untracked(), LinkState::Refused(_)) {
        session.link_edited();
    }
    let pasted = RwSignal::new(String::new());
    // An address was pasted: what fetches the card is not in it.
    let address = RwSignal::new(false);
    let error = Signal::derive(move || match session.link().get() {
        _ if address.get() => Some(later().problem_address.to_owned()),
        LinkState::Refused(problem) => Some(problem::sentence(problem).to_owned()),
        LinkState::Idle | LinkState::Opening | LinkState::Waiting => None,
    });
    let busy = move || (session.link().get() == LinkState::Opening).then_some("true");
    let waiting = move || (session.link().get() == LinkState::Waiting).then_some(later().link_waiting);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let link = pasted.with_untracked(|text| link_in(text).to_owned());
        address.set(is_address(&link));
        if !link.is_empty() && !address.get_untracked() {
            session.open_link(link);
        }
    };
    let edited = move |()| {
        address.set(false);
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
