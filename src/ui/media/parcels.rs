//! What stands over the composer: files that are still being prepared, and those that came back.

use leptos::html;
use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView};

use super::attach::{FIELD, picked_as};
use super::client::TaskState;
use super::desk::{Desk, Parcel, desk};
use super::fails::sentence;
use super::ring::{ring, share};
use super::sheet::sheet;
use super::take::{files, take_dropped, take_pasted};
use crate::ui::browser::js::{get, set};
use crate::ui::i18n::{fill, media, text};
use crate::ui::session::use_session;
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};
use crate::ui::widgets::rows::rows;

/// All that belongs to sending files in a conversation and is not in a menu.
pub(super) fn place(id: ChatId, chat: ReadSignal<ChatView>, input: NodeRef<html::Textarea>) -> AnyView {
    let session = use_session();
    let desk = desk(id);
    let busy = move || untrack(|| desk.busy());
    take_pasted(desk, input, busy);
    let over = take_dropped(session, desk, busy);
    let chosen = move |event: leptos::ev::Event| {
        let field = event_target::<web_sys::Element>(&event);
        let picked = files(&get(&field, "files"));
        // The same file can be picked again.
        set(&field, "value", "");
        if !picked.is_empty() {
            desk.add(picked_as(), picked);
        }
    };
    let drop = move || {
        over.get().then(|| {
            let words = chat.with(|chat| fill(media().drop, &[("name", &chat.name)]));
            view! {
                <div class="drop" role="status">
                    <Icon glyph=Glyph::DOWNLOAD size=IconSize::Large />
                    <p>{words}</p>
                </div>
            }
        })
    };
    let keys = move || {
        desk.parcels.with(|all| all.iter().filter(|parcel| !parcel.sent).map(|parcel| parcel.tag.into()).collect())
    };
    let row = move |tag: u128| {
        let found = desk.parcels.with_untracked(|all| all.iter().find(|parcel| tag == parcel.tag.into()).cloned());
        found.map(|parcel| preparing(desk, parcel)).into_any()
    };
    let came_back = move || {
        let some = desk.back.get() && !desk.open.get() && desk.picked.with(|picked| !picked.is_empty());
        some.then(|| {
            view! {
                <div class="parcel" role="alert">
                    <Icon glyph=Glyph::WARNING />
                    <span class="parcel__words">{media().unsent}</span>
                    <button class="button button--sm" type="button" on:click=move |_| desk.review()>
                        {media().review}
                    </button>
                </div>
            }
        })
    };
    view! {
        <input id=FIELD type="file" multiple hidden on:change=chosen />
        <div class="parcels">
            {rows(keys, row)}
            {came_back}
        </div>
        {drop}
        {move || desk.open.get().then(|| sheet(id, chat, desk))}
    }
    .into_any()
}

/// One that is being prepared, or cannot be.
fn preparing(desk: Desk, parcel: Parcel) -> AnyView {
    let tag = parcel.tag;
    let words = match parcel.items.len() {
        1 => media().preparing_one.to_owned(),
        many => fill(media().preparing_many, &[("count", &many.to_string())]),
    };
    let label = words.clone();
    let parcel = StoredValue::new_local(parcel);
    let filled = Signal::derive(move || {
        let (done, all) = parcel.with_value(|parcel| {
            parcel.items.iter().fold((0, 0), |(done, all), item| match item.state() {
                TaskState::Working { done: some, total } if total > 0 => {
                    (done + item.bytes.min(item.bytes.saturating_mul(some) / total), all + item.bytes)
                }
                TaskState::Working { .. } => (done, all + item.bytes),
                _ => (done + item.bytes, all + item.bytes),
            })
        });
        share(done, all)
    });
    let trouble = Memo::new(move |_| parcel.with_value(|parcel| Desk::trouble(parcel).map(|why| sentence(&why, None))));
    let review = move |_| {
        // Its words would come into what is being changed.
        if !desk.refuses() {
            desk.give_back(tag);
            desk.review();
        }
    };
    view! {
        <div class="parcel" role="group" aria-label=label>
            <button
                class="going__stop"
                type="button"
                aria-label=text().cancel
                title=text().cancel
                on:click=move |_| desk.cancel(tag)
            >
                {ring(filled, Glyph::CLOSE)}
            </button>
            <span class="parcel__words">
                {move || trouble.get().map_or_else(|| words.clone(), |why| format!("{} {why}", media().preparing_failed))}
            </span>
            {move || trouble.get().is_some().then(|| view! {
                <button class="button button--sm" type="button" on:click=review>
                    {media().review}
                </button>
            })}
        </div>
    }
    .into_any()
}
