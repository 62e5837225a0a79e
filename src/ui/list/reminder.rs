//! The quiet suggestion to write the twelve words down.

use leptos::prelude::*;

use crate::ui::flag::flag;
use crate::ui::i18n::text;
use crate::ui::route::Route;
use crate::ui::session::use_session;
use crate::ui::widgets::banner::{Banner, Tone};
use crate::ui::widgets::icon::Glyph;

/// Shown until the words were confirmed, and not on their own page.
#[component]
pub(crate) fn WordsReminder() -> impl IntoView {
    let session = use_session();
    let t = text();
    let pending = flag(move || {
        session.account().with(|account| account.as_ref().is_some_and(|account| account.words_pending))
            && session.router().under().with(|route| *route != Route::Words)
    });
    view! {
            {move || pending.get().then(|| view! {
                <Banner glyph=Glyph::WORDS tone=Tone::Plain title=t.words_banner text=t.words_banner_more>
                    <a class="button button--plain" href=Route::Words.href()>
                        {t.words_banner_action}
                    </a>
                </Banner>
    })}
        }
}
