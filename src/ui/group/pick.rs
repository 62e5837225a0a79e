//! Contacts to choose from, with a field to find them where there are many.

use std::collections::BTreeSet;

use leptos::prelude::*;
use xchat_engine::api::PersonId;

use crate::ui::i18n::text;
use crate::ui::session::Contact;
use crate::ui::widgets::avatar::{Avatar, AvatarSize};
use crate::ui::widgets::field::{Field, FieldKind};

/// More contacts than fit the dialog get a field to find them by.
const MANY: usize = 8;

/// The contacts whose name has what was typed in it.
pub fn found(contacts: &[Contact], typed: &str) -> Vec<Contact> {
    let typed = typed.trim().to_lowercase();
    contacts.iter().filter(|contact| contact.name.to_lowercase().contains(&typed)).cloned().collect()
}

/// The rows. `contacts` is whom it is about when it opens; who was chosen stays chosen when the field hides them.
#[component]
pub(crate) fn Pick(contacts: Vec<Contact>, chosen: RwSignal<BTreeSet<PersonId>>) -> impl IntoView {
    let t = text();
    if contacts.is_empty() {
        return view! { <p class="pick__none">{t.nobody_to_add}</p> }.into_any();
    }
    let many = contacts.len() > MANY;
    let typed = RwSignal::new(String::new());
    let contacts = StoredValue::new(contacts);
    let rows = move || contacts.with_value(|contacts| typed.with(|typed| found(contacts, typed)));
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
            <For each=rows key=|contact| contact.person let(contact)>
                <li>{row(contact, chosen)}</li>
            </For>
        </ul>
    }
    .into_any()
}

fn row(contact: Contact, chosen: RwSignal<BTreeSet<PersonId>>) -> impl IntoView {
    let Contact { person, name, colour, .. } = contact;
    let choose = move |event| {
        let on = event_target_checked(&event);
        chosen.update(|chosen| _ = if on { chosen.insert(person) } else { chosen.remove(&person) });
    };
    view! {
        <label class="setting">
            <Avatar name=Signal::stored(name.clone()) colour=Signal::stored(colour) size=AvatarSize::Medium />
            <span class="setting__body">
                <bdi>{name}</bdi>
            </span>
            <input
                class="pick__box"
                type="checkbox"
                prop:checked=move || chosen.with(|chosen| chosen.contains(&person))
                on:change=choose
            />
        </label>
    }
}
