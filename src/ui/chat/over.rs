//! What lies over a conversation: a message's menu, or the dialog that it leads to.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView};

use super::dialogs::{About, Screen, open};
use crate::ui::part::Place;
use crate::ui::session::use_session;

/// One layer at a time, about the message of this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    Nothing,
    Menu(u64),
    Delete(u64),
    Details(u64),
    Forward(u64),
}

impl Over {
    fn order(self) -> Option<u64> {
        match self {
            Self::Nothing => None,
            Self::Menu(order) | Self::Delete(order) | Self::Details(order) | Self::Forward(order) => Some(order),
        }
    }
}

/// The layer. It goes with its message.
#[component]
pub(crate) fn Layer(id: ChatId, chat: ReadSignal<ChatView>, over: RwSignal<Over>) -> impl IntoView {
    let session = use_session();
    Effect::new(move |_| {
        if let Some(order) = over.get().order()
            && session.history().with(|history| history.find(order).is_none())
        {
            over.set(Over::Nothing);
        }
    });
    let close = Callback::new(move |()| over.set(Over::Nothing));
    move || {
        let about = |order| About { id, chat, order, on_close: close };
        let dialog = |screen| open(Place::Over(close), screen);
        match over.get() {
            Over::Nothing => ().into_any(),
            Over::Menu(order) => dialog(Screen::Menu(about(order), over)),
            Over::Delete(order) => dialog(Screen::Delete(about(order))),
            Over::Details(order) => dialog(Screen::Details(about(order))),
            Over::Forward(order) => dialog(Screen::Forward(about(order))),
        }
    }
}
