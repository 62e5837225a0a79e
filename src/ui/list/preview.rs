//! The second line of a row: what was said last, by whom, and how far it came.

use leptos::prelude::*;
use xchat_engine::api::{Body, ChatId, ChatState, ChatView, Mark, MessageView, Notice, PersonId, plain};

use crate::ui::chat::{sentences, shown_name, timer_sentence, writing};
use crate::ui::i18n::{fill, text};
use crate::ui::media;
use crate::ui::part::Place;
use crate::ui::session::use_session;
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};
use crate::ui::widgets::receipt::Receipt;

/// Characters of a preview; more never fits a row.
const PREVIEW: usize = 160;

/// The words of a message on one line.
pub(crate) fn words(message: &MessageView, me: Option<PersonId>) -> String {
    let t = text();
    match &message.body {
        Body::Changed { .. } | Body::Gap { .. } => sentences(message, me),
        Body::Text { parts, .. } => match message.holds {
            Some(holds) if parts.is_empty() => t.holds[holds as usize].to_owned(),
            _ => plain(parts).chars().take(PREVIEW).collect(),
        },
        Body::Unsupported => t.unsupported.to_owned(),
        Body::Opened(holds) => t.holds[*holds as usize].to_owned(),
        Body::Deleted => t.deleted_message.to_owned(),
        Body::Poll { question, .. } => format!("{} {question}", t.poll),
        Body::Timer { seconds } => timer_sentence(*seconds),
        Body::Notice { notice } => match notice {
            Notice::HistoryDiffers => t.notice_differs_short,
            Notice::Unreadable => t.notice_unreadable_short,
            Notice::Renewed => t.notice_renewed_short,
            Notice::Damaged => t.notice_damaged_short,
        }
        .to_owned(),
    }
}

/// The line.
#[component]
pub(crate) fn Preview(id: ChatId, chat: ReadSignal<ChatView>) -> impl IntoView {
    let session = use_session();
    // What is being written, or was spoken and waits, shows only where it is not open.
    let draft = Memo::new(move |_| {
        let open = session.router().under().with(|route| route.chat() == Some(id));
        if open {
            return None;
        }
        let written = session.drafts().with(|drafts| drafts.get(&id).filter(|draft| !draft.trim().is_empty()).cloned());
        written.or_else(|| media::take(session, id))
    });
    let writes = Memo::new(move |_| chat.with(|chat| writing::sentence(&session.writing(id), chat)));
    let last = Memo::new(move |_| chat.with(|chat| (chat.state, chat.last.clone())));
    move || match (writes.get(), draft.get(), last.get()) {
        (Some(writes), ..) => view! { <span class="list-row__typing">{writes}</span> }.into_any(),
        (None, Some(draft), _) => drafted(&draft),
        (None, None, (ChatState::Blocked, _)) => text().blocked.into_any(),
        (None, None, (_, Some(message))) => said(chat, &message, session.me()),
        (None, None, (_, None)) => text().nothing_written.into_any(),
    }
}

fn drafted(draft: &str) -> AnyView {
    let start: String = draft.chars().take(PREVIEW).collect();
    view! {
        <span class="list-row__draft">{text().draft}</span>
        " "
        {start}
    }
    .into_any()
}

fn said(chat: ReadSignal<ChatView>, message: &MessageView, me: Option<PersonId>) -> AnyView {
    let words = words(message, me);
    let words = match message.holds {
        None => words.into_any(),
        // What can say more takes the place of the word; the style sees to that.
        Some(_) => view! {
            {move || media::is_here().then(|| media::open(Place::Strip, media::Screen::Line(chat)))}
            <span class="list-row__held">{words}</span>
        }
        .into_any(),
    };
    match message.mark {
        Some(Mark::Failed) => view! {
            <span class="list-row__failed">
                <Icon glyph=Glyph::WARNING size=IconSize::Small />
                {text().not_sent}
            </span>
            " "
            {words}
        }
        .into_any(),
        Some(mark) if !matches!(message.body, Body::Timer { .. }) => view! {
            <Receipt mark />
            {words}
        }
        .into_any(),
        _ => match &message.author {
            Some(author) if matches!(message.body, Body::Text { .. }) => view! {
                <span class="list-row__who">
                    <bdi>{fill(text().said_by, &[("name", shown_name(author))])}</bdi>
                </span>
                " "
                {words}
            }
            .into_any(),
            _ => words,
        },
    }
}
