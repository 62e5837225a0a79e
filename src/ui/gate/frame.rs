//! What the full pages share: the mark above, one column, a line at the foot.

use leptos::prelude::*;

use crate::ui::i18n::text;
use crate::ui::session::use_session;
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};
use crate::ui::widgets::logo::Wordmark;

/// Where the column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the middle, centred and narrow: something to decide.
    Centre,
    /// On a phone its action is near the thumb: something to fill in.
    Bottom,
}

/// The frame.
#[component]
pub(crate) fn GateFrame(place: Place, #[prop(optional)] foot: &'static str, children: Children) -> impl IntoView {
    let (gate, main) = match place {
        Place::Centre => ("gate gate--center", "gate__main gate__main--narrow"),
        Place::Bottom => ("gate", "gate__main gate__main--bottom"),
    };
    view! {
        <div class=gate>
            <header class="gate__bar">
                <Wordmark />
            </header>
            <main class=main id="main">
                {children()}
            </main>
            <footer class="gate__foot">{foot}</footer>
        </div>
    }
}

/// An icon, a title and a sentence, centred.
#[component]
pub(crate) fn GateHead(glyph: Glyph, #[prop(into)] title: String, #[prop(into)] sentence: String) -> impl IntoView {
    view! {
        <div class="gate__head gate__head--center">
            <span class="gate__icon">
                <Icon glyph size=IconSize::Large />
            </span>
            <h1 class="gate__title gate__title--small">{title}</h1>
            <p class="gate__lede">{sentence}</p>
        </div>
    }
}

/// What was written and not sent: it goes with the page, so it can be copied from here.
#[component]
pub(crate) fn Kept() -> impl IntoView {
    let written = use_session().drafts().with_untracked(|drafts| drafts.values().cloned().collect::<Vec<_>>());
    (!written.is_empty()).then(|| {
        view! {
            <div class="kept">
                <p>{text().fatal_written}</p>
                <pre class="kept__text" tabindex="0">{written.join("\n\n")}</pre>
            </div>
        }
    })
}

/// Technical words, for reports.
#[component]
pub(crate) fn Details(#[prop(into)] detail: String) -> impl IntoView {
    (!detail.is_empty()).then(|| {
        view! {
            <details class="details">
                <summary>{text().details}</summary>
                <p translate="no">{detail}</p>
            </details>
        }
    })
}

/// Loads the page anew.
pub(crate) fn reload() {
    if let Err(error) = window().location().reload() {
        leptos::logging::warn!("the page did not reload: {error:?}");
    }
}
