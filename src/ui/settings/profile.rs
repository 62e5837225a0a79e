//! The own name and picture.

use leptos::prelude::*;

use crate::ui::i18n::{later, text};
use crate::ui::name::name_error;
use crate::ui::session::use_session;
use crate::ui::widgets::avatar::{Avatar, AvatarSize};
use crate::ui::widgets::field::{Field, FieldKind};
use crate::ui::widgets::picture::PictureActions;

/// Circle, name, Save.
#[component]
pub(crate) fn Profile() -> impl IntoView {
    let session = use_session();
    let t = text();
    let name = Memo::new(move |_| {
        session.account().with(|account| account.as_ref().map(|account| account.name.clone())).unwrap_or_default()
    });
    let colour =
        Signal::derive(move || session.account().with(|account| account.as_ref().map_or(1, |account| account.colour)));
    let picture = Signal::derive(move || session.own_picture());
    // What is in the field, once somebody has typed there: the page may be drawn before the account has come.
    let edited = RwSignal::new(false);
    let typed = RwSignal::new(name.get_untracked());
    Effect::new(move |_| {
        let name = name.get();
        if !edited.get_untracked() {
            typed.set(name);
        }
    });
    let error = Signal::derive(move || {
        let refused = session.name_refused().get();
        typed.with(|typed| name_error(typed, edited.get() || refused, refused))
    });
    let unchanged = move || typed.with(|typed| name.with(|name| typed.trim() == name));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if error.get_untracked().is_none() && !untrack(unchanged) {
            session.rename(typed.with_untracked(|typed| typed.trim().to_owned()));
        }
    };
    let busy = move || session.naming().get().then_some("true");
    view! {
        <form class="profile" novalidate on:submit=submit>
            <Avatar name=Signal::derive(move || name.get()) colour size=AvatarSize::Huge picture />
            <Field
                id="own-name"
                label=t.name
                kind=FieldKind::Name
                value=typed
                error
                hint=later().name_hint
                on_edit=move |()| {
                    edited.set(true);
                    session.name_edited();
                }
            />
            <button class="button" type="submit" aria-busy=busy disabled=unchanged>
                {t.save}
            </button>
            <div class="hero__actions">
                <PictureActions
                    has=Signal::derive(move || picture.with(Option::is_some))
                    on_pick=move |bytes| session.set_picture(bytes)
                />
            </div>
            <p class="section__note">{later().picture_note}</p>
        </form>
    }
}
