//! Says that there is no connection, and that writing goes on.

use leptos::prelude::*;
use xchat_engine::api::Connection;

use crate::ui::i18n::text;
use crate::ui::session::use_session;
use crate::ui::widgets::banner::{Banner, Tone};
use crate::ui::widgets::icon::Glyph;

/// The banner.
#[component]
pub(crate) fn OfflineBanner() -> impl IntoView {
    let session = use_session();
    let t = text();
    let offline = Memo::new(move |_| session.connection().get() == Connection::Offline);
    view! {
        <Show when=move || offline.get()>
            <Banner glyph=Glyph::Offline tone=Tone::Plain title=t.offline text=t.offline_more>
                <button class="button button--plain" type="button" on:click=move |_| session.reconnect()>
                    {t.try_now}
                </button>
            </Banner>
        </Show>
    }
}
