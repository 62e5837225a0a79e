//! What is written as it will look, above the field, as soon as there is anything to see in it that the field does not show.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlTextAreaElement};
use xchat_engine::api::{ChatId, Event, Part, Span};

use super::prose::prose;
use crate::ui::browser::js::get;
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
    let node = NodeRef::<html::Div>::new();
    // What is being written is seen: as far down as the caret is along the text.
    Effect::new(move |_| {
        parts.track();
        if let Some(node) = node.get() {
            request_animation_frame(move || follow(&node));
        }
    });
    let shown = move || {
        parts.with(|parts| {
            parts.iter().any(looks).then(|| {
                view! {
                    <div node_ref=node class="composer__preview" role="group" aria-label=later().preview>
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

fn follow(node: &HtmlElement) {
    let Ok(Some(field)) = document().query_selector(".composer__input") else { return };
    let field: HtmlTextAreaElement = field.unchecked_into();
    let caret = field.selection_end().ok().flatten().unwrap_or_default();
    let length = get(&field, "textLength").as_f64().unwrap_or_default() as i64;
    let room = i64::from((node.scroll_height() - node.client_height()).max(0));
    let down = room * i64::from(caret) / length.max(1);
    node.set_scroll_top(down as i32);
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
