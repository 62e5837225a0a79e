//! The page of one person.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatState, ChatView};

use super::delete::DeleteDialog;
use super::safety::Safety;
use crate::ui::i18n::{fill, text};
use crate::ui::page::Page;
use crate::ui::route::Route;
use crate::ui::session::use_session;
use crate::ui::widgets::avatar::{AvatarSize, ChatAvatar};
use crate::ui::widgets::copy_line::CopyLine;
use crate::ui::widgets::icon::{Glyph, Icon};

/// The page.
#[component]
pub(crate) fn ContactPage(id: ChatId, chat: ReadSignal<ChatView>) -> impl IntoView {
    let t = text();
    let name = Signal::derive(move || chat.with(|chat| chat.name.clone()));
    let address = Signal::derive(move || chat.with(|chat| chat.address.clone()));
    view! {
        <Page title=t.contact back=Route::Chat(id) back_label=t.back_to_conversation always_back=true>
            <div class="hero">
                <ChatAvatar chat size=AvatarSize::Huge />
                <h2 class="hero__name">
                    <bdi>{name}</bdi>
                </h2>
                <p class="hero__sub">{t.name_is_a_claim}</p>
            </div>
            <section class="section">
                <h2 class="section__title">{t.address}</h2>
                <CopyLine value=address label=t.address copy=t.copy_address copied=t.address_copied />
            </section>
            <Safety chat />
            <Parting id chat />
        </Page>
    }
}

/// Block, unblock, delete.
#[component]
fn Parting(id: ChatId, chat: ReadSignal<ChatView>) -> impl IntoView {
    let session = use_session();
    let t = text();
    let deleting = RwSignal::new(false);
    let blocked = Memo::new(move |_| chat.with(|chat| chat.state == ChatState::Blocked));
    let verb = move || {
        let sentence = if blocked.get() { t.unblock_name } else { t.block_name };
        chat.with(|chat| fill(sentence, &[("name", &chat.name)]))
    };
    let toggle = move |_| {
        if blocked.get_untracked() {
            session.unblock(id);
        } else {
            session.block(id);
        }
    };
    view! {
        <section class="section">
            <div class="section__card">
                <button class="setting" class:setting--danger=move || !blocked.get() type="button" on:click=toggle>
                    <Icon glyph=Glyph::Block />
                    <span class="setting__body">
                        <span class="setting__name">{verb}</span>
                    </span>
                </button>
                <button class="setting setting--danger" type="button" on:click=move |_| deleting.set(true)>
                    <Icon glyph=Glyph::Trash />
                    <span class="setting__body">
                        <span class="setting__name">{t.delete_chat}</span>
                    </span>
                </button>
            </div>
            <p class="section__note">{t.block_note}</p>
            <Show when=move || deleting.get()>
                <DeleteDialog id chat on_close=move |()| deleting.set(false) />
            </Show>
        </section>
    }
}
