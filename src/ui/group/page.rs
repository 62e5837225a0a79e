//! The page of a group: what it is called and about, who is in it, what they may do, and parting from it.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView, GroupChange, GroupView, MemberView, OutView};

use super::add::AddPeople;
use super::edit::EditGroup;
use super::fresh::Fresh;
use super::invite::Invite;
use super::may::{may_add, may_change};
use super::member::MemberDialog;
use super::members::Members;
use super::parting::Parting;
use super::requests::Requests;
use super::rules::Rules;
use crate::ui::chat::Timer;
use crate::ui::contact::ToGallery;
use crate::ui::i18n::{later, text};
use crate::ui::page::Page;
use crate::ui::route::Route;
use crate::ui::search::SearchAction;
use crate::ui::session::use_session;
use crate::ui::widgets::avatar::{AvatarSize, ChatAvatar};
use crate::ui::widgets::icon::{Glyph, Icon};
use crate::ui::widgets::picture::PictureActions;

/// The dialog over the page.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Over {
    Nothing,
    Edit,
    Add,
    Member(MemberView),
}

/// The page. Who is in it is asked for when it opens.
#[component]
pub(crate) fn GroupPage(id: ChatId, chat: ReadSignal<ChatView>, on_gallery: Callback<()>) -> impl IntoView {
    let session = use_session();
    let t = text();
    session.show_members(id);
    on_cleanup(move || session.hide_members(id));
    let over = RwSignal::new(Over::Nothing);
    let close = move |()| over.set(Over::Nothing);
    let of = move |what: fn(&GroupView) -> bool| {
        Memo::new(move |_| chat.with(|chat| chat.group.as_ref().is_some_and(|group| what(group))))
    };
    let inside = of(|group| group.out.is_none());
    let out = move || {
        let lost = of(|group| group.out == Some(OutView::Lost)).get();
        if lost { t.asks_back_in } else { t.not_in_group }
    };
    let name = Signal::derive(move || chat.with(|chat| chat.name.clone()));
    let about = Memo::new(move |_| {
        chat.with(|chat| chat.group.as_ref().map(|group| group.description.clone()).unwrap_or_default())
    });
    let action = move |may: Memo<bool>, glyph, words: &'static str, to: Over| {
        view! {
            <button
                class="hero__action"
                type="button"
                hidden=move || !may.get()
                on:click=move |_| over.set(to.clone())
            >
                <Icon glyph />
                {words}
            </button>
        }
    };
    let has = Signal::derive(move || chat.with(|chat| chat.picture.is_some()));
    let on_pick = move |picture: Option<Vec<u8>>| {
        session.change_group(id, GroupChange::Picture { picture: picture.map(Into::into) });
    };
    view! {
        <Page title=t.group back=Route::Chat(id) back_label=later().back_to_conversation always_back=true>
            <div class="hero">
                <ChatAvatar chat size=AvatarSize::Huge />
                <h2 class="hero__name">
                    <bdi>{name}</bdi>
                </h2>
                <p class="hero__sub hero__sub--lines" dir="auto">
                    {move || if inside.get() { about.get() } else { out().to_owned() }}
                </p>
                <div class="hero__actions">
                    <SearchAction id />
                    {action(of(may_add), Glyph::PERSON_PLUS, later().add_people, Over::Add)}
                    {action(of(may_change), Glyph::EDIT, t.edit, Over::Edit)}
                    {move || of(may_change).get().then(|| view! { <PictureActions has on_pick /> })}
                </div>
            </div>
            <Requests id />
            <ToGallery on_press=on_gallery />
            <Invite id chat />
            <Members chat on_open=move |member| over.set(Over::Member(member)) />
            {move || inside.get().then(|| view! { <Timer id chat /> <Rules id chat /> })}
            <Fresh id chat />
            <Parting id chat />
            {move || match over.get() {
                Over::Nothing => ().into_any(),
                Over::Edit => view! { <EditGroup id chat on_close=close /> }.into_any(),
                Over::Add => view! { <AddPeople id on_close=close /> }.into_any(),
                Over::Member(member) => view! { <MemberDialog id chat member on_close=close /> }.into_any(),
            }}
        </Page>
    }
}
