//! The messages, from old to new.

use std::sync::Arc;

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView};

use super::blocks::{Block, BlockKey, blocks};
use super::group::{Group, Piece};
use super::hero::Hero;
use super::jump::Jump;
use super::notice::NoticeLine;
use super::over::Over;
use super::scroll::{A_MOMENT, Scroll};
use super::summon::Summon;
use crate::ui::browser::clock;
use crate::ui::flag::flag;
use crate::ui::i18n::text;
use crate::ui::part::Place;
use crate::ui::people;
use crate::ui::session::{History, Session, page_visible, use_session};
use crate::ui::widgets::rows::rows;

/// The timeline.
#[component]
pub(crate) fn Timeline(id: ChatId, chat: ReadSignal<ChatView>, over: RwSignal<Over>) -> impl IntoView {
    let session = use_session();
    let summon = Summon::new(over);
    let scroll = Scroll::new(session);
    let now = clock::use_now();
    tell_seen(session, id, chat);
    let laid = Memo::new(move |_| {
        let unread_from = session.unread_from().get();
        session.history().with(|history| {
            let drawn = history.drawn();
            // Before a stretch that begins further down there are others that are unread.
            let within = |order: &u64| !history.has_older() || drawn.first().is_some_and(|first| first.order <= *order);
            Arc::new(blocks(drawn, unread_from.filter(within), clock::local_day))
        })
    });
    let busy = flag(move || session.history().with(History::loading));
    let from_start = flag(move || session.history().with(|history| history.loaded() && !history.has_older()));
    let coming = flag(move || {
        from_start.get() && session.news().with(|news| news.flow.is_some_and(|flow| !flow.giving && !flow.over))
    });
    view! {
            <section
                node_ref=scroll.frame
                class="timeline"
                role="log"
                aria-label=text().messages
                aria-busy=move || if busy.get() { "true" } else { "false" }
                tabindex="0"
                on:scroll=move |_| scroll.moved()
                on:contextmenu=move |event| summon.asked(&event)
                on:click=move |event| summon.clicked(&event)
                on:keydown=move |event| summon.key(&event)
                on:pointerdown=move |event| summon.touched(&event)
                on:pointermove=move |event| summon.press.moved(&event)
                on:pointerup=move |_| summon.press.let_go()
                on:pointercancel=move |_| summon.press.let_go()
            >
                <div node_ref=scroll.column class="timeline__column">
                    {move || from_start.get().then(|| view! {
                        <Hero chat />
    })}
                    {move || coming.get().then(|| people::open(Place::Strip, people::Screen::StillComing))}
                    {rows(
                        move || laid.with(|laid| keys(laid)),
                        move |number| block(BlockKey::of_number(number), laid, id, chat, now, over),
                    )}
                </div>
            </section>
            <Jump chat />
        }
}

/// Says that the end was seen, whenever it is on the screen and the page is in front. A page that goes to the back may never come again:
/// what was typed is kept at once then.
fn tell_seen(session: Session, id: ChatId, chat: ReadSignal<ChatView>) {
    let front = RwSignal::new(());
    let shown = window_event_listener_untyped("visibilitychange", move |_| {
        front.set(());
        if !page_visible() {
            session.keep_now();
        }
    });
    let focused = window_event_listener_untyped("focus", move |_| front.set(()));
    on_cleanup(move || {
        shown.remove();
        focused.remove();
    });
    let stays = RwSignal::new(true);
    let comings = StoredValue::new(0_u32);
    Effect::new(move |followed: Option<bool>| {
        front.track();
        session.track_bared();
        session.history().track();
        let unread = chat.with(|chat| chat.unread);
        let follows = session.following().get();
        // Who comes to the end and is gone at once has read nothing there.
        if follows && followed == Some(false) {
            stays.set(false);
            let coming = comings.get_value().wrapping_add(1);
            comings.set_value(coming);
            // One that was gone and has come again stays from then on.
            let stayed = move || {
                if comings.try_get_value() == Some(coming) {
                    stays.set(true);
                }
            };
            set_timeout(stayed, A_MOMENT);
        }
        if stays.get() {
            session.look(id, unread);
        }
        follows
    });
}

fn keys(blocks: &[Block]) -> Vec<u128> {
    blocks.iter().map(|block| block.key().number()).collect()
}

fn find(blocks: &[Block], key: BlockKey) -> Option<Block> {
    blocks.iter().find(|block| block.key() == key).cloned()
}

fn block(
    key: BlockKey,
    laid: Memo<Arc<Vec<Block>>>,
    id: ChatId,
    chat: ReadSignal<ChatView>,
    now: ReadSignal<u64>,
    over: RwSignal<Over>,
) -> AnyView {
    match laid.with_untracked(|blocks| find(blocks, key)) {
        None => ().into_any(),
        Some(Block::Day { time, .. }) => view! {
            <h2 class="day">{move || clock::day(time, now.get())}</h2>
        }
        .into_any(),
        Some(Block::Unread) => view! { <p class="unread">{text().new_messages}</p> }.into_any(),
        Some(Block::Notice(entry)) => view! { <NoticeLine id chat entry over /> }.into_any(),
        Some(Block::Group { mine, entries, goes_on, continues }) => {
            let piece = Memo::new(move |before: Option<&Piece>| {
                match laid.with(|blocks| find(blocks, key)) {
                    Some(Block::Group { entries, goes_on, .. }) => (entries, goes_on),
                    // The group is on its way out; it keeps what it showed.
                    _ => before.cloned().unwrap_or_else(|| (entries.clone(), goes_on)),
                }
            });
            view! { <Group id chat mine continues piece /> }.into_any()
        }
    }
}
