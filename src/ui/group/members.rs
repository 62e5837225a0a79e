//! Who is in a group: a row each, which opens what can be done about them.

use leptos::prelude::*;
use xchat_engine::api::{ChatView, MemberView, Role};

use super::count_of_people;
use super::may::offers;
use crate::ui::i18n::{later, text};
use crate::ui::session::use_session;
use crate::ui::widgets::icon::{Glyph, Icon};
use crate::ui::widgets::pick::face;
use crate::ui::widgets::rows::rows;

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
    // A member whose row would look another way has another key.
    let key = move |member: &MemberView| {
        let (role, owners) = own.get();
        let opens = !member.me || !offers(role, owners, member).is_empty();
        let letters = member.name.bytes().fold(0, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        let mut id = [0; 8];
        id.copy_from_slice(&member.person.0[..8]);
        let looks = letters.wrapping_mul(8) + 2 * member.role as u64 + u64::from(opens);
        (u128::from(u64::from_be_bytes(id)) << 64 | u128::from(looks), opens)
    };
    let keys = move || members.with(|members| members.iter().map(|member| key(member).0).collect());
    let draw = move |wanted| {
        let found = members.with_untracked(|members| {
            members.iter().map(|m| (untrack(|| key(m)), m.clone())).find(|((key, _), _)| *key == wanted)
        });
        found.map(|((_, opens), member)| view! { <li>{row(opens, member, on_open)}</li> }).into_any()
    };
    move || {
        title.get().map(|title| {
            view! {
                <section class="section">
                    <h2 class="section__title" id="members">
                        {title}
                    </h2>
                    <ul class="section__card" aria-labelledby="members">
                        {rows(keys, draw)}
                    </ul>
                </section>
            }
        })
    }
}

fn row(opens: bool, member: MemberView, on_open: Callback<MemberView>) -> AnyView {
    let t = text();
    let role = match member.role {
        Role::Owner => Some(("tag tag--accent", later().owner)),
        Role::Admin => Some(("tag", later().admin)),
        Role::Member => None,
    };
    let role = role.map(|(class, role)| view! { <span class=class>{role}</span> });
    let face = face(&name_of(&member), &member, if member.me { t.you } else { "" });
    let inner = view! {
        {face}
        {role}
    };
    if !opens {
        return view! { <div class="setting">{inner}</div> }.into_any();
    }
    view! {
        <button class="setting" type="button" aria-haspopup="dialog" on:click=move |_| on_open.run(member.clone())>
            {inner}
            <Icon glyph=Glyph::CHEVRON />
        </button>
    }
    .into_any()
}
