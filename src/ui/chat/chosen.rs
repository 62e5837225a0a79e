//! What can be done with the messages that are chosen: a bar in the composer's place.

use leptos::prelude::*;
use leptos::task::spawn_local;
use xchat_engine::api::{ChatView, MessageView};

use super::changes::shown_name;
use super::menu::{copy_words, words};
use super::offers::{Offer, offers};
use super::over::Over;
use crate::ui::back;
use crate::ui::browser::{clock, focus};
use crate::ui::i18n::{fill, later, text};
use crate::ui::session::{Session, use_session};
use crate::ui::widgets::icon::Glyph;
use crate::ui::widgets::icon_button::IconButton;

/// A message of the open conversation.
pub(super) fn find(session: Session, order: u64) -> Option<MessageView> {
    session.history().with_untracked(|history| history.find(order).map(|entry| entry.view.get_untracked()))
}

/// The messages that are chosen and still there, from old to new.
pub(super) fn chosen(session: Session) -> Vec<MessageView> {
    let orders = session.chosen().get_untracked().unwrap_or_default();
    orders.into_iter().filter_map(|order| find(session, order)).collect()
}

/// The words of several messages, each under who said it and when; of one, the words alone.
fn said(messages: &[MessageView], chat: &ChatView) -> String {
    let many = messages.len() > 1;
    let one = |message: &MessageView| {
        let words = words(message)?;
        let who = match &message.author {
            _ if message.mine => text().you,
            Some(author) => shown_name(author),
            None => &chat.name,
        };
        let time = format!("{}, {}", clock::day(message.time, clock::now()), clock::time_of_day(message.time));
        Some(if many { format!("{who}, {time}\n{words}") } else { words })
    };
    messages.iter().filter_map(one).collect::<Vec<_>>().join("\n\n")
}

/// The bar. It goes when nothing is chosen any more.
#[component]
pub(super) fn ChosenBar(chat: ReadSignal<ChatView>, over: RwSignal<Over>) -> impl IntoView {
    let session = use_session();
    let t = text();
    // One that was deleted or has vanished meanwhile is chosen no longer.
    Effect::new(move |_| {
        let gone = session.history().with(|history| {
            let orders = session.chosen().get().unwrap_or_default();
            orders.into_iter().find(|order| history.find(*order).is_none())
        });
        if let Some(gone) = gone {
            session.choose(gone);
        }
    });
    back::layer(Callback::new(move |()| session.choose_none()));
    // What stands there again is not there yet.
    on_cleanup(|| request_animation_frame(focus::go_on));
    let offered = move |offer: Offer| {
        session.chosen().track();
        chat.with(|chat| {
            let messages = chosen(session);
            match offer {
                // What has no words is left out.
                Offer::Copy => messages.iter().any(|message| offers(chat, message).contains(&offer)),
                _ => messages.iter().all(|message| offers(chat, message).contains(&offer)),
            }
        })
    };
    let count = move || match session.chosen().with(|chosen| chosen.as_ref().map_or(0, Vec::len)) {
        1 => later().chosen_one.to_owned(),
        many => fill(later().chosen_many, &[("count", &many.to_string())]),
    };
    let copy = move |()| {
        let words = chat.with_untracked(|chat| said(&chosen(session), chat));
        spawn_local(copy_words(session, words));
        session.choose_none();
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" {
            session.choose_none();
        }
    };
    view! {
        <section class="request chosen" aria-label=count on:keydown=key>
            <IconButton glyph=Glyph::CLOSE label=later().choose_no_more on_press=move |()| session.choose_none() />
            <p class="chosen__count" role="status">
                {count}
            </p>
            <Show when=move || offered(Offer::Copy)>
                <IconButton glyph=Glyph::COPY label=t.copy_text on_press=copy />
            </Show>
            <Show when=move || offered(Offer::Forward)>
                <IconButton glyph=Glyph::SHARE label=t.forward on_press=move |()| over.set(Over::ForwardChosen) />
            </Show>
            <IconButton glyph=Glyph::TRASH label=t.delete on_press=move |()| over.set(Over::DeleteChosen) />
        </section>
    }
}
