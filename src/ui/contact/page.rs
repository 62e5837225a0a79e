//! The page of one person.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatState, ChatView};

use super::delete::DeleteDialog;
use super::gallery::ToGallery;
use super::safety::Safety;
use crate::ui::chat::Timer;
use crate::ui::i18n::{fill, later, text};
use crate::ui::page::Page;
use crate::ui::route::Route;
use crate::ui::search::SearchAction;
use crate::ui::session::use_session;
use crate::ui::widgets::action::Action;
use crate::ui::widgets::avatar::{AvatarSize, ChatAvatar};
use crate::ui::widgets::copy_line::CopyLine;
use crate::ui::widgets::dialog::Confirm;
use crate::ui::widgets::icon::Glyph;

/// The page.
#[component]
pub(crate) fn ContactPage(id: ChatId, chat: ReadSignal<ChatView>, on_gallery: Callback<()>) -> impl IntoView {
    let t = text();
    let name = Signal::derive(move || chat.with(|chat| chat.name.clone()));
    let notes = chat.with_untracked(|chat| chat.notes);
    // In a place of its own under whose words these are: next to the app's sentences they would pass for one.
    let says = Memo::new(move |_| chat.with(|chat| chat.about.clone()));
    let address = Signal::derive(move || chat.with(|chat| chat.address.clone()));
    view! {
        <Page title=later().contact back=Route::Chat(id) back_label=later().back_to_conversation always_back=true>
            <div class="hero">
                <ChatAvatar chat size=AvatarSize::Huge />
                <h2 class="hero__name">
                    <bdi>{name}</bdi>
                </h2>
                <p class="hero__sub">{if notes { t.notes_promise } else { later().name_is_a_claim }}</p>
                <div class="hero__actions">
                    <SearchAction id />
                </div>
            </div>
            <ToGallery on_press=on_gallery />
            {move || says.with(|says| !says.is_empty()).then(|| {
                let title = fill(later().person_says, &[("name", &name.get())]);
                view! {
                    <section class="section">
                        <h2 class="section__title">{title}</h2>
                        <p class="section__card section__card--padded" dir="auto">
                            {says}
                        </p>
                    </section>
                }
            })}
            {(!notes)
                .then(|| {
                    view! {
                        <section class="section">
                            <h2 class="section__title">{t.address}</h2>
                            <CopyLine value=address label=t.address copy=later().copy_address copied=later().address_copied />
                        </section>
                    }
                })}
            <Timer id chat />
            {(!notes).then(|| view! { <Safety chat /> })}
            <Parting id chat />
        </Page>
    }
}

/// Block, unblock, delete.
#[component]
fn Parting(id: ChatId, chat: ReadSignal<ChatView>) -> impl IntoView {
    let session = use_session();
    let t = text();
    let (deleting, blocking) = (RwSignal::new(false), RwSignal::new(false));
    let notes = chat.with_untracked(|chat| chat.notes);
    let blocked = Memo::new(move |_| chat.with(|chat| chat.state == ChatState::Blocked));
    let verb = move || {
        let sentence = if blocked.get() { later().unblock_name } else { later().block_name };
        chat.with(|chat| fill(sentence, &[("name", &chat.name)]))
    };
    let toggle = move |()| {
        if blocked.get_untracked() {
            session.unblock(id);
        } else {
            blocking.set(true);
        }
    };
    view! {
            <section class="section">
                <div class="section__card">
                    {(!notes)
                        .then(|| {
                            view! {
                                <Action
                                    glyph=Glyph::BLOCK
                                    words=Signal::derive(verb)
                                    danger=Signal::derive(move || !blocked.get())
                                    on_press=toggle
                                />
                            }
                        })}
                    <Action glyph=Glyph::TRASH words=t.delete_chat danger=true on_press=move |()| deleting.set(true) />
                </div>
                {(!notes).then(|| view! { <p class="section__note">{later().block_note}</p> })}
                {move || blocking.get().then(|| view! {
                    <BlockDialog id chat on_close=move |()| blocking.set(false) />
    })}
                {move || deleting.get().then(|| view! {
                    <DeleteDialog id chat on_close=move |()| deleting.set(false) />
    })}
            </section>
        }
}

/// Asks before somebody is blocked: what they write until they are unblocked is lost.
#[component]
fn BlockDialog(id: ChatId, chat: ReadSignal<ChatView>, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let session = use_session();
    let title = chat.with_untracked(|chat| fill(later().block_title, &[("name", &chat.name)]));
    let block = move |()| {
        on_close.run(());
        session.block(id);
    };
    view! { <Confirm title sentence=later().block_sentence action=text().block on_confirm=block on_close /> }
}
