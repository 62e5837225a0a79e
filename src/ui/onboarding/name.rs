//! The name, and Continue; or the way in of a device whose person has an account already. Typing works while the engine still loads: the link keeps the command until it is ready.

use leptos::html;
use leptos::prelude::*;

use super::invited::Invited;
use crate::ui::browser::focus;
use crate::ui::gate::frame::{self, GateFrame};
use crate::ui::i18n::text;
use crate::ui::name::name_error;
use crate::ui::part::Place;
use crate::ui::session::use_session;
use crate::ui::settings::{self, Screen};
use crate::ui::widgets::field::{Field, FieldKind};

/// The first page.
#[component]
pub(crate) fn Onboarding() -> impl IntoView {
    let joins = RwSignal::new(false);
    move || match joins.get() {
        true => settings::open(Place::Whole, Screen::Join(Callback::new(move |()| joins.set(false)))),
        false => view! { <NewPerson on_join=move |()| joins.set(true) /> }.into_any(),
    }
}

#[component]
fn NewPerson(#[prop(into)] on_join: Callback<()>) -> impl IntoView {
    let session = use_session();
    let t = text();
    let name = RwSignal::new(String::new());
    let tried = RwSignal::new(false);
    let input = NodeRef::<html::Input>::new();
    let error = Signal::derive(move || {
        let refused = session.name_refused().get();
        name.with(|name| name_error(name, tried.get() || refused, refused))
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        if error.get_untracked().is_some() {
            if let Some(input) = input.get_untracked() {
                focus::focus(&input);
            }
        } else if !session.naming().get_untracked() {
            session.create_account(name.with_untracked(|name| name.trim().to_owned()));
        }
    };
    Effect::new(move |_| {
        if let Some(input) = input.get()
            && focus::fine_pointer()
        {
            focus::focus(&input);
        }
    });
    let busy = move || session.naming().get().then_some("true");
    view! {
        <GateFrame place=frame::Place::Bottom foot=t.onboarding_foot>
            <div class="gate__head">
                <h1 class="gate__title">{t.onboarding_title}</h1>
                <p class="gate__lede">{t.onboarding_lede}</p>
            </div>
            <form class="gate__form" novalidate on:submit=submit>
                <Field
                    id="name"
                    label=t.name
                    kind=FieldKind::Name
                    value=name
                    error
                    input_ref=input
                    on_edit=move |()| {
                        tried.set(false);
                        session.name_edited();
                    }
                />
                <Invited />
                <div class="gate__actions">
                    <button class="button button--primary button--wide" type="submit" aria-busy=busy>
                        {t.continue_}
                    </button>
                    <button
                        class="button button--plain button--wide"
                        type="button"
                        on:click=move |_| on_join.run(())
                    >
                        {t.join_other}
                    </button>
                </div>
            </form>
        </GateFrame>
    }
}
