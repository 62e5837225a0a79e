//! The groups that this person waits to be let into, above the list of conversations.

use leptos::prelude::*;
use xchat_engine::api::JoinView;

use super::wait::name_of;
use crate::ui::i18n::later;
use crate::ui::session::use_session;
use crate::ui::widgets::avatar::{Avatar, AvatarSize};

/// A row for each, which leads to its page.
#[component]
pub(crate) fn Waiting() -> impl IntoView {
    let session = use_session();
    let joins = Memo::new(move |_| session.news().with(|news| news.joins.clone()));
    let rows = move || joins.get().into_iter().map(row).collect_view();
    let some = Memo::new(move |_| joins.with(|joins| !joins.is_empty()));
    move || {
        some.get().then(|| {
            view! {
                <ul class="list list--waiting" aria-label=later().join_waiting>
                    {rows}
                </ul>
            }
        })
    }
}

fn row(join: JoinView) -> impl IntoView {
    let session = use_session();
    let name = name_of(&join);
    let place = join.link.find('#').map(|at| join.link[at..].to_owned()).unwrap_or_default();
    let here = place.clone();
    let current = move || session.router().under().with(|route| route.href() == here).then_some("true");
    view! {
        <li>
            <a class="list-row list-row--two" href=place aria-current=current>
                <Avatar
                    name=Signal::stored(name.clone())
                    colour=Signal::stored(0)
                    size=AvatarSize::Medium
                    group=true
                />
                <div class="list-row__body">
                    <span class="list-row__name">
                        <bdi>{name}</bdi>
                    </span>
                    <span class="list-row__preview">{later().join_waits}</span>
                </div>
            </a>
        </li>
    }
}
