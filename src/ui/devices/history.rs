//! The history of a new device, on both sides: how far it has come, and what to do when it stands still.

use std::time::Duration;

use leptos::prelude::*;
use web_sys::HtmlInputElement;

use super::patience::after;
use crate::ui::i18n::{fill, later, text};
use crate::ui::session::{Flow, use_session};
use crate::ui::widgets::banner::{Banner, Tone};
use crate::ui::widgets::icon::Glyph;
use crate::ui::widgets::switch::{Sentence, switch};

/// A giver that is there lays out a chunk in seconds. After this it is not there.
const SILENCE: Duration = Duration::from_secs(60);

/// The strip above the list.
#[component]
pub(crate) fn HistoryStrip() -> impl IntoView {
    let session = use_session();
    let flow = Memo::new(move |_| session.news().with(|news| news.flow));
    let silent = RwSignal::new(false);
    Effect::new(move |_| {
        flow.track();
        silent.set(false);
    });
    after(SILENCE, move || flow.get().is_some_and(|flow| !flow.over && !flow.giving), move || silent.set(true));
    move || {
        flow.get().map(|flow| {
            let (title, more) = said(flow, silent.get());
            let close = flow.over.then(|| {
                view! {
                    <button class="button button--plain" type="button" on:click=move |_| session.flows(None)>
                        {text().close}
                    </button>
                }
            });
            view! {
                <Banner glyph=Glyph::DEVICES tone=Tone::Plain title text=more>
                    {close}
                </Banner>
            }
        })
    }
}

fn said(flow: Flow, silent: bool) -> (&'static str, String) {
    let t = later();
    let count = |sentence| fill(sentence, &[("done", &flow.done.to_string()), ("of", &flow.of.to_string())]);
    let messages = |sentence| fill(sentence, &[("count", &flow.messages.to_string())]);
    match (flow.giving, flow.over) {
        (true, true) => (t.history_given, messages(t.history_messages)),
        (true, false) if flow.of == 0 => (t.history_gives, t.history_gives_more.to_owned()),
        (true, false) => (t.history_gives, format!("{} {}", count(t.history_done), t.history_gives_more)),
        (false, true) => (t.history_here, messages(t.history_messages)),
        (false, false) if silent => (t.history_silent, t.history_silent_more.to_owned()),
        (false, false) if flow.of == 0 => (t.history_comes, t.history_gives_more.to_owned()),
        (false, false) => (t.history_comes, count(t.history_done)),
    }
}

/// At the beginning of a conversation that may have more before it.
#[component]
pub(crate) fn StillComing() -> impl IntoView {
    view! { <p class="system">{later().history_earlier}</p> }
}

/// Whether the device that is being linked gets the history: asked before the digits are confirmed.
#[component]
pub(super) fn ShareHistory() -> impl IntoView {
    let session = use_session();
    let t = later();
    let turned = Callback::new(move |switch: HtmlInputElement| session.share_history(switch.checked()));
    let sentence = Sentence::Below("history-more", Signal::stored(t.history_share_more));
    switch(t.history_share, sentence, Signal::stored(true), Signal::stored(false), turned)
}
