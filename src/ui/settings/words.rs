//! The twelve words: shown, asked back in part, done.

use leptos::prelude::*;

use super::ask_words::AskWords;
use super::show_words::ShowWords;
use crate::ui::i18n::{later, text};
use crate::ui::page::Page;
use crate::ui::route::Route;
use crate::ui::session::use_session;
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};

/// How far the person has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Loading,
    Show,
    Ask,
    Done,
}

/// The page. The words are asked for when it opens and forgotten when it is left.
#[component]
pub(crate) fn WordsPage() -> impl IntoView {
    let session = use_session();
    let asking = RwSignal::new(false);
    let pending =
        Memo::new(move |_| session.account().with(|account| account.as_ref().map(|account| account.words_pending)));
    Effect::new(move |_| {
        if pending.get() == Some(true) {
            session.show_words();
        }
    });
    on_cleanup(move || session.hide_words());
    let step = Memo::new(move |_| {
        let here = session.words().with(Option::is_some);
        match (pending.get(), here, asking.get()) {
            (Some(false), ..) => Step::Done,
            (_, false, _) => Step::Loading,
            (_, true, false) => Step::Show,
            (_, true, true) => Step::Ask,
        }
    });
    let t = text();
    view! {
        <Page title=t.recovery_words back=Route::Settings back_label=later().back_to_settings always_back=true>
            {move || match step.get() {
                Step::Loading => view! { <p role="status">{t.loading}</p> }.into_any(),
                Step::Show => view! { <ShowWords on_written=move |()| asking.set(true) /> }.into_any(),
                Step::Ask => view! { <AskWords on_back=move |()| asking.set(false) /> }.into_any(),
                Step::Done => view! { <Done /> }.into_any(),
            }}
        </Page>
    }
}

#[component]
fn Done() -> impl IntoView {
    view! {
        <div class="empty-state" role="status">
            <span class="gate__icon">
                <Icon glyph=Glyph::CHECK size=IconSize::Large />
            </span>
            <h2 class="empty-state__title">{later().words_done}</h2>
            <p>{later().words_done_more}</p>
            <div class="empty-state__actions">
                <a class="button button--primary" href=Route::Chats.href()>
                    {later().open_chats}
                </a>
            </div>
        </div>
    }
}
