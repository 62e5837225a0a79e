//! Brings contacts into a group.

use std::collections::BTreeSet;

use leptos::prelude::*;
use xchat_engine::api::{ChatId, GroupChange};

use super::pick::Pick;
use crate::ui::i18n::text;
use crate::ui::session::use_session;
use crate::ui::widgets::dialog::Dialog;

/// The contacts who are not in it.
#[component]
pub(crate) fn AddPeople(id: ChatId, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let session = use_session();
    let t = text();
    let chosen = RwSignal::new(BTreeSet::new());
    let mut contacts = session.chats().with_untracked(|chats| untrack(|| chats.contacts()));
    session.members().with_untracked(|members| {
        contacts.retain(|contact| members.iter().all(|member| member.person != contact.person));
    });
    let add = move |_| {
        let people: Vec<_> = chosen.with_untracked(|chosen| chosen.iter().copied().collect());
        on_close.run(());
        session.change_group(id, GroupChange::Add { people });
    };
    view! {
        <Dialog title=t.add_people on_close>
            <div class="dialog__body">
                <Pick contacts chosen />
            </div>
            <div class="dialog__actions">
                <button
                    class="button button--primary"
                    type="button"
                    disabled=move || chosen.with(BTreeSet::is_empty)
                    on:click=add
                >
                    {t.add}
                </button>
            </div>
        </Dialog>
    }
}
