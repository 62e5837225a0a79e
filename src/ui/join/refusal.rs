//! Why an invite link does not open, and what to do.

use leptos::prelude::*;
use xchat_engine::api::Problem;

use crate::ui::i18n::{later, text};
use crate::ui::problem;
use crate::ui::widgets::dead_end::DeadEnd;

fn sentence(problem: Problem) -> &'static str {
    match problem {
        Problem::InviteMissing => later().join_missing,
        Problem::InviteClosed => later().join_closed,
        Problem::TooMany => later().join_many,
        other => problem::sentence(other),
    }
}

/// The sentence, with the way back.
#[component]
pub(super) fn Refusal(problem: Problem) -> impl IntoView {
    let title = if problem == Problem::TooMany { later().join_not_asked } else { text().link_refused };
    view! { <DeadEnd title sentence=sentence(problem) within=true /> }
}
