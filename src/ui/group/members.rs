//! Who is in a group: a row each, which opens what can be done about them.

use leptos::prelude::*;
use xchat_engine::api::{ChatView, MemberView, Role};

use super::count_of_people;
use super::may::offers;
use crate::ui::i18n::text;
use crate::ui::session::use_session;
use crate::ui::widgets::avatar::{Avatar, AvatarSize};
use crate::ui::widgets::icon::{Glyph, Icon};

/// How many owners there are.
pub(super) fn owners(members: &[MemberView]) -> usize {
    members.iter().filter(|member| member.role == Role::Owner).count()
}

/// What a member is called here.
pub(super) fn name_of(member: &MemberView) -> String {
    let name = if member.name.is_empty() { text().somebody } else { &member.name };
    name.to_owned()
}

/// The rows. Nothing while the members are not here, and in a group that this device is not in.
#[component]
pub(crate) fn Members(chat: ReadSignal<ChatView>, #[prop(into)] on_open: Callback<MemberView>) -> impl IntoView {
    let session = use_session();
    let members = session.members();
    let title = Memo::new(move |_| {
        let people = members.with(Vec::len);
        (people > 0).then(|| count_of_people(u32::try_from(people).unwrap_or(u32::MAX)))
    });
    // With the role, and whether there is another owner: both decide what a row can be pressed for.
    let own = Memo::new(move |_| {
        let role = chat.with(|chat| chat.group.as_ref().map_or(Role::Member, |group| group.role));
        (role, members.with(|members| owners(members)))
    });
    let key = move |member: &MemberView| {
        let (role, owners) = own.get();
        let opens = !member.me || !offers(role, owners, member).is_empty();
        (member.person, member.name.clone(), member.role, opens)
    };
    move || {
        title.get().map(|title| {
            view! {
                <section class="section">
                    <h2 class="section__title" id="members">
                        {title}
                    </h2>
                    <ul class="section__card" aria-labelledby="members">
                        <For each=move || members.get() key=key let(member)>
                            <li>{row(untrack(|| key(&member).3), member, on_open)}</li>
                        </For>
                    </ul>
                </section>
            }
        })
    }
}

fn row(opens: bool, member: MemberView, on_open: Callback<MemberView>) -> AnyView {
    let inner = face(&member);
    if !opens {
        return view! { <div class="setting">{inner}</div> }.into_any();
    }
    view! {
        <button class="setting" type="button" aria-haspopup="dialog" on:click=move |_| on_open.run(member.clone())>
            {inner}
            <Icon glyph=Glyph::Chevron />
        </button>
    }
    .into_any()
}

fn face(member: &MemberView) -> impl IntoView + use<> {
    let t = text();
    let role = match member.role {
        Role::Owner => Some(("tag tag--accent", t.owner)),
        Role::Admin => Some(("tag", t.admin)),
        Role::Member => None,
    };
    let name = name_of(member);
    view! {
        <Avatar name=Signal::stored(name.clone()) colour=Signal::stored(member.colour) size=AvatarSize::Medium />
        <span class="setting__body">
            <span class="setting__name">
                <bdi>{name}</bdi>
                {member.me.then(|| view! { <span class="setting__sub">{t.you}</span> })}
            </span>
        </span>
        {role.map(|(class, role)| view! { <span class=class>{role}</span> })}
    }
}
