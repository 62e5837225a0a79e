//! The own name, what one says of oneself, and the own picture.

use leptos::prelude::*;
use xchat_engine::api::{AccountView, NameError, check_about};

use crate::ui::i18n::{later, text};
use crate::ui::name::name_error;
use crate::ui::session::{Session, use_session};
use crate::ui::widgets::avatar::{Avatar, AvatarSize};
use crate::ui::widgets::field::{Field, FieldKind};
use crate::ui::widgets::picture::PictureActions;

/// A line of the account, and what is in its field. They differ once somebody has typed there.
#[derive(Clone, Copy)]
struct Line {
    known: Memo<String>,
    typed: RwSignal<String>,
    edited: RwSignal<bool>,
}

impl Line {
    /// The page may be drawn before the account has come, and another device may change the line while nobody types here.
    fn new(session: Session, of: fn(&AccountView) -> &String) -> Self {
        let known =
            Memo::new(move |_| session.account().with(|account| account.as_ref().map(of).cloned()).unwrap_or_default());
        let (typed, edited) = (RwSignal::new(known.get_untracked()), RwSignal::new(false));
        Effect::new(move |_| {
            let known = known.get();
            if typed.with_untracked(|typed| typed.trim() == known) {
                edited.set(false);
            }
            if !edited.get_untracked() {
                typed.set(known);
            }
        });
        Self { known, typed, edited }
    }

    fn is_changed(self) -> bool {
        self.edited.get() && self.typed.with(|typed| self.known.with(|known| typed.trim() != known))
    }

    /// What is to be said from now on.
    fn text(self) -> String {
        self.typed.with_untracked(|typed| typed.trim().to_owned())
    }
}

/// The sentence under the line about oneself.
fn about_error(text: &str) -> Option<String> {
    let t = later();
    let sentence = match check_about(text) {
        Err(NameError::TooLong) => t.about_you_long,
        Err(NameError::Character) => t.about_you_marks,
        Ok(()) | Err(NameError::Empty) => return None,
    };
    Some(sentence.to_owned())
}

/// Circle, name, line, Save.
#[component]
pub(crate) fn Profile() -> impl IntoView {
    let session = use_session();
    let t = text();
    let name = Line::new(session, |account| &account.name);
    let about = Line::new(session, |account| &account.about);
    let colour =
        Signal::derive(move || session.account().with(|account| account.as_ref().map_or(1, |account| account.colour)));
    let picture = Signal::derive(move || session.own_picture());
    let error = Signal::derive(move || {
        let refused = session.name_refused().get();
        name.typed.with(|typed| name_error(typed, name.edited.get() || refused, refused))
    });
    let about_error = Signal::derive(move || about.typed.with(|typed| about_error(typed)));
    let unchanged = move || !name.is_changed() && !about.is_changed();
    let wrong = move || error.with(Option::is_some) || about_error.with(Option::is_some);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if untrack(wrong) {
            return;
        }
        if untrack(|| name.is_changed()) {
            session.rename(name.text());
        }
        if untrack(|| about.is_changed()) {
            session.set_about(about.text());
        }
    };
    let busy = move || session.naming().get().then_some("true");
    view! {
        <form class="profile" novalidate on:submit=submit>
            <Avatar name=Signal::derive(move || name.known.get()) colour size=AvatarSize::Huge picture />
            <div class="profile__fields">
                <Field
                    id="own-name"
                    label=t.name
                    kind=FieldKind::Name
                    value=name.typed
                    error
                    hint=later().name_hint
                    on_edit=move |()| {
                        name.edited.set(true);
                        session.name_edited();
                    }
                />
                <Field
                    id="own-about"
                    label=later().about_you
                    kind=FieldKind::Title
                    value=about.typed
                    error=about_error
                    hint=later().about_you_hint
                    on_edit=move |()| about.edited.set(true)
                />
            </div>
            <button class="button" type="submit" aria-busy=busy disabled=move || unchanged() || wrong()>
                {later().save}
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
