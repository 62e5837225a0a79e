//! The engine stopped.

use leptos::prelude::*;

use super::frame::{Details, GateFrame, GateHead, Place, reload};
use crate::ui::i18n::text;
use crate::ui::session::use_session;
use crate::ui::widgets::icon::Glyph;

/// The page, with the way on: loading it again.
#[component]
pub(crate) fn Fatal(detail: String) -> impl IntoView {
    let t = text();
    let written = use_session().drafts().with_untracked(|drafts| drafts.values().cloned().collect::<Vec<_>>());
    let written = (!written.is_empty()).then(|| {
        view! {
            <div class="kept">
                <p>{t.fatal_written}</p>
                <pre class="kept__text" tabindex="0">{written.join("\n\n")}</pre>
            </div>
        }
    });
    view! {
        <GateFrame place=Place::Centre>
            <GateHead glyph=Glyph::Warning title=t.fatal sentence=t.fatal_more />
            {written}
            <div class="gate__actions">
                <button class="button button--primary button--wide" type="button" on:click=move |_| reload()>
                    {t.reload}
                </button>
                <Details detail />
            </div>
        </GateFrame>
    }
}
