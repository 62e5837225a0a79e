//! Who asks to be let into a group, with the two answers. Admins alone are told of any.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView, GroupChange, JoinRequestView};

use super::may::may_move;
use crate::ui::browser::clock;
use crate::ui::i18n::{fill, later, text};
use crate::ui::route::Route;
use crate::ui::session::use_session;
use crate::ui::widgets::avatar::{Avatar, AvatarSize};
use crate::ui::widgets::banner::{Banner, Tone};
use crate::ui::widgets::dialog::Confirm;
use crate::ui::widgets::icon::Glyph;

fn name_of(request: &JoinRequestView) -> String {
    let name = if request.name.is_empty() { text().somebody } else { &request.name };
    name.to_owned()
}

/// The section; nothing while nobody asks.
#[component]
pub(super) fn Requests(id: ChatId) -> impl IntoView {
    let session = use_session();
    let t = later();
    let declining = RwSignal::new(None::<JoinRequestView>);
    let requests = Memo::new(move |_| session.news().with(|news| news.requests.clone()));
    let some = Memo::new(move |_| requests.with(|requests| !requests.is_empty()));
    let rows = move || requests.get().into_iter().map(|request| row(id, request, declining)).collect_view();
    let question = move || {
        declining.get().map(|request| {
            let (person, name) = (request.person, name_of(&request));
            let decline = move |()| {
                declining.set(None);
                session.change_group(id, GroupChange::Decline { person });
            };
            view! {
                <Confirm
                    title=fill(t.decline_title, &[("name", &name)])
                    sentence=fill(t.decline_sentence, &[("name", &name)])
                    action=t.decline
                    on_confirm=decline
                    on_close=move |()| declining.set(None)
                />
            }
        })
    };
    move || {
        some.get().then(|| {
            view! {
                <section class="section">
                    <h2 class="section__title" id="requests">
                        {t.requests}
                    </h2>
                    <ul class="section__card" aria-labelledby="requests">
                        {rows}
                    </ul>
                    <p class="section__note">{t.requests_note}</p>
                    {question}
                </section>
            }
        })
    }
}

fn row(id: ChatId, request: JoinRequestView, declining: RwSignal<Option<JoinRequestView>>) -> impl IntoView {
    let session = use_session();
    let t = later();
    let name = name_of(&request);
    let (person, colour) = (request.person, request.colour);
    let now = clock::now();
    let moment = format!("{}, {}", clock::day(request.time, now), clock::time_of_day(request.time));
    let label = |words| fill(words, &[("name", &name)]);
    let (let_in, decline) = (label(t.let_in_name), label(t.decline_name));
    view! {
        <li class="setting setting--choice">
            <Avatar name=Signal::stored(name.clone()) colour=Signal::stored(colour) size=AvatarSize::Medium />
            <span class="setting__body">
                <bdi class="setting__name">{name}</bdi>
                <span class="setting__sub">{moment}</span>
            </span>
            <span class="setting__answers">
                <button
                    class="button button--plain button--sm"
                    type="button"
                    aria-label=decline
                    on:click=move |_| declining.set(Some(request.clone()))
                >
                    {t.decline}
                </button>
                <button
                    class="button button--sm"
                    type="button"
                    aria-label=let_in
                    on:click=move |_| session.change_group(id, GroupChange::Approve { person })
                >
                    {t.let_in}
                </button>
            </span>
        </li>
    }
}

/// The strip in a conversation whose group waits for something that this person may do: an answer to who asks, or the move of a
/// group that this device has lost.
#[component]
pub(crate) fn Asks(id: ChatId, chat: ReadSignal<ChatView>) -> impl IntoView {
    let t = later();
    let asks = Memo::new(move |_| chat.with(|chat| chat.group.as_ref().map_or(0, |group| group.requests)));
    let lost = Memo::new(move |_| {
        chat.with(|chat| chat.group.as_ref().is_some_and(|group| group.out.is_some() && may_move(group)))
    });
    move || {
        let (title, more) = match (lost.get(), asks.get()) {
            (true, _) => (t.lost_admin.to_owned(), t.lost_admin_more),
            (false, 0) => return None,
            (false, 1) => (t.one_asks.to_owned(), ""),
            (false, many) => (fill(t.many_ask, &[("count", &many.to_string())]), ""),
        };
        let way = if lost.get() { text().group_details } else { t.review };
        Some(view! {
            <Banner glyph=Glyph::PERSON_PLUS tone=Tone::Plain title text=more>
                <a class="button button--plain" href=Route::Contact(id).href()>
                    {way}
                </a>
            </Banner>
        })
    }
}
