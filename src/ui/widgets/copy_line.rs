//! A line of text to take along: shown, selectable, copied by a button, shared where the device can.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::icon::{Glyph, Icon};
use super::icon_button::IconButton;
use crate::ui::browser::{clipboard, share};
use crate::ui::i18n::text;

/// How long it says that it copied.
const SAID_FOR: Duration = Duration::from_secs(4);

/// What came of the last copying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    Copied,
    Failed,
}

/// The line.
#[component]
pub(crate) fn CopyLine(
    /// What is copied.
    #[prop(into)]
    value: Signal<String>,
    /// Names the text.
    label: &'static str,
    /// Names the copy button.
    copy: &'static str,
    /// Said when it was copied.
    copied: &'static str,
    /// Names the share button, where sharing makes sense.
    #[prop(optional)]
    share_label: Option<&'static str>,
) -> impl IntoView {
    let said = RwSignal::new(Said::Nothing);
    let take = move |_| {
        spawn_local(async move {
            let done = clipboard::copy(value.get_untracked()).await;
            let _ = said.try_set(if done { Said::Copied } else { Said::Failed });
            set_timeout(
                move || {
                    let _ = said.try_set(Said::Nothing);
                },
                SAID_FOR,
            );
        });
    };
    let pass = move |()| spawn_local(share::share(value.get_untracked()));
    let share_button = share_label
        .filter(|_| share::can_share())
        .map(|label| view! { <IconButton glyph=Glyph::SHARE label on_press=pass /> });
    let status = move || match said.get() {
        Said::Nothing => "",
        Said::Copied => copied,
        Said::Failed => text().copy_failed,
    };
    let select = |event: leptos::ev::FocusEvent| {
        let line: web_sys::HtmlInputElement = event_target(&event);
        line.select();
    };
    view! {
        <div class="copy">
            <div class="copy-line">
                <input
                    class="copy-line__text"
                    type="text"
                    readonly
                    aria-label=label
                    prop:value=move || value.get()
                    on:focus=select
                />
                <button class="icon-button" type="button" aria-label=copy title=copy on:click=take>
                    {move || {
                        let glyph = if said.get() == Said::Copied { Glyph::CHECK } else { Glyph::COPY };
                        view! { <Icon glyph /> }
                    }}
                </button>
                {share_button}
            </div>
            <p class="copy__said" role="status">
                {status}
            </p>
        </div>
    }
}
