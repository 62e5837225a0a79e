//! The list's head: the mark, and the ways to settings and to a new conversation.

use leptos::prelude::*;

use crate::ui::i18n::text;
use crate::ui::route::Route;
use crate::ui::widgets::icon::Glyph;
use crate::ui::widgets::icon_button::IconLink;
use crate::ui::widgets::logo::Wordmark;

/// The head.
#[component]
pub(crate) fn ListHeader() -> impl IntoView {
    let t = text();
    view! {
        <div class="bar">
            <Wordmark />
            <div class="bar__actions">
                <IconLink glyph=Glyph::SETTINGS label=t.settings to=Route::Settings />
                <IconLink
                    glyph=Glyph::COMPOSE
                    label=t.new_chat
                    class="icon-button--ink"
                    to=Route::New
                />
            </div>
        </div>
    }
}
