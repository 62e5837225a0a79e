//! Messages of all conversations, under those that were found by name.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView, Hit};

use super::looking::{Known, Looking};
use super::marked;
use crate::ui::browser::clock;
use crate::ui::flag::flag;
use crate::ui::i18n::{fill, later, text};
use crate::ui::list::fits;
use crate::ui::route::Route;
use crate::ui::session::{Session, use_session};
use crate::ui::widgets::avatar::{AvatarSize, ChatAvatar};
use crate::ui::widgets::rows::rows;

/// The section.
#[component]
pub(crate) fn Hits(typed: RwSignal<String>) -> impl IntoView {
    let session = use_session();
    let now = clock::use_now();
    let looking = Looking::new(session, None);
    let (known, waits) = (looking.known(), looking.waits());
    Effect::new(move |_| typed.with(|typed| looking.look_for(typed)));
    let wanted = RwSignal::new(None::<(ChatId, u64)>);
    // A conversation that has just opened says where it was read; then it is gone to the message.
    Effect::new(move |_| {
        if let Some((_, order)) = wanted.get().filter(|(chat, _)| session.reads(*chat)) {
            wanted.set(None);
            session.seek(order);
        }
    });
    let keys = move || known.with(|known| known.hits.iter().map(key).collect());
    let row = move |of: u128| {
        let find = |known: &Known| known.hits.iter().find(|hit| key(hit) == of).cloned();
        let hit = known.with_untracked(find);
        let row = hit.and_then(|hit| {
            let chat = untrack(|| session.chat(hit.chat))?;
            let (id, order, time) = (hit.chat, hit.order, hit.time);
            let name = Signal::derive(move || chat.with(|chat| chat.name.clone()));
            let who = who(&hit);
            Some(view! {
                <a
                    class="list-row list-row--wrap"
                    href=Route::Chat(id).href()
                    on:click=move |_| wanted.set(Some((id, order)))
                >
                    <ChatAvatar chat size=AvatarSize::Large />
                    <div class="list-row__body">
                        <div class="list-row__line">
                            <span class="list-row__name">
                                <bdi>{name}</bdi>
                            </span>
                            <time class="list-row__time" datetime=clock::iso(time)>
                                {move || clock::row(time, now.get())}
                            </time>
                        </div>
                        <div class="list-row__line">
                            <span class="list-row__preview" dir="auto">
                                {who.map(|who| view! { <span class="list-row__who">{who}" "</span> })}
                                {marked(hit.snippet)}
                            </span>
                        </div>
                    </div>
                </a>
            })
        });
        view! { <li>{row}</li> }.into_any()
    };
    let any = flag(move || known.with(|known| !known.hits.is_empty()));
    let said = move || match (waits.get(), known.with(|known| known.hits.len())) {
        (true, 0) => later().searching.to_owned(),
        (false, 0) => untrack(|| nothing(session, typed.get().trim())),
        (_, count) => fill(text().found, &[("count", &count.to_string())]),
    };
    view! {
        <section>
            {move || any.get().then(|| view! { <h2 class="list__label">{later().messages_found}</h2> })}
            <ul class="list">{rows(keys, row)}</ul>
            <p
                class="list__label"
                class:visually-hidden=any
                role="status"
            >
                {said}
            </p>
            {move || known.with(Known::has_more).then(|| view! {
                <button class="button button--quiet" type="button" on:click=move |_| looking.more()>
                    {later().more_messages}
                </button>
            })}
        </section>
    }
}

/// Says that no message was found, and nothing at all where no conversation above has this name either.
fn nothing(session: Session, typed: &str) -> String {
    let named = |(_, chat): &(ChatId, ArcRwSignal<ChatView>)| chat.with(|chat| fits(&chat.name, typed));
    match session.chats().with(|chats| chats.rows().iter().any(named)) {
        true => later().no_messages.to_owned(),
        false => fill(later().nothing_found, &[("words", typed)]),
    }
}

/// Who wrote it, where the name of the conversation does not say so.
fn who(hit: &Hit) -> Option<String> {
    let author = hit.author.as_ref().map(|author| author.name.as_str()).filter(|name| !name.is_empty());
    let who = if hit.mine { Some(text().you) } else { author };
    who.map(|name| fill(text().said_by, &[("name", name)]))
}

/// A row stays as long as it says the same, with the same words marked. What is said comes in as by FNV-1a.
fn key(hit: &Hit) -> u128 {
    let pieces = hit.snippet.iter().flat_map(|piece| piece.bytes().chain([0xFF]));
    let said = pieces.fold(0x811C_9DC5_u32, |said, byte| (said ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    u128::from_be_bytes(hit.chat.0) ^ (u128::from(said) << 96) ^ u128::from(hit.order)
}
