//! The pane: head, banners, search, filter, rows.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView};

use super::empty::NoChats;
use super::filter::{Filter, Filters};
use super::find::{Find, fits, walk};
use super::header::ListHeader;
use super::reminder::WordsReminder;
use super::row::ListRow;
use super::skeleton::ListSkeleton;
use super::summon::{Over, Summon};
use crate::ui::bell;
use crate::ui::browser::clock;
use crate::ui::flag::flag;
use crate::ui::gate::cut_off::CutOff;
use crate::ui::gate::storage::StorageBanner;
use crate::ui::i18n::{fill, text};
use crate::ui::part::Place;
use crate::ui::people;
use crate::ui::session::{Stage, use_session};
use crate::ui::widgets::rows::rows;

/// What fills the pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Loading,
    Empty,
    Rows,
}

/// The pane.
#[component]
pub(crate) fn ListPane() -> impl IntoView {
    let session = use_session();
    let content = Memo::new(move |_| {
        let started = session.stage().with(|stage| *stage != Stage::Starting);
        let empty = session.chats().with(|chats| chats.rows().is_empty());
        match (started, empty) {
            (false, _) => Content::Loading,
            (true, true) => Content::Empty,
            (true, false) => Content::Rows,
        }
    });
    let news = flag(move || session.news().with(|news| news.settled || news.flow.is_some() || !news.joins.is_empty()));
    // An open conversation says it itself.
    let alone = Signal::derive(move || session.router().under().with(|route| route.chat().is_none()));
    view! {
        <nav class="app__list" aria-label=text().chats>
            <div>
                <ListHeader />
                <StorageBanner />
                <WordsReminder />
                {move || session.offers_notices().then(|| bell::open(Place::Pane, bell::Screen::Offer(session)))}
                <CutOff more=text().offline_list here=alone />
                {move || news.get().then(|| people::open(Place::Strip, people::Screen::News))}
            </div>
            {move || match content.get() {
                Content::Loading => view! { <div class="app__scroll"><ListSkeleton /></div> }.into_any(),
                Content::Empty => view! { <div class="app__scroll app__scroll--centre"><NoChats /></div> }.into_any(),
                Content::Rows => view! { <Rows /> }.into_any(),
            }}
        </nav>
    }
}

/// The rows, their filter and their menu.
#[component]
fn Rows() -> impl IntoView {
    let session = use_session();
    let now = clock::use_now();
    let (chosen, choose) = signal(Filter::All);
    let typed = RwSignal::new(String::new());
    let summon = Summon::new();
    // Without requests, or an archive, there is no chip to leave them by.
    let filter = Memo::new(move |_| match chosen.get() {
        gone @ (Filter::Requests | Filter::Archived) if session.chats().with(|chats| gone.count(chats)) == 0 => {
            Filter::All
        }
        chosen => chosen,
    });
    let shown = Memo::new(move |_| shown(session.chats(), filter.get(), &typed.get()));
    let keys = move || shown.with(|ids| ids.iter().map(|id| u128::from_be_bytes(id.0)).collect());
    let row = move |key: u128| {
        let id = ChatId(key.to_be_bytes());
        let row = untrack(|| session.chat(id)).map(|chat| view! { <ListRow id chat now summon /> });
        view! { <li>{row}</li> }.into_any()
    };
    let count = Memo::new(move |_| shown.with(Vec::len));
    let seeks = flag(move || typed.with(|typed| !typed.trim().is_empty()));
    // It stands there before it says something, or not every screen reader reads it out.
    let found = move || match (typed.with(|typed| typed.trim().is_empty()), count.get()) {
        (true, 0) => text().filter_empty.to_owned(),
        (true, _) => String::new(),
        (false, 0) => text().nothing_found.to_owned(),
        (false, count) => fill(text().found, &[("count", &count.to_string())]),
    };
    view! {
        <div class="app__scroll" on:keydown=move |event| walk(&event)>
            <Find typed />
            <Filters filter chats=session.chats() on_choose=move |filter| choose.set(filter) />
            <ul
                class="list"
                on:pointermove=move |event| summon.press.moved(&event)
                on:pointerup=move |_| summon.press.let_go()
                on:pointercancel=move |_| summon.press.let_go()
            >
                {rows(keys, row)}
            </ul>
            <p class="list__label" class:visually-hidden=move || count.get() != 0 || seeks.get() role="status">
                {found}
            </p>
            {move || seeks.get().then(|| people::open(Place::Strip, people::Screen::Hits(typed)))}
            {layer(summon.over)}
        </div>
    }
}

/// What was called for over the list.
fn layer(over: RwSignal<Over>) -> impl IntoView {
    let close = Callback::new(move |()| over.set(Over::Nothing));
    move || (over.get() != Over::Nothing).then(|| people::open(Place::Over(close), people::Screen::Row(over)))
}

/// What the chip shows, by name where something was typed. A name is looked for in the archive as well.
fn shown(chats: ReadSignal<crate::ui::session::Chats>, filter: Filter, typed: &str) -> Vec<ChatId> {
    let typed = typed.trim();
    let is = |chat: &ChatView| match typed {
        "" => filter.fits(chat),
        _ => (filter == Filter::All || filter.fits(chat)) && fits(&chat.name, typed),
    };
    chats.with(|chats| chats.rows().iter().filter(|(_, view)| view.with(is)).map(|(id, _)| *id).collect())
}
