//! A message's menu: a row of emoji above its bubble, what can be done below it.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use xchat_engine::api::{Body, ChatId, ChatView, MessageView};

use super::offers::{Offer, may_react, offers};
use super::over::Over;
use super::place;
use super::target::{aim, edit};
use crate::ui::browser::{clipboard, focus};
use crate::ui::i18n::{fill, later, text};
use crate::ui::session::mention::unspell;
use crate::ui::session::{Session, use_session};
use crate::ui::widgets::icon::{Glyph, Icon};
use crate::ui::widgets::menu::{Line, MenuFrame, closing, line};

/// What people mostly say with one character.
const EMOJI: [&str; 6] = ["👍", "❤️", "😂", "😮", "😢", "🎉"];

/// The menu. It takes the focus; closed, it gives the focus back.
#[component]
pub(crate) fn MessageMenu(
    id: ChatId,
    chat: ReadSignal<ChatView>,
    message: MessageView,
    over: RwSignal<Over>,
) -> impl IntoView {
    let session = use_session();
    let t = text();
    let order = message.order;
    let (menu, bar, list) = (NodeRef::<html::Div>::new(), NodeRef::<html::Div>::new(), NodeRef::<html::Div>::new());
    let close = closing(Callback::new(move |()| over.set(Over::Nothing)));
    Effect::new(move |_| {
        if let Some(list) = list.get() {
            focus_item(&list, ".menu__item");
        }
    });
    let stand = Callback::new(move |()| {
        if let Some(list) = list.try_get_untracked().flatten() {
            place::beside(order, bar.get_untracked().as_deref(), &list);
        }
    });
    place::lift(order, true);
    on_cleanup(move || place::lift(order, false));
    let (react, lines) = chat.with_untracked(|chat| (may_react(chat, &message), offers(chat, &message)));
    let emoji = react.then(|| {
        let one = |emoji: &'static str| {
            let on = message.reactions.iter().any(|given| given.mine && given.emoji == emoji);
            let press = move |_| {
                close.run(());
                session.react(id, order, emoji.to_owned(), !on);
            };
            view! {
                <button
                    type="button"
                    class="reaction-bar__item"
                    role="menuitemcheckbox"
                    tabindex="-1"
                    aria-checked=if on { "true" } else { "false" }
                    aria-label=fill(later().react_with, &[("emoji", emoji)])
                    on:click=press
                >
                    {emoji}
                </button>
            }
            .into_any()
        };
        view! {
            <div node_ref=bar class="reaction-bar" role="group" aria-label=t.react>
                {EMOJI.map(one).into_iter().collect_view()}
                <button
                    type="button"
                    class="reaction-bar__item"
                    role="menuitem"
                    tabindex="-1"
                    aria-label=later().emoji_more
                    title=later().emoji_more
                    on:click=move |_| {
                        close.run(());
                        over.set(Over::Emoji(order));
                    }
                >
                    <Icon glyph=Glyph::PLUS />
                </button>
            </div>
        }
    });
    let message = StoredValue::new(message);
    let choose = Callback::new(move |offer: Offer| {
        close.run(());
        let message = message.get_value();
        match offer {
            Offer::Reply => session.aim_at(aim(id, chat, &message)),
            Offer::Edit => session.aim_at(edit(session, id, chat, &message)),
            Offer::Copy => spawn_local(copy(session, message)),
            Offer::Save => over.set(Over::Save(order)),
            Offer::Forward => over.set(Over::Forward(order)),
            Offer::Pin | Offer::Unpin => session.pin(id, order, offer == Offer::Pin),
            Offer::EndPoll => over.set(Over::EndPoll(order)),
            Offer::Details => over.set(Over::Details(order)),
            Offer::Select => session.choose(order),
            Offer::Delete => over.set(Over::Delete(order)),
        }
        if matches!(offer, Offer::Reply | Offer::Edit) {
            focus::focus_on(".composer__input");
        }
    });
    view! {
        <MenuFrame label=t.message_actions class="message-menu" node=menu place=stand close>
            {emoji}
            <div node_ref=list class="menu" role="presentation">
                {lines.into_iter().map(|offer| offered(offer, choose)).collect_view()}
            </div>
        </MenuFrame>
    }
}

fn offered(offer: Offer, choose: Callback<Offer>) -> AnyView {
    let t = text();
    let (glyph, words) = match offer {
        Offer::Reply => (Glyph::REPLY, t.reply),
        Offer::Edit => (Glyph::EDIT, t.edit),
        Offer::Copy => (Glyph::COPY, t.copy_text),
        Offer::Save => (Glyph::DOWNLOAD, later().save),
        Offer::Forward => (Glyph::SHARE, t.forward),
        Offer::Pin => (Glyph::PIN, later().pin),
        Offer::Unpin => (Glyph::PIN, later().unpin),
        Offer::EndPoll => (Glyph::BLOCK, later().end_poll),
        Offer::Details => (Glyph::INFO, later().message_details),
        Offer::Select => (Glyph::CHECK, t.select),
        Offer::Delete => (Glyph::TRASH, t.delete),
    };
    line(Line { glyph, words, danger: offer == Offer::Delete, does: Callback::new(move |()| choose.run(offer)) })
}

/// Puts a message's words on the clipboard and says so.
async fn copy(session: Session, message: MessageView) {
    if let Some(words) = words(&message) {
        copy_words(session, words).await;
    }
}

/// What a message says, as it was typed; none where it says nothing in words.
pub(super) fn words(message: &MessageView) -> Option<String> {
    let Body::Text { text: words, .. } = &message.body else { return None };
    Some(unspell(words, &mut Vec::new()))
}

/// Puts words on the clipboard and says so.
pub(super) async fn copy_words(session: Session, words: String) {
    let t = text();
    session.toast(if clipboard::copy(words).await { later().text_copied } else { t.copy_failed }.to_owned());
}

fn focus_item(menu: &Element, selector: &str) {
    if let Ok(Some(item)) = menu.query_selector(selector)
        && let Some(item) = item.dyn_ref::<HtmlElement>()
    {
        focus::focus(item);
    }
}
