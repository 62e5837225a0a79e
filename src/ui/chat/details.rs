//! What is known of a message: when it was written and changed, who has it and who has read it.

use leptos::prelude::*;
use xchat_engine::api::{Author, Body, ChatId, ChatView, Known, MessageView};

use super::changes::shown_name;
use crate::ui::browser::clock;
use crate::ui::i18n::{later, text};
use crate::ui::session::use_session;
use crate::ui::widgets::dialog::Dialog;

/// "Yesterday, 10:42".
pub(super) fn moment(time: u64) -> String {
    format!("{}, {}", clock::day(time, clock::now()), clock::time_of_day(time))
}

/// The dialog. What it shows is asked for when it opens.
#[component]
pub(super) fn Details(
    id: ChatId,
    chat: ReadSignal<ChatView>,
    message: MessageView,
    on_close: Callback<()>,
) -> impl IntoView {
    let session = use_session();
    let t = text();
    session.ask_details(id, message.order);
    let (order, mine) = (message.order, message.mine);
    let name = move |person: &Author| match chat.with_untracked(|chat| chat.group.is_some()) {
        _ if session.me() == Some(person.person) => t.you.to_owned(),
        true => shown_name(person).to_owned(),
        false => chat.with_untracked(|chat| chat.name.clone()),
    };
    let options = StoredValue::new(match message.body {
        Body::Poll { options, .. } => options,
        _ => Vec::new(),
    });
    let known = move || {
        let answer = session.known().get().filter(|(of, about, _)| (*of, *about) == (id, order));
        // Page and worker are of one build.
        let known = Known::from_bytes(&answer?.2).unwrap_or_default();
        let people = known.receipts.iter().map(|receipt| {
            let (word, time) = match (receipt.read, receipt.delivered) {
                (Some(time), _) => (t.mark_read, time),
                (None, time) => (t.mark_delivered, time.unwrap_or_default()),
            };
            row(name(&receipt.person), format!("{word} · {}", moment(time)))
        });
        let people = people.collect::<Vec<_>>();
        let nobody = (mine && people.is_empty()).then(|| view! { <p>{later().nobody_has_it}</p> });
        let earlier = known.versions.iter().map(|version| row(version.text.clone(), moment(version.time)));
        let earlier = earlier.collect::<Vec<_>>();
        let votes = known.votes.iter().map(|vote| {
            let chose = options.with_value(|options| {
                let chosen = vote.choices.iter().filter_map(|at| options.get(usize::from(*at)));
                chosen.map(|option| option.text.clone()).collect::<Vec<_>>()
            });
            row(name(&vote.person), chose.join(", "))
        });
        let votes = votes.collect::<Vec<_>>();
        Some(
            view! {
                {card(later().votes, votes)}
                {nobody}
                {card(later().who_has_it, people)}
                {card(later().earlier_versions, earlier)}
            }
            .into_any(),
        )
    };
    let edited = message.edited.map(|time| row(t.edited.to_owned(), moment(time)));
    let times = [Some(row(t.mark_sent.to_owned(), moment(message.time))), edited];
    view! {
        <Dialog title=later().message_details on_close>
            <div class="dialog__body dialog__body--rows">
                {card(later().times, times.into_iter().flatten().collect())}
                {known}
            </div>
        </Dialog>
    }
}

fn row(words: String, under: String) -> AnyView {
    view! {
        <li class="setting">
            <span class="setting__body">
                <bdi class="setting__name">{words}</bdi>
                <bdi class="setting__sub">{under}</bdi>
            </span>
        </li>
    }
    .into_any()
}

fn card(title: &'static str, rows: Vec<AnyView>) -> Option<AnyView> {
    let some = !rows.is_empty();
    some.then(|| {
        view! {
            <section class="section">
                <h3 class="section__title">{title}</h3>
                <ul class="section__card" aria-label=title>
                    {rows}
                </ul>
            </section>
        }
        .into_any()
    })
}
