//! Brings contacts into a group.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, GroupChange};

use super::people;
use crate::ui::i18n::{later, text};
use crate::ui::session::use_session;
use crate::ui::widgets::dialog::FormDialog;
use crate::ui::widgets::pick::{Pick, PickRow};

/// The contacts who are not in it.
#[component]
pub(crate) fn AddPeople(id: ChatId, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let session = use_session();
    let t = text();
    let chosen = RwSignal::new(Vec::<ChatId>::new());
    let mut contacts = session.chats().with_untracked(|chats| untrack(|| chats.contacts()));
    session.members().with_untracked(|members| {
        contacts.retain(|contact| members.iter().all(|member| member.person != contact.person));
    });
    let rows = contacts.iter().map(PickRow::person).collect::<Vec<_>>();
    let contacts = StoredValue::new(contacts);
    let add = move |()| {
        let people = contacts.with_value(|contacts| chosen.with_untracked(|chosen| people(contacts, chosen)));
        on_close.run(());
        session.change_group(id, GroupChange::Add { people });
    };
    view! {
        <FormDialog
            title=later().add_people
            action=later().add
            ready=Signal::derive(move || chosen.with(|chosen| !chosen.is_empty()))
            on_submit=add
            on_close
        >
            <Pick rows chosen label=t.people none=later().nobody_to_add />
        </FormDialog>
    }
}
