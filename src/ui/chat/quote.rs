//! What a message answers, above its words. Pressed, it leads there.

use leptos::prelude::*;
use xchat_engine::api::{ChatView, Quote};

use super::changes::shown_name;
use crate::ui::i18n::text;
use crate::ui::session::use_session;

/// The block.
#[component]
pub(crate) fn QuoteBlock(quote: Quote, chat: ReadSignal<ChatView>) -> impl IntoView {
    let session = use_session();
    let t = text();
    let (order, who, words) = match quote {
        Quote::Here { order, mine: true, text, .. } => (Some(order), Some(t.you.to_owned()), text),
        Quote::Here { order, author: Some(author), text, .. } => {
            (Some(order), Some(shown_name(&author).to_owned()), text)
        }
        Quote::Here { order, text, .. } => (Some(order), Some(chat.with_untracked(|chat| chat.name.clone())), text),
        Quote::Deleted { .. } => (None, None, t.deleted_message.to_owned()),
        Quote::Missing => (None, None, t.quote_missing.to_owned()),
    };
    let inside = view! {
        {who.map(|who| view! { <bdi class="quote__who">{who}</bdi> })}
        <span class="quote__text" dir="auto">
            {words}
        </span>
    }
    .into_any();
    match order {
        Some(order) => view! {
            <button type="button" class="quote" on:click=move |_| session.seek(order)>
                {inside}
            </button>
        }
        .into_any(),
        None => view! { <blockquote class="quote">{inside}</blockquote> }.into_any(),
    }
}
