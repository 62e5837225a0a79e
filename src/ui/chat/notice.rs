//! A line of the conversation's own, centred and grey.

use leptos::prelude::*;
use xchat_engine::api::{Body, Change, ChatId, ChatView, MessageView, Notice, PersonId};

use super::changes::{sentences, shown_name};
use super::over::Over;
use crate::ui::browser::clock;
use crate::ui::group::may::may_move;
use crate::ui::i18n::{fill, text};
use crate::ui::route::Route;
use crate::ui::session::{Entry, Session, use_session};

/// How long new messages live.
pub(crate) fn timer_sentence(seconds: Option<u32>) -> String {
    let t = text();
    let Some(seconds) = seconds else { return t.timer_off.to_owned() };
    fill(t.timer_on, &[("time", &clock::span(seconds))])
}

/// Who has set it to that.
fn timed(seconds: Option<u32>, who: Option<&str>) -> String {
    let sentence = timer_sentence(seconds);
    who.map_or(sentence.clone(), |name| format!("{} {sentence}", fill(text().said_by, &[("name", name)])))
}

/// The line, with the one link that helps where one does.
#[component]
pub(crate) fn NoticeLine(id: ChatId, chat: ReadSignal<ChatView>, entry: Entry, over: RwSignal<Over>) -> impl IntoView {
    let t = text();
    let body = entry.view.with_untracked(|message| message.body.clone());
    let notice = match body {
        Body::Notice { notice } => Some(notice),
        _ => None,
    };
    let session = use_session();
    let author =
        entry.view.with_untracked(|message| message.author.as_ref().map(|author| shown_name(author).to_owned()));
    let (group, other) = chat.with_untracked(|chat| (chat.group.is_some(), chat.name.clone()));
    let changes = match body {
        Body::Timer { seconds } => {
            let mine = entry.view.with_untracked(|message| message.mine);
            let other = author.as_deref().or((!group).then_some(other.as_str()));
            timed(seconds, if mine { Some(t.you) } else { other })
        }
        _ => entry.view.with_untracked(|message| sentences(message, session.me())),
    };
    let sentence = match (notice, group) {
        (Some(Notice::HistoryDiffers), false) => t.notice_differs,
        (Some(Notice::HistoryDiffers), true) => t.notice_differs_group,
        // In a group it is known of whom, or it is not.
        (Some(Notice::Unreadable), true) if author.is_none() => t.notice_unreadable_group,
        (Some(Notice::Unreadable), _) => t.notice_unreadable,
        (Some(Notice::Renewed), _) => t.notice_renewed,
        (Some(Notice::Damaged), _) => t.notice_damaged,
        (None, _) => t.unsupported,
    };
    let said = move || match (changes.is_empty(), &author) {
        (false, _) => changes.clone(),
        (true, Some(author)) => fill(sentence, &[("name", author)]),
        (true, None) => chat.with(|chat| fill(sentence, &[("name", &chat.name)])),
    };
    let alike = entry.view.with_untracked(is_alike);
    // A group has no one number to compare.
    let compare = (alike || notice == Some(Notice::HistoryDiffers) && !group).then(|| {
        view! {
            <a class="system__action" href=Route::Contact(id).href()>
                {t.compare_numbers}
            </a>
        }
    });
    let order = entry.order;
    let breaker = entry.view.with_untracked(|message| breaker(message, session));
    let moves = breaker.map(|person| {
        move || {
            let may = chat.with(|chat| chat.group.as_deref().is_some_and(may_move));
            let moved = || session.history().with(|history| has_moved(history.drawn(), order));
            (may && !moved()).then(|| {
                let ask = move |_| over.set(Over::Move(order, person));
                view! {
                    <button class="system__action" type="button" on:click=ask>
                        {t.move_everyone_else}
                    </button>
                }
            })
        }
    });
    view! {
        <p class="system" data-order=order.to_string()>
            {said}
            {compare}
            {moves}
        </p>
    }
}

/// Somebody else has the other's name.
fn is_alike(message: &MessageView) -> bool {
    matches!(&message.body, Body::Changed { changes } if matches!(changes[..], [Change::Called { alike: true, .. }]))
}

/// Somebody else who broke the rules of the group, as the line says.
fn breaker(message: &MessageView, session: Session) -> Option<PersonId> {
    let Body::Changed { changes } = &message.body else { return None };
    let broke = |change: &Change| match change {
        Change::Breach { who } => Some(who.person),
        _ => None,
    };
    changes.iter().find_map(broke).filter(|person| session.me() != Some(*person))
}

/// Whether the group has moved since that line.
fn has_moved(entries: &[Entry], since: u64) -> bool {
    let moved =
        |message: &MessageView| matches!(&message.body, Body::Changed { changes } if changes.contains(&Change::Moved));
    entries.iter().any(|entry| entry.order > since && entry.view.with_untracked(moved))
}
