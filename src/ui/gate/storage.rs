//! The browser's storage does not do what it must: a page where nothing else works, else a banner.

use leptos::prelude::*;
use xchat_engine::api::StorageProblem;

use super::frame::{Details, GateFrame, GateHead, Kept, Place, reload};
use crate::ui::i18n::text;
use crate::ui::problem;
use crate::ui::session::{StorageTrouble, use_session};
use crate::ui::widgets::banner::{Banner, Tone};
use crate::ui::widgets::icon::Glyph;

/// Whether nothing can be done until it is solved. Without an account there is nothing to show beside it.
pub(crate) fn blocks(problem: StorageProblem, inhabited: bool) -> bool {
    match problem {
        StorageProblem::Unavailable | StorageProblem::Newer => true,
        StorageProblem::Full | StorageProblem::Damaged | StorageProblem::WriteFailed => !inhabited,
    }
}

/// The page.
#[component]
pub(crate) fn StoragePage(trouble: StorageTrouble) -> impl IntoView {
    let session = use_session();
    let t = text();
    let (title, sentence) = match trouble.problem {
        // Who sees the page and not the banner has no account here yet.
        StorageProblem::Full => (t.storage_full, t.storage_full_new),
        problem => problem::storage(problem),
    };
    let again = move |_| match trouble.problem {
        // Newer code is needed, which only loading the page brings.
        StorageProblem::Newer | StorageProblem::Damaged => reload(),
        // Any command is a new attempt.
        StorageProblem::Unavailable | StorageProblem::Full | StorageProblem::WriteFailed => session.reconnect(),
    };
    view! {
        <GateFrame place=Place::Centre>
            <GateHead glyph=Glyph::STORAGE title sentence />
            <Kept />
            <div class="gate__actions">
                <button class="button button--primary button--wide" type="button" on:click=again>
                    {t.try_again}
                </button>
                <Details detail=trouble.detail />
            </div>
        </GateFrame>
    }
}

/// The banner, over the list.
#[component]
pub(crate) fn StorageBanner() -> impl IntoView {
    let session = use_session();
    move || {
        session.storage().get().map(|trouble| {
            let (title, sentence) = problem::storage(trouble.problem);
            let again = move |_| match trouble.problem {
                StorageProblem::Full | StorageProblem::WriteFailed => session.reconnect(),
                StorageProblem::Unavailable | StorageProblem::Newer | StorageProblem::Damaged => reload(),
            };
            view! {
                <Banner glyph=Glyph::WARNING tone=Tone::Danger title text=sentence>
                    <button class="button button--plain" type="button" on:click=again>
                        {text().try_again}
                    </button>
                </Banner>
            }
        })
    }
}
