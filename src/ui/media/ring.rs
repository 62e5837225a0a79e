//! A ring that fills as bytes go.

use leptos::prelude::*;

use crate::ui::widgets::icon::{Glyph, Icon};

/// Parts of its way, in hundredths.
pub(super) fn share(done: u64, total: u64) -> u64 {
    done.min(total).saturating_mul(100).checked_div(total).unwrap_or_default()
}

/// The ring, around what a press on it does. Decoration: whoever shows it says how far it is.
pub(super) fn ring(share: Signal<u64>, glyph: Glyph) -> AnyView {
    view! {
        <span class="ring" aria-hidden="true">
            <svg viewBox="0 0 44 44">
                <circle class="ring__track" cx="22" cy="22" r="20" />
                <circle
                    class="ring__done"
                    cx="22"
                    cy="22"
                    r="20"
                    pathLength="100"
                    // A ring that has only begun can be seen as well.
                    stroke-dasharray=move || format!("{} 100", share.get().max(3))
                />
            </svg>
            <Icon glyph />
        </span>
    }
    .into_any()
}
