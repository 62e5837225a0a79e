//! Contacts to choose from, with a field to find them where there are many.

use leptos::prelude::*;
use xchat_engine::api::PersonId;

use crate::ui::browser::letters;
use crate::ui::i18n::text;
use crate::ui::session::Contact;
use crate::ui::widgets::avatar::{Avatar, AvatarSize};
use crate::ui::widgets::field::{Field, FieldKind};

/// More contacts than fit the dialog get a field to find them by.
const MANY: usize = 8;

/// The contacts whose name has what was typed in it.
pub fn found(contacts: &[Contact], typed: &str) -> Vec<Contact> {
    let typed = letters::lower(typed.trim());
    contacts.iter().filter(|contact| letters::lower(&contact.name).contains(&typed)).cloned().collect()
}

/// The rows. `contacts` is whom it is about when it opens; who was chosen stays chosen when the field hides them.
#[component]
pub(crate) fn Pick(contacts: Vec<Contact>, chosen: RwSignal<Vec<PersonId>>) -> impl IntoView {
    let t = text();
    if contacts.is_empty() {
        return view! { <p class="pick__none">{t.nobody_to_add}</p> }.into_any();
    }
    let many = contacts.len() > MANY;
    let typed = RwSignal::new(String::new());
    let contacts = StoredValue::new(contacts);
    let rows = move || {
        let found = contacts.with_value(|contacts| typed.with(|typed| found(contacts, typed)));
        found.into_iter().map(|contact| row(contact, chosen)).collect_view()
    };
    let search = many.then(|| {
        view! {
            <Field
                id="find-people"
                label=t.find_people
                label_hidden=true
                kind=FieldKind::Title
                placeholder=t.find_people
                value=typed
                error=Signal::stored(None::<String>)
                on_edit=|()| ()
            />
        }
    });
    view! {
        {search}
        <ul class="pick" aria-label=t.people>
            {rows}
        </ul>
    }
    .into_any()
}

fn row(contact: Contact, chosen: RwSignal<Vec<PersonId>>) -> impl IntoView {
    let Contact { person, name, colour, .. } = contact;
    let choose = move |event| {
        let on = event_target_checked(&event);
        chosen.update(|chosen| {
            chosen.retain(|other| *other != person);
            chosen.extend(on.then_some(person));
        });
    };
    view! {
        <li>
            <label class="setting">
                {face(&name, colour, "")}
                <input
                    class="pick__box"
                    type="checkbox"
                    prop:checked=move || chosen.with(|chosen| chosen.contains(&person))
                    on:change=choose
                />
            </label>
        </li>
    }
}

/// Circle, name, and a word beside it; what a row of a person begins with.
pub(super) fn face(name: &str, colour: u8, beside: &'static str) -> AnyView {
    let name = name.to_owned();
    view! {
        <Avatar name=Signal::stored(name.clone()) colour=Signal::stored(colour) size=AvatarSize::Medium />
        <span class="setting__body">
            <span class="setting__name">
                <bdi>{name}</bdi>
                <span class="setting__sub">{beside}</span>
            </span>
        </span>
    }
    .into_any()
}
