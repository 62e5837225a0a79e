//! The page of a contact link (`#add/...`) until its conversation opens, or why it cannot.

use leptos::prelude::*;

use crate::ui::i18n::{later, text};
use crate::ui::problem;
use crate::ui::route::Route;
use crate::ui::session::{LinkState, use_session};
use crate::ui::widgets::icon::{Glyph, Icon};

/// The page.
#[component]
pub(crate) fn Opening() -> impl IntoView {
    let session = use_session();
    let t = text();
    let said = move || match session.link().get() {
        LinkState::Idle | LinkState::Opening => (later().link_opening, ""),
        LinkState::Waiting => (later().link_waiting_title, later().link_waiting),
        LinkState::Refused(problem) => (t.link_refused, problem::sentence(problem)),
    };
    let refused = Memo::new(move |_| matches!(session.link().get(), LinkState::Refused(_)));
    view! {
            <div class="empty-state" role="status">
                {move || {
                    let (title, sentence) = said();
                    view! {
                        <h1 class="empty-state__title">{title}</h1>
                        <p>{sentence}</p>
                    }
                }}
                <div class="empty-state__actions">
                    {move || refused.get().then(|| view! {
                        <a class="button button--primary" href=Route::New.href()>
                            <Icon glyph=Glyph::COMPOSE />
                            {t.new_chat}
                        </a>
    })}
                    <a class="button button--plain" href=Route::Chats.href()>
                        {t.back_to_chats}
                    </a>
                </div>
            </div>
        }
}
