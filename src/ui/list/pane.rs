//! The pane: head, banners, filter, rows.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatState, ChatView};

use super::empty::NoChats;
use super::filter::{Filter, Filters};
use super::header::ListHeader;
use super::reminder::WordsReminder;
use super::row::ListRow;
use super::skeleton::ListSkeleton;
use crate::ui::browser::clock;
use crate::ui::gate::cut_off::CutOff;
use crate::ui::gate::storage::StorageBanner;
use crate::ui::i18n::text;
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
    // An open conversation says it itself.
    let alone = Signal::derive(move || session.router().under().with(|route| route.chat().is_none()));
    view! {
        <nav class="app__list" aria-label=text().chats>
            <div>
                <ListHeader />
                <StorageBanner />
                <WordsReminder />
                <CutOff more=text().offline_list here=alone />
            </div>
            {move || match content.get() {
                Content::Loading => view! { <div class="app__scroll"><ListSkeleton /></div> }.into_any(),
                Content::Empty => view! { <div class="app__scroll app__scroll--centre"><NoChats /></div> }.into_any(),
                Content::Rows => view! { <Rows /> }.into_any(),
            }}
        </nav>
    }
}

/// The rows and, while there are requests, their filter.
#[component]
fn Rows() -> impl IntoView {
    let session = use_session();
    let now = clock::use_now();
    let (chosen, choose) = signal(Filter::All);
    let requests = Memo::new(move |_| session.chats().with(|chats| chats.requests()));
    let filter = Memo::new(move |_| match requests.get() {
        0 => Filter::All,
        _ => chosen.get(),
    });
    let shown = Memo::new(move |_| shown(session.chats(), filter.get()));
    let keys = move || shown.with(|ids| ids.iter().map(|id| u128::from_be_bytes(id.0)).collect());
    let row = move |key: u128| {
        let id = ChatId(key.to_be_bytes());
        let row = untrack(|| session.chat(id)).map(|chat| view! { <ListRow id chat now /> });
        view! { <li>{row}</li> }.into_any()
    };
    view! {
            <div class="app__scroll">
                {move || (requests.get() != 0).then(|| view! {
                    <Filters filter=chosen requests on_choose=move |filter| choose.set(filter) />
    })}
                <ul class="list">
                    {rows(keys, row)}
                </ul>
            </div>
        }
}

fn shown(chats: ReadSignal<crate::ui::session::Chats>, filter: Filter) -> Vec<ChatId> {
    let fits = |chat: &ChatView| match filter {
        Filter::All => true,
        Filter::Requests => chat.state == ChatState::Request,
    };
    chats.with(|chats| {
        chats.rows().iter().filter(|(_, view)| filter == Filter::All || view.with(fits)).map(|(id, _)| *id).collect()
    })
}
