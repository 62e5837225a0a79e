//! What the composer is told of a message that is to be answered or changed, and the block above its field that shows it.

use leptos::prelude::*;
use xchat_engine::api::{Body, ChatId, ChatView, MessageView};

use super::changes::shown_name;
use crate::ui::back;
use crate::ui::i18n::{fill, text};
use crate::ui::list::words;
use crate::ui::media;
use crate::ui::session::{Aim, Session, can_edit};
use crate::ui::widgets::icon::{Glyph, Icon};
use crate::ui::widgets::icon_button::IconButton;

/// An answer to it.
pub(crate) fn aim(id: ChatId, chat: ReadSignal<ChatView>, message: &MessageView) -> Aim {
    let name = || match &message.author {
        Some(author) => shown_name(author).to_owned(),
        None => chat.with_untracked(|chat| chat.name.clone()),
    };
    Aim {
        chat: id,
        order: message.order,
        edit: None,
        who: (!message.mine).then(name),
        words: Some(words(message, None)),
    }
}

/// A change of it.
pub(super) fn edit(session: Session, id: ChatId, chat: ReadSignal<ChatView>, message: &MessageView) -> Aim {
    let text = match &message.body {
        Body::Text { text, .. } => Some(session.unspelled(id, text)),
        _ => None,
    };
    Aim { edit: text, ..aim(id, chat, message) }
}

/// A change of the last own message that can be changed. Answers whether there is one.
pub(super) fn edit_last(session: Session, id: ChatId, chat: ReadSignal<ChatView>) -> bool {
    let can = |message: &MessageView| can_edit(message) && !media::is_once(message);
    let last = session.history().with_untracked(|history| history.last(can).map(|entry| entry.view.get_untracked()));
    if let Some(message) = &last {
        session.aim_at(edit(session, id, chat, message));
    }
    last.is_some()
}

/// The block: whose message, its words, and a button that ends it.
#[component]
pub(super) fn Target(aim: Aim, #[prop(into)] on_end: Callback<()>) -> impl IntoView {
    let t = text();
    back::layer(on_end);
    let title = match (&aim.edit, &aim.who) {
        (Some(_), _) => t.edit_message.to_owned(),
        (None, None) => t.reply_to_self.to_owned(),
        (None, Some(name)) => fill(t.reply_to, &[("name", name)]),
    };
    let glyph = if aim.edit.is_some() { Glyph::EDIT } else { Glyph::REPLY };
    view! {
        <div class="composer__context" role="group" aria-label=title.clone()>
            <Icon glyph />
            <div>
                <b>{title.clone()}</b>
                <p dir="auto">{aim.words}</p>
            </div>
            <IconButton glyph=Glyph::CLOSE label=t.cancel on_press=on_end />
        </div>
    }
}
