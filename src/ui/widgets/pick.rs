//! Conversations to choose from, with a field to find them where there are many.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView, MemberView};

use crate::ui::browser::letters;
use crate::ui::i18n::text;
use crate::ui::session::{Contact, use_session};
use crate::ui::widgets::avatar::{Avatar, AvatarSize, ChatAvatar};
use crate::ui::widgets::field::{Field, FieldKind};

/// More rows than fit the dialog get a field to find them by.
const MANY: usize = 8;

/// What can be chosen: a person by the conversation with them, or a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PickRow {
    chat: ChatId,
    name: String,
    colour: u8,
    group: bool,
}

impl PickRow {
    pub(crate) fn of(chat: &ChatView) -> Self {
        Self { chat: chat.id, name: chat.name.clone(), colour: chat.colour, group: chat.group.is_some() }
    }

    pub(crate) fn person(contact: &Contact) -> Self {
        Self { chat: contact.chat, name: contact.name.clone(), colour: contact.colour, group: false }
    }
}

/// The rows whose name has what was typed in it.
fn found(rows: &[PickRow], typed: &str) -> Vec<PickRow> {
    let typed = letters::lower(typed.trim());
    rows.iter().filter(|row| letters::lower(&row.name).contains(&typed)).cloned().collect()
}

/// The rows. `rows` is what there is when it opens; what was chosen stays chosen when the field hides it.
#[component]
pub(crate) fn Pick(
    rows: Vec<PickRow>,
    chosen: RwSignal<Vec<ChatId>>,
    /// Names the list.
    label: &'static str,
    /// Said where there is nothing to choose.
    none: &'static str,
) -> impl IntoView {
    let t = text();
    if rows.is_empty() {
        return view! { <p class="pick__none">{none}</p> }.into_any();
    }
    let many = rows.len() > MANY;
    let typed = RwSignal::new(String::new());
    let rows = StoredValue::new(rows);
    let shown = move || {
        let found = rows.with_value(|rows| typed.with(|typed| found(rows, typed)));
        found.into_iter().map(|one| row(one, chosen)).collect_view()
    };
    let search = many.then(|| {
        view! {
            <Field
                id="find-people"
                label=t.find_people
                label_hidden=true
                kind=FieldKind::Title
                placeholder=t.find_people
                value=typed
                error=Signal::stored(None::<String>)
                on_edit=|()| ()
            />
        }
    });
    view! {
        {search}
        <ul class="pick" aria-label=label>
            {shown}
        </ul>
    }
    .into_any()
}

fn row(row: PickRow, chosen: RwSignal<Vec<ChatId>>) -> impl IntoView {
    let PickRow { chat, name, colour, group } = row;
    let session = use_session();
    let circle = match untrack(|| session.chat(chat)) {
        Some(chat) => view! { <ChatAvatar chat size=AvatarSize::Medium /> }.into_any(),
        None => letters_of(&name, colour, group),
    };
    let choose = move |event| {
        let on = event_target_checked(&event);
        chosen.update(|chosen| {
            chosen.retain(|other| *other != chat);
            chosen.extend(on.then_some(chat));
        });
    };
    view! {
        <li>
            <label class="setting">
                {circle}
                {beside(name, "")}
                <input
                    class="pick__box"
                    type="checkbox"
                    prop:checked=move || chosen.with(|chosen| chosen.contains(&chat))
                    on:change=choose
                />
            </label>
        </li>
    }
}

/// Circle, name, and a word beside it; what a row of a member begins with.
pub(crate) fn face(name: &str, member: &MemberView, word: &'static str) -> AnyView {
    let session = use_session();
    let (me, person) = (member.me, member.person);
    let picture = Signal::derive(move || if me { session.own_picture() } else { session.picture_of(&person) });
    let (named, colour) = (Signal::stored(name.to_owned()), Signal::stored(member.colour));
    view! {
        <Avatar name=named colour size=AvatarSize::Medium picture />
        {beside(name.to_owned(), word)}
    }
    .into_any()
}

fn letters_of(name: &str, colour: u8, group: bool) -> AnyView {
    view! { <Avatar name=Signal::stored(name.to_owned()) colour=Signal::stored(colour) size=AvatarSize::Medium group /> }
        .into_any()
}

fn beside(name: String, word: &'static str) -> AnyView {
    view! {
        <span class="setting__body">
            <span class="setting__name">
                <bdi>{name}</bdi>
                <span class="setting__sub">{word}</span>
            </span>
        </span>
    }
    .into_any()
}
