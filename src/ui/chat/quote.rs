//! What a message answers, above its words. Pressed, it leads there.

use leptos::prelude::*;
use xchat_engine::api::{ChatView, Quote};

use super::changes::shown_name;
use crate::ui::i18n::text;
use crate::ui::media;
use crate::ui::part::Place;
use crate::ui::session::use_session;

/// The block.
#[component]
pub(crate) fn QuoteBlock(quote: Quote, chat: ReadSignal<ChatView>) -> impl IntoView {
    let session = use_session();
    let t = text();
    let holds = match &quote {
        Quote::Here { holds, .. } => *holds,
        _ => None,
    };
    let (order, who, words) = match quote {
        Quote::Here { order, mine: true, text, .. } => (Some(order), Some(t.you.to_owned()), text),
        Quote::Here { order, author: Some(author), text, .. } => {
            (Some(order), Some(shown_name(&author).to_owned()), text)
        }
        Quote::Here { order, text, .. } => (Some(order), Some(chat.with_untracked(|chat| chat.name.clone())), text),
        Quote::Deleted { .. } => (None, None, t.deleted_message.to_owned()),
        Quote::Missing => (None, None, t.quote_missing.to_owned()),
    };
    let words = match holds {
        Some(holds) if words.is_empty() => t.holds[holds as usize].to_owned(),
        _ => words,
    };
    let inside = view! {
        {who.map(|who| view! { <bdi class="quote__who">{who}</bdi> })}
        <span class="quote__text" dir="auto">
            {holds.map(|holds| media::open(Place::Strip, media::Screen::Glyph(holds)))}
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
