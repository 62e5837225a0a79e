//! The way back to the newest message.

use leptos::prelude::*;
use xchat_engine::api::ChatView;

use crate::ui::flag::flag;
use crate::ui::i18n::text;
use crate::ui::list::Unread;
use crate::ui::session::{History, use_session};
use crate::ui::widgets::icon::{Glyph, Icon};

/// A round button over the timeline, as soon as the newest message is out of view.
#[component]
pub(crate) fn Jump(chat: ReadSignal<ChatView>) -> impl IntoView {
    let session = use_session();
    let away = flag(move || !session.following().get() && session.history().with(History::loaded));
    let unread = Memo::new(move |_| chat.with(|chat| chat.unread));
    view! {
        <Show when=move || away.get()>
            <button class="jump" type="button" aria-label=text().jump title=text().jump on:click=move |_| session.latest()>
                <Icon glyph=Glyph::DOWN />
                <Show when=move || unread.get() != 0>
                    <Unread count=unread />
                </Show>
            </button>
        </Show>
    }
}
