//! A page in the detail pane: a head with its title, and one column that scrolls.

use leptos::html;
use leptos::prelude::*;

use super::browser::focus;
use super::route::Route;
use super::widgets::icon::Glyph;
use super::widgets::icon_button::IconLink;

/// The page. Its title takes the focus, so that assistive technology says where one is.
#[component]
pub(crate) fn Page(
    title: &'static str,
    back: Route,
    back_label: &'static str,
    /// The way back shows beside the list as well, not on a phone alone.
    #[prop(optional)]
    always_back: bool,
    children: Children,
) -> impl IntoView {
    let heading = NodeRef::<html::H1>::new();
    Effect::new(move |_| {
        if let Some(heading) = heading.get() {
            focus::focus(&heading);
        }
    });
    let class = if always_back { "" } else { "bar__back" };
    view! {
        <header class="bar">
            <IconLink glyph=Glyph::BACK label=back_label class to=back up=true />
            <h1 node_ref=heading class="bar__title" tabindex="-1">
                {title}
            </h1>
        </header>
        <div class="app__scroll">
            <div class="page">{children()}</div>
        </div>
    }
}
