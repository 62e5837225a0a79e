//! What is pinned, in a bar under the head.

use leptos::prelude::*;
use xchat_engine::api::ChatView;

use crate::ui::i18n::{fill, text};
use crate::ui::session::use_session;
use crate::ui::widgets::icon::{Glyph, Icon};

/// The bar: the message that was pinned last. Pressed, it leads there, and shows the one that was pinned before.
#[component]
pub(super) fn Pinned(chat: ReadSignal<ChatView>) -> impl IntoView {
    let session = use_session();
    let t = text();
    let pins = Memo::new(move |_| chat.with(|chat| chat.pins.clone()));
    // How many were gone back from the last.
    let back = RwSignal::new(0);
    Effect::new(move |before: Option<()>| {
        pins.track();
        if before.is_some() {
            back.set(0);
        }
    });
    move || {
        let pins = pins.get();
        let at = pins.len().checked_sub(1 + back.get() % pins.len().max(1))?;
        let pin = pins.get(at)?.clone();
        let number = (at + 1).to_string();
        let title = match pins.len() {
            1 => t.pinned_message.to_owned(),
            many => fill(t.pinned_one_of, &[("number", &number), ("count", &many.to_string())]),
        };
        let holds = || session.history().with(|history| history.find(pin.order)?.view.with(|message| message.holds));
        let words = match pin.text.is_empty() {
            true => holds().map_or(t.message, |holds| t.holds[holds as usize]).to_owned(),
            false => pin.text,
        };
        let press = move |_| {
            session.seek(pin.order);
            back.update(|back| *back += 1);
        };
        Some(view! {
            <button type="button" class="pinned" on:click=press>
                <Icon glyph=Glyph::PIN />
                <span class="pinned__body">
                    <b>{title}</b>
                    " "
                    <span class="pinned__words" dir="auto">
                        {words}
                    </span>
                </span>
            </button>
        })
    }
}
