//! What members may do beside writing: switches for admins, the same switches at rest for everybody else.

use leptos::prelude::*;
use web_sys::HtmlInputElement;
use xchat_engine::api::{ChatId, ChatView, GroupChange, GroupView, Who};

use super::may::may_rule;
use crate::ui::i18n::later;
use crate::ui::session::use_session;
use crate::ui::widgets::switch::{Sentence, switch};

/// The two switches.
#[component]
pub(crate) fn Rules(id: ChatId, chat: ReadSignal<ChatView>) -> impl IntoView {
    let session = use_session();
    let rule = Memo::new(move |_| chat.with(|chat| chat.group.as_ref().is_some_and(|group| may_rule(group))));
    let turn = move |words: &'static str, of: fn(&GroupView) -> Who, change: fn(Who) -> GroupChange| {
        let on =
            Memo::new(move |_| chat.with(|chat| chat.group.as_ref().is_some_and(|group| of(group) == Who::Everyone)));
        let turned = Callback::new(move |switch: HtmlInputElement| {
            let who = if switch.checked() { Who::Everyone } else { Who::Admins };
            session.change_group(id, change(who));
        });
        switch(words, Sentence::At("rule"), on.into(), Signal::derive(move || !rule.get()), turned)
    };
    view! {
        <section class="section">
            <h2 class="section__title">{later().permissions}</h2>
            <div class="section__card">
                {turn(later().rule_add, |group| group.may_add, |who| GroupChange::MayAdd { who })}
                {turn(later().rule_change, |group| group.may_change, |who| GroupChange::MayChange { who })}
            </div>
            <p class="section__note" id="rule">{move || if rule.get() { later().rule_note } else { later().rule_note_member }}</p>
        </section>
    }
}
