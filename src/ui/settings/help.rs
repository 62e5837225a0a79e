//! Help: what is protected and what is not, in plain words. It promises what the threat model holds, and no more.

use leptos::prelude::*;

use super::shortcuts::Shortcuts;
use crate::ui::i18n::{Topic, help, later};
use crate::ui::page::Page;
use crate::ui::route::Route;
use crate::ui::widgets::icon::{Glyph, Icon};

/// The page.
#[component]
pub(crate) fn HelpPage() -> impl IntoView {
    let t = help();
    let listed = RwSignal::new(false);
    let on_close = Callback::new(move |()| listed.set(false));
    view! {
        <Page title=t.help back=Route::Settings back_label=later().back_to_settings always_back=true>
            <section class="section">
                <div class="section__card">{t.topics.iter().map(topic).collect_view()}</div>
            </section>
            <section class="section">
                <div class="section__card">
                    <button class="setting" type="button" on:click=move |_| listed.set(true)>
                        <span class="setting__body">
                            <span class="setting__name">{t.shortcuts}</span>
                            <span class="setting__sub">{t.shortcuts_more}</span>
                        </span>
                        <Icon glyph=Glyph::CHEVRON />
                    </button>
                </div>
            </section>
            {move || listed.get().then(|| view! { <Shortcuts on_close /> })}
        </Page>
    }
}

/// A heading that opens.
fn topic((title, paragraphs): &Topic) -> AnyView {
    let paragraphs = paragraphs.iter().map(|words| view! { <p>{*words}</p> }).collect_view();
    fold(title, paragraphs.into_any(), Callback::new(|()| ()))
}

/// A row with a heading, under which something opens. Each press on it also calls `on_press`.
pub(super) fn fold(title: &'static str, inner: AnyView, on_press: Callback<()>) -> AnyView {
    view! {
        <details class="fold">
            <summary class="setting" on:click=move |_| on_press.run(())>
                <h2 class="setting__body setting__name">{title}</h2>
                <Icon glyph=Glyph::CHEVRON />
            </summary>
            {inner}
        </details>
    }
    .into_any()
}
