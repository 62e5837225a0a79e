//! A block of code with its language, and the button that copies it.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::acts;
use crate::ui::browser::clipboard;
use crate::ui::i18n::{later, text};
use crate::ui::part::Place;
use crate::ui::session::use_session;
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};

/// How long the tick stays after copying.
const TICK_FOR: Duration = Duration::from_secs(2);

/// The block. Its button is of another part.
pub(super) fn block(language: &str, code: &str) -> AnyView {
    let source = StoredValue::new(code.to_owned());
    view! {
        <figure class="code">
            <figcaption class="code__head">
                <span translate="no">{language.to_owned()}</span>
                {acts::open(Place::Strip, acts::Screen::CopyCode(source))}
            </figcaption>
            <pre tabindex="0" translate="no">
                <code>{code.trim_end_matches('\n').to_owned()}</code>
            </pre>
        </figure>
    }
    .into_any()
}

/// The button.
pub(super) fn copy_button(source: StoredValue<String>) -> AnyView {
    let session = use_session();
    let copied = RwSignal::new(false);
    let copy = move |_| {
        spawn_local(async move {
            if clipboard::copy(source.get_value()).await {
                let _ = copied.try_set(true);
                set_timeout(
                    move || {
                        let _ = copied.try_set(false);
                    },
                    TICK_FOR,
                );
                session.toast(later().code_copied.to_owned());
            } else {
                session.toast(text().copy_failed.to_owned());
            }
        });
    };
    let words = later().copy_code;
    view! {
        <button class="icon-button" type="button" aria-label=words title=words on:click=copy>
            {move || {
                let glyph = if copied.get() { Glyph::CHECK } else { Glyph::COPY };
                view! { <Icon glyph size=IconSize::Small /> }
            }}
        </button>
    }
    .into_any()
}
