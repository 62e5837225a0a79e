//! What is stored on this device: in all, by conversation, and how to make room.

use leptos::prelude::*;
use leptos::task::spawn_local;
use xchat_engine::api::{ChatView, StoredView, in_order};

use super::chat_row::chat_row;
use super::files::FilesSection;
use crate::ui::browser::room::{Room, room, size};
use crate::ui::i18n::{fill, later, text};
use crate::ui::page::Page;
use crate::ui::route::Route;
use crate::ui::session::{Session, use_session};
use crate::ui::widgets::dialog::Confirm;

/// The page.
#[component]
pub(crate) fn StoragePage() -> impl IntoView {
    let session = use_session();
    let t = later();
    let all = RwSignal::new(None);
    // Loaded on this page, it knows of no chat at first.
    let count = Memo::new(move |_| session.chats().with(|chats| chats.rows().len()));
    Effect::new(move |_| {
        if count.get() > 0 {
            session.measure();
        }
    });
    let look = move || {
        spawn_local(async move {
            let _left = all.try_set(room().await);
        });
    };
    Effect::new(move |_| {
        // What was cleared may show in the whole.
        session.stored().track();
        look();
    });
    let on_freed = Callback::new(move |()| look());
    let total = move || {
        all.get().map(|Room { used, of, kept }| {
            let words = fill(t.storage_used, &[("used", &size(used)), ("room", &size(of))]);
            view! {
                <section class="section">
                    <div class="section__card section__card--padded">
                        <p>{words}</p>
                        <progress class="storage__bar" prop:max=of prop:value=used aria-label=t.storage></progress>
                    </div>
                    <p class="section__note">{if kept { t.storage_kept } else { t.storage_not_kept }}</p>
                </section>
            }
        })
    };
    let given = Signal::derive(move || all.get().map(|Room { of, .. }| of));
    let largest_first = move || {
        let mut stored = session.stored().get();
        stored.retain(|one| one.messages > 0);
        in_order(&mut stored, |a, b| a.bytes > b.bytes);
        stored
    };
    let clearing = RwSignal::new(None::<StoredView>);
    view! {
        <Page title=t.storage back=Route::Settings back_label=t.back_to_settings always_back=true>
            {total}
            <FilesSection on_freed room=given />
            <section class="section">
                <h2 class="section__title">{text().chats}</h2>
                <ul class="section__card" role="list">
                    {move || {
                        let rows = largest_first();
                        match rows.is_empty() {
                            true => view! { <li class="setting">{t.storage_nothing}</li> }.into_any(),
                            false => rows.into_iter().filter_map(|one| row(session, one, clearing)).collect_view().into_any(),
                        }
                    }}
                </ul>
                <p class="section__note">{t.storage_note}</p>
            </section>
            {move || clearing.get().and_then(|one| question(session, one, clearing))}
        </Page>
    }
}

fn row(session: Session, one: StoredView, clearing: RwSignal<Option<StoredView>>) -> Option<AnyView> {
    let t = later();
    let chat = untrack(|| session.chat(one.chat))?;
    let count = fill(
        if one.messages == 1 { t.storage_one } else { t.storage_many },
        &[("count", &one.messages.to_string()), ("size", &size(one.bytes as f64))],
    );
    Some(chat_row(chat, Some(count), t.clear, Callback::new(move |()| clearing.set(Some(one)))))
}

fn question(session: Session, one: StoredView, clearing: RwSignal<Option<StoredView>>) -> Option<AnyView> {
    let t = later();
    let chat = untrack(|| session.chat(one.chat))?;
    let sentence = chat.with_untracked(|chat: &ChatView| fill(t.clear_sentence, &[("name", &chat.name)]));
    let clear = move |()| {
        clearing.set(None);
        session.clear(one.chat);
    };
    let close = Callback::new(move |()| clearing.set(None));
    Some(view! { <Confirm title=t.clear_title sentence action=t.clear on_confirm=clear on_close=close /> }.into_any())
}
