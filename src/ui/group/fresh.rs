//! Moving a group to a fresh one: what an admin does when something is wrong with the group that there is.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView, GroupChange, MemberView, PersonId};

use super::may::may_move;
use super::members::name_of;
use crate::ui::i18n::later;
use crate::ui::route::Route;
use crate::ui::session::use_session;
use crate::ui::widgets::action::Action;
use crate::ui::widgets::dialog::FormDialog;
use crate::ui::widgets::icon::Glyph;
use crate::ui::widgets::pick::face;

/// The section, with the dialog that it leads to.
#[component]
pub(super) fn Fresh(id: ChatId, chat: ReadSignal<ChatView>) -> impl IntoView {
    let t = later();
    let may = Memo::new(move |_| chat.with(|chat| chat.group.as_ref().is_some_and(|group| may_move(group))));
    let asks = RwSignal::new(false);
    move || {
        may.get().then(|| {
            view! {
                <section class="section">
                    <h2 class="section__title">{t.move_section}</h2>
                    <div class="section__card">
                        <Action
                            glyph=Glyph::LEAVE
                            words=t.move_group
                            more=t.move_group_more
                            on_press=move |()| asks.set(true)
                        />
                    </div>
                    {move || {
                        asks.get().then(|| view! { <MoveDialog id chat first=None on_close=move |()| asks.set(false) /> })
                    }}
                </section>
            }
        })
    }
}

/// Says what moving does, lets some people be left behind, and asks. Where it went is told in the conversation, which opens. `first`
/// is ticked already; who is in the group is asked for then, since its page is not open.
#[component]
pub(crate) fn MoveDialog(
    id: ChatId,
    chat: ReadSignal<ChatView>,
    first: Option<PersonId>,
    #[prop(into)] on_close: Callback<()>,
) -> impl IntoView {
    let session = use_session();
    let t = later();
    if first.is_some() {
        session.show_members(id);
    }
    let role = chat.with_untracked(|chat| chat.group.as_ref().map(|group| group.role));
    let stays = move |member: &&MemberView| !member.me && Some(member.role) < role;
    let below =
        Memo::new(move |_| session.members().with(|members| members.iter().filter(stays).cloned().collect::<Vec<_>>()));
    let behind = RwSignal::new(first.into_iter().collect::<Vec<_>>());
    let row = move |member: MemberView| {
        let person = member.person;
        let choose = move |event| {
            let on = event_target_checked(&event);
            behind.update(|behind| {
                behind.retain(|other| *other != person);
                behind.extend(on.then_some(person));
            });
        };
        view! {
            <li>
                <label class="setting">
                    {face(&name_of(&member), &member, "")}
                    <input
                        class="pick__box"
                        type="checkbox"
                        prop:checked=behind.with_untracked(|behind| behind.contains(&person))
                        on:change=choose
                    />
                </label>
            </li>
        }
    };
    let some = Memo::new(move |_| below.with(|below| !below.is_empty()));
    let submit = move |()| {
        // Who is out of the group already is brought along by nobody; whom this person cannot leave behind comes too.
        let comes = |person: &PersonId| {
            session
                .members()
                .with_untracked(|members| members.iter().any(|member| member.person == *person && !stays(&member)))
        };
        let without = behind.get_untracked().into_iter().filter(|person| !comes(person)).collect();
        on_close.run(());
        session.change_group(id, GroupChange::Move { without });
        session.router().go(Route::Chat(id));
    };
    view! {
        <FormDialog title=t.move_title action=t.move_action ready=true on_submit=submit on_close>
            <p>{t.move_sentence}</p>
            <p>{t.move_when}</p>
            {move || some.get().then(|| view! {
                <p id="behind">{t.move_behind}</p>
                <ul class="pick" aria-labelledby="behind">
                    {move || below.get().into_iter().map(row).collect_view()}
                </ul>
            })}
        </FormDialog>
    }
}
