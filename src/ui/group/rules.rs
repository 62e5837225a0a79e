//! What members may do beside writing: switches for admins, the same switches at rest for everybody else.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView, GroupChange, GroupView, Who};

use super::may::may_rule;
use crate::ui::i18n::text;
use crate::ui::session::use_session;

/// The two switches.
#[component]
pub(crate) fn Rules(id: ChatId, chat: ReadSignal<ChatView>) -> impl IntoView {
    let session = use_session();
    let t = text();
    let rule = Memo::new(move |_| chat.with(|chat| chat.group.as_ref().is_some_and(|group| may_rule(group))));
    let switch = move |words: &'static str, of: fn(&GroupView) -> Who, change: fn(Who) -> GroupChange| {
        let on =
            Memo::new(move |_| chat.with(|chat| chat.group.as_ref().is_some_and(|group| of(group) == Who::Everyone)));
        let turn = move |event| {
            let who = if event_target_checked(&event) { Who::Everyone } else { Who::Admins };
            session.change_group(id, change(who));
        };
        view! {
            <label class="setting">
                <span class="setting__body">{words}</span>
                <input
                    class="switch"
                    type="checkbox"
                    role="switch"
                    prop:checked=move || on.get()
                    disabled=move || !rule.get()
                    on:change=turn
                />
            </label>
        }
    };
    view! {
        <section class="section">
            <h2 class="section__title">{t.permissions}</h2>
            <div class="section__card">
                {switch(t.rule_add, |group| group.may_add, |who| GroupChange::MayAdd { who })}
                {switch(t.rule_change, |group| group.may_change, |who| GroupChange::MayChange { who })}
            </div>
            <p class="section__note">{move || if rule.get() { t.rule_note } else { t.rule_note_member }}</p>
        </section>
    }
}
