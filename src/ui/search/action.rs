//! The way to a search in one conversation, from the page of its person or group.

use leptos::prelude::*;
use xchat_engine::api::ChatId;

use crate::ui::i18n::later;
use crate::ui::route::Route;
use crate::ui::session::use_session;
use crate::ui::widgets::icon::{Glyph, Icon};

/// The action: it leads back to the conversation, with the bar above its timeline.
#[component]
pub(crate) fn SearchAction(id: ChatId) -> impl IntoView {
    let session = use_session();
    view! {
        <a class="hero__action" href=Route::Chat(id).href() on:click=move |_| session.search_in(id)>
            <Icon glyph=Glyph::SEARCH />
            {later().search_in_chat}
        </a>
    }
}
