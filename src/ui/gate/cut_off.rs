//! Says that the relay is not reached, and why; nothing while there is something worse to say about storage.

use leptos::prelude::*;
use xchat_engine::api::Connection;

use super::frame::reload;
use crate::ui::i18n::text;
use crate::ui::session::use_session;
use crate::ui::widgets::banner::{Banner, Tone};
use crate::ui::widgets::icon::Glyph;

/// The banner. `more` is what being offline means here; it shows only where `here` holds.
#[component]
pub(crate) fn CutOff(more: &'static str, #[prop(into)] here: Signal<bool>) -> impl IntoView {
    let session = use_session();
    let t = text();
    let connection = Memo::new(move |_| {
        let quiet = !here.get() || session.storage().with(Option::is_some);
        Some(session.connection().get()).filter(|_| !quiet)
    });
    move || match connection.get() {
        Some(Connection::Offline) => view! {
            <Banner glyph=Glyph::OFFLINE tone=Tone::Plain title=t.offline text=more>
                <button class="button button--plain" type="button" on:click=move |_| session.reconnect()>
                    {t.try_now}
                </button>
            </Banner>
        }
        .into_any(),
        Some(Connection::Garbled) => view! {
            <Banner glyph=Glyph::WARNING tone=Tone::Danger title=t.garbled text=t.garbled_more>
                <button class="button button--plain" type="button" on:click=move |_| reload()>
                    {t.reload}
                </button>
            </Banner>
        }
        .into_any(),
        Some(Connection::Connecting | Connection::Online) | None => ().into_any(),
    }
}
