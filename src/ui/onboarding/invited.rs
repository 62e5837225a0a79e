//! What a visitor who came by somebody's link is told before they have a name.

use leptos::prelude::*;

use crate::ui::i18n::text;
use crate::ui::route::Route;
use crate::ui::session::use_session;
use crate::ui::widgets::icon::{Glyph, Icon};

/// A line that says what opens next; nothing for those who came without a link.
#[component]
pub(crate) fn Invited() -> impl IntoView {
    let session = use_session();
    let t = text();
    let invited = Memo::new(move |_| session.router().now().with(|route| matches!(route, Route::Add(_))));
    view! {
            {move || invited.get().then(|| view! {
                <ul class="facts">
                    <li>
                        <Icon glyph=Glyph::Link />
                        <span>
                            <b>{t.invited}</b>
                            {t.invited_more}
                        </span>
                    </li>
                </ul>
    })}
        }
}
