//! The question before a message is deleted: here alone, or for everybody.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView, MessageView};

use super::offers::may_delete_for_all;
use crate::ui::i18n::text;
use crate::ui::session::use_session;
use crate::ui::widgets::dialog::Dialog;

/// The dialog.
#[component]
pub(super) fn DeleteMessage(
    id: ChatId,
    chat: ReadSignal<ChatView>,
    message: MessageView,
    on_close: Callback<()>,
) -> impl IntoView {
    let session = use_session();
    let t = text();
    let order = message.order;
    let for_all = chat.with_untracked(|chat| may_delete_for_all(chat, &message));
    let delete = move |all: bool| {
        on_close.run(());
        if all {
            session.delete_for_all(id, order);
        } else {
            session.delete_for_me(id, order);
        }
    };
    let button = move |all: bool, class: &'static str, words: &'static str| {
        view! {
            <button class=class type="button" on:click=move |_| delete(all)>
                {words}
            </button>
        }
        .into_any()
    };
    view! {
        <Dialog title=t.delete_message_title on_close>
            <div class="dialog__body">
                <p>{if for_all { t.delete_message_all } else { t.delete_message_me }}</p>
            </div>
            <div class="dialog__actions dialog__actions--stack">
                {for_all.then(|| button(true, "button button--danger", t.delete_for_all))}
                {button(false, if for_all { "button" } else { "button button--danger" }, t.delete_for_me)}
                <button class="button" type="button" on:click=move |_| on_close.run(())>
                    {t.cancel}
                </button>
            </div>
        </Dialog>
    }
}
