//! What people gave a message, under its bubble.

use leptos::prelude::*;
use xchat_engine::api::Reaction;

use crate::ui::i18n::text;

/// The row.
#[component]
pub(crate) fn Reactions(reactions: Vec<Reaction>) -> impl IntoView {
    let one = |Reaction { emoji, count, mine, .. }: Reaction| {
        view! {
            <li class="reaction" class:reaction--mine=mine>
                <span class="emoji">{emoji}</span>
                <span>{count}</span>
            </li>
        }
    };
    view! {
        <ul class="reactions" aria-label=text().reactions>
            {reactions.into_iter().map(one).collect_view()}
        </ul>
    }
}
