//! Theme, size of text, density, language. They are this browser's alone and never leave it.

use leptos::prelude::*;

use crate::ui::browser::prefs::{self, Language, Look};
use crate::ui::i18n::{later, text};
use crate::ui::language::UseLanguage;
use crate::ui::session::use_session;
use crate::ui::widgets::choice::Choice;

/// A choice in a row of its own.
fn choice(
    name: &'static str,
    label: &'static str,
    options: Vec<(Option<&'static str>, &'static str)>,
    chosen: Option<&str>,
    choose: Callback<Option<&'static str>>,
) -> AnyView {
    let value = options.iter().map(|(value, _)| *value).find(|value| *value == chosen).flatten();
    view! {
        <div class="setting setting--choice">
            <span class="setting__body">
                <span class="setting__name">{label}</span>
            </span>
            <Choice name label options value=Signal::stored(value) on_choose=choose />
        </div>
    }
    .into_any()
}

/// The choices.
#[component]
pub(crate) fn Appearance() -> impl IntoView {
    let t = text();
    let session = use_session();
    let language = expect_context::<UseLanguage>();
    let l = later();
    let look = |look: Look, label, options| {
        choice(look.name(), label, options, look.chosen().as_deref(), Callback::new(move |value| look.choose(value)))
    };
    let choose_language = Callback::new(move |tag| language.choose(Language::of(tag), session));
    let rows = [
        look(
            Look::Theme,
            later().theme,
            vec![(None, l.theme_system), (Some("light"), l.theme_light), (Some("dark"), l.theme_dark)],
        ),
        look(
            Look::Text,
            l.text_size,
            vec![
                (Some("small"), l.text_small),
                (None, l.text_normal),
                (Some("large"), l.text_large),
                (Some("largest"), l.text_largest),
            ],
        ),
        look(Look::Density, l.density, vec![(None, l.density_roomy), (Some("compact"), l.density_compact)]),
        // Each language in its own words, so that one finds the way back.
        choice(
            "language",
            t.language,
            vec![(None, l.language_system), (Some("en"), "English"), (Some("fr"), "Français")],
            prefs::language().tag(),
            choose_language,
        ),
    ];
    view! {
        <section class="section">
            <h2 class="section__title">{l.appearance}</h2>
            <div class="section__card">{rows.into_iter().collect_view()}</div>
        </section>
    }
}
