//! The dialog that passes messages on to other conversations.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatState, ChatView, MAX_FORWARD};

use crate::ui::i18n::{later, text};
use crate::ui::session::use_session;
use crate::ui::widgets::dialog::FormDialog;
use crate::ui::widgets::pick::{Pick, PickRow};

/// Something can be written there.
fn takes(chat: &ChatView) -> bool {
    let inside = chat.group.as_ref().is_none_or(|group| group.out.is_none());
    inside && matches!(chat.state, ChatState::New | ChatState::Open)
}

/// The dialog.
#[component]
pub(super) fn Forward(
    id: ChatId,
    /// The messages, from old to new.
    orders: Vec<u64>,
    on_close: Callback<()>,
    /// Called when they are on their way.
    on_done: Callback<()>,
) -> impl IntoView {
    let session = use_session();
    let t = text();
    let chosen = RwSignal::new(Vec::new());
    // One that is deleted meanwhile, or takes nothing any more, is no way to go.
    let open = Memo::new(move |before: Option<&Vec<ChatId>>| {
        let taking = |view: &ArcRwSignal<ChatView>| view.with(|chat| takes(chat).then_some(chat.id));
        let mut open: Vec<ChatId> =
            session.chats().with(|chats| chats.rows().iter().filter_map(|(_, view)| taking(view)).collect());
        // Neither a new order of the list draws the rows anew, nor one that comes: what was typed in their field would be gone.
        open.sort_unstable_by_key(|id| id.0);
        open.retain(|id| before.is_none_or(|before| before.contains(id)));
        open
    });
    Effect::new(move |_| {
        open.with(|open| chosen.update(|chosen: &mut Vec<ChatId>| chosen.retain(|id| open.contains(id))))
    });
    let rows = move || {
        let open = open.get();
        session.chats().with_untracked(|chats| {
            let views = chats.rows().iter().map(|(_, view)| view.get_untracked());
            views.filter(|chat| open.contains(&chat.id)).map(|chat| PickRow::of(&chat)).collect::<Vec<_>>()
        })
    };
    let ready = Signal::derive(move || chosen.with(|chosen: &Vec<ChatId>| (1..=MAX_FORWARD).contains(&chosen.len())));
    let forward = move |()| {
        on_done.run(());
        for order in &orders {
            session.forward(id, *order, chosen.get_untracked());
        }
        session.toast(t.forwarded.to_owned());
    };
    view! {
        <FormDialog title=later().forward_to action=t.forward ready on_submit=forward on_close>
            {move || view! { <Pick rows=rows() chosen label=t.chats none=later().nothing_to_forward_to /> }}
        </FormDialog>
    }
}
