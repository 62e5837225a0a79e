//! A block of code with its language and a button that copies it.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::ui::browser::clipboard;
use crate::ui::i18n::text;
use crate::ui::session::use_session;
use crate::ui::widgets::icon::{Glyph, Icon, IconSize};

/// How long the tick stays after copying.
const TICK_FOR: Duration = Duration::from_secs(2);

/// The block.
#[component]
pub(crate) fn CodeBlock(language: String, code: String) -> impl IntoView {
    let session = use_session();
    let copied = RwSignal::new(false);
    let source = StoredValue::new(code.clone());
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
                session.toast(text().code_copied.to_owned());
            } else {
                session.toast(text().copy_failed.to_owned());
            }
        });
    };
    view! {
        <figure class="code">
            <figcaption class="code__head">
                <span translate="no">{language}</span>
                <button
                    class="icon-button"
                    type="button"
                    aria-label=text().copy_code
                    title=text().copy_code
                    on:click=copy
                >
                    {move || {
                        let glyph = if copied.get() { Glyph::CHECK } else { Glyph::COPY };
                        view! { <Icon glyph size=IconSize::Small /> }
                    }}
                </button>
            </figcaption>
            <pre tabindex="0" translate="no">
                <code>{code.trim_end_matches('\n').to_owned()}</code>
            </pre>
        </figure>
    }
}
