//! The question before messages are deleted: here alone, or for everybody.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView, MessageView};

use super::offers::may_delete_for_all;
use crate::ui::i18n::{fill, later, text};
use crate::ui::session::use_session;
use crate::ui::widgets::dialog::Dialog;

/// The dialog.
#[component]
pub(super) fn DeleteMessages(
    id: ChatId,
    chat: ReadSignal<ChatView>,
    messages: Vec<MessageView>,
    on_close: Callback<()>,
    /// Called when they are deleted.
    on_done: Callback<()>,
) -> impl IntoView {
    let session = use_session();
    let t = text();
    let for_all = chat.with_untracked(|chat| messages.iter().all(|message| may_delete_for_all(chat, message)));
    let orders = StoredValue::new(messages.iter().map(|message| message.order).collect::<Vec<_>>());
    let (title, all, me) = match messages.len() {
        1 => (later().delete_message_title.to_owned(), later().delete_message_all, later().delete_message_me),
        many => {
            let title = fill(later().delete_messages_title, &[("count", &many.to_string())]);
            (title, later().delete_messages_all, later().delete_messages_me)
        }
    };
    let delete = move |all: bool| {
        on_done.run(());
        orders.with_value(|orders| session.delete_messages(id, orders, all));
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
        <Dialog title=title on_close>
            <div class="dialog__body">
                <p>{if for_all { all } else { me }}</p>
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
