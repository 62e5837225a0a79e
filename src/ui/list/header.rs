//! The list's head: the mark, and the ways to settings and to a new conversation.

use leptos::prelude::*;

use crate::ui::i18n::text;
use crate::ui::route::Route;
use crate::ui::session::use_session;
use crate::ui::widgets::icon::Glyph;
use crate::ui::widgets::icon_button::IconLink;
use crate::ui::widgets::logo::Wordmark;

/// The head.
#[component]
pub(crate) fn ListHeader() -> impl IntoView {
    let t = text();
    let session = use_session();
    let removed = Memo::new(move |_| session.is_removed());
    // A device that was removed begins nothing.
    let compose = move || {
        (!removed.get()).then(|| {
            view! {
                <IconLink glyph=Glyph::COMPOSE label=t.new_chat class="icon-button--ink" to=Route::New />
            }
        })
    };
    view! {
        <div class="bar">
            <Wordmark />
            <div class="bar__actions">
                <IconLink glyph=Glyph::SETTINGS label=t.settings to=Route::Settings />
                {compose}
            </div>
        </div>
    }
}
