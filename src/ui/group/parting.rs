//! Leaving a group, and deleting it from this device.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView, Role};

use super::members::owners;
use crate::ui::contact::DeleteDialog;
use crate::ui::i18n::{later, text};
use crate::ui::session::use_session;
use crate::ui::widgets::action::Action;
use crate::ui::widgets::dialog::Confirm;
use crate::ui::widgets::icon::Glyph;

/// What is asked before it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    Nothing,
    Leave,
    Delete,
}

/// The two buttons.
#[component]
pub(crate) fn Parting(id: ChatId, chat: ReadSignal<ChatView>) -> impl IntoView {
    let t = text();
    let asks = RwSignal::new(Asks::Nothing);
    let inside = Memo::new(move |_| chat.with(|chat| chat.group.as_ref().is_some_and(|group| group.out.is_none())));
    let close = move |()| asks.set(Asks::Nothing);
    view! {
        <section class="section">
            <div class="section__card">
                {move || {
                    let ask = move |()| asks.set(Asks::Leave);
                    inside
                        .get()
                        .then(|| view! { <Action glyph=Glyph::LEAVE words=later().leave_group danger=true on_press=ask /> })
                }}
                <Action
                    glyph=Glyph::TRASH
                    words=t.delete_chat
                    danger=true
                    on_press=move |()| asks.set(Asks::Delete)
                />
            </div>
            {move || match asks.get() {
                Asks::Nothing => ().into_any(),
                Asks::Leave => view! { <LeaveDialog id chat on_close=close /> }.into_any(),
                Asks::Delete => view! { <DeleteDialog id chat on_close=close /> }.into_any(),
            }}
        </section>
    }
}

/// Says what leaving does, and asks.
#[component]
fn LeaveDialog(id: ChatId, chat: ReadSignal<ChatView>, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let session = use_session();
    let t = text();
    let owner = chat.with_untracked(|chat| chat.group.as_ref().is_some_and(|group| group.role == Role::Owner));
    let last = owner && session.members().with_untracked(|members| members.len() > 1 && owners(members) == 1);
    let mut sentence = later().leave_sentence.to_owned();
    if last {
        sentence = format!("{sentence} {}", later().leave_last_owner);
    }
    let leave = move |()| {
        on_close.run(());
        session.leave_group(id);
    };
    view! { <Confirm title=later().leave_title sentence action=t.leave on_confirm=leave on_close /> }
}
