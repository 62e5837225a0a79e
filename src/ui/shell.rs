//! The app itself: the list, the pane beside it, and the dialog over both.

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use xchat_engine::api::{ChatId, Connection};

use super::browser::focus;
use super::chat::Conversation;
use super::flag::flag;
use super::i18n::text;
use super::keys::keys;
use super::list::ListPane;
use super::media;
use super::part::Place;
use super::route::Route;
use super::session::{Session, Stage, use_session};
use super::widgets::dead_end::DeadEnd;
use super::widgets::logo::Mark;
use super::{bell, emoji, people, settings};

/// How long after the first conversations are there the parts are fetched that nobody has asked for: their screens are then as quick
/// as all others, and nothing that a person waits for has to share the connection with them.
const IDLE: Duration = Duration::from_secs(4);

/// What the detail pane shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detail {
    Nothing,
    Loading,
    Chat(ChatId),
    Contact(ChatId),
    Opening,
    Joining,
    Settings,
    Words,
    Devices,
    Notifications,
    Storage,
    Help,
    About,
    Missing,
}

fn detail(session: Session) -> Detail {
    let known = |id| session.chats().with(|chats| chats.find(id).is_some());
    let started = session.stage().with(|stage| *stage != Stage::Starting);
    match session.router().under().get() {
        Route::Chat(id) if known(id) => Detail::Chat(id),
        Route::Contact(id) if known(id) => Detail::Contact(id),
        Route::Chat(_) | Route::Contact(_) if !started => Detail::Loading,
        Route::Chat(_) | Route::Contact(_) | Route::Unknown => Detail::Missing,
        Route::Chats | Route::New | Route::NewGroup => Detail::Nothing,
        Route::Add(_) => Detail::Opening,
        Route::Join(_) => Detail::Joining,
        Route::Settings => Detail::Settings,
        Route::Words => Detail::Words,
        Route::Devices | Route::Link(_) => Detail::Devices,
        Route::Notifications => Detail::Notifications,
        Route::Storage => Detail::Storage,
        Route::Help => Detail::Help,
        Route::About => Detail::About,
    }
}

/// The two panes.
#[component]
pub(crate) fn Shell() -> impl IntoView {
    let session = use_session();
    let t = text();
    let main = NodeRef::<html::Main>::new();
    let detail = Memo::new(move |_| detail(session));
    let dialog = Memo::new(move |_| session.router().now().with(|route| route.is_dialog().then(|| route.clone())));
    let pane = move || match detail.get() {
        Detail::Nothing => "list",
        _ => "detail",
    };
    let skip = move |event: leptos::ev::MouseEvent| {
        // The address's fragment is the route, so the browser must not follow it.
        event.prevent_default();
        if let Some(main) = main.get_untracked() {
            focus::focus(&main);
        }
    };
    return_to_row(session);
    fetch_when_idle(session);
    view! {
        <a class="skip-link" href="#main" on:click=skip>
            {t.skip}
        </a>
        <div class="app" data-pane=pane>
            <ListPane />
            <main
                node_ref=main
                class="app__detail"
                class:app__detail--chat=move || matches!(detail.get(), Detail::Chat(_))
                class:app__detail--bare=move || {
                    matches!(
                        detail.get(),
                        Detail::Nothing | Detail::Loading | Detail::Opening | Detail::Missing
                    )
                }
                id="main"
                tabindex="-1"
            >
                {move || show(session, detail.get())}
            </main>
        </div>
        {move || match dialog.get() {
            Some(Route::New) => people::open(Place::Dialog, people::Screen::NewChat),
            Some(Route::NewGroup) => people::open(Place::Dialog, people::Screen::NewGroup),
            _ => ().into_any(),
        }}
        {keys()}
    }
}

fn show(session: Session, detail: Detail) -> AnyView {
    match detail {
        Detail::Nothing => view! { <Nothing /> }.into_any(),
        Detail::Loading => ().into_any(),
        Detail::Chat(id) => untrack(|| session.chat(id)).map(|chat| view! { <Conversation id chat /> }).into_any(),
        Detail::Contact(id) => {
            let info = |chat| people::open(Place::Pane, people::Screen::Info(id, chat));
            untrack(|| session.chat(id)).map(info).into_any()
        }
        Detail::Opening => people::open(Place::Pane, people::Screen::Opening),
        Detail::Joining => people::open(Place::Pane, people::Screen::Joining),
        Detail::Settings => settings::open(Place::Pane, settings::Screen::Settings),
        Detail::Words => settings::open(Place::Pane, settings::Screen::Words),
        Detail::Devices => settings::open(Place::Pane, settings::Screen::Devices),
        Detail::Notifications => settings::open(Place::Pane, settings::Screen::Notifications),
        Detail::Storage => settings::open(Place::Pane, settings::Screen::Storage),
        Detail::Help => settings::open(Place::Pane, settings::Screen::Help),
        Detail::About => settings::open(Place::Pane, settings::Screen::About),
        Detail::Missing => {
            view! { <DeadEnd title=text().missing sentence=text().missing_more within=false /> }.into_any()
        }
    }
}

/// Nothing is open.
#[component]
fn Nothing() -> impl IntoView {
    let session = use_session();
    let t = text();
    let empty = flag(move || session.chats().with(|chats| chats.rows().is_empty()));
    let loading = flag(move || session.stage().with(|stage| *stage == Stage::Starting));
    move || match (loading.get(), empty.get()) {
        (true, _) => ().into_any(),
        (false, true) => view! {
            <div class="empty-state">
                <h1 class="empty-state__title">{t.your_messages}</h1>
                <p>{t.your_messages_more}</p>
            </div>
        }
        .into_any(),
        (false, false) => view! {
            <div class="empty-state">
                <Mark class="empty-state__art empty-state__art--quiet" />
                <h1 class="empty-state__title">{t.pick_a_chat}</h1>
            </div>
        }
        .into_any(),
    }
}

/// Fetches what was not needed so far, once, from a relay that is there. What does not come is fetched when it is needed.
fn fetch_when_idle(session: Session) {
    let idle = RwSignal::new(false);
    Effect::new(move |before: Option<bool>| {
        let ready = session.stage().with(|stage| *stage == Stage::Ready);
        if ready && before != Some(true) {
            set_timeout(move || idle.set(true), IDLE);
        }
        ready
    });
    Effect::new(move |begun: Option<bool>| {
        if begun == Some(true) {
            return true;
        }
        let may = idle.get() && session.connection().get() == Connection::Online;
        if may {
            spawn_local(async move {
                bell::fetch().await;
                emoji::fetch().await;
                people::fetch().await;
                settings::fetch().await;
                media::come().await;
                session.settle();
            });
        }
        may
    });
}

/// Going back to the list gives the focus to the row that one came from.
fn return_to_row(session: Session) {
    Effect::new(move |before: Option<Option<ChatId>>| {
        let route = session.router().under().get();
        if let (Some(Some(id)), Route::Chats) = (before, &route) {
            let selector = format!(".list-row[href='{}']", Route::Chat(id).href());
            request_animation_frame(move || focus::focus_on(&selector));
        }
        route.chat()
    });
}
