//! A line of the conversation's own, centred and grey.

use leptos::prelude::*;
use xchat_engine::api::{Body, ChatId, ChatView, Notice};

use super::changes::sentences;
use crate::ui::i18n::{fill, text};
use crate::ui::route::Route;
use crate::ui::session::Entry;

/// How long new messages live, in the largest unit that fits.
pub(crate) fn timer_sentence(seconds: Option<u32>) -> String {
    let t = text();
    let Some(seconds) = seconds else { return t.timer_off.to_owned() };
    let units = [(86_400, t.unit_day), (3_600, "h"), (60, "min")];
    let unit = units.into_iter().find(|(size, _)| seconds % size == 0).unwrap_or((1, "s"));
    fill(t.timer_on, &[("time", &format!("{}\u{a0}{}", seconds / unit.0, unit.1))])
}

/// The line, with the one link that helps where one does.
#[component]
pub(crate) fn NoticeLine(id: ChatId, chat: ReadSignal<ChatView>, entry: Entry) -> impl IntoView {
    let t = text();
    let body = entry.view.with_untracked(|message| message.body.clone());
    let notice = match body {
        Body::Notice { notice } => Some(notice),
        _ => None,
    };
    let sentence = match (notice, body) {
        (Some(Notice::HistoryDiffers), _) => t.notice_differs.to_owned(),
        (Some(Notice::Unreadable), _) => t.notice_unreadable.to_owned(),
        (Some(Notice::Renewed), _) => t.notice_renewed.to_owned(),
        (Some(Notice::Damaged), _) => t.notice_damaged.to_owned(),
        (None, Body::Changed { .. } | Body::Gap { .. }) => entry.view.with_untracked(sentences),
        (None, Body::Timer { seconds }) => timer_sentence(seconds),
        (None, _) => t.unsupported.to_owned(),
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
            {move || chat.with(|chat| fill(&sentence, &[("name", &chat.name)]))}
            {compare}
        </p>
    }
}
