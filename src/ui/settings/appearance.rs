//! Theme and language. Both are this browser's alone and never leave it.

use leptos::prelude::*;

use crate::ui::browser::prefs::{self, Language, Theme};
use crate::ui::i18n::text;
use crate::ui::language::UseLanguage;
use crate::ui::session::use_session;
use crate::ui::widgets::choice::Choice;

/// The two choices.
#[component]
pub(crate) fn Appearance() -> impl IntoView {
    let t = text();
    let session = use_session();
    let language = expect_context::<UseLanguage>();
    let themes = vec![(Theme::System, t.theme_system), (Theme::Light, t.theme_light), (Theme::Dark, t.theme_dark)];
    // Each language in its own words, so that one finds the way back.
    let languages =
        vec![(Language::System, t.language_system), (Language::English, "English"), (Language::French, "Français")];
    view! {
        <section class="section">
            <h2 class="section__title">{t.appearance}</h2>
            <div class="section__card">
                <div class="setting setting--choice">
                    <span class="setting__body">
                        <span class="setting__name">{t.theme}</span>
                    </span>
                    <Choice
                        name="theme"
                        label=t.theme
                        options=themes
                        value=prefs::theme()
                        on_choose=prefs::set_theme
                    />
                </div>
                <div class="setting setting--choice">
                    <span class="setting__body">
                        <span class="setting__name">{t.language}</span>
                    </span>
                    <Choice
                        name="language"
                        label=t.language
                        options=languages
                        value=prefs::language()
                        on_choose=move |choice| language.choose(choice, session)
                    />
                </div>
            </div>
        </section>
    }
}
