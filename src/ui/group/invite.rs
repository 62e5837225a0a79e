//! The group's invite link, for those who may hand it out: made, taken along, replaced, switched off.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, ChatView, GroupChange};

use super::may::may_invite;
use crate::ui::i18n::later;
use crate::ui::session::use_session;
use crate::ui::widgets::action::Action;
use crate::ui::widgets::copy_line::CopyLine;
use crate::ui::widgets::dialog::{Confirm, Dialog};
use crate::ui::widgets::icon::Glyph;
use crate::ui::widgets::qr::Qr;

/// What lies over the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    Nothing,
    Code,
    Renew,
    Off,
}

/// The section. A change shows once the others can see it: until then it is said that it is under way.
#[component]
pub(super) fn Invite(id: ChatId, chat: ReadSignal<ChatView>) -> impl IntoView {
    let session = use_session();
    let t = later();
    let may = Memo::new(move |_| chat.with(|chat| chat.group.as_ref().is_some_and(|group| may_invite(group))));
    let link = Memo::new(move |_| chat.with(|chat| chat.group.as_ref().and_then(|group| group.invite.clone())));
    let over = RwSignal::new(Over::Nothing);
    let close = move |()| over.set(Over::Nothing);
    // The link that a wish for another one, or for none, was made on.
    let changing = RwSignal::new(None::<Option<String>>);
    let want = move |on: bool| {
        over.set(Over::Nothing);
        changing.set(Some(link.get_untracked()));
        session.change_group(id, GroupChange::Invite { on });
    };
    let status = move || changing.get().is_some_and(|before| before == link.get()).then_some(t.invite_changing);
    let shown = Signal::derive(move || link.get().unwrap_or_default());
    let rows = move || match link.with(Option::is_some) {
        false => view! {
            <Action glyph=Glyph::LINK words=t.invite_make more=t.invite_make_more on_press=move |()| want(true) />
        }
        .into_any(),
        true => view! {
            <div class="setting">
                <div class="setting__body">
                    <CopyLine
                        value=shown
                        label=t.invite_link
                        copy=later().copy_link
                        copied=later().link_copied
                        share_label=later().share_link
                    />
                </div>
            </div>
            <Action glyph=Glyph::TABS words=t.invite_show_code on_press=move |()| over.set(Over::Code) />
            <Action
                glyph=Glyph::LINK
                words=t.invite_renew
                more=t.invite_renew_more
                on_press=move |()| over.set(Over::Renew)
            />
            <Action glyph=Glyph::BLOCK words=t.invite_off danger=true on_press=move |()| over.set(Over::Off) />
        }
        .into_any(),
    };
    let layer = move || match over.get() {
        Over::Nothing => ().into_any(),
        Over::Code => view! {
            <Dialog title=t.invite_link on_close=close>
                <div class="dialog__body">
                    <Qr value=shown label=t.invite_code />
                    <p>{t.invite_code_more}</p>
                </div>
            </Dialog>
        }
        .into_any(),
        Over::Renew => view! {
            <Confirm
                title=t.invite_renew_title
                sentence=t.invite_renew_sentence
                action=t.invite_renew_action
                on_confirm=move |()| want(true)
                on_close=close
            />
        }
        .into_any(),
        Over::Off => view! {
            <Confirm
                title=t.invite_off_title
                sentence=t.invite_off_sentence
                action=t.invite_off_action
                on_confirm=move |()| want(false)
                on_close=close
            />
        }
        .into_any(),
    };
    move || {
        may.get().then(|| {
            view! {
                <section class="section">
                    <h2 class="section__title">{t.invite_link}</h2>
                    <div class="section__card">{rows}</div>
                    <p class="section__note" role="status">
                        {status}
                    </p>
                    <p class="section__note">{t.invite_note}</p>
                    {layer}
                </section>
            }
        })
    }
}
