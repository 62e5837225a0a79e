//! One message: its words, its time, how far it came, and what to do if it failed.

use leptos::prelude::*;
use xchat_engine::api::{Author, Body, ChatId, ChatView, Holds, Mark, MessageView, Part};

use super::acts;
use super::changes::shown_name;
use super::prose::{prose, spans};
use super::quote::QuoteBlock;
use super::reactions::Reactions;
use crate::ui::browser::clock;
use crate::ui::flag::flag;
use crate::ui::i18n::text;
use crate::ui::media;
use crate::ui::part::Place;
use crate::ui::session::{Entry, use_session};
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};
use crate::ui::widgets::receipt::Receipt;

/// A text of so many bytes may be folded; a line break counts as a line of words.
const LONG: usize = 1500;
const LINE: usize = 50;

/// The bubble.
#[component]
pub(crate) fn Bubble(
    id: ChatId,
    chat: ReadSignal<ChatView>,
    entry: Entry,
    /// Who is named above it: in a conversation of several people, its author above a group's first bubble.
    author: Option<Author>,
    /// First of its group.
    first: bool,
    /// Last of its group: it has the tail.
    last: Memo<bool>,
) -> impl IntoView {
    let session = use_session();
    let Entry { order, fresh, .. } = entry;
    let view: ReadSignal<MessageView> = entry.view.read_only().into();
    let body = Memo::new(move |_| view.with(|message| message.body.clone()));
    let deleted = flag(move || body.with(|body| matches!(body, Body::Deleted)));
    let forwarded = flag(move || view.with(|message| message.forwarded));
    let quote = Memo::new(move |_| view.with(|message| message.quote.clone()));
    let reactions = Memo::new(move |_| view.with(|message| message.reactions.clone()));
    let holds = Memo::new(move |_| view.with(|message| message.holds));
    let failed = flag(move || view.with(|message| message.mark == Some(Mark::Failed)));
    // None while nothing is being chosen.
    let chosen = Memo::new(move |_| {
        session.chosen().with(|chosen| chosen.as_ref().map(|orders| orders.binary_search(&order).is_ok()))
    });
    view! {
        <div
            class="bubble"
            class:bubble--first=first
            class:bubble--last=move || last.get()
            class:bubble--failed=move || failed.get()
            class:bubble--deleted=move || deleted.get()
            class:bubble--new=fresh
            role="group"
            tabindex="-1"
            data-order=order.to_string()
        >
            {author.map(name_line)}
            {move || forwarded.get().then(|| view! { <span class="bubble__over">{text().forwarded} " "</span> })}
            {move || quote.get().map(|quote| view! { <QuoteBlock quote chat /> })}
            {move || holds.get().map(|holds| files(id, view, holds))}
            {move || body.with(|body| content(id, chat, body, view))}
            {move || chosen.get().map_or_else(more, check)}
        </div>
        {move || {
            let reactions = reactions.get();
            (!reactions.is_empty()).then(|| view! { <Reactions id chat view reactions /> })
        }}
        <Show when=move || failed.get()>
            <div class="bubble__under bubble__under--failed">
                <Icon glyph=Glyph::WARNING size=IconSize::Small />
                {text().not_sent}
                " "
                <button
                    class="button button--danger-quiet button--sm"
                    type="button"
                    on:click=move |_| session.retry(id, order)
                >
                    {text().try_again}
                </button>
            </div>
        </Show>
    }
}

/// The button beside the bubble. The timeline hears it.
fn more() -> AnyView {
    let words = text().message_actions;
    view! {
        <button class="icon-button bubble__more" type="button" aria-haspopup="menu" aria-label=words title=words>
            <Icon glyph=Glyph::MORE />
        </button>
    }
    .into_any()
}

/// The box to choose it by, in the button's place. The timeline hears it as well.
fn check(on: bool) -> AnyView {
    view! { <input type="checkbox" class="bubble__check" aria-label=text().select checked=on prop:checked=on /> }
        .into_any()
}

/// The author's name in their colour. The group's label says it to assistive technology.
fn name_line(author: Author) -> impl IntoView {
    view! {
        <span class=format!("bubble__author person-{}", author.colour.clamp(1, 6)) aria-hidden="true">
            <bdi>{shown_name(&author).to_owned()}</bdi>
        </span>
    }
}

/// Its files. Until what shows them is here a word stands for them; the style takes it away then.
fn files(id: ChatId, view: ReadSignal<MessageView>, holds: Holds) -> AnyView {
    view! {
        {media::open(Place::Strip, media::Screen::Attachments(id, view))}
        <div class="bubble__text bubble__held">{text().holds[holds as usize]}</div>
    }
    .into_any()
}

/// The words with the time at their end. One paragraph lets the time float into its last line.
fn content(id: ChatId, chat: ReadSignal<ChatView>, body: &Body, view: ReadSignal<MessageView>) -> AnyView {
    let (parts, long) = match body {
        Body::Text { parts, text, .. } => (parts, text.len() + LINE * text.matches('\n').count() > LONG),
        Body::Poll { .. } | Body::Opened(_) => {
            let strip = match body {
                Body::Opened(holds) => media::open(Place::Strip, media::Screen::Opened(*holds)),
                _ => acts::open(Place::Strip, acts::Screen::Poll(id, chat, view)),
            };
            return view! {
                {strip}
                <Meta view />
            }
            .into_any();
        }
        Body::Deleted => return quiet(text().deleted_message, view),
        _ => return quiet(text().unsupported, view),
    };
    match parts.as_slice() {
        [Part::Paragraph(line)] if !long => view! {
            <div class="bubble__text" dir="auto">
                {spans(line)}
                <Meta view />
            </div>
        }
        .into_any(),
        [Part::Emoji(emoji)] => view! {
            <div class="bubble__emoji">{emoji.clone()}</div>
            <Meta view />
        }
        .into_any(),
        parts => view! {
            <div class="prose" dir="auto">
                {prose(parts)}
            </div>
            {long.then(|| acts::open(Place::Strip, acts::Screen::Rest(view.with_untracked(|message| message.order))))}
            <Meta view />
        }
        .into_any(),
    }
}

/// A sentence of the page's own in place of the words.
fn quiet(sentence: &'static str, view: ReadSignal<MessageView>) -> AnyView {
    view! {
        <div class="bubble__text bubble__text--quiet">
            {sentence} <Meta view />
        </div>
    }
    .into_any()
}

/// Time and mark.
#[component]
fn Meta(view: ReadSignal<MessageView>) -> impl IntoView {
    let time = Memo::new(move |_| view.with(|message| message.time));
    let mark = Memo::new(move |_| view.with(|message| message.mark));
    let edited = flag(move || view.with(|message| message.edited.is_some()));
    view! {
        <span class="bubble__meta">
            {move || edited.get().then(|| format!(" {} ", text().edited))}
            <time dir="auto" datetime=move || clock::iso(time.get())>{move || clock::time_of_day(time.get())}</time>
            {move || mark.get().map(|mark| view! { <Receipt mark /> })}
        </span>
        <span class="bubble__end"></span>
    }
}
