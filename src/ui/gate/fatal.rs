//! The engine stopped.

use leptos::prelude::*;

use super::frame::{Details, GateFrame, GateHead, Kept, Place, reload};
use crate::ui::i18n::text;
use crate::ui::widgets::icon::Glyph;

/// The page, with the way on: loading it again.
#[component]
pub(crate) fn Fatal(detail: String) -> impl IntoView {
    let t = text();
    view! {
        <GateFrame place=Place::Centre>
            <GateHead glyph=Glyph::WARNING title=t.fatal sentence=t.fatal_more />
            <Kept />
            <div class="gate__actions">
                <button class="button button--primary button--wide" type="button" on:click=move |_| reload()>
                    {t.reload}
                </button>
                <Details detail />
            </div>
        </GateFrame>
    }
}
