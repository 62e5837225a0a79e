//! The dialog that makes a group: its name, and who is in it from the start.

use leptos::prelude::*;

use super::people;
use crate::ui::i18n::{later, text};
use crate::ui::name::name_error;
use crate::ui::session::use_session;
use crate::ui::widgets::dialog::FormDialog;
use crate::ui::widgets::field::{Field, FieldKind};
use crate::ui::widgets::pick::{Pick, PickRow};

/// The dialog. The group opens when it was made.
#[component]
pub(crate) fn NewGroup() -> impl IntoView {
    let session = use_session();
    let t = text();
    let name = RwSignal::new(String::new());
    let tried = RwSignal::new(false);
    let chosen = RwSignal::new(Vec::new());
    let contacts = session.chats().with_untracked(|chats| untrack(|| chats.contacts()));
    let rows = contacts.iter().map(PickRow::person).collect::<Vec<_>>();
    let contacts = StoredValue::new(contacts);
    let error = Signal::derive(move || name.with(|name| name_error(name, tried.get(), false)));
    let submit = move |()| {
        tried.set(true);
        if error.get_untracked().is_none() {
            let people = contacts.with_value(|contacts| chosen.with_untracked(|chosen| people(contacts, chosen)));
            session.create_group(name.with_untracked(|name| name.trim().to_owned()), people);
        }
    };
    view! {
        <FormDialog
            title=t.new_group
            action=later().create_group
            ready=true
            on_submit=submit
            on_close=move |()| session.router().leave_dialog()
        >
            <Field
                id="group-name"
                label=later().group_name
                first=true
                kind=FieldKind::Title
                value=name
                error
                on_edit=move |()| tried.set(false)
            />
            <Pick rows chosen label=t.people none=later().nobody_to_add />
        </FormDialog>
    }
}
