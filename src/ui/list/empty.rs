//! Nobody here yet: how to bring the first person.

use leptos::prelude::*;

use crate::ui::i18n::text;
use crate::ui::route::Route;
use crate::ui::widgets::icon::{Glyph, Icon};
use crate::ui::widgets::logo::Mark;

/// The empty list.
#[component]
pub(crate) fn NoChats() -> impl IntoView {
    let t = text();
    view! {
        <div class="empty-state">
            <Mark class="empty-state__art" />
            <h2 class="empty-state__title">{t.no_chats}</h2>
            <p>{t.no_chats_more}</p>
            <div class="empty-state__actions">
                <a class="button button--primary" href=Route::New.href()>
                    <Icon glyph=Glyph::COMPOSE />
                    {t.new_chat}
                </a>
            </div>
        </div>
    }
}
