//! The foot of a conversation that one cannot write in: a request to answer, or a person who is blocked.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView};

use crate::ui::i18n::{fill, text};
use crate::ui::part::Place;
use crate::ui::people;
use crate::ui::session::use_session;

/// Accept, delete or block, with the promise that nothing was told so far.
#[component]
pub(crate) fn Answer(id: ChatId, chat: ReadSignal<ChatView>) -> impl IntoView {
    let session = use_session();
    let t = text();
    let deleting = RwSignal::new(false);
    let close = Callback::new(move |()| deleting.set(false));
    // Nobody blocks a group: they leave it.
    let group = chat.with_untracked(|chat| chat.group.is_some());
    let promise = if group { t.group_promise } else { t.request_promise };
    view! {
            <section class="request" aria-label=t.request_answer>
                <div class="request__inner">
                    <p>{move || chat.with(|chat| fill(promise, &[("name", &chat.name)]))}</p>
                    <div class="request__actions" class:request__actions--two=group>
                        {move || (!group).then(|| view! {
                            <button class="button button--danger-quiet" type="button" on:click=move |_| session.block(id)>
                                {t.block}
                            </button>
    })}
                        <button class="button" type="button" on:click=move |_| deleting.set(true)>
                            {t.delete}
                        </button>
                        <button class="button button--primary" type="button" on:click=move |_| session.accept(id)>
                            {t.accept}
                        </button>
                    </div>
                </div>
                {move || deleting.get().then(|| people::open(Place::Over(close), people::Screen::Delete(id, chat, close)))}
            </section>
        }
}

/// Says that the person is blocked, and takes it back.
#[component]
pub(crate) fn BlockedFoot(id: ChatId, chat: ReadSignal<ChatView>) -> impl IntoView {
    let session = use_session();
    let t = text();
    view! {
        <section class="request" aria-label=t.blocked>
            <div class="request__inner">
                <p>{move || chat.with(|chat| fill(t.blocked_foot, &[("name", &chat.name)]))}</p>
                <div class="request__actions request__actions--one">
                    <button class="button" type="button" on:click=move |_| session.unblock(id)>
                        {t.unblock}
                    </button>
                </div>
            </div>
        </section>
    }
}
