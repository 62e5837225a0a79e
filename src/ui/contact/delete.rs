//! Asks before a conversation is deleted from this device.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView};

use crate::ui::i18n::{fill, later, text};
use crate::ui::session::use_session;
use crate::ui::widgets::dialog::Confirm;

/// The question.
#[component]
pub(crate) fn DeleteDialog(
    id: ChatId,
    chat: ReadSignal<ChatView>,
    #[prop(into)] on_close: Callback<()>,
) -> impl IntoView {
    let session = use_session();
    let t = text();
    let sentence = chat.with_untracked(|chat| {
        let sentence = match chat.group.as_ref().map(|group| group.out.is_some()) {
            None => later().delete_sentence,
            Some(true) => later().delete_group_sentence,
            Some(false) => later().delete_leave_sentence,
        };
        fill(sentence, &[("name", &chat.name)])
    });
    let delete = move |()| {
        on_close.run(());
        session.delete(id);
    };
    view! { <Confirm title=later().delete_title sentence action=t.delete on_confirm=delete on_close /> }
}
