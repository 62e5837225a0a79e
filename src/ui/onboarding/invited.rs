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
    let invited =
        Memo::new(move |_| session.router().now().with(|route| matches!(route, Route::Add(_) | Route::Join(_))));
    let said = move || match session.router().now().with_untracked(|route| matches!(route, Route::Join(_))) {
        true => (t.invited_group, t.invited_group_more),
        false => (t.invited, t.invited_more),
    };
    view! {
            {move || invited.get().then(said).map(|(title, more)| view! {
                <ul class="facts">
                    <li>
                        <Icon glyph=Glyph::LINK />
                        <span>
                            <b>{title}</b>
                            {more}
                        </span>
                    </li>
                </ul>
    })}
        }
}
