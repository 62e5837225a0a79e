//! What is written as it will look, above the field, as soon as there is anything to see in it that the field does not show.

use leptos::prelude::*;
use xchat_engine::api::{ChatId, Event, Part, Span};

use super::prose::prose;
use crate::ui::i18n::later;
use crate::ui::session::use_session;

/// A longer text, in bytes, is asked for with each key no more.
const LONGEST: usize = 8 * 1024;

/// The strip. Each change of the text is asked for, and the answers come in their order: the last one stands.
pub(super) fn preview(id: ChatId) -> AnyView {
    let session = use_session();
    let number = session.search_number();
    let parts = RwSignal::new(Vec::new());
    session.hear(move |event| {
        if let Event::Preview { preview, parts: shown } = event
            && *preview == number
        {
            return parts.try_set(shown.clone()).is_none();
        }
        !parts.is_disposed()
    });
    Effect::new(move |_| {
        let text = session.written(id);
        match text.len() {
            0..=LONGEST => session.look_at(number, id, &text),
            _ => parts.set(Vec::new()),
        }
    });
    let shown = move || {
        parts.with(|parts| {
            parts.iter().any(looks).then(|| {
                view! {
                    <div class="composer__preview" role="group" aria-label=later().preview>
                        <b aria-hidden="true">{later().preview}</b>
                        <div class="prose" dir="auto">
                            {prose(parts)}
                        </div>
                    </div>
                }
            })
        })
    };
    shown.into_any()
}

/// Whether a part looks otherwise than the field shows it.
fn looks(part: &Part) -> bool {
    match part {
        Part::Paragraph(line) => {
            line.iter().any(|span| !matches!(span, Span::Text(_) | Span::Break | Span::Mention { .. }))
        }
        Part::Emoji(_) => false,
        _ => true,
    }
}
