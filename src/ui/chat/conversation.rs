//! One conversation, from its head to its foot.

use leptos::prelude::*;
use leptos::task::spawn_local;
use xchat_engine::api::{ChatId, ChatView, OutView};

use super::acts;
use super::foot::Foot;
use super::header::ChatHeader;
use super::over::{Layer, Over};
use super::pinned::Pinned;
use super::timeline::Timeline;
use super::writing::Writing;
use crate::ui::browser::focus;
use crate::ui::flag::flag;
use crate::ui::gate::cut_off::CutOff;
use crate::ui::i18n::text;
use crate::ui::media;
use crate::ui::part::Place;
use crate::ui::people;
use crate::ui::session::use_session;

/// The pane's content. Opening it asks for its last messages; leaving it lets them go.
#[component]
pub(crate) fn Conversation(id: ChatId, chat: ReadSignal<ChatView>) -> impl IntoView {
    let session = use_session();
    session.open(id);
    on_cleanup(move || session.close(id));
    Effect::new(move |_| {
        // A search that it was opened for has a field of its own.
        if untrack(|| session.searched()) == Some(id) {
            return;
        }
        // With a mouse one goes on writing; a phone's keyboard must not jump up by itself.
        request_animation_frame(focus::go_on);
    });
    // A menu must not be waited for, nor miss without a connection.
    spawn_local(async {
        acts::fetch().await;
        media::come().await;
    });
    let over = RwSignal::new(Over::Nothing);
    let asks = flag(move || {
        chat.with(|chat| {
            chat.group.as_ref().is_some_and(|group| group.requests > 0 || group.out == Some(OutView::Lost))
        })
    });
    view! {
        <ChatHeader id chat />
        <div class="banner-slot">
            <Pinned chat />
            {move || asks.get().then(|| people::open(Place::Strip, people::Screen::Asks(id, chat)))}
            {move || (session.searched() == Some(id)).then(|| people::open(Place::Strip, people::Screen::Within(id)))}
            <CutOff more=text().offline_more here=true />
        </div>
        <Timeline id chat over />
        <Writing id chat />
        <Foot id chat over />
        <Layer id chat over />
    }
}
