//! The page of an invite link, whatever it turns out to be.

use leptos::prelude::*;
use xchat_engine::api::{InviteView, JoinView, Problem};

use super::refusal::Refusal;
use super::wait::Wait;
use crate::ui::gate::cut_off::CutOff;
use crate::ui::group::count_of_people;
use crate::ui::i18n::{later, text};
use crate::ui::page::Page;
use crate::ui::route::Route;
use crate::ui::session::{LinkState, Session, use_session};
use crate::ui::widgets::avatar::{Avatar, AvatarSize};
use crate::ui::widgets::icon::{Glyph, Icon};

/// People that no group has more of.
const FULL: u32 = 1000;

/// How this person stands to the group of the link.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stand {
    Opening,
    /// The link is fine, and nobody can be asked what it says.
    Offline,
    Refused(Problem),
    Outside(InviteView),
    Asked(JoinView, Option<InviteView>),
}

fn stand(session: Session) -> Stand {
    let place = session.router().under().with(Route::href);
    let invite = session.news().with(|news| news.invite.clone()).filter(|invite| invite.link.ends_with(&place));
    let join = session.news().with(|news| news.joins.iter().find(|join| join.link.ends_with(&place)).cloned());
    match (join, session.link().get(), invite) {
        (Some(join), _, invite) => Stand::Asked(join, invite),
        (None, LinkState::Refused(problem), _) => Stand::Refused(problem),
        (None, _, Some(invite)) => Stand::Outside(invite),
        (None, LinkState::Waiting, None) => Stand::Offline,
        (None, LinkState::Idle | LinkState::Opening, None) => Stand::Opening,
    }
}

/// The page.
#[component]
pub(crate) fn Joining() -> impl IntoView {
    let session = use_session();
    let t = text();
    let stands = Memo::new(move |_| stand(session));
    let show = move || match stands.get() {
        Stand::Opening => view! { <p role="status">{later().link_opening}</p> }.into_any(),
        Stand::Offline => view! { <p role="status">{later().join_offline}</p> }.into_any(),
        Stand::Refused(problem) => view! { <Refusal problem /> }.into_any(),
        Stand::Outside(invite) => view! { <Offer invite /> }.into_any(),
        Stand::Asked(join, invite) => view! { <Wait join invite /> }.into_any(),
    };
    view! {
        <Page title=later().join_group back=Route::Chats back_label=t.back_to_chats>
            <CutOff more=later().join_cut_off here=true />
            {show}
        </Page>
    }
}

/// The group as the link tells of it.
pub(super) fn face(name: String, invite: Option<&InviteView>) -> AnyView {
    let people = invite.map(|invite| count_of_people(invite.people));
    let about = invite.map(|invite| invite.description.clone()).filter(|about| !about.is_empty());
    view! {
        <div class="hero">
            <Avatar name=Signal::stored(name.clone()) colour=Signal::stored(0) size=AvatarSize::Huge group=true />
            <h2 class="hero__name">
                <bdi>{name}</bdi>
            </h2>
            <p class="hero__sub">{people}</p>
            <p class="hero__sub hero__sub--lines" dir="auto">
                {about}
            </p>
        </div>
    }
    .into_any()
}

/// What joining means, and the way to ask.
#[component]
fn Offer(invite: InviteView) -> impl IntoView {
    let session = use_session();
    let t = later();
    let full = invite.people >= FULL;
    let link = invite.link.clone();
    let fact = |glyph, title: &'static str, more: &'static str| {
        view! {
            <li>
                <Icon glyph />
                <span>
                    <b>{title}</b>
                    {more}
                </span>
            </li>
        }
        .into_any()
    };
    let rest = match full {
        true => view! {
            <p role="status">
                <b>{t.join_full}</b>
                " "
                {t.join_full_more}
            </p>
        }
        .into_any(),
        false => view! {
            <ul class="facts">
                {fact(Glyph::PEOPLE, t.join_decide, t.join_decide_more)}
                {fact(Glyph::WORDS, t.join_seen, t.join_seen_more)}
                {fact(Glyph::DOWN, t.join_from_now, t.join_from_now_more)}
            </ul>
            <div class="section">
                <button
                    class="button button--primary button--wide"
                    type="button"
                    on:click=move |_| session.ask_to_join(link.clone())
                >
                    {t.ask_to_join}
                </button>
                <p class="section__note">{t.join_word}</p>
            </div>
        }
        .into_any(),
    };
    view! {
        {face(invite.name.clone(), Some(&invite))}
        {rest}
    }
}
