//! Another device has removed this one: what that means, what stays, what to do.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::erase::erase;
use crate::ui::gate::frame::{GateFrame, GateHead, Kept, Place};
use crate::ui::i18n::{later, text};
use crate::ui::session::use_session;
use crate::ui::widgets::dialog::Confirm;
use crate::ui::widgets::icon::Glyph;

/// The page, with the way to what is left, and the way to be rid of it.
#[component]
pub(crate) fn Removed() -> impl IntoView {
    let session = use_session();
    let t = text();
    view! {
        <GateFrame place=Place::Centre>
            <GateHead glyph=Glyph::DEVICES title=t.removed_device sentence=later().removed_device_more />
            <p class="gate__lede">{later().removed_device_again}</p>
            <Kept />
            <div class="gate__actions">
                <button class="button button--primary button--wide" type="button" on:click=move |_| session.read_on()>
                    {later().read_on}
                </button>
                <Erase />
            </div>
        </GateFrame>
    }
}

/// The button and its question. What stays is told by a toast.
#[component]
fn Erase() -> impl IntoView {
    let session = use_session();
    let t = later();
    let (asked, busy) = (RwSignal::new(false), RwSignal::new(false));
    let close = move |()| asked.set(false);
    let begin = move |()| {
        close(());
        busy.set(true);
        spawn_local(async move {
            if erase().await {
                // The page goes once the engine has found nobody.
                session.erased();
            } else {
                session.toast(t.erase_failed.to_owned());
                let _gone = busy.try_set(false);
            }
        });
    };
    view! {
        <button
            class="button button--danger-quiet"
            type="button"
            aria-busy=move || busy.get().then_some("true")
            on:click=move |_| asked.set(!busy.get_untracked())
        >
            {t.erase_here}
        </button>
        {move || asked.get().then(|| view! {
            <Confirm title=t.erase_title sentence=t.erase_sentence action=t.erase on_confirm=begin on_close=close />
        })}
    }
}
