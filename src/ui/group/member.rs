//! One member of a group: what can be done about them.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView, GroupChange, MemberView, Role};

use super::may::{Offer, offers};
use super::members::{name_of, owners};
use crate::ui::i18n::{fill, later, text};
use crate::ui::route::Route;
use crate::ui::session::use_session;
use crate::ui::widgets::action::Action;
use crate::ui::widgets::copy_line::CopyLine;
use crate::ui::widgets::dialog::{Confirm, Dialog};
use crate::ui::widgets::icon::Glyph;

/// The dialog: a way to write to them if they are a contact, what the policy allows, their address. Removing asks once more.
#[component]
pub(crate) fn MemberDialog(
    id: ChatId,
    chat: ReadSignal<ChatView>,
    member: MemberView,
    #[prop(into)] on_close: Callback<()>,
) -> impl IntoView {
    let session = use_session();
    let removing = RwSignal::new(false);
    let person = member.person;
    let done = move |change: GroupChange| {
        on_close.run(());
        session.change_group(id, change);
    };
    let choose = Callback::new(move |offer: Offer| match offer {
        Offer::Give(role) => done(GroupChange::Role { person, role }),
        Offer::Remove => removing.set(true),
    });
    move || match removing.get() {
        false => view! { <Choices chat member=member.clone() on_choose=choose on_close /> }.into_any(),
        true => {
            let (t, name) = (text(), name_of(&member));
            view! {
                <Confirm
                    title=fill(later().remove_title, &[("name", &name)])
                    sentence=fill(later().remove_sentence, &[("name", &name)])
                    action=t.remove
                    on_confirm=move |()| done(GroupChange::Remove { person })
                    on_close
                />
            }
            .into_any()
        }
    }
}

#[component]
fn Choices(
    chat: ReadSignal<ChatView>,
    member: MemberView,
    #[prop(into)] on_choose: Callback<Offer>,
    #[prop(into)] on_close: Callback<()>,
) -> impl IntoView {
    let session = use_session();
    let t = text();
    let name = name_of(&member);
    let role = chat.with_untracked(|chat| chat.group.as_ref().map_or(Role::Member, |group| group.role));
    let owners = session.members().with_untracked(|members| owners(members));
    let contacts = session.chats().with_untracked(|chats| untrack(|| chats.contacts()));
    let write = contacts.into_iter().find(|contact| contact.person == member.person).map(|contact| {
        let words = fill(later().write_to, &[("name", &name)]);
        let go = move |()| session.router().go(Route::Chat(contact.chat));
        view! { <Action glyph=Glyph::COMPOSE words on_press=go /> }
    });
    let offered = offers(role, owners, &member);
    let some = write.is_some() || !offered.is_empty();
    let offered = offered.into_iter().map(|offer| {
        let (words, glyph) = label(offer, member.me);
        let last = offer == Offer::Give(Role::Owner);
        let more = if last { fill(later().make_owner_more, &[("name", &name)]) } else { String::new() };
        let danger = offer == Offer::Remove;
        view! { <Action glyph words more danger on_press=move |()| on_choose.run(offer) /> }
    });
    let offered = offered.collect_view();
    let address = Signal::stored(member.address);
    view! {
        <Dialog title=name.clone() on_close>
            <div class="dialog__body">
                {some.then(|| view! { <div class="section__card">{write} {offered}</div> })}
                <CopyLine value=address label=t.address copy=later().copy_address copied=later().address_copied />
            </div>
        </Dialog>
    }
}

fn label(offer: Offer, me: bool) -> (&'static str, Glyph) {
    match offer {
        Offer::Give(Role::Member) if me => (later().step_down, Glyph::DOWN),
        Offer::Give(Role::Owner) => (later().make_owner, Glyph::PEOPLE),
        Offer::Give(Role::Admin) => (later().make_admin, Glyph::PEOPLE),
        Offer::Give(Role::Member) => (later().make_member, Glyph::DOWN),
        Offer::Remove => (later().remove_member, Glyph::LEAVE),
    }
}
