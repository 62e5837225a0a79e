//! The offer to turn notifications on: a quiet strip, once a message came while nobody was looking. An answer is remembered.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::permission::{Permission, ask};
use crate::ui::browser::prefs;
use crate::ui::i18n::later;
use crate::ui::session::Session;
use crate::ui::widgets::banner::{Banner, Tone};
use crate::ui::widgets::icon::Glyph;

/// The strip.
#[component]
pub(super) fn Offer(session: Session) -> impl IntoView {
    let t = later();
    let answer = move |on: bool| {
        session.offer_notices(false);
        prefs::set_flag(prefs::NOTIFY, on);
    };
    let turn_on = move |_| spawn_local(async move { answer(ask().await == Permission::Granted) });
    view! {
        <Banner glyph=Glyph::BELL tone=Tone::Plain title=t.notify_offer text=t.notify_offer_more>
            <button class="button button--plain" type="button" on:click=turn_on>
                {t.turn_on}
            </button>
            <button class="button button--plain" type="button" on:click=move |_| answer(false)>
                {t.not_now}
            </button>
        </Banner>
    }
}
