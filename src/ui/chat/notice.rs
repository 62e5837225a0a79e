//! A line of the conversation's own, centred and grey.

use leptos::prelude::*;
use xchat_engine::api::{Body, ChatId, ChatView, Notice};

use super::changes::sentences;
use crate::ui::i18n::{fill, text};
use crate::ui::route::Route;
use crate::ui::session::Entry;

/// The line, with the one link that helps where one does.
#[component]
pub(crate) fn NoticeLine(id: ChatId, chat: ReadSignal<ChatView>, entry: Entry) -> impl IntoView {
    let t = text();
    let notice = entry.view.with_untracked(|message| match &message.body {
        Body::Notice { notice } => Some(*notice),
        Body::Text { .. } | Body::Unsupported | Body::Changed { .. } | Body::Gap { .. } => None,
    });
    let changes = entry.view.with_untracked(sentences);
    let sentence = match notice {
        Some(Notice::HistoryDiffers) => t.notice_differs,
        Some(Notice::Unreadable) => t.notice_unreadable,
        Some(Notice::Renewed) => t.notice_renewed,
        Some(Notice::Damaged) => t.notice_damaged,
        None => t.unsupported,
    };
    let compare = (notice == Some(Notice::HistoryDiffers)).then(|| {
        view! {
            <a class="system__action" href=Route::Contact(id).href()>
                {t.compare_numbers}
            </a>
        }
    });
    view! {
        <p class="system" data-order=entry.order.to_string()>
            {move || match changes.is_empty() {
                true => chat.with(|chat| fill(sentence, &[("name", &chat.name)])),
                false => changes.clone(),
            }}
            {compare}
        </p>
    }
}
