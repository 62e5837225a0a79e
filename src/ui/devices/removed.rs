//! Another device has removed this one: what that means, what stays, what to do.

use leptos::prelude::*;

use crate::ui::gate::frame::{GateFrame, GateHead, Kept, Place};
use crate::ui::i18n::{later, text};
use crate::ui::session::use_session;
use crate::ui::widgets::icon::Glyph;

/// The page, with the way to what is left.
#[component]
pub(crate) fn Removed() -> impl IntoView {
    let session = use_session();
    let t = text();
    view! {
        <GateFrame place=Place::Centre>
            <GateHead glyph=Glyph::DEVICES title=t.removed_device sentence=later().removed_device_more />
            <p class="gate__lede">{later().removed_device_again}</p>
            <Kept />
            <div class="gate__actions">
                <button class="button button--primary button--wide" type="button" on:click=move |_| session.read_on()>
                    {later().read_on}
                </button>
            </div>
        </GateFrame>
    }
}
