//! The request is out, or waits for a connection: what happens next, and the way to take it back.

use leptos::prelude::*;
use xchat_engine::api::{InviteView, JoinView};

use super::page::face;
use crate::ui::i18n::later;
use crate::ui::session::use_session;

/// What a request is called whose group is not known yet.
pub(super) fn name_of(join: &JoinView) -> String {
    let name = if join.name.is_empty() { later().join_unnamed } else { &join.name };
    name.to_owned()
}

/// The wait.
#[component]
pub(super) fn Wait(join: JoinView, invite: Option<InviteView>) -> impl IntoView {
    let session = use_session();
    let t = later();
    let said = if join.asked_at.is_some() { t.join_asked_more } else { t.join_unsent };
    let name = name_of(&join);
    let link = join.link;
    view! {
        {face(name, invite.as_ref())}
        <div class="section" role="status">
            <h2 class="section__lead">{t.join_asked}</h2>
            <p>{said}</p>
            <p class="section__quiet">{t.join_silent}</p>
        </div>
        <button class="button button--wide" type="button" on:click=move |_| session.withdraw_join(link.clone())>
            {t.withdraw}
        </button>
    }
}
