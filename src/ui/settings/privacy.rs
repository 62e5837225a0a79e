//! What this person lets others know, and whom they have blocked.

use leptos::prelude::*;
use web_sys::HtmlInputElement;
use xchat_engine::api::{ChatState, ChatView, Event, Privacy};

use super::chat_row::chat_row;
use crate::ui::i18n::{later, text};
use crate::ui::session::use_session;
use crate::ui::widgets::switch::{Sentence, switch};

/// One of the switches: how it stands in the account, and that with it turned.
type Turn = (fn(&Privacy) -> bool, fn(Privacy, bool) -> Privacy);

/// The switches, and the blocked below them when there are any.
#[component]
pub(crate) fn PrivacySection() -> impl IntoView {
    let session = use_session();
    let t = later();
    let privacy = Memo::new(move |_| {
        session.account().with(|account| account.as_ref().map(|account| account.privacy)).unwrap_or_default()
    });
    let turn = move |id, name, more: &'static str, (get, set): Turn| {
        let turned = Callback::new(move |switch: HtmlInputElement| {
            session.set_privacy(set(privacy.get_untracked(), switch.checked()));
        });
        let on = Signal::derive(move || privacy.with(get));
        switch(name, Sentence::Below(id, Signal::stored(more)), on, Signal::stored(false), turned)
    };
    view! {
        <section class="section">
            <h2 class="section__title">{t.privacy}</h2>
            <div class="section__card">
                {turn("tell-read", t.tell_read, t.tell_read_more, (|own| own.read, |own, on| Privacy { read: on, ..own }))}
                {turn(
                    "tell-delivered",
                    t.tell_delivered,
                    t.tell_delivered_more,
                    (|own| own.delivered, |own, on| Privacy { delivered: on, ..own }),
                )}
                {turn("tell-typing", t.tell_typing, t.tell_typing_more, (|own| own.typing, |own, on| Privacy { typing: on, ..own }))}
            </div>
            <p class="section__note">{t.privacy_note}</p>
        </section>
        <Blocked />
    }
}

/// Who is blocked, each with the way back: also whoever is not in the list any more, since the conversation was deleted.
#[component]
fn Blocked() -> impl IntoView {
    let session = use_session();
    let blocked = RwSignal::new(Vec::new());
    session.hear(move |event| match event {
        Event::Blocked { chats } => blocked.try_set(chats.clone()).is_none(),
        _ => !blocked.is_disposed(),
    });
    let states = Memo::new(move |_| {
        let is = |chat: &ChatView| chat.state == ChatState::Blocked;
        session.chats().with(|chats| chats.rows().iter().filter(|(_, chat)| chat.with(is)).count())
    });
    Effect::new(move |_| {
        let _many = states.get();
        session.ask_blocked();
    });
    let row = move |chat: ChatView| {
        let id = chat.id;
        let unblock = move |()| {
            session.unblock(id);
            session.ask_blocked();
        };
        chat_row(RwSignal::new(chat).read_only(), None, text().unblock, Callback::new(unblock))
    };
    move || {
        let blocked = blocked.get();
        (!blocked.is_empty()).then(|| {
            view! {
                <section class="section">
                    <h2 class="section__title">{later().blocked_people}</h2>
                    <ul class="section__card" role="list">
                        {blocked.into_iter().map(row).collect_view()}
                    </ul>
                </section>
            }
        })
    }
}
