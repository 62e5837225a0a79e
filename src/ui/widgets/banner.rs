//! A strip that says how things stand, with at most one thing to do about it.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// How much a strip matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Danger,
}

/// The strip: a strong beginning, the rest, and its action.
#[component]
pub(crate) fn Banner(
    glyph: Glyph,
    tone: Tone,
    /// The first words, strong.
    #[prop(into)]
    title: String,
    /// What follows them.
    #[prop(into)]
    text: String,
    /// A button or a link.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let class = match tone {
        Tone::Plain => "banner",
        Tone::Danger => "banner banner--danger",
    };
    view! {
        <div class=class role="status">
            <Icon glyph />
            <p class="banner__text">
                <b>{title}</b>
                " "
                {text}
            </p>
            {children.map(|children| children())}
        </div>
    }
}
