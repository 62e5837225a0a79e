//! The foot of a group that this person, or this device, is not in.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView, OutView};

use super::changes::shown_name;
use crate::ui::i18n::{fill, text};
use crate::ui::part::Place;
use crate::ui::people;

/// Says why nothing can be written, and offers to delete what is of no more use.
#[component]
pub(crate) fn OutFoot(id: ChatId, chat: ReadSignal<ChatView>, out: OutView) -> impl IntoView {
    let t = text();
    let deleting = RwSignal::new(false);
    let close = Callback::new(move |()| deleting.set(false));
    let over = out != OutView::Lost;
    let sentence = match &out {
        OutView::Left => t.out_left.to_owned(),
        OutView::Removed { by } => fill(t.out_removed, &[("name", shown_name(by))]),
        OutView::Lost => t.out_lost.to_owned(),
    };
    view! {
            <section class="request" aria-label=if over { t.not_in_group } else { t.asks_back_in }>
                <div class="request__inner">
                    <p>{sentence}</p>
                    {move || over.then(|| view! {
                        <div class="request__actions request__actions--one">
                            <button class="button" type="button" on:click=move |_| deleting.set(true)>
                                {t.delete_chat}
                            </button>
                        </div>
    })}
                </div>
                {move || deleting.get().then(|| people::open(Place::Over(close), people::Screen::Delete(id, chat, close)))}
            </section>
        }
}
