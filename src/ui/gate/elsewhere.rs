//! Another tab holds the device.

use leptos::prelude::*;

use super::frame::{GateFrame, GateHead, Place};
use crate::ui::i18n::text;
use crate::ui::session::use_session;
use crate::ui::widgets::icon::Glyph;

/// The page, with the way to take over.
#[component]
pub(crate) fn Elsewhere() -> impl IntoView {
    let session = use_session();
    let t = text();
    view! {
        <GateFrame place=Place::Centre>
            <GateHead glyph=Glyph::TABS title=t.elsewhere sentence=t.elsewhere_more />
            <div class="gate__actions">
                <button
                    class="button button--primary button--wide"
                    type="button"
                    on:click=move |_| session.use_here()
                >
                    {t.use_here}
                </button>
            </div>
        </GateFrame>
    }
}
