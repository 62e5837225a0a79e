//! About: which app this is, under which licence, and what it is made of.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::help::fold;
use crate::ui::browser::text_file;
use crate::ui::i18n::{help, later, text};
use crate::ui::page::Page;
use crate::ui::route::Route;
use crate::ui::widgets::icon::{Glyph, Icon};

/// The list of crates with their licences, which the bundler writes.
const LIST: &str = "/licenses.txt";

/// How far the list is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum List {
    Unasked,
    Coming,
    /// It did not come, and may be asked for again.
    Missing,
    Here(String),
}

/// The page.
#[component]
pub(crate) fn AboutPage() -> impl IntoView {
    let t = help();
    let list = RwSignal::new(List::Unasked);
    let fetch = Callback::new(move |()| {
        if matches!(list.get_untracked(), List::Unasked | List::Missing) {
            list.set(List::Coming);
            spawn_local(async move {
                let text = text_file::fetch(LIST).await;
                // Refused if the page was left meanwhile.
                list.try_set(text.map_or(List::Missing, List::Here));
            });
        }
    });
    let shown = move || match list.get() {
        List::Missing => view! { <p role="alert">{t.components_missing}</p> }.into_any(),
        List::Unasked | List::Coming => view! { <p role="status">{text().loading}</p> }.into_any(),
        List::Here(words) => view! { <pre tabindex="0">{words}</pre> }.into_any(),
    };
    view! {
        <Page title=t.about back=Route::Settings back_label=later().back_to_settings always_back=true>
            <section class="section">
                <div class="section__card">
                    {fact(t.version, env!("CARGO_PKG_VERSION").to_owned())}
                    {build().map(|build| fact(t.build, build))}
                    {fact(t.licence, env!("CARGO_PKG_LICENSE").to_owned())}
                    <a class="setting" href="/license-emoji.txt" target="_blank" rel="noopener">
                        <span class="setting__body">
                            <span class="setting__name">{t.emoji_names}</span>
                        </span>
                        <Icon glyph=Glyph::CHEVRON />
                    </a>
                    {fold(t.components, shown.into_any(), fetch)}
                </div>
            </section>
        </Page>
    }
}

fn fact(name: &'static str, value: String) -> AnyView {
    view! {
        <p class="setting">
            <span class="setting__body">{name}</span>
            <span class="setting__value">{value}</span>
        </p>
    }
    .into_any()
}

/// The hash in the name of the module that runs, by which two people can tell whether they were served the same. None: it has no such name.
fn build() -> Option<String> {
    let link = document().query_selector("link[href^='/app-'][href$='.wasm']").ok()??;
    let name = link.get_attribute("href")?;
    Some(name.strip_prefix("/app-")?.strip_suffix(".wasm")?.to_owned())
}
