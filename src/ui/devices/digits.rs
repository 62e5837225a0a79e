//! The six digits, compared by eye: the same question on both devices.

use leptos::html;
use leptos::prelude::*;
use xchat_engine::api::Problem;

use crate::ui::browser::focus;
use crate::ui::i18n::{later, text};
use crate::ui::session::{Linking, use_session};

/// Digits, question, two answers. The question takes the focus: whoever cannot see it come hears it.
#[component]
pub(super) fn Digits(code: String, confirmed: bool) -> impl IntoView {
    let session = use_session();
    let heading = NodeRef::<html::H2>::new();
    Effect::new(move |_| {
        if let Some(heading) = heading.get() {
            focus::focus(&heading);
        }
    });
    let answers = (!confirmed).then(|| {
        view! {
            <div class="gate__actions">
                <button
                    class="button button--primary button--wide"
                    type="button"
                    on:click=move |_| session.confirm_link(true)
                >
                    {later().they_match}
                </button>
                <button class="button button--wide" type="button" on:click=move |_| session.confirm_link(false)>
                    {later().they_do_not_match}
                </button>
            </div>
        }
    });
    view! {
        <div class="digits">
            <h2 node_ref=heading class="digits__question" tabindex="-1">
                {later().compare_digits}
            </h2>
            <p class="digits__code" translate="no">
                {code}
            </p>
            <p>{later().compare_digits_more}</p>
            {answers}
        </div>
    }
}

/// What a live region says of a linking.
pub(super) fn said(linking: &Linking) -> &'static str {
    match linking {
        Linking::Idle | Linking::Shown(_) | Linking::Digits { confirmed: false, .. } => "",
        Linking::Asked => later().link_asked,
        Linking::Digits { confirmed: true, .. } => later().link_confirmed,
        Linking::Done => later().device_linked,
        Linking::Broken => later().link_broken,
        Linking::Refused(problem) => refusal(*problem),
    }
}

fn refusal(problem: Problem) -> &'static str {
    let t = text();
    match problem {
        Problem::NotALink => later().device_link_not,
        Problem::LinkDamaged => later().device_link_damaged,
        Problem::CardMissing => later().device_link_missing,
        Problem::TooMany => later().device_link_many,
        Problem::Offline => t.problem_offline,
        Problem::Unreachable => later().link_unanswered,
        _ => later().link_lost,
    }
}
