//! What a message answers, above its words.

use leptos::prelude::*;
use xchat_engine::api::{ChatView, Quote};

use crate::ui::i18n::text;

/// The block.
#[component]
pub(crate) fn QuoteBlock(quote: Quote, chat: ReadSignal<ChatView>) -> impl IntoView {
    let t = text();
    let (who, words) = match quote {
        Quote::Here { mine: true, text, .. } => (Some(t.you.to_owned()), text),
        Quote::Here { author: Some(author), text, .. } => (Some(author.name), text),
        Quote::Here { text, .. } => (Some(chat.with_untracked(|chat| chat.name.clone())), text),
        Quote::Deleted { .. } => (None, t.deleted_message.to_owned()),
        Quote::Missing => (None, t.quote_missing.to_owned()),
    };
    view! {
        <blockquote class="quote">
            {who.map(|who| view! { <bdi class="quote__who">{who}</bdi> })} <span class="quote__text" dir="auto">
                {words}
            </span>
        </blockquote>
    }
}
